//! `shift`: gives each step the pixels of an earlier or later one.

use super::prelude::*;
use crate::exec::regions::moved;

pub(super) struct Shift {
    pub by: i64,
}

impl Operator for Shift {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let mut out = op.blank(region);
        let from = self.below(op, region);
        if from.time.is_empty() {
            return Ok(out);
        }
        let mut part = input.pull(&from, cx)?;
        for (pixels, &b) in part.bands.iter_mut().zip(&region.bands) {
            let (source, target) = (&input.schema().bands[b], &op.schema().bands[b]);
            if source.dtype != target.dtype {
                *pixels = pixels.cast(source.nodata, target.dtype, target.nodata);
            }
        }
        let first = (from.time.start as i64 + self.by) as usize - region.time.start;
        out.paste(&part, [first, 0, 0]);
        Ok(out)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.result_bytes(region) + op.input().peak(region, keep)
    }

    fn below(&self, op: &Op, region: &Region) -> Region {
        region.with_time(moved(&region.time, -self.by, op.schema().time.len()))
    }
}

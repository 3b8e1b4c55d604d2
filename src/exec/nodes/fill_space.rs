//! `fill space`: fills missing pixels from their neighbors in the same step, which may lie outside the region.

use super::prelude::*;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{Losses, Pixels};
use crate::exec::ops::gaps::Gaps;
use crate::exec::regions::steps_in_runs;
use crate::plan::{Footprint, Nearby};
use crate::with_pixels;

pub(super) struct FillSpace {
    pub reach: usize,
    pub from: Nearby,
}

impl Operator for FillSpace {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let around = self.below(op, region);
        let size = around.y.len() * around.x.len();
        let inside = |whole: &Range<usize>, part: &Range<usize>| whole.start - part.start..whole.end - part.start;
        let (rows, columns) = (inside(&region.y, &around.y), inside(&region.x, &around.x));
        let stop = || cx.run.read.is_canceled();
        let mut out = op.blank(region);
        let steps: Vec<usize> = region.time.clone().collect();
        for time in steps_in_runs(&steps, input.grain().time.max(1)) {
            let chunk = input.pull(&around.with_time(time.clone()), cx)?;
            for (slot, (pixels, &b)) in chunk.bands.iter().zip(&region.bands).enumerate() {
                let nodata = input.schema().bands[b].nodata;
                for (i, step) in time.clone().enumerate() {
                    let (filled, lost) = with_pixels!(pixels, v => one(Gaps {
                        values: &v[i * size..(i + 1) * size],
                        width: around.x.len(),
                        missing: Missing::new(nodata),
                        reach: self.reach,
                        from: self.from,
                        rows: rows.clone(),
                        columns: columns.clone(),
                    }, &stop));
                    cx.run.add_losses(Losses { missing: lost, clamped: 0 });
                    let shape = [1, region.y.len(), region.x.len()];
                    out.bands[slot].paste(out.shape, &filled, shape, [step - region.time.start, 0, 0]);
                }
                if stop() {
                    return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
                }
            }
        }
        Ok(out)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let around = self.below(op, region);
        let held = around.with_time(0..op.input().grain().time.min(region.time.len()).max(1));
        // Held are the last valid row of every column, for every row, and the filled step before it is put into its
        // place.
        let rows = (region.y.len() * around.x.len() * size_of::<usize>()) as u64;
        let step = 8 * (region.y.len() * region.x.len()) as u64;
        op.result_bytes(region) + op.input().peak(&held, keep) + rows + step
    }

    /// The pixels from which those of a region may be filled.
    fn below(&self, op: &Op, region: &Region) -> Region {
        let grid = &op.schema().grid;
        let around = Footprint::around(2 * self.reach + 1);
        let y = around.reach(&region.y, &around.rows, grid.height);
        let x = around.reach(&region.x, &around.columns, grid.width);
        Region { y, x, ..region.clone() }
    }
}

fn one<T: PixelType>(gaps: Gaps<T>, stop: &dyn Fn() -> bool) -> (Pixels, u64) {
    let (filled, lost) = gaps.fill(stop);
    (T::wrap(filled), lost)
}

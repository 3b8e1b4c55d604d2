//! `Write`: passes its input on unchanged; the run hands the chunks to the sink.

use super::prelude::*;

pub(super) struct Write;

impl Operator for Write {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        op.input().pull(region, cx)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.input().peak(region, keep)
    }
}

//! `Write`: its input as it is; a sink takes the chunks of the tasks.

use super::prelude::*;

pub struct Write;

impl Operator for Write {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        op.input().pull(region, cx)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.input().peak(region, keep)
    }
}

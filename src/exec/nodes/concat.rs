//! `Concat`: the steps of several cubes of the same bands and grid.

use super::prelude::*;
use std::sync::Arc;

pub(super) struct Concat {
    /// For each step, the input it comes from and its number there.
    pub steps: Vec<(usize, usize)>,
}

impl Operator for Concat {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let wanted = &self.steps[region.time.clone()];
        let mut joined = None;
        let mut start = 0;
        while start < wanted.len() {
            // Consecutive steps of one cube are pulled at once.
            let (input, first) = wanted[start];
            let mut end = start + 1;
            while end < wanted.len() && wanted[end] == (input, first + end - start) {
                end += 1;
            }
            let part = op.inputs[input].pull(&region.with_time(first..first + end - start), cx)?;
            if part.shape == region.shape() {
                return Ok(part);
            }
            joined.get_or_insert_with(|| op.blank(region)).paste(&part, [start, 0, 0]);
            start = end;
        }
        Ok(joined.unwrap_or_else(|| op.blank(region)))
    }

    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        for &(input, step) in &self.steps[region.time.clone()] {
            op.inputs[input].announce(&region.with_time(step..step + 1), cx);
        }
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        // Only sizes are counted, so the first steps of an input can stand for any others.
        let of =
            |input: &Arc<Op>| input.peak(&region.with_time(0..region.time.len().min(input.schema().time.len())), keep);
        op.result_bytes(region) + op.inputs.iter().map(of).max().unwrap_or(0)
    }

    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let of = |(i, input): (usize, &Arc<Op>)| {
            let steps = self.steps[region.time.clone()].iter().filter(|(n, _)| *n == i).count();
            input.bytes_read(&region.with_time(0..steps), keep)
        };
        op.inputs.iter().enumerate().map(of).sum()
    }
}

//! Arithmetic on the steps and bands of regions that several nodes share.

use super::op::Op;
use crate::cube::Region;
use crate::io::Tile;
use std::ops::Range;

/// The longest run of steps; a longer one would save little.
const LONGEST_RUN: usize = 64;

/// The grain of an operator whose work for a run of `steps` is nearly the same as for one step.
pub(super) fn grain_of_run(op: &Op, steps: usize) -> Tile {
    let grain = op.input().grain();
    Tile { time: grain.time.max(steps.min(LONGEST_RUN)).min(op.schema().time.len()), ..grain }
}

/// The region with as many steps as are pulled of `op` together.
pub(super) fn one_run(op: &Op, region: &Region) -> Region {
    region.with_time(0..op.grain().time.min(op.schema().time.len()))
}

/// The longest runs of consecutive numbers, each with the position in `numbers` at which it starts.
pub(super) fn runs(numbers: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
    for (i, &n) in numbers.iter().enumerate() {
        match runs.last_mut() {
            Some((_, run)) if run.end == n => run.end = n + 1,
            _ => runs.push((i, n..n + 1)),
        }
    }
    runs
}

/// Runs of consecutive steps, cut where a block of `grain` steps of the source ends.
pub(super) fn steps_in_runs(steps: &[usize], grain: usize) -> impl Iterator<Item = Range<usize>> {
    runs(steps).into_iter().flat_map(move |(_, run)| {
        let mut parts = Vec::new();
        let mut start = run.start;
        while start < run.end {
            let end = if grain == usize::MAX { run.end } else { ((start / grain + 1) * grain).min(run.end) };
            parts.push(start..end);
            start = end;
        }
        parts
    })
}

/// Cuts an axis of `len` into pieces of `size`.
pub(super) fn cuts(len: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let size = size.max(1);
    (0..len.div_ceil(size)).map(move |i| i * size..((i + 1) * size).min(len))
}

/// A range of as many steps as `steps`, from the first of them on, inside an axis of `len`. It serves to compute sizes.
pub(super) fn as_many(steps: impl Iterator<Item = usize> + Clone, len: usize) -> Range<usize> {
    let count = steps.clone().count().min(len);
    let first = steps.min().unwrap_or(0).min(len - count);
    first..first + count
}

/// The range of steps moved by `by` steps, cut off at the ends of an axis of `len`.
pub(super) fn moved(time: &Range<usize>, by: i64, len: usize) -> Range<usize> {
    let at = |step: usize| (step as i64).saturating_add(by).clamp(0, len as i64) as usize;
    at(time.start)..at(time.end)
}

/// Numbers of bands or steps in ascending order, each once.
pub(super) fn each_once(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

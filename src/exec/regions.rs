//! Arithmetic on the steps and bands of regions that several nodes share.

use super::op::Op;
use crate::cube::Region;
use crate::io::Tile;
use std::ops::Range;

/// Steps beyond which a longer run saves little.
const LONGEST_RUN: usize = 64;

/// The grain of an operator whose work is nearly the same for one step and for a run of so many.
pub fn grain_of_run(op: &Op, steps: usize) -> Tile {
    let grain = op.input().grain();
    Tile { time: grain.time.max(steps.min(LONGEST_RUN)).min(op.schema().time.len()), ..grain }
}

/// As many steps as are pulled of `op` together.
pub fn one_run(op: &Op, region: &Region) -> Region {
    region.with_time(0..op.grain().time.min(op.schema().time.len()))
}

/// The maximal runs of consecutive numbers: (where the run starts in `numbers`, the numbers).
pub fn runs(numbers: &[usize]) -> Vec<(usize, Range<usize>)> {
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
pub fn steps_in_runs(steps: &[usize], grain: usize) -> impl Iterator<Item = Range<usize>> {
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

/// An axis of `len` cut every `size`.
pub fn cuts(len: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let size = size.max(1);
    (0..len.div_ceil(size)).map(move |i| i * size..((i + 1) * size).min(len))
}

/// As many steps as `steps` are, from the first of them on, inside an axis of `len`: sizes are all that is counted.
pub fn as_many(steps: impl Iterator<Item = usize> + Clone, len: usize) -> Range<usize> {
    let count = steps.clone().count().min(len);
    let first = steps.min().unwrap_or(0).min(len - count);
    first..first + count
}

/// A range of steps moved along, as far as it stays on an axis of `len`.
pub fn moved(time: &Range<usize>, by: i64, len: usize) -> Range<usize> {
    let at = |step: usize| (step as i64).saturating_add(by).clamp(0, len as i64) as usize;
    at(time.start)..at(time.end)
}

/// Bands or steps in their order, each once.
pub fn each_once(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

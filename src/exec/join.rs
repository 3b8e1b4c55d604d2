//! `Join`: the bands of two operators side by side, step by step.

use super::op::reduces_time;
use super::pull::{blank, paste, pull as pull_input, runs};
use super::{Op, TaskCx};
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use std::ops::Range;
use std::sync::Arc;

/// What of the right side is kept for the steps that come next: all of its steps, some of them filled.
struct Kept {
    rows: Range<usize>,
    columns: Range<usize>,
    bands: Vec<usize>,
    chunk: Chunk,
    filled: Vec<bool>,
}

pub fn pull(op: &Arc<Op>, steps: &[Option<usize>], region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let left = &op.inputs[0];
    let own = left.schema().bands.len();
    let (of_left, of_right): (Vec<usize>, Vec<usize>) = region.bands.iter().partition(|&&b| b < own);
    let mut left_bands = match of_left.is_empty() {
        true => Vec::new(),
        false => pull_input(left, &region.with_bands(of_left), cx)?.bands,
    }
    .into_iter();
    let right_region = region.with_bands(of_right);
    let mut joined = blank(op, &right_region);
    if !right_region.bands.is_empty() {
        right(op, steps, &right_region, &mut joined, cx)?;
    }
    let mut right_bands = joined.bands.into_iter();
    let pick = |&b: &usize| if b < own { left_bands.next() } else { right_bands.next() };
    let bands = region.bands.iter().filter_map(pick).collect();
    Ok(Chunk { shape: region.shape(), bands })
}

/// Puts what each step meets into its place. What many steps meet is pulled once for all of them.
fn right(op: &Arc<Op>, steps: &[Option<usize>], region: &Region, joined: &mut Chunk, cx: &TaskCx) -> Result<()> {
    let mut met: Vec<usize> = steps[region.time.clone()].iter().flatten().copied().collect();
    met.sort_unstable();
    met.dedup();
    if !keeps_right(op, region) {
        for (_, time) in runs(&met) {
            let part = part(op, &region.with_time(time.clone()), cx)?;
            place(joined, steps, region, &part, time);
        }
        return Ok(());
    }
    let all = 0..op.inputs[1].schema().time.len();
    let fits = |kept: &Kept| kept.rows == region.y && kept.columns == region.x && kept.bands == region.bands;
    let mut kept = cx.carried::<Kept>(op).filter(fits).unwrap_or_else(|| Kept {
        rows: region.y.clone(),
        columns: region.x.clone(),
        bands: region.bands.clone(),
        chunk: blank(op, &region.with_time(all.clone())),
        filled: vec![false; all.len()],
    });
    met.retain(|&step| !kept.filled[step]);
    for (_, time) in runs(&met) {
        let part = part(op, &region.with_time(time.clone()), cx)?;
        paste(&mut kept.chunk, &part, [time.start, 0, 0]);
        kept.filled[time].fill(true);
    }
    place(joined, steps, region, &kept.chunk, all);
    cx.carry(op, kept);
    Ok(())
}

/// Whether steps of the right side are kept: those of a reduction, if they are few.
pub fn keeps_right(op: &Op, region: &Region) -> bool {
    kept_bytes(op, region) > 0
}

/// Bytes kept of the right side, `region.bands` being those of the join that are on it.
pub fn kept_bytes(op: &Op, region: &Region) -> u64 {
    let right = &op.inputs[1];
    let all = op.schema().region_bytes(&region.with_time(0..right.schema().time.len()));
    if reduces_time(&right.plan) && all <= op.largest_kept() { all } else { 0 }
}

/// Steps of the right side in the types that they have beside the left.
fn part(op: &Arc<Op>, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let (right, own) = (&op.inputs[1], op.inputs[0].schema().bands.len());
    let mut part = pull_input(right, &region.with_bands(region.bands.iter().map(|b| b - own).collect()), cx)?;
    for (pixels, &band) in part.bands.iter_mut().zip(&region.bands) {
        pixels.fit(&right.schema().bands[band - own], &op.schema().bands[band]);
    }
    Ok(part)
}

/// Copies the steps `time` of the right side, which `part` holds, to the steps of the region that meet them.
fn place(joined: &mut Chunk, steps: &[Option<usize>], region: &Region, part: &Chunk, time: Range<usize>) {
    let mut step = region.time.start;
    while step < region.time.end {
        let Some(first) = steps[step].filter(|s| time.contains(s)) else {
            step += 1;
            continue;
        };
        // Consecutive steps that meet consecutive steps are copied together.
        let follows = |n: usize| steps[step + n] == Some(first + n) && time.contains(&(first + n));
        let n = (1..region.time.end - step).find(|&n| !follows(n)).unwrap_or(region.time.end - step);
        let at = [step - region.time.start, 0, 0];
        match n == time.len() {
            true => paste(joined, part, at),
            false => paste(joined, &part.steps(first - time.start..first - time.start + n), at),
        }
        step += n;
    }
}

//! `Join`: the bands of two operators side by side, step by step.

use super::prelude::*;
use crate::exec::regions::{as_many, each_once, runs};
use crate::plan::Plan;

pub(super) struct Join {
    /// The step of the right side that belongs to each of the left.
    steps: Vec<Option<usize>>,
    /// Whether the right side is a reduction that is not held for all tasks. Many steps share each of its steps, so it is
    /// worth keeping where it is small.
    is_climatology: bool,
    in_order: bool,
}

/// All steps of the right side, kept for the steps that come next; some of them are computed already.
struct Climatology {
    chunk: Chunk,
    filled: Vec<bool>,
}

impl Operator for Join {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let left = &op.inputs[0];
        let own = left.schema().bands.len();
        let (of_left, of_right): (Vec<usize>, Vec<usize>) = region.bands.iter().partition(|&&b| b < own);
        let mut left_bands = match of_left.is_empty() {
            true => Vec::new(),
            false => left.pull(&region.with_bands(of_left), cx)?.bands,
        }
        .into_iter();
        let right_region = region.with_bands(of_right);
        let mut joined = op.blank(&right_region);
        if !right_region.bands.is_empty() {
            self.right(op, &right_region, &mut joined, cx)?;
        }
        let mut right_bands = joined.bands.into_iter();
        let pick = |&b: &usize| if b < own { left_bands.next() } else { right_bands.next() };
        let bands = region.bands.iter().filter_map(pick).collect();
        Ok(Chunk { shape: region.shape(), bands })
    }

    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        let own = op.inputs[0].schema().bands.len();
        let (of_left, of_right): (Vec<usize>, Vec<usize>) = region.bands.iter().partition(|&&b| b < own);
        op.inputs[0].announce(&region.with_bands(of_left), cx);
        let right = region.with_bands(of_right.iter().map(|b| b - own).collect());
        for (_, time) in runs(&each_once(self.steps[region.time.clone()].iter().flatten().copied())) {
            op.inputs[1].announce(&right.with_time(time), cx);
        }
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let [left, right] = self.sides(op, region);
        let of = |input: &Op, region: &Region| if region.bands.is_empty() { 0 } else { input.peak(region, keep) };
        let below = of(&op.inputs[0], &left) + of(&op.inputs[1], &right);
        op.result_bytes(region) + below + self.kept_bytes(op, &of_right(op, region), keep)
    }

    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let [left, right] = self.sides(op, region);
        // A climatology that is too large to be kept is computed again for each run of steps that needs it.
        let rounds = match !self.is_climatology || self.kept_bytes(op, &of_right(op, region), keep) > 0 {
            true => 1,
            false => {
                let met = self.steps[region.time.clone()].iter().flatten().count();
                met.div_ceil(right.time.len().max(1)) as u64
            }
        };
        let of = |input: &Op, region: &Region| if region.bands.is_empty() { 0 } else { input.bytes_read(region, keep) };
        of(&op.inputs[0], &left) + of(&op.inputs[1], &right) * rounds
    }

    fn in_order(&self) -> bool {
        self.in_order
    }
}

impl Join {
    pub(super) fn new(left: &Plan, right: &Plan, is_held: bool, steps: Vec<Option<usize>>) -> Join {
        let is_climatology = right.reduces_time() && !is_held;
        Join { steps, is_climatology, in_order: is_climatology || left.reduces_time() }
    }

    /// Puts the partner of each step into its place. A partner of many steps is pulled once for all of them.
    fn right(&self, op: &Op, region: &Region, joined: &mut Chunk, cx: &TaskCx) -> Result<()> {
        let mut met = each_once(self.steps[region.time.clone()].iter().flatten().copied());
        if self.kept_bytes(op, region, cx.keep) == 0 {
            for (_, time) in runs(&met) {
                let part = part(op, &region.with_time(time.clone()), cx)?;
                self.place(joined, region, &part, time);
            }
            return Ok(());
        }
        let all = 0..op.inputs[1].schema().time.len();
        let mut kept = cx.carried(op.id, region).unwrap_or_else(|| Climatology {
            chunk: op.blank(&region.with_time(all.clone())),
            filled: vec![false; all.len()],
        });
        met.retain(|&step| !kept.filled[step]);
        for (_, time) in runs(&met) {
            let part = part(op, &region.with_time(time.clone()), cx)?;
            kept.chunk.paste(&part, [time.start, 0, 0]);
            kept.filled[time].fill(true);
        }
        self.place(joined, region, &kept.chunk, all);
        cx.carry(op.id, region, kept);
        Ok(())
    }

    /// Copies the steps `time` of the right side, which `part` holds, to those steps of the region whose partners they
    /// are.
    fn place(&self, joined: &mut Chunk, region: &Region, part: &Chunk, time: Range<usize>) {
        let mut step = region.time.start;
        while step < region.time.end {
            let Some(first) = self.steps[step].filter(|s| time.contains(s)) else {
                step += 1;
                continue;
            };
            // Consecutive steps with consecutive partners are copied together.
            let follows = |n: usize| self.steps[step + n] == Some(first + n) && time.contains(&(first + n));
            let n = (1..region.time.end - step).find(|&n| !follows(n)).unwrap_or(region.time.end - step);
            let at = [step - region.time.start, 0, 0];
            match n == time.len() {
                true => joined.paste(part, at),
                false => joined.paste(&part.steps(first - time.start..first - time.start + n), at),
            }
            step += n;
        }
    }

    /// Bytes kept of the right side, to which the bands of `region` belong: those of the whole climatology if it is
    /// small.
    fn kept_bytes(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let all = op.schema().region_bytes(&region.with_time(0..op.inputs[1].schema().time.len()));
        if self.is_climatology && all <= keep { all } else { 0 }
    }

    /// The regions that a region needs of each side. A partner of several steps is counted once, as it is pulled once.
    fn sides(&self, op: &Op, region: &Region) -> [Region; 2] {
        let own = op.inputs[0].schema().bands.len();
        let left = region.bands.iter().copied().filter(|&b| b < own).collect();
        let right = of_right(op, region).bands.into_iter().map(|b| b - own).collect();
        let met = self.steps[region.time.clone()].iter().flatten().copied();
        let time = as_many(met, op.inputs[1].schema().time.len());
        [region.with_bands(left), Region { time, ..region.with_bands(right) }]
    }
}

/// The same region with those of its bands that come from the right side.
fn of_right(op: &Op, region: &Region) -> Region {
    let own = op.inputs[0].schema().bands.len();
    region.with_bands(region.bands.iter().copied().filter(|&b| b >= own).collect())
}

/// Pulls steps of the right side and brings their bands to the types they have in the join.
fn part(op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let (right, own) = (&op.inputs[1], op.inputs[0].schema().bands.len());
    let mut part = right.pull(&region.with_bands(region.bands.iter().map(|b| b - own).collect()), cx)?;
    for (pixels, &band) in part.bands.iter_mut().zip(&region.bands) {
        pixels.fit(&right.schema().bands[band - own], &op.schema().bands[band]);
    }
    Ok(part)
}

//! `fill time`: fills missing pixels from their neighbors in time, which may lie outside the region.

use super::prelude::*;
use crate::cube::TimeAxis;
use crate::cube::time::Instant;
use crate::exec::ops::fill::{self, Edge};
use crate::exec::regions::{grain_of_run, one_run, steps_in_runs};
use crate::plan::{FillFrom, Reach};

pub(super) struct FillTime {
    from: FillFrom,
    longest: Option<Reach>,
    /// How many steps before and after a run of steps may be needed to fill it.
    reach: usize,
}

impl Operator for FillTime {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let time = region.time.clone();
        let size = region.y.len() * region.x.len();
        let far = Far::new(&op.schema().time, self.from, self.longest);
        let needed = far.needed(&time);
        let chunk = input.pull(region, cx)?;
        let earlier = cx.carried::<Edges>(op.id, region).filter(|edges| edges.end == time.start);
        let mut after = edges(op, &chunk, region, (time.len() - 1) * size);
        let to_the_end = self.longest.is_none();
        let mut before = match earlier {
            Some(earlier) => {
                after.iter_mut().zip(&earlier.after).for_each(|(edge, earlier)| edge.learn(earlier, &time, to_the_end));
                earlier.before
            }
            None => {
                let mut before = edges(op, &chunk, region, 0);
                look(op, &mut before, needed.start..time.start, true, region, cx)?;
                before
            }
        };
        look(op, &mut after, time.end..needed.end, false, region, cx)?;
        let mut bands = Vec::with_capacity(chunk.bands.len());
        for (i, (mut pixels, &b)) in chunk.bands.into_iter().zip(&region.bands).enumerate() {
            let (source, target) = (&input.schema().bands[b], &op.schema().bands[b]);
            match self.from {
                // No pixel of such a band can be missing.
                _ if source.nodata.is_none() && !source.dtype.is_float() => {}
                FillFrom::Linear => {
                    pixels = pixels.cast(source.nodata, target.dtype, Some(f64::NAN));
                    let edges = (&mut before[i], &after[i]);
                    fill::lines(&mut pixels, time.clone(), edges, &|step| far.at(step), &|step| far.first(step));
                }
                FillFrom::Previous => {
                    let farthest: Vec<usize> = time.clone().map(|step| far.first(step)).collect();
                    fill::carry(&mut pixels, source.nodata, time.clone(), &mut before[i], false, &farthest);
                }
                FillFrom::Next => {
                    let farthest: Vec<usize> = time.clone().map(|step| far.last(step)).collect();
                    // The edge is carried back as a copy, because the steps that follow need it as it is.
                    fill::carry(&mut pixels, source.nodata, time.clone(), &mut after[i].clone(), true, &farthest);
                }
            }
            bands.push(pixels);
        }
        if time.end < op.schema().time.len() {
            cx.carry(op.id, region, Edges { end: time.end, before, after });
        }
        Ok(Chunk { shape: chunk.shape, bands })
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let input = op.input();
        let bytes = |&b: &usize| Edge::bytes(input.schema().bands[b].dtype);
        let edges = (region.bands.iter().map(bytes).sum::<usize>() * region.y.len() * region.x.len()) as u64;
        let own = input.schema().region_bytes(region);
        let run = input.peak(&one_run(input, region), keep);
        // Held are two edges, and two more that are carried to the next steps.
        op.result_bytes(region) + input.peak(region, keep).max(own + run) + 4 * edges
    }

    fn below(&self, op: &Op, region: &Region) -> Region {
        region.with_time(Far::new(&op.schema().time, self.from, self.longest).needed(&region.time))
    }

    /// Looking ahead costs the same for a run of steps of any length, so runs are as long as they may be.
    fn grain(&self, op: &Op) -> Tile {
        grain_of_run(op, self.reach)
    }

    fn in_order(&self) -> bool {
        true
    }
}

impl FillTime {
    pub(super) fn new(axis: &TimeAxis, from: FillFrom, longest: Option<Reach>) -> FillTime {
        let far = Far::new(axis, from, longest);
        let reach = match longest {
            None => axis.len(),
            Some(_) => (0..axis.len()).map(|step| far.needed(&(step..step + 1)).len() - 1).max().unwrap_or(0),
        };
        FillTime { from, longest, reach }
    }
}

/// How far along the axis a valid value may fill.
struct Far<'a> {
    len: usize,
    instants: Option<&'a [Instant]>,
    reach: Option<Reach>,
    /// One for lines, whose limit counts the missing steps between two values; else 0, for the steps from one to
    /// another.
    between: usize,
    from: FillFrom,
}

impl<'a> Far<'a> {
    fn new(axis: &'a TimeAxis, from: FillFrom, reach: Option<Reach>) -> Far<'a> {
        let between = (from == FillFrom::Linear) as usize;
        Far { len: axis.len(), instants: axis.instants().map(|(_, all)| all), reach, between, from }
    }

    /// The first step whose value may fill `step`.
    fn first(&self, step: usize) -> usize {
        match (self.reach, self.instants) {
            (Some(Reach::Steps(n)), _) => step.saturating_sub(n + self.between),
            (Some(Reach::Micros(far)), Some(at)) => {
                let limit = at[step].0.saturating_sub(far);
                at[..step].partition_point(|t| t.0 < limit)
            }
            _ => 0,
        }
    }

    /// The last step whose value may fill `step`.
    fn last(&self, step: usize) -> usize {
        match (self.reach, self.instants) {
            (Some(Reach::Steps(n)), _) => step.saturating_add(n + self.between).min(self.len - 1),
            (Some(Reach::Micros(far)), Some(at)) => {
                let limit = at[step].0.saturating_add(far);
                step + at[step..].partition_point(|t| t.0 <= limit) - 1
            }
            _ => self.len - 1,
        }
    }

    /// The position of a step along time.
    fn at(&self, step: usize) -> f64 {
        self.instants.map_or(step as f64, |at| at[step].0 as f64)
    }

    /// The steps that may be needed to fill those of `time`.
    fn needed(&self, time: &Range<usize>) -> Range<usize> {
        let start = if self.from == FillFrom::Next { time.start } else { self.first(time.start) };
        let end = if self.from == FillFrom::Previous { time.end } else { self.last(time.end - 1) + 1 };
        start.min(time.start)..end
    }
}

/// The nearest valid values of each pixel at the end of a run of steps: those before it and those found after it.
struct Edges {
    end: usize,
    before: Vec<Edge>,
    after: Vec<Edge>,
}

/// An edge for each band, which lacks a value for the pixels that are missing in the step that begins at `at`.
fn edges(op: &Op, chunk: &Chunk, region: &Region, at: usize) -> Vec<Edge> {
    let size = region.y.len() * region.x.len();
    let nodata = |b: usize| op.input().schema().bands[b].nodata;
    chunk.bands.iter().zip(&region.bands).map(|(pixels, &b)| Edge::of(pixels, at..at + size, nodata(b))).collect()
}

/// Goes through `steps` away from the region, backward if `back`, until every pixel has found its neighbor.
fn look(op: &Op, edges: &mut [Edge], steps: Range<usize>, back: bool, region: &Region, cx: &TaskCx) -> Result<()> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let all: Vec<usize> = steps.collect();
    let mut runs: Vec<Range<usize>> = steps_in_runs(&all, input.grain().time.max(1)).collect();
    if back {
        runs.reverse();
    }
    for run in runs {
        if edges.iter().all(Edge::is_found) {
            return Ok(());
        }
        let chunk = input.pull(&region.with_time(run.clone()), cx)?;
        for n in 0..run.len() {
            let t = if back { run.len() - 1 - n } else { n };
            for ((edge, pixels), &b) in edges.iter_mut().zip(&chunk.bands).zip(&region.bands) {
                edge.look(run.start + t, pixels, t * size..(t + 1) * size, input.schema().bands[b].nodata);
            }
        }
    }
    Ok(())
}

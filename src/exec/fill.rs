//! `fill time`: missing pixels from their neighbours in time, looked for as far outside the region as need be.

use super::ops::fill::{self, Edge};
use super::pull::pull as pull_input;
use super::window::Own;
use super::{Op, TaskCx};
use crate::cube::time::Instant;
use crate::cube::{Chunk, Region, TimeAxis};
use crate::diagnostic::Result;
use crate::plan::{FillFrom, Reach};
use std::ops::Range;
use std::sync::Arc;

/// How far along the axis a value reaches.
struct Far<'a> {
    len: usize,
    instants: Option<&'a [Instant]>,
    reach: Option<Reach>,
    /// Lines count the missing steps between two values, which are one less than the steps from one to the other.
    between: usize,
}

impl<'a> Far<'a> {
    fn new(axis: &'a TimeAxis, from: FillFrom, reach: Option<Reach>) -> Far<'a> {
        let between = (from == FillFrom::Linear) as usize;
        Far { len: axis.len(), instants: axis.instants().map(|(_, all)| all), reach, between }
    }

    /// The first step whose value reaches `step`.
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

    /// The last one.
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

    /// Where a step lies.
    fn at(&self, step: usize) -> f64 {
        self.instants.map_or(step as f64, |at| at[step].0 as f64)
    }
}

/// The steps that may have to be looked at for those of `time`.
pub fn steps_needed(op: &Op, from: FillFrom, longest: Option<Reach>, time: &Range<usize>) -> Range<usize> {
    let far = Far::new(&op.schema().time, from, longest);
    let start = if from == FillFrom::Next { time.start } else { far.first(time.start) };
    let end = if from == FillFrom::Previous { time.end } else { far.last(time.end - 1) + 1 };
    start.min(time.start)..end
}

pub fn pull(op: &Arc<Op>, from: FillFrom, longest: Option<Reach>, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let time = region.time.clone();
    let size = region.y.len() * region.x.len();
    let far = Far::new(&op.schema().time, from, longest);
    let needed = steps_needed(op, from, longest, &time);
    let chunk = pull_input(input, region, cx)?;
    let own = Own::new(region, &region.bands);
    let earlier = cx.carried::<Edges>(op).filter(|edges| edges.own == own && edges.end == time.start);
    let mut after = edges(op, &chunk, region, (time.len() - 1) * size);
    let to_the_end = longest.is_none();
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
        match from {
            // Nothing can be missing.
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
                // The edge stays for the steps that follow; what is carried back is a copy.
                fill::carry(&mut pixels, source.nodata, time.clone(), &mut after[i].clone(), true, &farthest);
            }
        }
        bands.push(pixels);
    }
    if time.end < op.schema().time.len() {
        cx.carry(op, Edges { own, end: time.end, before, after });
    }
    Ok(Chunk { shape: chunk.shape, bands })
}

/// What is known of the pixels at the end of some steps: the values before it, and those found after it.
struct Edges {
    own: Own,
    end: usize,
    before: Vec<Edge>,
    after: Vec<Edge>,
}

/// What is missing in the step that begins at `at`, one edge a band.
fn edges(op: &Op, chunk: &Chunk, region: &Region, at: usize) -> Vec<Edge> {
    let size = region.y.len() * region.x.len();
    let nodata = |b: usize| op.input().schema().bands[b].nodata;
    chunk.bands.iter().zip(&region.bands).map(|(pixels, &b)| Edge::of(pixels, at..at + size, nodata(b))).collect()
}

/// Goes through `steps` away from the region, `back` or forth, until every pixel has found its neighbour.
fn look(op: &Arc<Op>, edges: &mut [Edge], steps: Range<usize>, back: bool, region: &Region, cx: &TaskCx) -> Result<()> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let all: Vec<usize> = steps.collect();
    let mut runs: Vec<Range<usize>> = super::reduce::steps_in_runs(&all, input.grain().time.max(1)).collect();
    if back {
        runs.reverse();
    }
    for run in runs {
        if edges.iter().all(Edge::is_found) {
            return Ok(());
        }
        let chunk = pull_input(input, &region.with_time(run.clone()), cx)?;
        for n in 0..run.len() {
            let t = if back { run.len() - 1 - n } else { n };
            for ((edge, pixels), &b) in edges.iter_mut().zip(&chunk.bands).zip(&region.bands) {
                edge.look(run.start + t, pixels, t * size..(t + 1) * size, input.schema().bands[b].nodata);
            }
        }
    }
    Ok(())
}

//! `Reduce`: feeds the steps of a region to the running states, or gathers series where a reducer needs them.

use super::ops::reduce::{Need, State, StepInfo};
use super::ops::series;
use super::pull::{pull, runs};
use super::{Op, TaskCx};
use crate::cube::{Band, Chunk, DType, Pixels, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::common_band;
use crate::plan::{ReduceOptions, Reducer};
use std::ops::Range;
use std::sync::Arc;

/// The groups `region.time` of a reduction over time.
///
/// One run of input steps is held at a time beside the states; a reducer that needs series holds those of one group.
pub fn over_time(
    op: &Arc<Op>,
    group_of_step: &[Option<usize>],
    reducers: &[Reducer],
    options: &ReduceOptions,
    region: &Region,
    cx: &TaskCx,
) -> Result<Chunk> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let asked = Asked::new(region, reducers);
    let Asked { pairs, bands } = &asked;
    let wanted = |band: usize, series: bool| asked.reducers(reducers, band, series);
    let mut groups: Vec<Group> = region.time.clone().map(|_| Group { steps: 0, states: Vec::new() }).collect();
    let mut steps_of: Vec<Vec<usize>> = vec![Vec::new(); region.time.len()];
    for (step, group) in group_of_step.iter().enumerate() {
        if let Some(group) = group.filter(|g| region.time.contains(g)) {
            steps_of[group - region.time.start].push(step);
        }
    }
    for (group, steps) in groups.iter_mut().zip(&steps_of) {
        group.steps = steps.len();
        group.states = bands
            .iter()
            .map(|&b| State::new(&wanted(b, false), &input.schema().bands[b], size, options.weights.is_some()))
            .collect();
    }
    let info = step_info(input, options);
    let grain = input.grain().time.max(1);
    let need = |group: &Group| Need { count: options.min_count.of(group.steps), all: options.keepna };
    let any_series = reducers.iter().any(|r| r.holds_series());
    let mut outputs: Vec<Vec<Option<Pixels>>> = vec![vec![None; pairs.len()]; groups.len()];
    if any_series {
        // Group by group: each holds its own steps and no others.
        for (g, steps) in steps_of.iter().enumerate() {
            let chunks = steps_in_runs(steps, usize::MAX)
                .map(|time| pull(input, &Region { time, bands: bands.clone(), ..region.clone() }, cx))
                .collect::<Result<Vec<_>>>()?;
            for (slot, &band) in bands.iter().enumerate() {
                let parts: Vec<series::Step> = chunks
                    .iter()
                    .flat_map(|c| (0..c.shape[0]).map(|t| (&c.bands[slot], t * size..(t + 1) * size)))
                    .collect();
                if !wanted(band, false).is_empty() {
                    for ((pixels, at), &step) in parts.iter().zip(steps) {
                        groups[g].states[slot].add(pixels, at.clone(), info(step));
                    }
                }
                let which: Vec<usize> =
                    (0..pairs.len()).filter(|&i| pairs[i].0 == band && reducers[pairs[i].1].holds_series()).collect();
                let targets: Vec<(Reducer, &Band)> =
                    which.iter().map(|&i| (reducers[pairs[i].1], &op.schema().bands[region.bands[i]])).collect();
                let stop = || cx.run.read.is_cancelled();
                let positions: Vec<f64> = steps.iter().map(|&s| info(s).position).collect();
                let band = &input.schema().bands[band];
                let results = series::reduce(&parts, size, band, &targets, need(&groups[g]), &positions, &stop);
                for (i, pixels) in which.into_iter().zip(results) {
                    outputs[g][i] = Some(pixels);
                }
            }
        }
    } else {
        let group_of =
            |step: usize| group_of_step[step].filter(|g| region.time.contains(g)).map(|g| g - region.time.start);
        let steps: Vec<usize> = (0..group_of_step.len()).filter(|&s| group_of(s).is_some()).collect();
        for time in steps_in_runs(&steps, grain) {
            let chunk = pull(input, &Region { time: time.clone(), bands: bands.clone(), ..region.clone() }, cx)?;
            for (slot, pixels) in chunk.bands.iter().enumerate() {
                for (i, step) in time.clone().enumerate() {
                    if let Some(g) = group_of(step) {
                        groups[g].states[slot].add(pixels, i * size..(i + 1) * size, info(step));
                    }
                }
            }
        }
    }
    let mut result = Vec::with_capacity(pairs.len());
    for (i, &(band, reducer)) in pairs.iter().enumerate() {
        let target = &op.schema().bands[region.bands[i]];
        let slot = bands.iter().position(|&b| b == band).unwrap_or(0);
        let mut parts = Vec::with_capacity(groups.len());
        for (g, group) in groups.iter().enumerate() {
            let state = &group.states[slot];
            if state.overflowed() {
                return Err(overflow(target).or_at(op.plan.span, "summed here"));
            }
            parts.push(match outputs[g][i].take() {
                Some(pixels) => pixels,
                None => state.finish(reducers[reducer], need(group), target, size),
            });
        }
        result.push(concat(parts, target.dtype, size));
    }
    Ok(Chunk { shape: region.shape(), bands: result })
}

/// What is asked of a reduction: its output bands are input band by reducer, and only those asked for are computed.
pub struct Asked {
    /// Input band and reducer of each band asked for.
    pub pairs: Vec<(usize, usize)>,
    /// The input bands of those, each once.
    pub bands: Vec<usize>,
}

impl Asked {
    pub fn new(region: &Region, reducers: &[Reducer]) -> Asked {
        let pairs: Vec<(usize, usize)> =
            region.bands.iter().map(|b| (b / reducers.len(), b % reducers.len())).collect();
        let mut bands: Vec<usize> = pairs.iter().map(|p| p.0).collect();
        bands.sort_unstable();
        bands.dedup();
        Asked { pairs, bands }
    }

    /// The reducers asked for of one input band, those that hold series or those that do not.
    pub fn reducers(&self, all: &[Reducer], band: usize, series: bool) -> Vec<Reducer> {
        let own = self.pairs.iter().filter(|p| p.0 == band);
        own.map(|p| all[p.1]).filter(|r| r.holds_series() == series).collect()
    }
}

/// What each step of `input` brings beside its pixels.
pub fn step_info<'a>(input: &'a Op, options: &'a ReduceOptions) -> impl Fn(usize) -> StepInfo + 'a {
    let facts = input.step_facts();
    let dated = input.schema().time.calendar().is_some();
    move |step: usize| StepInfo {
        when: if dated { facts[step].days } else { step as f64 },
        weight: options.weights.as_ref().map_or(1.0, |w| w[step]),
        position: options.positions.as_ref().map_or(step as f64, |p| p[step]),
    }
}

struct Group {
    steps: usize,
    states: Vec<State>,
}

pub fn overflow(band: &Band) -> Box<Diagnostic> {
    Diagnostic::new(codes::OVERFLOW, format!("a sum of `{}` does not fit 64 bits", band.name))
        .help("turn it into a float first: `cast float64`")
}

/// The bands of each step reduced to one.
pub fn over_bands(
    op: &Arc<Op>,
    reducers: &[Reducer],
    options: &ReduceOptions,
    region: &Region,
    cx: &TaskCx,
) -> Result<Chunk> {
    let input = op.input();
    let schema = input.schema();
    let dtype = schema.bands.iter().map(|b| b.dtype).reduce(|a, b| a.promote(b)).unwrap_or(DType::F32);
    let common = common_band(&schema.bands, dtype);
    let chunk = pull(input, &region.with_bands((0..schema.bands.len()).collect()), cx)?;
    let wanted: Vec<Reducer> = region.bands.iter().map(|&b| reducers[b]).collect();
    let size = region.pixels();
    let casted: Vec<Pixels> = chunk
        .bands
        .iter()
        .zip(&schema.bands)
        .map(|(pixels, band)| pixels.cast(band.nodata, common.dtype, common.nodata))
        .collect();
    let running: Vec<Reducer> = wanted.iter().copied().filter(|r| !r.holds_series()).collect();
    let mut state = State::new(&running, &common, size, false);
    for (i, pixels) in casted.iter().enumerate() {
        state.add(pixels, 0..size, StepInfo { when: i as f64, weight: 1.0, position: i as f64 });
    }
    let need = Need { count: options.min_count.of(casted.len()), all: options.keepna };
    let views: Vec<series::Step> = casted.iter().map(|pixels| (pixels, 0..size)).collect();
    let mut bands = Vec::with_capacity(wanted.len());
    for (&b, reducer) in region.bands.iter().zip(wanted) {
        let target = &op.schema().bands[b];
        bands.push(match reducer.holds_series() {
            true => series::reduce(&views, size, &common, &[(reducer, target)], need, &[], &|| false).remove(0),
            false => state.finish(reducer, need, target, size),
        });
    }
    Ok(Chunk { shape: region.shape(), bands })
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

fn concat(parts: Vec<Pixels>, dtype: DType, size: usize) -> Pixels {
    if parts.len() == 1 {
        return parts.into_iter().next().unwrap_or_else(|| Pixels::zeros(dtype, 0));
    }
    let mut out = Pixels::zeros(dtype, size * parts.len());
    for (i, part) in parts.iter().enumerate() {
        out.paste([parts.len(), 1, size], part, [1, 1, size], [i, 0, 0]);
    }
    out
}

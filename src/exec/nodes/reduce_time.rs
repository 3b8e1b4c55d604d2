//! `Reduce` over time: feeds the steps of each group to running states, or gathers series where a reducer needs them.

use super::prelude::*;
use crate::cube::{Band, DType, Pixels};
use crate::exec::abreast;
use crate::exec::asked::{ReducedBands, overflow, states, step_info};
use crate::exec::ops::reduce::{Need, State};
use crate::exec::ops::sen::Sen;
use crate::exec::ops::series;
use crate::exec::regions::steps_in_runs;
use crate::plan::ReduceOptions;
use crate::reducers::{Reducer, Statistic};

pub(super) struct ReduceTime {
    group_of_step: Vec<Option<usize>>,
    /// For each group, the number of steps in all groups before it.
    steps_before: Vec<usize>,
    reducers: Vec<Reducer>,
    options: ReduceOptions,
}

impl Operator for ReduceTime {
    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        let bands = ReducedBands::new(region, &self.reducers).bands;
        let wanted = |group: &Option<usize>| group.is_some_and(|group| region.time.contains(&group));
        let steps: Vec<usize> = (0..self.group_of_step.len()).filter(|&s| wanted(&self.group_of_step[s])).collect();
        for time in steps_in_runs(&steps, usize::MAX) {
            op.input().announce(&Region { time, bands: bands.clone(), ..region.clone() }, cx);
        }
    }

    /// Computes the groups `region.time`. One run of input steps is held at a time beside the states; for a reducer
    /// that needs series, the steps of one group are.
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let size = region.y.len() * region.x.len();
        let (reducers, options) = (&self.reducers, &self.options);
        let asked = ReducedBands::new(region, reducers);
        let ReducedBands { pairs, bands } = &asked;
        let wanted = |band: usize, series: bool| asked.reducers(reducers, band, series);
        let mut groups: Vec<Group> = region.time.clone().map(|_| Group { steps: 0, states: Vec::new() }).collect();
        let mut steps_of: Vec<Vec<usize>> = vec![Vec::new(); region.time.len()];
        for (step, group) in self.group_of_step.iter().enumerate() {
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
        let grain = run_length(input, region, bands, cx);
        let need = |group: &Group| Need { count: options.min_count.of(group.steps), all: options.keepna };
        let run_of = |time: Range<usize>| Region { time, bands: bands.clone(), ..region.clone() };
        let any_series = reducers.iter().any(|r| r.holds_series());
        let mut outputs: Vec<Vec<Option<Pixels>>> = vec![vec![None; pairs.len()]; groups.len()];
        if any_series {
            // Groups are computed one after another, so that only the steps of one are held; and these are pulled in runs,
            // so that what they are made of is held for one run at a time.
            for (g, steps) in steps_of.iter().enumerate() {
                let runs: Vec<Region> = steps_in_runs(steps, grain).map(run_of).collect();
                let mut chunks = Vec::with_capacity(runs.len());
                self.pull_in_order(input, &runs, cx, &mut |_, chunk| {
                    chunks.push(chunk);
                    Ok(())
                })?;
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
                    let which: Vec<usize> = (0..pairs.len())
                        .filter(|&i| pairs[i].0 == band && reducers[pairs[i].1].holds_series())
                        .collect();
                    let targets: Vec<(Reducer, &Band)> =
                        which.iter().map(|&i| (reducers[pairs[i].1], &op.schema().bands[region.bands[i]])).collect();
                    let stop = || cx.run.read.is_canceled();
                    let positions: Vec<f64> = steps.iter().map(|&s| info(s).position).collect();
                    let band = &input.schema().bands[band];
                    let results = series::reduce(&parts, size, band, &targets, need(&groups[g]), &positions, &stop);
                    for (i, pixels) in which.into_iter().zip(results) {
                        outputs[g][i] = Some(pixels);
                    }
                }
            }
        } else {
            let group_of = |step: usize| {
                self.group_of_step[step].filter(|g| region.time.contains(g)).map(|g| g - region.time.start)
            };
            let steps: Vec<usize> = (0..self.group_of_step.len()).filter(|&s| group_of(s).is_some()).collect();
            let runs: Vec<Region> = steps_in_runs(&steps, grain).map(run_of).collect();
            self.pull_in_order(input, &runs, cx, &mut |run, chunk| {
                for (slot, pixels) in chunk.bands.iter().enumerate() {
                    for (i, step) in run.time.clone().enumerate() {
                        if let Some(g) = group_of(step) {
                            groups[g].states[slot].add(pixels, i * size..(i + 1) * size, info(step));
                        }
                    }
                }
                Ok(())
            })?;
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

    fn is_shared_out(&self, op: &Op) -> bool {
        let input = op.input();
        !(self.holds_series() || input.in_order || input.is_far)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let input = op.input();
        let bands = ReducedBands::new(region, &self.reducers).bands;
        let pixels = (region.y.len() * region.x.len()) as u64;
        let states = states(&self.reducers, &bands, input) * pixels * region.time.len() as u64;
        let held = match self.holds_series() {
            true => region.time.clone().map(|g| self.steps_in(g..g + 1)).max().unwrap_or(0),
            false => input.grain().time,
        };
        let lines = match Reducer::needs_of(&self.reducers).iter().any(|need| matches!(need, Statistic::SenLine(_))) {
            true => Sen::bytes(held),
            false => 0,
        };
        let held = held.clamp(1, input.schema().time.len().max(1));
        let run = held.min(input.grain().time.max(1));
        let steps = |time: Range<usize>| Region { time, bands: bands.clone(), ..region.clone() };
        let below = input.peak(&steps(0..run), keep) + input.schema().region_bytes(&steps(run..held));
        op.result_bytes(region) + states + lines + below
    }

    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let (input, bands) = (op.input(), ReducedBands::new(region, &self.reducers).bands);
        let of = |time: Range<usize>| input.bytes_read(&Region { time, bands: bands.clone(), ..region.clone() }, keep);
        if !input.in_order {
            return of(0..self.steps_in(region.time.clone()));
        }
        // The steps of all groups are read once in order; for series, those of each group are.
        let hull = |groups: Range<usize>| {
            let inside = |group: &Option<usize>| group.is_some_and(|g| groups.contains(&g));
            let first = self.group_of_step.iter().position(inside);
            first.zip(self.group_of_step.iter().rposition(inside)).map_or(0, |(first, last)| of(first..last + 1))
        };
        match self.holds_series() {
            true => region.time.clone().map(|group| hull(group..group + 1)).sum(),
            false => hull(region.time.clone()),
        }
    }

    fn grain(&self, op: &Op) -> Tile {
        Tile { time: 1, ..op.input().grain() }
    }
}

impl ReduceTime {
    pub(super) fn new(
        group_of_step: Vec<Option<usize>>,
        groups: usize,
        reducers: Vec<Reducer>,
        options: ReduceOptions,
    ) -> ReduceTime {
        let mut steps_before = vec![0; groups + 1];
        group_of_step.iter().flatten().for_each(|&g| steps_before[g + 1] += 1);
        (0..groups).for_each(|g| steps_before[g + 1] += steps_before[g]);
        ReduceTime { group_of_step, steps_before, reducers, options }
    }

    /// Runs of steps of the input, several at a time unless one needs what is kept of the one before, or they come from servers,
    /// where what is asked for ahead keeps to the order of the steps.
    fn pull_in_order(
        &self,
        input: &Op,
        runs: &[Region],
        cx: &TaskCx,
        take: &mut dyn FnMut(&Region, Chunk) -> Result<()>,
    ) -> Result<()> {
        let pull = |run: &Region| input.pull(run, cx);
        match input.in_order || input.is_far {
            true => runs.iter().try_for_each(|run| take(run, pull(run)?)),
            false => abreast::pull_in_order(cx, runs, &pull, take),
        }
    }

    fn holds_series(&self) -> bool {
        self.reducers.iter().any(|r| r.holds_series())
    }

    /// The number of steps in some groups.
    fn steps_in(&self, groups: Range<usize>) -> usize {
        let before = |group: usize| self.steps_before[group.min(self.steps_before.len() - 1)];
        before(groups.end) - before(groups.start)
    }
}

/// The number of steps of the input that are pulled together: those that its sources decode at once, or as many times more as
/// small ones take to be worth the visit, while every thread that shares them has some.
fn run_length(input: &Op, region: &Region, bands: &[usize], cx: &TaskCx) -> usize {
    /// A visit costs a small part of decoding so many bytes.
    const WORTH: u64 = 2 << 20;
    /// The least number of runs for each thread, so that they end at about the same time.
    const RUNS_A_THREAD: usize = 4;
    let (grain, all) = (input.grain().time.max(1), input.schema().time.len());
    let peak = |steps: usize| {
        input.peak(&Region { time: 0..steps.min(all), bands: bands.to_vec(), ..region.clone() }, cx.keep)
    };
    let longest = match cx.run.threads_a_task() {
        1 => usize::MAX,
        threads => all / (RUNS_A_THREAD * threads),
    };
    let mut steps = grain;
    while !input.in_order && steps < all && 2 * steps <= longest && peak(2 * steps) <= WORTH {
        steps *= 2;
    }
    steps
}

struct Group {
    steps: usize,
    states: Vec<State>,
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

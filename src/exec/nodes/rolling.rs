//! `rolling`: reduces the steps of a window around each step. Windows that share a pivot are reduced together.

use super::prelude::*;
use crate::cube::Band;
use crate::exec::asked::{ReducedBands, overflow, step_info};
use crate::exec::ops::reduce::Need;
use crate::exec::ops::rolling::{self, StepWindow, Windows};
use crate::exec::ops::series::Step;
use crate::exec::regions::{grain_of_run, one_run};
use crate::plan::{ReduceOptions, Reducer};
use std::collections::VecDeque;

pub(super) struct Rolling {
    /// The steps of the input in the window of each step. Neither their starts nor their ends ever decrease.
    windows: Vec<Range<usize>>,
    reducers: Vec<Reducer>,
    options: ReduceOptions,
    /// The number of steps of the longest window.
    longest: usize,
}

/// Steps of the input that later windows need again, run by run.
type Steps = VecDeque<(Range<usize>, Chunk)>;

impl Operator for Rolling {
    /// The steps of one row of windows are held, and one run of those after it.
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let size = region.y.len() * region.x.len();
        let (windows, reducers, options) = (&self.windows, &self.reducers, &self.options);
        let asked = ReducedBands::new(region, reducers);
        let info = step_info(input, options);
        let need = |window: usize| Need { count: options.min_count.of(windows[window].len()), all: options.keepna };
        let grain = input.grain().time.max(1);
        let last = windows[region.time.end - 1].end;
        let shape = [region.time.len(), 1, size];
        let mut out = op.blank(region);
        let mut overflowed = None;
        let mut held: Steps = cx.carried(op.id, region).unwrap_or_default();
        for row in rolling::rows(windows, region.time.clone()) {
            let steps = row.steps(windows);
            while held.front().is_some_and(|(time, _)| time.end <= steps.start) {
                held.pop_front();
            }
            if held.front().is_some_and(|(time, _)| time.start > steps.start) {
                held.clear();
            }
            let mut next = held.back().map_or(steps.start, |(time, _)| time.end).max(steps.start);
            while next < steps.end {
                let time = next..((next / grain + 1) * grain).min(last);
                next = time.end;
                let part = Region { time: time.clone(), bands: asked.bands.clone(), ..region.clone() };
                held.push_back((time, input.pull(&part, cx)?));
            }
            let windows = Windows { all: windows, row: &row, need: &need };
            let first = held.front().map_or(steps.start, |(time, _)| time.start);
            for (slot, &band) in asked.bands.iter().enumerate() {
                let of_chunk =
                    |(_, chunk): &'_ (Range<usize>, Chunk)| (0..chunk.shape[0]).map(|t| t * size..(t + 1) * size);
                let steps: Vec<Step> =
                    held.iter().flat_map(|part| of_chunk(part).map(|at| (&part.1.bands[slot], at))).collect();
                let held = StepWindow { steps: &steps, first, size };
                let source = &input.schema().bands[band];
                let targets = |series: bool| -> Vec<usize> {
                    let of =
                        |&i: &usize| asked.pairs[i].0 == band && reducers[asked.pairs[i].1].holds_series() == series;
                    (0..asked.pairs.len()).filter(of).collect()
                };
                let target = |i: usize| &op.schema().bands[region.bands[i]];
                let running = targets(false);
                if !running.is_empty() {
                    let own = asked.reducers(reducers, band, false);
                    rolling::running(&held, &windows, source, &own, &info, &mut |window, pixels, state| {
                        for &i in &running {
                            if state.overflowed() {
                                overflowed = Some(i);
                            }
                            let values =
                                state.finish(reducers[asked.pairs[i].1], need(window), target(i), pixels.len());
                            let at = [window - region.time.start, 0, pixels.start];
                            out.bands[i].paste(shape, &values, [1, 1, pixels.len()], at);
                        }
                    });
                }
                let series = targets(true);
                if !series.is_empty() {
                    let outputs: Vec<(Reducer, &Band)> =
                        series.iter().map(|&i| (reducers[asked.pairs[i].1], target(i))).collect();
                    rolling::in_order(&held, &windows, source, &outputs, &mut |output, from, values| {
                        let lanes = values.len() / row.windows.len();
                        let at = [row.windows.start - region.time.start, 0, from];
                        out.bands[series[output]].paste(shape, &values, [row.windows.len(), 1, lanes], at);
                    });
                }
            }
            if let Some(i) = overflowed {
                return Err(overflow(&op.schema().bands[region.bands[i]]).or_at(op.plan.span, "summed here"));
            }
        }
        if let Some(next) = windows.get(region.time.end) {
            while held.front().is_some_and(|(time, _)| time.end <= next.start) {
                held.pop_front();
            }
            cx.carry(op.id, region, held);
        }
        Ok(out)
    }

    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let (input, windows) = (op.input(), &self.windows);
        let bands = ReducedBands::new(region, &self.reducers).bands;
        // The steps of a row of windows are held, rounded up to whole runs at both ends.
        let rows = rolling::rows(windows, 0..windows.len());
        let row = rows.iter().map(|row| row.steps(windows).len()).max().unwrap_or(0);
        let held = (row + input.grain().time).min(steps_of(windows, region.time.len()));
        let held = input.schema().region_bytes(&Region { time: 0..held, bands: bands.clone(), ..region.clone() });
        let series = self.reducers.iter().filter(|r| r.holds_series()).count() * row * (8 + 8) * rolling::LANES;
        let scratch = rolling::scratch(&self.reducers, row, region.y.len() * region.x.len());
        let run = input.peak(&one_run(input, &region.with_bands(bands)), keep);
        op.result_bytes(region) + held + (scratch + series) as u64 + run
    }

    fn below(&self, _: &Op, region: &Region) -> Region {
        let bands = ReducedBands::new(region, &self.reducers).bands;
        let time = self.windows[region.time.start].start..self.windows[region.time.end - 1].end;
        Region { time, bands, ..region.clone() }
    }

    /// A row of windows costs the same for a run of steps of any length, so runs are as long as they may be.
    fn grain(&self, op: &Op) -> Tile {
        grain_of_run(op, self.longest)
    }

    fn in_order(&self) -> bool {
        true
    }
}

impl Rolling {
    pub(super) fn new(windows: Vec<Range<usize>>, reducers: Vec<Reducer>, options: ReduceOptions) -> Rolling {
        let longest = windows.iter().map(Range::len).max().unwrap_or(0).max(1);
        Rolling { windows, reducers, options, longest }
    }
}

/// The most steps that `n` consecutive windows cover.
fn steps_of(windows: &[Range<usize>], n: usize) -> usize {
    (0..windows.len()).map(|i| windows[(i + n - 1).min(windows.len() - 1)].end - windows[i].start).max().unwrap_or(0)
}

//! `Window` along time: each step from its neighbours, which are pulled with it.

use super::ops::reduce::{Need, State};
use super::ops::rolling::{self, Held, Windows};
use super::ops::series::Step;
use super::pull::{blank, paste, pull as pull_input};
use super::reduce::{Asked, overflow, step_info, steps_in_runs};
use super::{Op, TaskCx, fill, gaps};
use crate::cube::chunk::Stored;
use crate::cube::dtype::Missing;
use crate::cube::{Band, Chunk, Pixels, Region};
use crate::diagnostic::Result;
use crate::plan::{Along, ReduceOptions, Reducer};
use crate::with_pixels;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

pub fn pull(op: &Arc<Op>, along: &Along, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    match along {
        Along::Rolling { windows, reducers, options } => rolling(op, windows, reducers, options, region, cx),
        Along::Cumulate { reducers, options } => cumulate(op, reducers, options, region, cx),
        Along::Shift { by } => shift(op, *by, region, cx),
        Along::Diff { by } => diff(op, *by, region, cx),
        Along::Fill { from, longest } => fill::pull(op, *from, *longest, region, cx),
        Along::Gaps { reach, from } => gaps::pull(op, *reach, *from, region, cx),
    }
}

/// The ranges of steps of the input that some steps of the result are made of, at most.
pub fn steps_needed(op: &Op, along: &Along, time: &Range<usize>) -> Vec<Range<usize>> {
    if time.is_empty() {
        return Vec::new();
    }
    let steps = match along {
        Along::Rolling { windows, .. } => windows[time.start].start..windows[time.end - 1].end,
        Along::Cumulate { .. } => 0..time.end,
        Along::Shift { by } => moved(time, -by, op.schema().time.len()),
        Along::Diff { by } => return pairs(time, *by, op.schema().time.len()).reads,
        Along::Fill { from, longest } => fill::steps_needed(op, *from, *longest, time),
        Along::Gaps { .. } => time.clone(),
    };
    vec![steps]
}

/// How many steps beyond its own a run of steps may need.
pub fn reach(op: &Op, along: &Along) -> usize {
    let len = op.schema().time.len();
    match along {
        Along::Rolling { windows, .. } => windows.iter().map(Range::len).max().unwrap_or(1).saturating_sub(1),
        Along::Cumulate { .. } => len,
        Along::Shift { .. } | Along::Gaps { .. } => 0,
        Along::Diff { by } => (by.unsigned_abs() as usize).min(len),
        Along::Fill { longest: None, .. } => len,
        Along::Fill { from, longest } => {
            (0..len).map(|step| fill::steps_needed(op, *from, *longest, &(step..step + 1)).len() - 1).max().unwrap_or(0)
        }
    }
}

/// A range of steps moved along, as far as it stays on the axis.
fn moved(time: &Range<usize>, by: i64, len: usize) -> Range<usize> {
    let at = |step: usize| (step as i64).saturating_add(by).clamp(0, len as i64) as usize;
    at(time.start)..at(time.end)
}

/// Windows in a row are reduced together; the steps of one row and a run of the next are held.
fn rolling(
    op: &Arc<Op>,
    windows: &[Range<usize>],
    reducers: &[Reducer],
    options: &ReduceOptions,
    region: &Region,
    cx: &TaskCx,
) -> Result<Chunk> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let asked = Asked::new(region, reducers);
    let info = step_info(input, options);
    let need = |window: usize| Need { count: options.min_count.of(windows[window].len()), all: options.keepna };
    let grain = input.grain().time.max(1);
    let last = windows[region.time.end - 1].end;
    let shape = [region.time.len(), 1, size];
    let mut out = blank(op, region);
    let mut overflowed = None;
    let own = Own::new(region, &asked.bands);
    let mut held = match cx.carried::<Steps>(op) {
        Some(steps) if steps.own == own => steps.held,
        _ => VecDeque::new(),
    };
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
            held.push_back((time, pull_input(input, &part, cx)?));
        }
        let windows = Windows { all: windows, row: &row, need: &need };
        let first = held.front().map_or(steps.start, |(time, _)| time.start);
        for (slot, &band) in asked.bands.iter().enumerate() {
            let of_chunk =
                |(_, chunk): &'_ (Range<usize>, Chunk)| (0..chunk.shape[0]).map(|t| t * size..(t + 1) * size);
            let steps: Vec<Step> =
                held.iter().flat_map(|part| of_chunk(part).map(|at| (&part.1.bands[slot], at))).collect();
            let held = Held { steps: &steps, first, size };
            let source = &input.schema().bands[band];
            let targets = |series: bool| -> Vec<usize> {
                let of = |&i: &usize| asked.pairs[i].0 == band && reducers[asked.pairs[i].1].holds_series() == series;
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
                        let values = state.finish(reducers[asked.pairs[i].1], need(window), target(i), pixels.len());
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
        cx.carry(op, Steps { own, held });
    }
    Ok(out)
}

/// The pixels that something carried over belongs to.
#[derive(PartialEq)]
pub struct Own {
    rows: Range<usize>,
    columns: Range<usize>,
    bands: Vec<usize>,
}

impl Own {
    pub fn new(region: &Region, bands: &[usize]) -> Own {
        Own { rows: region.y.clone(), columns: region.x.clone(), bands: bands.to_vec() }
    }
}

/// Steps of the input that later windows reach back to.
struct Steps {
    own: Own,
    held: VecDeque<(Range<usize>, Chunk)>,
}

/// What the steps before `next` came to.
struct Running {
    own: Own,
    next: usize,
    states: Vec<State>,
}

/// Runs from the first step of the cube, or goes on from the steps before; one run of steps is held at a time beside the
/// states and the result.
fn cumulate(
    op: &Arc<Op>,
    reducers: &[Reducer],
    options: &ReduceOptions,
    region: &Region,
    cx: &TaskCx,
) -> Result<Chunk> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let asked = Asked::new(region, reducers);
    let info = step_info(input, options);
    let own = Own::new(region, &region.bands);
    let begun = |running: &Running| running.own == own && running.next <= region.time.start;
    let (from, mut states) = match cx.carried::<Running>(op).filter(begun) {
        Some(running) => (running.next, running.states),
        None => {
            let state =
                |&b: &usize| State::new(&asked.reducers(reducers, b, false), &input.schema().bands[b], size, false);
            (0, asked.bands.iter().map(state).collect())
        }
    };
    let mut out = blank(op, region);
    let all: Vec<usize> = (from..region.time.end).collect();
    for time in steps_in_runs(&all, input.grain().time.max(1)) {
        let part = Region { time: time.clone(), bands: asked.bands.clone(), ..region.clone() };
        let chunk = pull_input(input, &part, cx)?;
        for (i, step) in time.enumerate() {
            for (state, pixels) in states.iter_mut().zip(&chunk.bands) {
                state.add(pixels, i * size..(i + 1) * size, info(step));
            }
            if step < region.time.start {
                continue;
            }
            let need = Need { count: options.min_count.of(step + 1), all: options.keepna };
            for (out, (&b, (band, reducer))) in out.bands.iter_mut().zip(region.bands.iter().zip(&asked.pairs)) {
                let state = &states[asked.bands.iter().position(|b| b == band).unwrap_or(0)];
                let target = &op.schema().bands[b];
                if state.overflowed() {
                    return Err(overflow(target).or_at(op.plan.span, "summed here"));
                }
                let values = state.finish(reducers[*reducer], need, target, size);
                out.paste([region.time.len(), 1, size], &values, [1, 1, size], [step - region.time.start, 0, 0]);
            }
        }
    }
    if region.time.end < op.schema().time.len() {
        cx.carry(op, Running { own, next: region.time.end, states });
    }
    Ok(out)
}

fn shift(op: &Arc<Op>, by: i64, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let mut out = blank(op, region);
    let from = moved(&region.time, -by, input.schema().time.len());
    if from.is_empty() {
        return Ok(out);
    }
    let mut part = pull_input(input, &region.with_time(from.clone()), cx)?;
    for (pixels, &b) in part.bands.iter_mut().zip(&region.bands) {
        let (source, target) = (&input.schema().bands[b], &op.schema().bands[b]);
        if source.dtype != target.dtype {
            *pixels = pixels.cast(source.nodata, target.dtype, target.nodata);
        }
    }
    let first = (from.start as i64 + by) as usize - region.time.start;
    paste(&mut out, &part, [first, 0, 0]);
    Ok(out)
}

/// The steps of a difference that have a partner, those partners, and how both are read: at once where they overlap.
struct Pairs {
    now: Range<usize>,
    then: Range<usize>,
    reads: Vec<Range<usize>>,
}

fn pairs(time: &Range<usize>, by: i64, len: usize) -> Pairs {
    let then = moved(time, -by, len);
    let now = moved(&then, by, len);
    let apart = now.start >= then.end || then.start >= now.end;
    let reads = match (then.is_empty(), apart) {
        (true, _) => Vec::new(),
        (_, true) => vec![now.clone(), then.clone()],
        (_, false) => std::iter::once(now.start.min(then.start)..now.end.max(then.end)).collect(),
    };
    Pairs { now, then, reads }
}

fn diff(op: &Arc<Op>, by: i64, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let mut out = blank(op, region);
    let Pairs { now: own, then: other, reads } = pairs(&region.time, by, input.schema().time.len());
    let chunks = reads
        .into_iter()
        .map(|time| Ok((time.start, pull_input(input, &region.with_time(time), cx)?)))
        .collect::<Result<Vec<(usize, Chunk)>>>()?;
    let (Some(now), Some(then)) = (chunks.first(), chunks.last()) else { return Ok(out) };
    let first = (own.start - region.time.start) * size;
    let place = |(start, chunk): &'_ (usize, Chunk), time: &Range<usize>| {
        debug_assert!(time.end - start <= chunk.shape[0]);
        (time.start - start) * size..(time.end - start) * size
    };
    for (i, &b) in region.bands.iter().enumerate() {
        let nodata = input.schema().bands[b].nodata;
        let parts = [(&now.1.bands[i], place(now, &own)), (&then.1.bands[i], place(then, &other))];
        subtract(&mut out.bands[i], first, parts, nodata);
    }
    Ok(out)
}

/// Writes the difference of two parts into floats from `first` on; missing where either is.
fn subtract(out: &mut Pixels, first: usize, [now, then]: [Step; 2], nodata: Option<f64>) {
    fn run<T: Stored>(out: &mut Pixels, first: usize, now: &[T], then: Step, nodata: Option<f64>) {
        let (Some(all), missing) = (T::view(then.0), Missing::<T>::new(nodata)) else { return };
        let pairs = now.iter().zip(&all[then.1]).map(|(&a, &b)| (missing.is(a) || missing.is(b), a, b));
        match out {
            Pixels::F32(out) => out[first..].iter_mut().zip(pairs).for_each(|(out, (gone, a, b))| {
                *out = if gone { f32::NAN } else { a.to_f32() - b.to_f32() };
            }),
            Pixels::F64(out) => out[first..].iter_mut().zip(pairs).for_each(|(out, (gone, a, b))| {
                *out = if gone { f64::NAN } else { a.to_f64() - b.to_f64() };
            }),
            _ => unreachable!("differences are floats"),
        }
    }
    with_pixels!(now.0, v => run(out, first, &v[now.1], then, nodata));
}

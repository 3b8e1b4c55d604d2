//! `Window` along time: each step from its neighbours, which are pulled with it.

use super::ops::reduce::{Need, State};
use super::ops::rolling::{self, Held, Windows};
use super::ops::series::Step;
use super::pull::{blank, paste, pull};
use super::reduce::{Asked, overflow, step_info, steps_in_runs};
use super::{Op, TaskCx, fill};
use crate::cube::chunk::Stored;
use crate::cube::dtype::Missing;
use crate::cube::{Band, Chunk, Pixels, Region};
use crate::diagnostic::Result;
use crate::plan::{OverSteps, ReduceOptions, Reducer};
use crate::with_pixels;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

pub fn over_steps(op: &Arc<Op>, what: &OverSteps, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    match what {
        OverSteps::Rolling { windows, reducers, options } => rolling(op, windows, reducers, options, region, cx),
        OverSteps::Cumulate { reducers, options } => cumulate(op, reducers, options, region, cx),
        OverSteps::Shift { by } => shift(op, *by, region, cx),
        OverSteps::Diff { by } => diff(op, *by, region, cx),
        OverSteps::Fill { from, longest } => fill::pull(op, *from, *longest, region, cx),
    }
}

/// The steps of the input that some steps of the result are made of, at most.
pub fn steps_needed(op: &Op, what: &OverSteps, time: &Range<usize>) -> Range<usize> {
    let len = op.schema().time.len();
    if time.is_empty() {
        return time.clone();
    }
    match what {
        OverSteps::Rolling { windows, .. } => windows[time.start].start..windows[time.end - 1].end,
        OverSteps::Cumulate { .. } => 0..time.end,
        OverSteps::Shift { by } => moved(time, -by, len),
        OverSteps::Diff { by } => {
            let other = moved(time, -by, len);
            match other.is_empty() {
                true => time.clone(),
                false => time.start.min(other.start)..time.end.max(other.end),
            }
        }
        OverSteps::Fill { from, longest } => fill::steps_needed(op, *from, *longest, time),
    }
}

/// How many steps beyond its own a run of steps may need.
pub fn reach(op: &Op, what: &OverSteps) -> usize {
    let len = op.schema().time.len();
    match what {
        OverSteps::Rolling { windows, .. } => windows.iter().map(Range::len).max().unwrap_or(1).saturating_sub(1),
        OverSteps::Cumulate { .. } => len,
        OverSteps::Shift { .. } => 0,
        OverSteps::Diff { by } => (by.unsigned_abs() as usize).min(len),
        OverSteps::Fill { longest: None, .. } => len,
        OverSteps::Fill { from, longest } => {
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
    let mut held: VecDeque<(Range<usize>, Chunk)> = VecDeque::new();
    for row in rolling::rows(windows, region.time.clone()) {
        let steps = row.steps(windows);
        while held.front().is_some_and(|(time, _)| time.end <= steps.start) {
            held.pop_front();
        }
        let mut next = held.back().map_or(steps.start, |(time, _)| time.end).max(steps.start);
        while next < steps.end {
            let time = next..((next / grain + 1) * grain).min(last);
            next = time.end;
            let part = Region { time: time.clone(), bands: asked.bands.clone(), ..region.clone() };
            held.push_back((time, pull(input, &part, cx)?));
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
    Ok(out)
}

/// Runs from the first step of the cube; one run of steps is held at a time beside the states and the result.
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
    let mut states: Vec<State> = asked
        .bands
        .iter()
        .map(|&b| State::new(&asked.reducers(reducers, b, false), &input.schema().bands[b], size, false))
        .collect();
    let mut out = blank(op, region);
    let all: Vec<usize> = (0..region.time.end).collect();
    for time in steps_in_runs(&all, input.grain().time.max(1)) {
        let part = Region { time: time.clone(), bands: asked.bands.clone(), ..region.clone() };
        let chunk = pull(input, &part, cx)?;
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
    Ok(out)
}

fn shift(op: &Arc<Op>, by: i64, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let mut out = blank(op, region);
    let from = moved(&region.time, -by, input.schema().time.len());
    if from.is_empty() {
        return Ok(out);
    }
    let mut part = pull(input, &region.with_time(from.clone()), cx)?;
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

fn diff(op: &Arc<Op>, by: i64, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let size = region.y.len() * region.x.len();
    let mut out = blank(op, region);
    let other = moved(&region.time, -by, input.schema().time.len());
    if other.is_empty() {
        return Ok(out);
    }
    let own = {
        let start = (other.start as i64 + by) as usize;
        start..start + other.len()
    };
    // Steps and those before them are read at once where they overlap.
    let apart = own.start >= other.end || other.start >= own.end;
    let chunks = match apart {
        true => vec![(own.start, own.clone()), (other.start, other.clone())],
        false => {
            let both = own.start.min(other.start)..own.end.max(other.end);
            vec![(both.start, both)]
        }
    };
    let chunks = chunks
        .into_iter()
        .map(|(start, time)| Ok((start, pull(input, &region.with_time(time), cx)?)))
        .collect::<Result<Vec<(usize, Chunk)>>>()?;
    let first = (own.start - region.time.start) * size;
    let place = |(start, chunk): &'_ (usize, Chunk), time: &Range<usize>| {
        debug_assert!(time.end - start <= chunk.shape[0]);
        (time.start - start) * size..(time.end - start) * size
    };
    let (now, then) = (&chunks[0], &chunks[chunks.len() - 1]);
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

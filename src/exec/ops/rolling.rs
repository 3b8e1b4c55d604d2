//! Reductions over windows that slide along the steps, at a cost that does not grow with the windows.
//!
//! Consecutive windows share a pivot, a step inside or at the end of each, which divides a window in two. The steps
//! before it are reduced once from the pivot backwards, those from it on as they come (a queue made of two stacks). No
//! value is ever taken out of a sum, and the pivots follow from the windows alone. The digits of a result therefore
//! depend neither on earlier windows nor on where a task begins.

use super::reduce::{Need, State, StepInfo};
use super::series::Step;
use crate::cube::dtype::Missing;
use crate::cube::{Band, Pixels};
use crate::reducers::{Finish, OfType, Reducer};
use crate::with_pixels;
use std::ops::Range;

/// Consecutive windows that share a pivot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub windows: Range<usize>,
    pub pivot: usize,
}

/// Divides the windows `of`, a range of `windows`, into rows.
pub(crate) fn rows(windows: &[Range<usize>], of: Range<usize>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut pivot = windows.first().map_or(0, |w| w.start);
    for (i, window) in windows[..of.end].iter().enumerate() {
        if window.start > pivot {
            pivot = window.end;
        }
        match rows.last_mut() {
            _ if i < of.start => {}
            Some(row) if row.pivot == pivot => row.windows.end = i + 1,
            _ => rows.push(Row { windows: i..i + 1, pivot }),
        }
    }
    rows
}

impl Row {
    /// The steps that its windows cover.
    pub(crate) fn steps(&self, windows: &[Range<usize>]) -> Range<usize> {
        windows[self.windows.start].start..windows[self.windows.end - 1].end
    }
}

/// The pulled steps: `steps[i]` is the step `first + i`, each of `size` pixels.
pub(crate) struct StepWindow<'a> {
    pub steps: &'a [Step<'a>],
    pub first: usize,
    pub size: usize,
}

/// The reducers of windows, with what they need.
pub(crate) struct Windows<'a> {
    pub all: &'a [Range<usize>],
    pub row: &'a Row,
    pub need: &'a dyn Fn(usize) -> Need,
}

/// Bytes of states in a strip: pixels are taken in strips so that the states stay in the cache.
const SCRATCH: usize = 2 << 20;
const STRIP: Range<usize> = 64..8192;

/// Bytes of the states of a row that covers `steps` steps of `size` pixels.
pub(crate) fn scratch(reducers: &[Reducer], steps: usize, size: usize) -> usize {
    let pixel = State::bytes_per_pixel(reducers, crate::cube::DType::F64) * (steps + 2);
    SCRATCH.max(STRIP.start * pixel).min(size * pixel)
}

/// The running states of the windows of a row, strip by strip: `emit` gets the window, the strip and its state.
pub(crate) fn running(
    held: &StepWindow,
    windows: &Windows,
    band: &Band,
    reducers: &[Reducer],
    info: &dyn Fn(usize) -> StepInfo,
    emit: &mut dyn FnMut(usize, Range<usize>, &State),
) {
    let Row { windows: row, pivot } = windows.row;
    let start = windows.all[row.start].start;
    let before = pivot.saturating_sub(start);
    let strip = SCRATCH / (State::bytes_per_pixel(reducers, band.dtype) * (before + 2));
    let strip = strip.clamp(STRIP.start, STRIP.end).min(held.size.max(1));
    let mut states: Vec<State> = Vec::new();
    for from in (0..held.size).step_by(strip) {
        let pixels = from..(from + strip).min(held.size);
        if states.is_empty() || pixels.len() != strip {
            states = (0..before + 2).map(|_| State::new(reducers, band, pixels.len(), false)).collect();
        }
        let add = |state: &mut State, step: usize| {
            let (values, at) = &held.steps[step - held.first];
            state.add(values, at.start + pixels.start..at.start + pixels.end, info(step));
        };
        let [whole, after, suffixes @ ..] = &mut states[..] else { unreachable!("there are at least two") };
        // Suffix i is the state of the steps from the i-th one to the pivot, which is not in it.
        for i in (0..before).rev() {
            let (own, later) = suffixes[i..].split_at_mut(1);
            own[0].clear();
            add(&mut own[0], start + i);
            if let Some(later) = later.first() {
                own[0].join(later);
            }
        }
        after.clear();
        let mut next = *pivot;
        for window in row.clone() {
            let Range { start: first, end } = windows.all[window].clone();
            while next < end {
                add(after, next);
                next += 1;
            }
            if first >= *pivot {
                emit(window, pixels.clone(), after);
                continue;
            }
            whole.clear();
            whole.join(&suffixes[first - start]);
            whole.join(after);
            emit(window, pixels.clone(), whole);
        }
    }
}

/// The number of pixels whose series are gathered at a time.
pub(crate) const LANES: usize = 64;

/// Medians, quantiles and modes of the windows of a row, exact: the values of a window are kept in order.
///
/// `emit` gets the output, the first pixel, and the results of some pixels for all windows of the row.
pub(crate) fn in_order(
    held: &StepWindow,
    windows: &Windows,
    band: &Band,
    outputs: &[(Reducer, &Band)],
    emit: &mut dyn FnMut(usize, usize, Pixels),
) {
    if let Some((first, _)) = held.steps.first() {
        with_pixels!(first, v => slide(v, held, windows, band, outputs, emit));
    }
}

/// The first argument only tells the type of the pixels.
fn slide<T: OfType>(
    _: &[T],
    held: &StepWindow,
    windows: &Windows,
    band: &Band,
    outputs: &[(Reducer, &Band)],
    emit: &mut dyn FnMut(usize, usize, Pixels),
) {
    let missing = Missing::<T>::new(band.nodata);
    let row = &windows.row.windows;
    let span = windows.row.steps(windows.all);
    let slices: Vec<&[T]> = held.steps[span.start - held.first..span.end - held.first]
        .iter()
        .filter_map(|(pixels, at)| Some(&T::view(pixels)?[at.clone()]))
        .collect();
    let needs: Vec<Need> = row.clone().map(windows.need).collect();
    let mut column: Vec<T> = vec![T::default(); LANES * slices.len()];
    let mut sorted: Vec<T> = Vec::with_capacity(slices.len());
    let of: Vec<(fn(&[T], f64) -> f64, f64)> = outputs.iter().map(|(reducer, _)| in_order_of(*reducer)).collect();
    for from in (0..held.size).step_by(LANES) {
        let lanes = LANES.min(held.size - from);
        for (t, slice) in slices.iter().enumerate() {
            for (lane, &value) in slice[from..from + lanes].iter().enumerate() {
                column[lane * slices.len() + t] = value;
            }
        }
        let mut results = vec![vec![f64::NAN; row.len() * lanes]; outputs.len()];
        for lane in 0..lanes {
            let series = &column[lane * slices.len()..(lane + 1) * slices.len()];
            sorted.clear();
            let (mut gone, mut next) = (span.start, span.start);
            for (i, window) in row.clone().enumerate() {
                let Range { start, end } = windows.all[window].clone();
                for value in series[next - span.start..end - span.start].iter().filter(|v| !missing.is(**v)) {
                    let at = sorted.partition_point(|v| v < value);
                    sorted.insert(at, *value);
                }
                next = end;
                for value in series[gone - span.start..start - span.start].iter().filter(|v| !missing.is(**v)) {
                    sorted.remove(sorted.partition_point(|v| v < value));
                }
                gone = start;
                let enough = sorted.len() as u32 >= needs[i].count && (!needs[i].all || sorted.len() == end - start);
                if !enough || sorted.is_empty() {
                    continue;
                }
                for ((of, share), results) in of.iter().zip(&mut results) {
                    results[i * lanes + lane] = of(&sorted, *share);
                }
            }
        }
        for (i, (values, (_, band))) in results.into_iter().zip(outputs).enumerate() {
            emit(i, from, Pixels::F64(values).cast(Some(f64::NAN), band.dtype, band.nodata));
        }
    }
}

/// The function of sorted values that gives a reducer's result, and its share.
fn in_order_of<T: OfType>(reducer: Reducer) -> (fn(&[T], f64) -> f64, f64) {
    match reducer.finish {
        Finish::Series(series) => (T::functions(&series).in_order, reducer.share()),
        Finish::Statistic(_) | Finish::Difference(..) | Finish::Float(..) => {
            unreachable!("`{reducer:?}` does not come of values in order")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::{DType, TimeAxis};

    fn sliding(n: usize, back: usize, ahead: usize) -> Vec<Range<usize>> {
        (0..n).map(|i| i.saturating_sub(back)..(i + ahead + 1).min(n)).collect()
    }

    #[test]
    fn pivots_lie_in_their_windows_and_do_not_move_with_the_task() {
        let uneven = vec![0..1, 0..2, 0..3, 2..4, 3..5, 3..6, 5..7, 6..8, 6..9, 6..10];
        for windows in [sliding(11, 2, 0), sliding(11, 0, 3), sliding(11, 4, 3), sliding(5, 9, 9), uneven] {
            let whole = rows(&windows, 0..windows.len());
            for row in &whole {
                let inside = |i: usize| windows[i].start <= row.pivot && row.pivot <= windows[i].end;
                assert!(row.windows.clone().all(inside), "{row:?} of {windows:?}");
            }
            for start in 0..windows.len() {
                for row in rows(&windows, start..windows.len()) {
                    assert!(whole.iter().any(|w| w.pivot == row.pivot && w.windows.end == row.windows.end));
                }
            }
        }
    }

    /// Compares every window of every reducer with a state that takes in its steps one by one.
    #[test]
    fn sliding_comes_to_what_reducing_each_window_does() {
        let band = Band::new("b", DType::F32, Some(f64::NAN));
        let value = |t: usize, i: usize| {
            if (t * 7 + i).is_multiple_of(5) { f32::NAN } else { ((t * 37 + i * 11) % 23) as f32 - 9.0 }
        };
        let steps: Vec<Pixels> = (0..20).map(|t| Pixels::F32((0..130).map(|i| value(t, i)).collect())).collect();
        let held: Vec<Step> = steps.iter().map(|p| (p, 0..130)).collect();
        let held = StepWindow { steps: &held, first: 0, size: 130 };
        let info = |step: usize| StepInfo { when: step as f64, weight: 1.0, position: 0.0 };
        for all in [sliding(20, 3, 0), sliding(20, 2, 2), sliding(20, 0, 5)] {
            for reducer in Reducer::words().map(Reducer::from) {
                let out = reducer.band(&band, "b".into(), &TimeAxis::Positions(20));
                let need = |_: usize| Need { count: 2, all: false };
                let mut found = vec![vec![f64::NAN; 130]; 20];
                for row in rows(&all, 0..20) {
                    let windows = Windows { all: &all, row: &row, need: &need };
                    if reducer.holds_series() {
                        in_order(&held, &windows, &band, &[(reducer, &out)], &mut |_, from, pixels| {
                            let lanes = pixels.len() / row.windows.len();
                            for (i, v) in pixels.to_f64().into_iter().enumerate() {
                                found[row.windows.start + i / lanes][from + i % lanes] = v;
                            }
                        });
                    } else {
                        running(&held, &windows, &band, &[reducer], &info, &mut |window, pixels, state| {
                            let values = state.finish(reducer, need(window), &out, pixels.len());
                            found[window][pixels].copy_from_slice(&values.to_f64());
                        });
                    }
                }
                for (window, found) in all.iter().zip(&found) {
                    let expected = match reducer.holds_series() {
                        true => {
                            let steps = &held.steps[window.clone()];
                            let outputs = [(reducer, &out)];
                            super::super::series::reduce(steps, 130, &band, &outputs, need(0), &[], &|| false).remove(0)
                        }
                        false => {
                            let mut state = State::new(&[reducer], &band, 130, false);
                            window.clone().for_each(|t| state.add(&steps[t], 0..130, info(t)));
                            state.finish(reducer, need(0), &out, 130)
                        }
                    };
                    for (a, b) in expected.to_f64().iter().zip(found) {
                        let same = a == b || a.is_nan() && b.is_nan() || (a - b).abs() < 1e-5 * a.abs().max(1.0);
                        assert!(same, "{reducer:?} over {window:?}: {a} and {b}");
                    }
                }
            }
        }
    }
}

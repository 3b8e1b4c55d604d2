//! Reductions that need a pixel's whole series at once: median, quantiles, mode, Sen's slope. Exact.

use super::reduce::Need;
use super::sen::Sen;
use crate::cube::chunk::Stored;
use crate::cube::dtype::Missing;
use crate::cube::{Band, Pixels};
use crate::plan::Reducer;
use crate::with_pixels;
use std::cmp::Ordering;

/// Pixels gathered at a time: 64 of them are one or two cache lines of every step.
const LANES: usize = 64;

/// The pixels of one step: where they stand in an array that may hold more.
pub type Step<'a> = (&'a Pixels, std::ops::Range<usize>);

/// One result a reducer for `steps`, the `size` pixels of one group in any order; all of `input`'s type.
///
/// `positions` are those of the steps along time, for trends. Once `stop` answers true the rest is left missing, for a caller that will not look at it.
pub fn reduce(
    steps: &[Step],
    size: usize,
    input: &Band,
    outputs: &[(Reducer, &Band)],
    need: Need,
    positions: &[f64],
    stop: &dyn Fn() -> bool,
) -> Vec<Pixels> {
    let missing = |band: &Band| Pixels::filled(band.dtype, size, band.nodata.unwrap_or(0.0));
    match steps.first() {
        None => outputs.iter().map(|(_, band)| missing(band)).collect(),
        Some((first, range)) => {
            with_pixels!(first, v => run(&v[range.clone()], steps, input, outputs, need, positions, stop))
        }
    }
}

fn run<T: Stored>(
    first: &[T],
    steps: &[Step],
    input: &Band,
    outputs: &[(Reducer, &Band)],
    need: Need,
    positions: &[f64],
    stop: &dyn Fn() -> bool,
) -> Vec<Pixels> {
    let mut sen = outputs.iter().any(|(r, _)| matches!(r, Reducer::Trend(..))).then(|| Sen::new(steps.len()));
    let pixels = first.len();
    let missing = Missing::<T>::new(input.nodata);
    let slices: Vec<&[T]> = steps.iter().filter_map(|(p, range)| Some(&T::view(p)?[range.clone()])).collect();
    let n = slices.len();
    let mut results: Vec<Vec<f64>> = outputs.iter().map(|_| vec![f64::NAN; pixels]).collect();
    let mut block: Vec<T> = vec![T::default(); LANES * n];
    for start in (0..pixels).step_by(LANES) {
        if stop() {
            break;
        }
        let lanes = LANES.min(pixels - start);
        let mut filled = [0usize; LANES];
        for slice in &slices {
            for (lane, &value) in slice[start..start + lanes].iter().enumerate() {
                block[lane * n + filled[lane]] = value;
                filled[lane] += !missing.is(value) as usize;
            }
        }
        for lane in 0..lanes {
            let valid = &mut block[lane * n..lane * n + filled[lane]];
            if (valid.len() as u32) < need.count || (need.all && valid.len() < n) || valid.is_empty() {
                continue;
            }
            // The others put the values into another order.
            if let Some(sen) = &mut sen {
                let column = slices.iter().map(|slice| slice[start + lane]).zip(positions);
                sen.fit(column.filter(|(v, _)| !missing.is(*v)).map(|(v, &x)| (x, v.to_f64())));
            }
            for ((reducer, _), result) in outputs.iter().zip(&mut results) {
                result[start + lane] = match reducer {
                    Reducer::Median => quantile(valid, 0.5),
                    Reducer::Quantile(q) => quantile(valid, *q),
                    Reducer::Mode => mode(valid),
                    Reducer::Trend(_, part) => sen.as_ref().map_or(f64::NAN, |sen| sen.get(*part)),
                    _ => f64::NAN,
                };
            }
        }
    }
    let store = |(values, (_, band)): (Vec<f64>, &(Reducer, &Band))| {
        Pixels::F64(values).cast(Some(f64::NAN), band.dtype, band.nodata)
    };
    results.into_iter().zip(outputs).map(store).collect()
}

fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// Type 7 of Hyndman and Fan (1996), numpy's `linear`. The values are reordered.
pub fn quantile<T: Stored>(values: &mut [T], q: f64) -> f64 {
    let position = q * (values.len() - 1) as f64;
    let (below, fraction) = (position.floor() as usize, position.fract());
    let (_, low, above) = values.select_nth_unstable_by(below, order);
    let low = low.to_f64();
    if fraction == 0.0 {
        return low;
    }
    let high = above.iter().map(|v| v.to_f64()).fold(f64::INFINITY, f64::min);
    low + (high - low) * fraction
}

/// The same of values in order.
pub fn quantile_in_order<T: Stored>(values: &[T], q: f64) -> f64 {
    let position = q * (values.len() - 1) as f64;
    let (below, fraction) = (position.floor() as usize, position.fract());
    let low = values[below].to_f64();
    if fraction == 0.0 { low } else { low + (values[below + 1].to_f64() - low) * fraction }
}

/// The most frequent value; the smallest of several. The values are sorted.
fn mode<T: Stored>(values: &mut [T]) -> f64 {
    values.sort_unstable_by(order);
    mode_in_order(values)
}

/// The same of values in order.
pub fn mode_in_order<T: Stored>(values: &[T]) -> f64 {
    let mut best = (0, values[0]);
    let mut start = 0;
    for end in 1..=values.len() {
        if end == values.len() || values[end] != values[start] {
            if end - start > best.0 {
                best = (end - start, values[start]);
            }
            start = end;
        }
    }
    best.1.to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::{DType, TimeAxis};

    #[test]
    fn quantiles_and_mode() {
        let steps = [[1i16, -1], [3, -1], [2, -1], [3, 7], [-1, -1]].map(|s| Pixels::I16(s.to_vec()));
        let steps: Vec<Step> = steps.iter().map(|p| (p, 0..2)).collect();
        let input = Band::new("b", DType::I16, Some(-1.0));
        // numpy: median([1, 3, 2, 3]) = 2.5, quantile(0.9) = 3.0, quantile(0.25) = 1.75.
        let cases = [
            (Reducer::Median, 2.5, 7.0),
            (Reducer::Quantile(0.9), 3.0, 7.0),
            (Reducer::Quantile(0.25), 1.75, 7.0),
            (Reducer::Mode, 3.0, 7.0),
        ];
        for (reducer, a, b) in cases {
            let band = reducer.band(&input, "b".into(), &TimeAxis::Positions(5));
            let out = reduce(&steps, 2, &input, &[(reducer, &band)], Need { count: 1, all: false }, &[], &|| false);
            assert_eq!((out[0].get(0), out[0].get(1)), (a, b), "{reducer:?}");
            let out = reduce(&steps, 2, &input, &[(reducer, &band)], Need { count: 2, all: false }, &[], &|| false);
            assert!(out[0].get(1).is_nan() || out[0].get(1) == -1.0);
        }
    }
}

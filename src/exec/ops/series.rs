//! Exact reductions that need a pixel's whole series at once: median, quantiles, mode, Sen's slope.

use super::reduce::Need;
use super::sen::Sen;
use crate::cube::dtype::Missing;
use crate::cube::{Band, Pixels};
use crate::reducers::{Finish, LinePart, OfType, Reducer, Statistic};
use crate::with_pixels;

/// Pixels gathered at a time: 64 of them are one or two cache lines of every step.
const LANES: usize = 64;

/// The pixels of one step: an array and the range of it that holds them.
pub(crate) type Step<'a> = (&'a Pixels, std::ops::Range<usize>);

/// A result of each reducer for `steps`, each of `size` pixels of the type of `input`: the steps of one group, in any
/// order.
///
/// `positions` are those of the steps along time, for trends. Once `stop` answers true the rest is left missing, since
/// the caller discards the result.
pub(crate) fn reduce(
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

fn run<T: OfType>(
    first: &[T],
    steps: &[Step],
    input: &Band,
    outputs: &[(Reducer, &Band)],
    need: Need,
    positions: &[f64],
    stop: &dyn Fn() -> bool,
) -> Vec<Pixels> {
    let numbers: Vec<Number<T>> = outputs.iter().map(|(reducer, _)| Number::new(*reducer)).collect();
    let mut sen = numbers.iter().any(|n| matches!(n, Number::Line(_))).then(|| Sen::new(steps.len()));
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
            // Sen's line needs the order of time, so it comes before the functions that sort the values.
            if let Some(sen) = &mut sen {
                let column = slices.iter().map(|slice| slice[start + lane]).zip(positions);
                sen.fit(column.filter(|(v, _)| !missing.is(*v)).map(|(v, &x)| (x, v.to_f64())));
            }
            for (number, result) in numbers.iter().zip(&mut results) {
                result[start + lane] = match number {
                    Number::Values(of, share) => of(valid, *share),
                    Number::Line(part) => sen.as_ref().map_or(f64::NAN, |sen| sen.get(*part)),
                };
            }
        }
    }
    let store = |(values, (_, band)): (Vec<f64>, &(Reducer, &Band))| {
        Pixels::F64(values).cast(Some(f64::NAN), band.dtype, band.nodata)
    };
    results.into_iter().zip(outputs).map(store).collect()
}

/// How a result is computed.
enum Number<T> {
    Values(fn(&mut [T], f64) -> f64, f64),
    Line(LinePart),
}

impl<T: OfType> Number<T> {
    fn new(reducer: Reducer) -> Number<T> {
        match reducer.finish {
            Finish::Series(series) => Number::Values(T::functions(&series).in_any_order, reducer.share()),
            Finish::Statistic(Statistic::SenLine(part)) => Number::Line(part),
            Finish::Statistic(_) | Finish::Difference(..) | Finish::Float(..) => {
                unreachable!("`{reducer:?}` has a running state")
            }
        }
    }
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
        let cases = [("median", 2.5, 7.0), ("p90", 3.0, 7.0), ("p25", 1.75, 7.0), ("mode", 3.0, 7.0)];
        for (name, a, b) in cases {
            let reducer = Reducer::from_word(name).expect(name);
            let band = reducer.band(&input, "b".into(), &TimeAxis::Positions(5));
            let out = reduce(&steps, 2, &input, &[(reducer, &band)], Need { count: 1, all: false }, &[], &|| false);
            assert_eq!((out[0].get(0), out[0].get(1)), (a, b), "{reducer:?}");
            let out = reduce(&steps, 2, &input, &[(reducer, &band)], Need { count: 2, all: false }, &[], &|| false);
            assert!(out[0].get(1).is_nan() || out[0].get(1) == -1.0);
        }
    }
}

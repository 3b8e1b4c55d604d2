//! Running reductions: each group and band has a state that takes in one step at a time, in the order of time.
//!
//! Only the states and the current step are held. Reducers that need the whole series are in `series.rs`.

mod finish;
mod join;
mod line;

use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::lanes::{Loop, side_by_side};
use crate::cube::{Band, DType, Pixels};
use crate::reducers::{Pick, Reducer, Statistic};
use crate::with_pixels;
use line::Lines;

/// What a reduction knows of a step beside its pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepInfo {
    /// The result of `argmin` and `argmax`: days since 1970-01-01, or the step's number where it has no date.
    pub when: f64,
    pub weight: f64,
    /// Its position along the axis of a trend.
    pub position: f64,
}

/// What makes a result valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// The number of valid values that are needed.
    pub count: u32,
    /// Whether no value may be missing.
    pub all: bool,
}

/// The running state of some reducers over the pixels of one band.
pub(crate) struct State {
    missing_nodata: Option<f64>,
    dtype: DType,
    steps: u32,
    /// The number of valid values of each pixel; `None` while the type of every step so far has no missing value.
    count: Option<Vec<u32>>,
    sum: Option<Sum>,
    /// Mean and sum of squared deviations (Welford 1962), for the variances.
    moments: Option<(Vec<f64>, Vec<f64>)>,
    weight: Option<(Vec<f64>, Vec<f64>)>,
    low: Option<Pixels>,
    high: Option<Pixels>,
    first: Option<Pixels>,
    last: Option<Pixels>,
    product: Option<Vec<f64>>,
    any: Option<Vec<bool>>,
    all: Option<Vec<bool>>,
    arg_low: Option<(Pixels, Vec<f64>)>,
    arg_high: Option<(Pixels, Vec<f64>)>,
    lines: Option<Lines>,
    overflow: bool,
}

/// Sums of integers are exact; small ones are added in 32 bits as long as they cannot overflow there.
enum Sum {
    Small(Vec<i32>),
    Integer(Vec<i64>),
    /// Of unsigned values of 64 bits.
    Unsigned(Vec<u64>),
    Float(Vec<f64>),
}

/// Steps after which sums of 16-bit values are moved from 32 to 64 bits: 2^15 * 2^16 = 2^31.
const SMALL_STEPS: u32 = 32_000;

impl State {
    pub(crate) fn new(reducers: &[Reducer], band: &Band, pixels: usize, weighted: bool) -> State {
        let needs = Reducer::needs_of(reducers);
        let has = |statistic: Statistic| needs.contains(&statistic);
        let dtype = band.dtype;
        let blank = || Pixels::zeros(dtype, pixels);
        let sum = if has(Statistic::Sum) || (has(Statistic::Mean) && !weighted) {
            Some(match dtype {
                DType::F32 | DType::F64 => Sum::Float(vec![0.0; pixels]),
                _ if dtype.bytes() <= 2 => Sum::Small(vec![0; pixels]),
                DType::U64 => Sum::Unsigned(vec![0; pixels]),
                _ => Sum::Integer(vec![0; pixels]),
            })
        } else {
            None
        };
        State {
            missing_nodata: band.nodata,
            dtype,
            steps: 0,
            count: (dtype.is_float() || band.nodata.is_some()).then(|| vec![0; pixels]),
            sum,
            moments: (has(Statistic::Variance) || has(Statistic::SampleVariance))
                .then(|| (vec![0.0; pixels], vec![0.0; pixels])),
            weight: (weighted && has(Statistic::Mean)).then(|| (vec![0.0; pixels], vec![0.0; pixels])),
            low: has(Statistic::Pixel(Pick::Minimum)).then(blank),
            high: has(Statistic::Pixel(Pick::Maximum)).then(blank),
            first: has(Statistic::Pixel(Pick::First)).then(blank),
            last: has(Statistic::Pixel(Pick::Last)).then(blank),
            product: has(Statistic::Product).then(|| vec![1.0; pixels]),
            any: has(Statistic::Any).then(|| vec![false; pixels]),
            all: has(Statistic::All).then(|| vec![true; pixels]),
            arg_low: has(Statistic::TimeOfMinimum).then(|| (blank(), vec![f64::NAN; pixels])),
            arg_high: has(Statistic::TimeOfMaximum).then(|| (blank(), vec![f64::NAN; pixels])),
            lines: needs.iter().any(|need| matches!(need, Statistic::Line(_))).then(|| Lines::new(pixels)),
            overflow: false,
        }
    }

    /// Bytes for each pixel, by which memory is planned: those of the states, and of results of series while they are
    /// made.
    pub(crate) fn bytes_per_pixel(reducers: &[Reducer], dtype: DType) -> usize {
        let of = |statistic: &Statistic| match statistic {
            Statistic::Count => 0,
            Statistic::Sum | Statistic::Mean | Statistic::Product => 8,
            Statistic::Variance | Statistic::SampleVariance => 16,
            Statistic::Pixel(_) => dtype.bytes(),
            Statistic::TimeOfMinimum | Statistic::TimeOfMaximum => 8 + dtype.bytes(),
            Statistic::Any | Statistic::All => 1,
            // Where several numbers of one line are wanted, this counts their common state more than once.
            Statistic::Line(_) => 40,
            Statistic::SenLine(_) | Statistic::Values => 0,
        };
        let series = reducers.iter().filter(|reducer| reducer.holds_series()).count();
        4 + 8 * series + Reducer::needs_of(reducers).iter().map(of).sum::<usize>()
    }

    /// Takes in the pixels of one step, which are the range `at` of an array.
    ///
    /// # Panics
    /// If the pixels are not of the band the state was made for.
    pub(crate) fn add(&mut self, pixels: &Pixels, at: std::ops::Range<usize>, info: StepInfo) {
        if self.steps == SMALL_STEPS {
            self.widen();
        }
        with_pixels!(pixels, v => self.add_slice(&v[at], info));
        self.steps += 1;
    }

    /// Moves the sums to 64 bits.
    fn widen(&mut self) {
        if let Some(Sum::Small(small)) = &self.sum {
            self.sum = Some(Sum::Integer(small.iter().map(|&v| v as i64).collect()));
        }
    }

    fn add_slice<T: PixelType>(&mut self, v: &[T], info: StepInfo) {
        debug_assert_eq!(T::DTYPE, self.dtype);
        let missing = Missing::<T>::new(self.missing_nodata);
        // Hoisting the test for a marker out of the loops lets them vectorize.
        match missing.marker() {
            Some(marker) => {
                side_by_side(Step { state: self, pixels: v, info, valid: |p: T| p != marker && !p.is_nan() })
            }
            None => side_by_side(Step { state: self, pixels: v, info, valid: |p: T| !p.is_nan() }),
        }
    }

    #[inline(always)]
    fn add_valid<T: PixelType>(&mut self, v: &[T], info: StepInfo, valid: impl Fn(T) -> bool + Copy) {
        let untouched = self.steps == 0;
        // The variances and the extremes use the counts from before this step, so they come first.
        if let Some((mean, squares)) = &mut self.moments {
            let n = |i: usize| self.count.as_ref().map_or(self.steps, |c| c[i]) as f64 + 1.0;
            for (i, &p) in v.iter().enumerate() {
                if valid(p) {
                    let value = p.to_f64();
                    let delta = value - mean[i];
                    mean[i] += delta / n(i);
                    squares[i] += delta * (value - mean[i]);
                }
            }
        }
        if let Some(lines) = &mut self.lines {
            let n = |i: usize| self.count.as_ref().map_or(self.steps, |c| c[i]) as f64 + 1.0;
            lines.add(info.position, v, valid, n);
        }
        let seen = self.count.as_deref().map_or(Seen::Alike(!untouched), Seen::Counted);
        if let Some(low) = self.low.as_mut().and_then(T::view_mut) {
            keep(low, v, seen, valid, |old, new| new < old);
        }
        if let Some(high) = self.high.as_mut().and_then(T::view_mut) {
            keep(high, v, seen, valid, |old, new| new > old);
        }
        if let Some(first) = self.first.as_mut().and_then(T::view_mut) {
            keep(first, v, seen, valid, |_, _| false);
        }
        if let Some(last) = self.last.as_mut().and_then(T::view_mut) {
            keep(last, v, seen, valid, |_, _| true);
        }
        for (slot, greatest) in [(&mut self.arg_low, false), (&mut self.arg_high, true)] {
            let Some((best, when)) = slot else { continue };
            let Some(best) = T::view_mut(best) else { continue };
            for (i, &p) in v.iter().enumerate() {
                if valid(p) && (!seen.at(i) || if greatest { p > best[i] } else { p < best[i] }) {
                    best[i] = p;
                    when[i] = info.when;
                }
            }
        }
        if let Some(product) = &mut self.product {
            product.iter_mut().zip(v).for_each(|(a, &p)| *a *= if valid(p) { p.to_f64() } else { 1.0 });
        }
        if let Some(any) = &mut self.any {
            any.iter_mut().zip(v).for_each(|(a, &p)| *a |= valid(p) && p.to_f64() != 0.0);
        }
        if let Some(all) = &mut self.all {
            all.iter_mut().zip(v).for_each(|(a, &p)| *a &= !valid(p) || p.to_f64() != 0.0);
        }
        if let Some((weighted, weights)) = &mut self.weight {
            for ((a, w), &p) in weighted.iter_mut().zip(weights.iter_mut()).zip(v) {
                if valid(p) {
                    *a += p.to_f64() * info.weight;
                    *w += info.weight;
                }
            }
        }
        match (&mut self.sum, &mut self.count) {
            (Some(Sum::Small(sum)), Some(count)) => {
                for ((s, c), &p) in sum.iter_mut().zip(count.iter_mut()).zip(v) {
                    let ok = valid(p);
                    *s += if ok { p.to_i64() as i32 } else { 0 };
                    *c += ok as u32;
                }
            }
            (Some(sum), count) => {
                match sum {
                    Sum::Small(sum) => sum.iter_mut().zip(v).for_each(|(s, &p)| *s += p.to_i64() as i32),
                    Sum::Integer(sum) => {
                        for (s, &p) in sum.iter_mut().zip(v) {
                            if valid(p) {
                                let (next, overflow) = s.overflowing_add(p.to_i64());
                                *s = next;
                                self.overflow |= overflow;
                            }
                        }
                    }
                    Sum::Unsigned(sum) => {
                        for (s, &p) in sum.iter_mut().zip(v) {
                            if valid(p) {
                                let (next, overflow) = s.overflowing_add(p.to_i64() as u64);
                                *s = next;
                                self.overflow |= overflow;
                            }
                        }
                    }
                    Sum::Float(sum) => {
                        sum.iter_mut().zip(v).for_each(|(s, &p)| *s += if valid(p) { p.to_f64() } else { 0.0 });
                    }
                }
                if let Some(count) = count {
                    count.iter_mut().zip(v).for_each(|(c, &p)| *c += valid(p) as u32);
                }
            }
            (None, Some(count)) => count.iter_mut().zip(v).for_each(|(c, &p)| *c += valid(p) as u32),
            (None, None) => {}
        }
    }

    /// Whether an integer sum left the range of 64 bits.
    pub(crate) fn overflowed(&self) -> bool {
        self.overflow
    }
}

/// The pixels of a step, which go into a state.
struct Step<'a, T, V> {
    state: &'a mut State,
    pixels: &'a [T],
    info: StepInfo,
    valid: V,
}

impl<T: PixelType, V: Fn(T) -> bool + Copy> Loop for Step<'_, T, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.state.add_valid(self.pixels, self.info, self.valid);
    }
}

/// Whether a pixel had a valid value in an earlier step.
#[derive(Clone, Copy)]
enum Seen<'a> {
    /// As often as is counted.
    Counted(&'a [u32]),
    /// All had, or none.
    Alike(bool),
}

impl Seen<'_> {
    fn at(self, pixel: usize) -> bool {
        match self {
            Seen::Counted(counts) => counts[pixel] > 0,
            Seen::Alike(seen) => seen,
        }
    }
}

/// Keeps the valid ones of the new pixels that are better than the old, or the first of their place.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "of several iterators some stay calls, without wide registers")]
fn keep<T: Copy>(kept: &mut [T], new: &[T], seen: Seen<'_>, valid: impl Fn(T) -> bool, better: impl Fn(T, T) -> bool) {
    let kept = &mut kept[..new.len()];
    // Nothing is skipped, so that pixels go side by side.
    match seen {
        Seen::Counted(counts) => {
            let counts = &counts[..new.len()];
            for i in 0..new.len() {
                let (old, new) = (kept[i], new[i]);
                kept[i] = if valid(new) & ((counts[i] == 0) | better(old, new)) { new } else { old };
            }
        }
        Seen::Alike(seen) => {
            for i in 0..new.len() {
                let (old, new) = (kept[i], new[i]);
                kept[i] = if valid(new) & (!seen | better(old, new)) { new } else { old };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reducers_skip_what_is_missing() {
        // Two pixels: 10, nodata, 30 and all nodata.
        let steps = [[10i16, -9999], [-9999, -9999], [30, -9999]];
        let band = Band::new("b", DType::I16, Some(-9999.0));
        let cases = [
            ("mean", 20.0),
            ("sum", 40.0),
            ("min", 10.0),
            ("max", 30.0),
            ("std", 10.0),
            ("var1", 200.0),
            ("count", 2.0),
            ("first", 10.0),
            ("last", 30.0),
            ("prod", 300.0),
            ("range", 20.0),
            ("any", 1.0),
            ("argmax", 102.0),
        ];
        for (name, expected) in cases {
            let reducer = Reducer::from_word(name).expect(name);
            let out = reducer.band(&band, "b".into(), &crate::cube::TimeAxis::Positions(3));
            let mut state = State::new(&[reducer], &band, 2, false);
            for (i, step) in steps.iter().enumerate() {
                state.add(
                    &Pixels::I16(step.to_vec()),
                    0..2,
                    StepInfo { when: 100.0 + i as f64, weight: 1.0, position: 0.0 },
                );
            }
            let result = state.finish(reducer, Need { count: 1, all: false }, &out, 2);
            assert_eq!(result.dtype(), out.dtype, "{reducer:?}");
            assert_eq!(result.get(0), expected, "{reducer:?}");
            let second = result.get(1);
            match name {
                "count" => assert_eq!(second, 0.0),
                _ => assert!(second.is_nan() || Some(second) == out.nodata, "{reducer:?}: {second}"),
            }
            let strict = state.finish(reducer, Need { count: 1, all: true }, &out, 2);
            assert!(name == "count" || strict.get(0).is_nan() || Some(strict.get(0)) == out.nodata);
        }
    }

    #[test]
    fn small_integers_do_not_overflow() {
        let band = Band::new("b", DType::U8, None);
        let sum = Reducer::from(&crate::reducers::sum::REDUCER);
        let mut state = State::new(&[sum], &band, 1, false);
        for _ in 0..2 {
            state.add(&Pixels::U8(vec![200]), 0..1, StepInfo { when: 0.0, weight: 1.0, position: 0.0 });
        }
        let out = sum.band(&band, "b".into(), &crate::cube::TimeAxis::Positions(2));
        assert_eq!(state.finish(sum, Need { count: 1, all: false }, &out, 1), Pixels::U64(vec![400]));
    }
}

//! The running state of a reduction over space. It takes in runs of pixels, is merged with other tallies and gives the
//! results, which depend neither on the order of the pixels nor on how they were divided.

use super::exact::Exact;
use super::held::HeldValues;
use crate::cube::DType;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::plan::{MinCount, ReduceOptions};
use crate::reducers::{Finish, Pick, Reducer, Statistic};
use serde::{Deserialize, Serialize};

/// What a tally must keep for some reducers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Needs {
    sum: bool,
    moments: bool,
    extremes: bool,
    zeros: bool,
    /// Whether every value is held, for quantiles and the mode.
    held: bool,
    /// Whether pixels count in part, also in counts, sums and quantiles.
    shared: bool,
    /// Whether pixels have weights in means and variances.
    weighted: bool,
}

impl Needs {
    /// `shared` if pixels are covered in part, `weighted` if they are, or are of different areas.
    pub(crate) fn of(reducers: &[Reducer], shared: bool, weighted: bool) -> Needs {
        let needs = Reducer::needs_of(reducers);
        let has = |statistic| needs.contains(&statistic);
        Needs {
            sum: has(Statistic::Sum) || !weighted && has(Statistic::Mean),
            moments: has(Statistic::Variance) || has(Statistic::SampleVariance) || weighted && has(Statistic::Mean),
            extremes: has(Statistic::Pixel(Pick::Minimum))
                || has(Statistic::Pixel(Pick::Maximum))
                || has(Statistic::Any),
            zeros: has(Statistic::All),
            held: has(Statistic::Values),
            shared,
            weighted,
        }
    }

    /// Bytes that every pixel takes until its step is done.
    pub(crate) fn bytes_per_pixel(self, dtype: DType) -> usize {
        if self.held { HeldValues::bytes_per_value(dtype, self.shared) } else { 0 }
    }
}

/// By how much the pixels of a run count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weight {
    /// The covered share of each pixel, by which it counts in counts, sums and quantiles.
    pub cover: f64,
    /// The weight in means and variances.
    pub mean: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Sum {
    Integer(i128),
    Real(Exact),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Extremes {
    None,
    Integer(i128, i128),
    Real(f64, f64),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tally {
    count: Exact,
    missing: Exact,
    sum: Sum,
    /// Whether the pixels are integers without a sign.
    unsigned: bool,
    /// The sums of the weights, the weighted values and the weighted squares.
    moments: [Exact; 3],
    extremes: Extremes,
    has_zero: bool,
    held: HeldValues,
}

/// The result of a reducer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Value {
    Missing,
    /// Within 64 bits, with a sign or without.
    Integer(i128),
    Real(f64),
    /// An integer beyond 64 bits.
    Overflow,
}

impl Tally {
    pub(crate) fn new(dtype: DType, needs: Needs) -> Tally {
        Tally {
            count: Exact::ZERO,
            missing: Exact::ZERO,
            sum: if !dtype.is_float() { Sum::Integer(0) } else { Sum::Real(Exact::ZERO) },
            unsigned: dtype == DType::U64,
            moments: [Exact::ZERO; 3],
            extremes: Extremes::None,
            has_zero: false,
            held: HeldValues::new(dtype, needs.shared),
        }
    }

    /// Takes in pixels that all count the same. `scratch` is a buffer that is used for every run.
    pub(crate) fn add<T: PixelType>(
        &mut self,
        pixels: &[T],
        missing: Missing<T>,
        weight: Weight,
        needs: Needs,
        scratch: &mut Vec<f64>,
    ) {
        scratch.clear();
        scratch.extend(pixels.iter().filter(|p| !missing.is(**p)).map(|p| p.to_f64()));
        let valid = scratch.len() as f64;
        self.count += Exact::of(valid).times(weight.cover);
        self.missing += Exact::of((pixels.len() - scratch.len()) as f64).times(weight.cover);
        if scratch.is_empty() {
            return;
        }
        let valid_pixels = || pixels.iter().filter(|p| !missing.is(**p)).copied();
        if needs.sum {
            match &mut self.sum {
                // Shares of integers are no integers, so the sum of integers becomes one of floats first.
                Sum::Integer(sum) if needs.shared => {
                    self.sum = Sum::Real(Exact::of_integer(*sum) + Exact::sum(scratch).times(weight.cover));
                }
                Sum::Integer(sum) => *sum += valid_pixels().map(|p| p.to_i128()).sum::<i128>(),
                Sum::Real(sum) => *sum += Exact::sum(scratch).times(weight.cover),
            }
        }
        if needs.moments {
            self.moments[0] += Exact::of(valid).times(weight.mean);
            self.moments[1] += Exact::sum(scratch).times(weight.mean);
            self.moments[2] += Exact::sum_of_squares(scratch).times(weight.mean);
        }
        if needs.extremes {
            // Compared in their own type, which is exact and fast.
            let wider = |(low, high): (T, T), p: T| (if p < low { p } else { low }, if p > high { p } else { high });
            let own = match T::DTYPE.is_float() {
                true => None,
                false => valid_pixels().next().map(|first| valid_pixels().fold((first, first), wider)),
            };
            let real = || scratch.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |a, v| (a.0.min(*v), a.1.max(*v)));
            self.extremes = self.extremes.with(match own {
                Some((low, high)) => Extremes::Integer(low.to_i128(), high.to_i128()),
                None => Extremes::Real(real().0, real().1),
            });
        }
        if needs.zeros {
            self.has_zero |= scratch.contains(&0.0);
        }
        if needs.held {
            self.held.extend(scratch, weight.cover);
        }
    }

    /// Takes in so many missing ones.
    pub(crate) fn add_missing(&mut self, count: usize) {
        self.missing += Exact::of(count as f64);
    }

    /// Takes in the pixels of another tally for the same type of pixels.
    pub(crate) fn merge(&mut self, other: Tally) {
        self.count += other.count;
        self.missing += other.missing;
        let real = |sum: &Sum| match sum {
            Sum::Integer(v) => Exact::of_integer(*v),
            Sum::Real(v) => *v,
        };
        self.sum = match (&self.sum, &other.sum) {
            (Sum::Integer(a), Sum::Integer(b)) => Sum::Integer(a + b),
            (a, b) => Sum::Real(real(a) + real(b)),
        };
        self.moments.iter_mut().zip(other.moments).for_each(|(a, b)| *a += b);
        self.extremes = self.extremes.with(other.extremes);
        self.has_zero |= other.has_zero;
        self.held.append(other.held);
    }

    /// The result of each reducer. Held values are sorted for it.
    pub(crate) fn finish(&mut self, reducers: &[Reducer], options: &ReduceOptions, needs: Needs) -> Vec<Value> {
        if needs.held {
            self.held.order();
        }
        reducers.iter().map(|r| self.result(*r, options, needs)).collect()
    }

    fn result(&self, reducer: Reducer, options: &ReduceOptions, needs: Needs) -> Value {
        if !reducer.can_be_missing() {
            return self.statistic(Statistic::Count, needs);
        }
        if !self.has_enough(options) {
            return Value::Missing;
        }
        match reducer.finish {
            Finish::Statistic(statistic) => self.statistic(statistic, needs),
            Finish::Difference(a, b) => match (self.pixel(a), self.pixel(b)) {
                (Value::Integer(a), Value::Integer(b)) => self.whole(a - b),
                (a, b) => real(a.to_f64() - b.to_f64()),
            },
            Finish::Float(statistics, of) => {
                let numbers: Vec<[f64; 1]> = statistics.iter().map(|s| [self.statistic(*s, needs).to_f64()]).collect();
                let columns: Vec<&[f64]> = numbers.iter().map(|number| &number[..]).collect();
                let mut out = [f64::NAN];
                of(&columns, &mut out);
                real(out[0])
            }
            Finish::Series(series) => real(self.held.number(&series, reducer.share())),
        }
    }

    /// Whether as many are valid as a result needs.
    pub(crate) fn has_enough(&self, options: &ReduceOptions) -> bool {
        let enough = match options.min_count {
            // Unless more is asked for, any share of a single pixel is enough.
            MinCount::Steps(n) => {
                if n <= 1 {
                    0.0
                } else {
                    n as f64
                }
            }
            MinCount::Percent(p) => p / 100.0 * (self.count + self.missing).value(),
        };
        !(self.count.is_zero() || self.count.value() < enough || (options.keepna && !self.missing.is_zero()))
    }

    fn statistic(&self, statistic: Statistic, needs: Needs) -> Value {
        let count = self.count.value();
        let [weights, sum, squares] = self.moments;
        let deviations = || squares.minus_product_over(sum, sum, weights);
        match statistic {
            Statistic::Count if needs.shared => Value::Real(count),
            Statistic::Count => Value::Integer(count as i128),
            Statistic::Sum => match &self.sum {
                Sum::Integer(sum) => self.whole(*sum),
                Sum::Real(sum) => real(sum.value()),
            },
            Statistic::Mean if needs.weighted => real(sum.over(weights).value()),
            Statistic::Mean => match &self.sum {
                Sum::Integer(sum) => real(Exact::of_integer(*sum).over(self.count).value()),
                Sum::Real(sum) => real(sum.over(self.count).value()),
            },
            Statistic::Variance => real(deviations().over(weights).value().max(0.0)),
            Statistic::SampleVariance if count > 1.0 => real((deviations().value() / (count - 1.0)).max(0.0)),
            // The variance of a sample of one value is missing, not zero.
            Statistic::SampleVariance => Value::Missing,
            Statistic::Pixel(pick) => self.pixel(pick),
            Statistic::Any => match self.extremes {
                Extremes::None => Value::Missing,
                Extremes::Integer(low, high) => Value::Integer((low != 0 || high != 0) as i128),
                Extremes::Real(low, high) => Value::Integer((low != 0.0 || high != 0.0) as i128),
            },
            Statistic::All => Value::Integer(!self.has_zero as i128),
            Statistic::Product
            | Statistic::TimeOfMinimum
            | Statistic::TimeOfMaximum
            | Statistic::Line(_)
            | Statistic::SenLine(_)
            | Statistic::Values => {
                unreachable!("{statistic:?} is no number of a tally; the binder refuses it over space")
            }
        }
    }

    /// A whole number as a result, which has 64 bits as the pixels have a sign or none.
    fn whole(&self, number: i128) -> Value {
        let fits = if self.unsigned { u64::try_from(number).is_ok() } else { i64::try_from(number).is_ok() };
        if fits { Value::Integer(number) } else { Value::Overflow }
    }

    fn pixel(&self, pick: Pick) -> Value {
        match (pick, self.extremes) {
            (_, Extremes::None) => Value::Missing,
            (Pick::Minimum, Extremes::Integer(low, _)) => Value::Integer(low),
            (Pick::Maximum, Extremes::Integer(_, high)) => Value::Integer(high),
            (Pick::Minimum, Extremes::Real(low, _)) => Value::Real(low),
            (Pick::Maximum, Extremes::Real(_, high)) => Value::Real(high),
            (Pick::First | Pick::Last, _) => unreachable!("the binder refuses {pick:?} over space"),
        }
    }
}

/// A float as a result, where NaN is missing.
fn real(v: f64) -> Value {
    if v.is_nan() { Value::Missing } else { Value::Real(v) }
}

impl Value {
    /// The result as a float, NaN where it is missing or too large.
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Value::Integer(v) => v as f64,
            Value::Real(v) => v,
            Value::Missing | Value::Overflow => f64::NAN,
        }
    }
}

impl Extremes {
    fn with(self, other: Extremes) -> Extremes {
        match (self, other) {
            (Extremes::Integer(a, b), Extremes::Integer(c, d)) => Extremes::Integer(a.min(c), b.max(d)),
            (Extremes::Real(a, b), Extremes::Real(c, d)) => Extremes::Real(a.min(c), b.max(d)),
            (Extremes::None, some) => some,
            (some, _) => some,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 12] =
        ["mean", "sum", "min", "max", "std", "var1", "median", "p90", "mode", "count", "range", "all"];

    fn results<T: PixelType>(pixels: &[T], nodata: Option<f64>, shares: &[f64], options: &ReduceOptions) -> Vec<Value> {
        let all = ALL.map(|word| Reducer::from_word(word).expect(word));
        let needs = Needs::of(&all, !shares.is_empty(), !shares.is_empty());
        let mut scratch = Vec::new();
        let mut whole: Option<Tally> = None;
        // Every pixel has a tally of its own here, and they are merged backwards.
        for (i, pixel) in pixels.iter().enumerate().rev() {
            let cover = shares.get(i).copied().unwrap_or(1.0);
            let mut one = Tally::new(T::DTYPE, needs);
            one.add(&[*pixel], Missing::new(nodata), Weight { cover, mean: cover }, needs, &mut scratch);
            match &mut whole {
                Some(whole) => whole.merge(one),
                None => whole = Some(one),
            }
        }
        whole.expect("there are pixels").finish(&all, options, needs)
    }

    #[test]
    fn integers() {
        use Value::*;
        let results = results(&[10i16, -1, 30, 20, 20], Some(-1.0), &[], &ReduceOptions::default());
        let expected = [
            Real(20.0),
            Integer(80),
            Integer(10),
            Integer(30),
            Real(50f64.sqrt()),
            Real(200.0 / 3.0),
            Real(20.0),
            Real(27.0),
            Real(20.0),
            Integer(4),
            Integer(20),
            Integer(1),
        ];
        assert_eq!(results, expected);
    }

    #[test]
    fn shares() {
        // As exactextract 0.3 answers for these cells and shares.
        let results = results(&[10.0f32, 20.0, 30.0], None, &[1.0, 0.5, 0.5], &ReduceOptions::default());
        let Value::Real(std) = results[4] else { panic!("{results:?}") };
        assert_eq!(results[0], Value::Real(17.5));
        assert_eq!(results[1], Value::Real(35.0));
        assert!((std - 8.291561975888499).abs() < 1e-12, "{std}");
        assert_eq!(results[8..10], [Value::Real(10.0), Value::Real(2.0)]);
        assert_eq!(results[6], Value::Real(18.0));
        let Value::Real(p90) = results[7] else { panic!("{results:?}") };
        assert!((p90 - 27.333333333333332).abs() < 1e-12, "{p90}");
    }

    #[test]
    fn what_is_missing() {
        let none = results(&[-1i16, -1], Some(-1.0), &[], &ReduceOptions::default());
        assert!(none.iter().zip(ALL).all(|(v, r)| match r {
            "count" => *v == Value::Integer(0),
            _ => *v == Value::Missing,
        }));
        let options = ReduceOptions { min_count: MinCount::Percent(60.0), ..Default::default() };
        assert_eq!(results(&[5i16, -1], Some(-1.0), &[], &options)[0], Value::Missing);
        let strict = ReduceOptions { keepna: true, ..Default::default() };
        assert_eq!(results(&[5i16, -1], Some(-1.0), &[], &strict)[0], Value::Missing);
        assert_eq!(results(&[5i16, 5], Some(-1.0), &[], &strict)[0], Value::Real(5.0));
    }

    #[test]
    fn large_integers() {
        let sums = results(&[i64::MAX, 1], None, &[], &ReduceOptions::default());
        assert_eq!((sums[1], sums[3]), (Value::Overflow, Value::Integer(i64::MAX.into())));
        let unsigned = results(&[u64::MAX, 1], None, &[], &ReduceOptions::default());
        let [least, most] = [1, u64::MAX].map(|v| Value::Integer(v.into()));
        assert_eq!((unsigned[1], unsigned[2], unsigned[3]), (Value::Overflow, least, most));
        let odd = results(&[(1u64 << 53) + 1, 2], None, &[], &ReduceOptions::default());
        assert_eq!(odd[1], Value::Integer((1 << 53) + 3));
    }
}

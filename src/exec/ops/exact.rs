//! Sums in twice the digits of a float, so that the order and the pieces in which pixels are added leave no trace in
//! the result.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign};

/// The unevaluated sum of two floats, the second below the last digit of the first (Dekker 1971): 106 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exact {
    high: f64,
    low: f64,
}

/// Sums kept apart in the inner loop, so that no addition waits for the one before it.
const LANES: usize = 4;

/// The sum and what rounding it lost (Knuth 1969).
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The same, faster, for an `a` that is not smaller in size than `b`.
#[inline(always)]
fn quick_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// The product and what rounding it lost (Veltkamp and Dekker): a fused operation would be slow where there is none.
#[inline(always)]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0;
    let halves = |v: f64| {
        let wide = SPLIT * v;
        let high = wide - (wide - v);
        (high, v - high)
    };
    let product = a * b;
    let ((ah, al), (bh, bl)) = (halves(a), halves(b));
    (product, ((ah * bh - product) + ah * bl + al * bh) + al * bl)
}

impl Exact {
    pub(crate) const ZERO: Exact = Exact { high: 0.0, low: 0.0 };

    pub(crate) fn of(value: f64) -> Exact {
        Exact { high: value, low: 0.0 }
    }

    /// The sum for an integer, which may have more digits than a float.
    pub(crate) fn of_integer(value: i128) -> Exact {
        let high = value as f64;
        Exact { high, low: (value - high as i128) as f64 }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, value: f64) {
        let (sum, lost) = two_sum(self.high, value);
        let (high, low) = quick_two_sum(sum, lost + self.low);
        *self = Exact { high, low };
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }

    pub(crate) fn is_zero(self) -> bool {
        self.high == 0.0 && self.low == 0.0
    }

    /// Multiplied by a float.
    pub(crate) fn times(self, factor: f64) -> Exact {
        let (product, lost) = two_product(self.high, factor);
        let (high, low) = quick_two_sum(product, lost + self.low * factor);
        Exact { high, low }.or_plain(|| self.high * factor)
    }

    fn product(self, other: Exact) -> Exact {
        let (product, lost) = two_product(self.high, other.high);
        let (high, low) = quick_two_sum(product, lost + self.high * other.low + self.low * other.high);
        Exact { high, low }
    }

    fn minus(self, other: Exact) -> Exact {
        self + Exact { high: -other.high, low: -other.low }
    }

    /// Divided by another: the quotient of the leading parts, with one correction.
    pub(crate) fn over(self, other: Exact) -> Exact {
        let first = self.high / other.high;
        if !first.is_finite() {
            return Exact::of(first);
        }
        let rest = self.minus(other.times(first));
        let (high, low) = quick_two_sum(first, rest.high / other.high);
        Exact { high, low }
    }

    /// `self - a * b / c`: squares about zero turned into squares about the mean.
    pub(crate) fn minus_product_over(self, a: Exact, b: Exact, c: Exact) -> Exact {
        self.minus(a.product(b).over(c))
    }

    /// The sum of some values.
    pub(crate) fn sum(values: &[f64]) -> Exact {
        let mut lanes = [Exact::ZERO; LANES];
        let mut chunks = values.chunks_exact(LANES);
        for chunk in &mut chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                lane.push(*value);
            }
        }
        let mut all = lanes.into_iter().fold(Exact::ZERO, Add::add);
        chunks.remainder().iter().for_each(|v| all.push(*v));
        all.or_plain(|| values.iter().sum())
    }

    /// The sum of their squares.
    pub(crate) fn sum_of_squares(values: &[f64]) -> Exact {
        let mut lanes = [Exact::ZERO; LANES];
        let mut chunks = values.chunks_exact(LANES);
        let square = |lane: &mut Exact, value: f64| {
            let (product, lost) = two_product(value, value);
            lane.push(product);
            lane.low += lost;
        };
        for chunk in &mut chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                square(lane, *value);
            }
        }
        let mut all = lanes.into_iter().fold(Exact::ZERO, Add::add);
        chunks.remainder().iter().for_each(|v| square(&mut all, *v));
        all.or_plain(|| values.iter().map(|v| v * v).sum())
    }

    /// The plain result where it left the range of floats, for there the part that rounding lost is not a number.
    fn or_plain(self, plain: impl Fn() -> f64) -> Exact {
        if self.value().is_nan() { Exact::of(plain()) } else { self }
    }
}

impl Add for Exact {
    type Output = Exact;

    fn add(self, other: Exact) -> Exact {
        let (sum, lost) = two_sum(self.high, other.high);
        let (high, low) = quick_two_sum(sum, lost + self.low + other.low);
        Exact { high, low }.or_plain(|| self.high + other.high)
    }
}

impl AddAssign for Exact {
    fn add_assign(&mut self, other: Exact) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_pieces_leave_no_trace() {
        let values: Vec<f64> = (0..5000).map(|i| ((i * 7919) % 4999) as f64 / 7.0 + 1e6).collect();
        let whole = (Exact::sum(&values).value(), Exact::sum_of_squares(&values).value());
        for size in [1, 3, 64, 4999] {
            let parts = || values.chunks(size).rev();
            let sum = parts().map(Exact::sum).fold(Exact::ZERO, Add::add);
            let squares = parts().map(Exact::sum_of_squares).fold(Exact::ZERO, Add::add);
            assert_eq!((sum.value(), squares.value()), whole, "{size}");
        }
    }

    #[test]
    fn digits_that_floats_lose() {
        assert_eq!(Exact::sum(&[1e16, 1.0, 1.0, -1e16]).value(), 2.0);
        assert_eq!(Exact::of_integer((1 << 60) + 1).minus(Exact::of(2f64.powi(60))).value(), 1.0);
        assert_eq!(Exact::sum(&[f64::INFINITY, 1.0]).value(), f64::INFINITY);
        assert_eq!(Exact::sum_of_squares(&[1e200; 5]).value(), f64::INFINITY);
        // The variance of 1e8, 1e8 + 1, 1e8 + 2 is 2 / 3.
        let values = [1e8, 1e8 + 1.0, 1e8 + 2.0];
        let (n, sum) = (Exact::of(3.0), Exact::sum(&values));
        let about_mean = Exact::sum_of_squares(&values).minus_product_over(sum, sum, n);
        assert_eq!(about_mean.over(n).value(), 2.0 / 3.0);
        assert_eq!(Exact::of(1.0).over(Exact::of(3.0)).times(3.0).value(), 1.0);
    }
}

//! Numbers as pixels store them.

use crate::cube::chunk::PixelType;

/// A value in the type of the pixels, rounded for integers.
pub(super) fn stored<T: PixelType>(value: f64) -> T {
    T::from_f64(if T::DTYPE.is_float() { value } else { floor(value + 0.5) })
}

/// `floor` of numbers within the range of an `i64`: `f64::floor` is a function call on processors without SSE 4.1.
pub(super) fn floor(v: f64) -> f64 {
    let whole = v as i64 as f64;
    if whole > v { whole - 1.0 } else { whole }
}

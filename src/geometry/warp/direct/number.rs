//! Numbers as pixels store them.

use crate::cube::chunk::PixelType;

/// A value in the type of the pixels, rounded for integers.
#[inline(always)]
pub(super) fn stored<T: PixelType>(value: f64) -> T {
    T::from_f64(if T::DTYPE.is_float() { value } else { (value + 0.5).floor() })
}

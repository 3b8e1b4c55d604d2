//! Functions of all values of a group: each is written once, and a table holds it compiled for every type of pixels.

use crate::cube::chunk::PixelType;
use std::cmp::Ordering;

/// A function of all valid values, of which there is at least one. `share` is that of a quantile.
pub trait FromValues {
    /// The result for values from the smallest to the largest.
    fn in_order<T: PixelType>(values: &[T], share: f64) -> f64;

    /// The result for values in any order, which the function may change.
    fn in_any_order<T: PixelType>(values: &mut [T], share: f64) -> f64 {
        values.sort_unstable_by(order);
        Self::in_order(values, share)
    }

    /// The result for values from the smallest to the largest that count in part, each with its part.
    fn of_parts(values: &[(f64, f64)], share: f64) -> f64;
}

/// The order of two valid values, which are never NaN.
pub(crate) fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// The functions for one type of pixels, which a loop looks up once.
#[derive(Clone, Copy)]
pub(crate) struct Functions<T> {
    pub in_order: fn(&[T], f64) -> f64,
    pub in_any_order: fn(&mut [T], f64) -> f64,
}

/// A type of pixels that has its functions in the table.
pub(crate) trait OfType: PixelType {
    fn functions(series: &Series) -> Functions<Self>;
}

/// Declares for each of the ten types a field of the table and the access to it.
macro_rules! series {
    ($($t:ident)*) => {
        /// A [`FromValues`], compiled for each type of pixels.
        #[derive(Clone, Copy)]
        pub struct Series {
            $($t: Functions<$t>,)*
            pub of_parts: fn(&[(f64, f64)], f64) -> f64,
        }

        impl Series {
            pub const fn of<F: FromValues>() -> Series {
                Series {
                    $($t: Functions { in_order: F::in_order::<$t>, in_any_order: F::in_any_order::<$t> },)*
                    of_parts: F::of_parts,
                }
            }
        }

        $(impl OfType for $t {
            fn functions(series: &Series) -> Functions<$t> {
                series.$t
            }
        })*
    };
}

series! { u8 i8 u16 i16 u32 i32 u64 i64 f32 f64 }

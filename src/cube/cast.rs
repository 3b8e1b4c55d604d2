//! Values moved to another type, and how many of them it could not take.

use super::chunk::Stored;
use super::dtype::{DType, Missing, Pixel};
use super::{Pixels, schema};
use crate::with_pixels;

/// Valid pixels that the type they were brought to could not take as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Became missing: beyond the range of the type, or equal to what marks the missing.
    pub missing: u64,
    /// Became an end of the range of the type.
    pub clamped: u64,
}

impl std::ops::AddAssign for Losses {
    fn add_assign(&mut self, other: Losses) {
        self.missing += other.missing;
        self.clamped += other.clamped;
    }
}

impl Pixels {
    /// The same values in another type; what is missing by `nodata` becomes `target_nodata`, values out of range too.
    pub fn cast(&self, nodata: Option<f64>, to: DType, target_nodata: Option<f64>) -> Pixels {
        self.pack(nodata, None, to, target_nodata).0
    }

    /// As [`Pixels::cast`], of `(value - offset) / scale` where a scale and an offset are given; and what was lost.
    pub fn pack(
        &self,
        nodata: Option<f64>,
        packing: Option<(f64, f64)>,
        to: DType,
        target_nodata: Option<f64>,
    ) -> (Pixels, Losses) {
        if packing.is_none() && to == self.dtype() && schema::same_nodata(nodata, target_nodata) {
            return (self.clone(), Losses::default());
        }
        with_pixels!(self, from => pack(from, nodata, packing, to, target_nodata))
    }
}

fn pack<T: Pixel>(
    from: &[T],
    nodata: Option<f64>,
    packing: Option<(f64, f64)>,
    to: DType,
    target: Option<f64>,
) -> (Pixels, Losses) {
    fn run<T: Pixel, U: Stored>(
        from: &[T],
        nodata: Option<f64>,
        packing: Option<(f64, f64)>,
        target: Option<f64>,
    ) -> (Pixels, Losses) {
        let missing = Missing::<T>::new(nodata);
        match packing {
            None => store::<T, U>(from, missing, target, |v| v),
            Some((scale, offset)) => store::<T, U>(from, missing, target, |v| (v - offset) / scale),
        }
    }
    match to {
        DType::U8 => run::<T, u8>(from, nodata, packing, target),
        DType::I8 => run::<T, i8>(from, nodata, packing, target),
        DType::U16 => run::<T, u16>(from, nodata, packing, target),
        DType::I16 => run::<T, i16>(from, nodata, packing, target),
        DType::U32 => run::<T, u32>(from, nodata, packing, target),
        DType::I32 => run::<T, i32>(from, nodata, packing, target),
        DType::U64 => run::<T, u64>(from, nodata, packing, target),
        DType::I64 => run::<T, i64>(from, nodata, packing, target),
        DType::F32 => run::<T, f32>(from, nodata, packing, target),
        DType::F64 => run::<T, f64>(from, nodata, packing, target),
    }
}

fn store<T: Pixel, U: Stored>(
    from: &[T],
    missing: Missing<T>,
    target: Option<f64>,
    packed: impl Fn(f64) -> f64,
) -> (Pixels, Losses) {
    let (low, high) = U::DTYPE.limits();
    let float = U::DTYPE.is_float();
    let marker = U::from_f64(target.unwrap_or(if float { f64::NAN } else { 0.0 }));
    let marked = Missing::<U>::new(target);
    // A sum instead of a branch, so that counting costs the loop next to nothing.
    let mut lost = 0u64;
    let one = |&p: &T| {
        let is_missing = missing.is(p);
        let value = packed(p.to_f64());
        let value = if float { value } else { value.round_ties_even() };
        let stored = U::from_f64(value);
        let fits = (float | ((low <= value) & (value <= high))) & !marked.is(stored);
        lost += (!is_missing & !fits) as u64;
        if is_missing | !fits { marker } else { stored }
    };
    let pixels = U::wrap(from.iter().map(one).collect());
    (pixels, Losses { missing: lost, clamped: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_missing_and_counted() {
        let nan = f64::NAN;
        let floats = Pixels::F64(vec![-1.0, 0.0, 254.6, 255.0, 300.0, nan, -9999.0]);
        let cases = [
            // 254.6 is rounded onto the nodata.
            (DType::U8, None, Some(255.0), Pixels::U8(vec![255, 0, 255, 255, 255, 255, 255]), 4),
            (DType::U8, None, None, Pixels::U8(vec![0, 0, 255, 255, 0, 0, 0]), 2),
            (DType::U8, Some((2.0, -2.0)), Some(255.0), Pixels::U8(vec![0, 1, 128, 128, 151, 255, 255]), 0),
            (DType::I16, None, Some(0.0), Pixels::I16(vec![-1, 0, 255, 255, 300, 0, 0]), 1),
            (DType::F32, None, Some(0.0), Pixels::F32(vec![-1.0, 0.0, 254.6, 255.0, 300.0, 0.0, 0.0]), 1),
        ];
        for (dtype, packing, target, expected, lost) in cases {
            let (stored, losses) = floats.pack(Some(-9999.0), packing, dtype, target);
            assert_eq!(
                (stored, losses),
                (expected, Losses { missing: lost, clamped: 0 }),
                "{dtype} {packing:?} {target:?}"
            );
        }
        let same = Pixels::U8(vec![255, 7]);
        assert_eq!(same.pack(Some(255.0), None, DType::U8, Some(255.0)).1, Losses::default());
        assert_eq!(same.pack(None, None, DType::U8, Some(255.0)).1.missing, 1);
    }
}

//! Casts values to another type, and counts those that do not fit it.
//!
//! A block of values at a time goes through f64: ten types need ten loops into the block and ten out of it, instead of
//! a hundred from each to each, which took a third of the time to build this crate.

use super::Pixels;
use super::chunk::PixelType;
use super::dtype::{DType, Missing, Pixel};
use super::schema;
use crate::with_pixels;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Values in a block: 1,024 f64 are 8 KiB and stay in the first-level cache.
pub(crate) const BLOCK: usize = 1024;

/// Counts of valid pixels that did not fit the type to which they were cast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Pixels that became missing, being beyond the range of the type or equal to the nodata.
    pub missing: u64,
    /// Pixels that became an end of the range of the type.
    pub clamped: u64,
}

impl std::ops::AddAssign for Losses {
    fn add_assign(&mut self, other: Losses) {
        self.missing += other.missing;
        self.clamped += other.clamped;
    }
}

impl Pixels {
    /// The same values in another type. Values that equal `nodata` or are out of range become `target_nodata`.
    pub fn cast(&self, nodata: Option<f64>, to: DType, target_nodata: Option<f64>) -> Pixels {
        self.pack(nodata, None, to, target_nodata).0
    }

    /// As [`Pixels::cast`], for `(value - offset) / scale` if a scale and an offset are given; with the losses.
    pub fn pack(
        &self,
        nodata: Option<f64>,
        packing: Option<(f64, f64)>,
        to: DType,
        target_nodata: Option<f64>,
    ) -> (Pixels, Losses) {
        if packing.is_none() && to == self.dtype() {
            return match schema::same_nodata(nodata, target_nodata) {
                true => (self.clone(), Losses::default()),
                false => with_pixels!(self, from => mark(from, nodata, target_nodata)),
            };
        }
        match (self, to, packing) {
            (Pixels::U64(from), DType::I64, None) => return turn::<u64, i64>(from, nodata, target_nodata),
            (Pixels::I64(from), DType::U64, None) => return turn::<i64, u64>(from, nodata, target_nodata),
            _ => {}
        }
        let mut pixels = Pixels::zeros(to, self.len());
        let mut losses = Losses::default();
        with_pixels!(&mut pixels, out => {
            self.for_each_block(0..self.len(), &[nodata], &mut |at, block| {
                if let Some((scale, offset)) = packing {
                    block.iter_mut().for_each(|v| *v = (*v - offset) / scale);
                }
                losses.missing += round_into(block, &mut out[at..at + block.len()], target_nodata);
            });
        });
        (pixels, losses)
    }

    /// Calls `f` with the values of `range` as f64, block by block, and the position of each block in the range; NaN is
    /// what is missing by any of `nodata`.
    pub fn for_each_block(&self, range: Range<usize>, nodata: &[Option<f64>], f: &mut dyn FnMut(usize, &mut [f64])) {
        fn run<T: Pixel>(from: &[T], nodata: &[Option<f64>], f: &mut dyn FnMut(usize, &mut [f64])) {
            let missing: Vec<Missing<T>> = nodata.iter().map(|n| Missing::new(*n)).collect();
            let mut room = [0.0; BLOCK];
            for (i, part) in from.chunks(BLOCK).enumerate() {
                let block = &mut room[..part.len()];
                match missing[..] {
                    [one] => widen(part, block, |_, v| one.is(v)),
                    _ => widen(part, block, |_, v| v.is_nan() || missing.iter().any(|m| m.is(v))),
                }
                f(i * BLOCK, block);
            }
        }
        with_pixels!(self, from => run(&from[range], nodata, f))
    }
}

/// The values as f64, NaN where `is_missing` says so of a value and its position.
#[inline(always)]
pub(crate) fn widen<T: Pixel>(from: &[T], to: &mut [f64], is_missing: impl Fn(usize, T) -> bool) {
    for (i, (to, &value)) in to.iter_mut().zip(from).enumerate() {
        *to = if is_missing(i, value) { f64::NAN } else { value.to_f64() };
    }
}

/// The values in the type of `to`, as `as` brings them there, `marker` in the place of NaN.
pub(crate) fn narrow<T: Pixel>(from: &[f64], to: &mut [T], marker: T) {
    for (to, &value) in to.iter_mut().zip(from) {
        *to = if value.is_nan() { marker } else { T::from_f64(value) };
    }
}

/// What stands for "missing" among values of a type: its nodata, NaN among floats that have none, 0 among integers.
pub(crate) fn marker<T: Pixel>(nodata: Option<f64>) -> T {
    T::from_f64(nodata.unwrap_or(if T::DTYPE.is_float() { f64::NAN } else { 0.0 }))
}

/// Rounds values into another type. Returns how many became missing.
fn round_into<T: Pixel>(values: &[f64], out: &mut [T], nodata: Option<f64>) -> u64 {
    let (low, high) = T::DTYPE.limits();
    let float = T::DTYPE.is_float();
    let marker = marker(nodata);
    let marked = Missing::<T>::new(nodata);
    // A sum instead of a branch, so that counting costs the loop next to nothing.
    let mut lost = 0;
    for (out, &given) in out.iter_mut().zip(values) {
        let value = if float { given } else { given.round_ties_even() };
        let stored = T::from_f64(value);
        let fits = (float | ((low <= value) & (value <= high))) & !marked.is(stored);
        lost += (!given.is_nan() & !fits) as u64;
        *out = if given.is_nan() | !fits { marker } else { stored };
    }
    lost
}

/// The same type with another nodata: every digit stays, also of 64-bit integers.
fn mark<T: PixelType>(from: &[T], nodata: Option<f64>, target: Option<f64>) -> (Pixels, Losses) {
    let missing = Missing::<T>::new(nodata);
    let marker = marker(target);
    let marked = Missing::<T>::new(target);
    let mut losses = Losses::default();
    let one = |&value: &T| {
        let is_missing = missing.is(value);
        losses.missing += (!is_missing & marked.is(value)) as u64;
        if is_missing { marker } else { value }
    };
    (T::wrap(from.iter().map(one).collect()), losses)
}

/// From one type of 64-bit integers to the other: every digit of what fits stays.
fn turn<T: PixelType, U: PixelType + TryFrom<T>>(
    from: &[T],
    nodata: Option<f64>,
    target: Option<f64>,
) -> (Pixels, Losses) {
    let missing = Missing::<T>::new(nodata);
    let marker = marker(target);
    let marked = Missing::<U>::new(target);
    let mut losses = Losses::default();
    let mut one = |&value: &T| {
        if missing.is(value) {
            return marker;
        }
        let fits = U::try_from(value).ok().filter(|v| !marked.is(*v));
        losses.missing += u64::from(fits.is_none());
        fits.unwrap_or(marker)
    };
    let pixels = from.iter().map(&mut one).collect();
    (U::wrap(pixels), losses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_missing_and_counted() {
        let nan = f64::NAN;
        let floats = Pixels::F64(vec![-1.0, 0.0, 254.6, 255.0, 300.0, nan, -9999.0]);
        let cases = [
            // 254.6 is rounded to the nodata.
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
        let large = i64::MAX - 1;
        let exact = Pixels::I64(vec![large, 7]).pack(Some(7.0), None, DType::I64, Some(-1.0));
        assert_eq!(exact, (Pixels::I64(vec![large, -1]), Losses::default()));
        let unsigned = Pixels::U64(vec![large as u64, u64::MAX, 7, 8]).pack(Some(7.0), None, DType::I64, Some(8.0));
        assert_eq!(unsigned, (Pixels::I64(vec![large, 8, 8, 8]), Losses { missing: 2, clamped: 0 }));
        let signed = Pixels::I64(vec![large, -1]).pack(None, None, DType::U64, Some(0.0));
        assert_eq!(signed, (Pixels::U64(vec![large as u64, 0]), Losses { missing: 1, clamped: 0 }));
    }
}

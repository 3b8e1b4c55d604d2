//! Undoing what TIFF calls a predictor: what is stored in place of pixels so that it packs better.

use crate::cube::DType;
use crate::cube::dtype::Pixel;
use bytemuck::{Pod, cast_slice, cast_slice_mut};

/// By the tag `Predictor`. Rows are predicted each by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    /// Differences to the pixel before (TIFF 6.0, section 14).
    Horizontal,
    /// The bytes of floats, the most significant of all pixels first, as differences (TIFF Technical Note 3).
    Float,
}

impl Predictor {
    pub(super) fn of(number: u64) -> Option<Predictor> {
        match number {
            1 => Some(Predictor::None),
            2 => Some(Predictor::Horizontal),
            3 => Some(Predictor::Float),
            _ => None,
        }
    }

    pub(super) fn suits(self, dtype: DType) -> bool {
        self != Predictor::Float || dtype.is_float()
    }

    /// The pixels of a stored row from `first` on, as many as `out` holds.
    pub(super) fn undo<T: Pixel>(self, row: &mut [T], first: usize, out: &mut [T]) {
        match (self, T::DTYPE.bytes()) {
            (Predictor::None, _) => out.copy_from_slice(&row[first..first + out.len()]),
            (Predictor::Horizontal, 1) => sums(cast_slice(row), first, cast_slice_mut(out), u8::wrapping_add),
            (Predictor::Horizontal, 2) => sums(cast_slice(row), first, cast_slice_mut(out), u16::wrapping_add),
            (Predictor::Horizontal, 4) => sums(cast_slice(row), first, cast_slice_mut(out), u32::wrapping_add),
            (Predictor::Horizontal, _) => sums(cast_slice(row), first, cast_slice_mut(out), u64::wrapping_add),
            (Predictor::Float, 4) => floats::<4>(cast_slice_mut(row), first, cast_slice_mut(out)),
            (Predictor::Float, _) => floats::<8>(cast_slice_mut(row), first, cast_slice_mut(out)),
        }
    }
}

fn sums<U: Pod>(row: &[U], first: usize, out: &mut [U], add: impl Fn(U, U) -> U) {
    let mut sum = row[..first].iter().fold(U::zeroed(), |sum, &v| add(sum, v));
    for (out, &v) in out.iter_mut().zip(&row[first..]) {
        sum = add(sum, v);
        *out = sum;
    }
}

/// Floats of `N` bytes; `row` and `out` are bytes.
fn floats<const N: usize>(row: &mut [u8], first: usize, out: &mut [u8]) {
    let mut sum = 0u8;
    for byte in row.iter_mut() {
        sum = sum.wrapping_add(*byte);
        *byte = sum;
    }
    let width = row.len() / N;
    for (i, out) in out.chunks_exact_mut(N).enumerate() {
        for (plane, byte) in out.iter_mut().rev().enumerate() {
            *byte = row[plane * width + first + i];
        }
        if cfg!(target_endian = "big") {
            out.reverse();
        }
    }
}

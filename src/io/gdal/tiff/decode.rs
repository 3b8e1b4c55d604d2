//! From the bytes of a block to its pixels: inflating, and undoing what TIFF calls a predictor.

use crate::cube::DType;
use crate::cube::dtype::Pixel;
use bytemuck::{Pod, cast_slice, cast_slice_mut};
use libdeflater::Decompressor;
use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// How a block is compressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Method {
    None,
    Deflate,
    Zstd,
}

impl Method {
    /// By the numbers of the tag `Compression`.
    pub fn of(number: u64) -> Option<Method> {
        match number {
            1 => Some(Method::None),
            8 | 32946 => Some(Method::Deflate),
            50000 => Some(Method::Zstd),
            _ => None,
        }
    }
}

/// A block as it lies in a file.
pub struct Packed<'a> {
    pub file: &'a File,
    pub offset: u64,
    pub length: u64,
    pub method: Method,
}

/// What a thread decodes with, kept from block to block.
struct Decoder {
    inflate: Decompressor,
    packed: Vec<u8>,
    /// Words, so that pixels of every type are aligned in it.
    plain: Vec<u64>,
}

thread_local! {
    static DECODER: RefCell<Decoder> =
        RefCell::new(Decoder { inflate: Decompressor::new(), packed: Vec::new(), plain: Vec::new() });
}

/// Hands the pixels of a block, predicted as they are stored, to `f`. Nothing where the block does not hold exactly `len` of
/// them.
pub fn with_block<T: Pixel, R>(packed: &Packed<'_>, len: usize, f: impl FnOnce(&mut [T]) -> R) -> Option<R> {
    DECODER.with_borrow_mut(|decoder| {
        let bytes = len * T::DTYPE.bytes();
        decoder.plain.resize(bytes.div_ceil(size_of::<u64>()), 0);
        let plain: &mut [u8] = &mut cast_slice_mut(&mut decoder.plain)[..bytes];
        let length = usize::try_from(packed.length).ok()?;
        // No method needs more room than the pixels and a little; a length of nothing marks a block that is not there.
        if length == 0 || length > bytes + bytes / 8 + 4096 {
            return None;
        }
        if packed.method == Method::None {
            (length == bytes).then_some(())?;
            packed.file.read_exact_at(plain, packed.offset).ok()?;
        } else {
            decoder.packed.resize(length, 0);
            packed.file.read_exact_at(&mut decoder.packed, packed.offset).ok()?;
            let decoded = match packed.method {
                Method::Zstd => zstd::bulk::decompress_to_buffer(&decoder.packed, plain).ok()?,
                _ => decoder.inflate.zlib_decompress(&decoder.packed, plain).ok()?,
            };
            (decoded == bytes).then_some(())?;
        }
        Some(f(cast_slice_mut(plain)))
    })
}

/// What is stored in place of pixels, by the tag `Predictor`. Rows are predicted each by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Predictor {
    None,
    /// Differences to the pixel before (TIFF 6.0, section 14).
    Horizontal,
    /// The bytes of floats, the most significant of all pixels first, as differences (TIFF Technical Note 3).
    Float,
}

impl Predictor {
    pub fn of(number: u64) -> Option<Predictor> {
        match number {
            1 => Some(Predictor::None),
            2 => Some(Predictor::Horizontal),
            3 => Some(Predictor::Float),
            _ => None,
        }
    }

    pub fn suits(self, dtype: DType) -> bool {
        self != Predictor::Float || dtype.is_float()
    }

    /// The pixels of a stored row from `first` on, as many as `out` holds.
    pub fn undo<T: Pixel>(self, row: &mut [T], first: usize, out: &mut [T]) {
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

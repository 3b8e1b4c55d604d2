//! Compressed pieces of files, read and decoded without the library of their format.

use bytemuck::{Pod, cast_slice_mut};
use libdeflater::Decompressor;
use std::cell::RefCell;

/// How many numbers may be decoded for each one that is wanted. A window that wants less of its blocks than this is left to
/// the format's library: it keeps decoded blocks for the window that comes next, and nothing is kept here.
pub(crate) const WASTE: usize = 4;

/// How a piece is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    None,
    /// As zlib wraps it.
    Deflate,
    Zstd,
}

/// A piece as it lies in a file.
pub(crate) struct FileBlock<'a> {
    /// Fills a buffer with the bytes from an offset on; nothing where that fails.
    pub read: &'a dyn Fn(&mut [u8], u64) -> Option<()>,
    pub offset: u64,
    pub length: u64,
    pub method: Method,
}

/// What a thread decodes with, kept from piece to piece.
struct Decoder {
    inflate: Decompressor,
    packed: Vec<u8>,
    /// Words, so that numbers of every type are aligned in it.
    plain: Vec<u64>,
}

thread_local! {
    static DECODER: RefCell<Decoder> =
        RefCell::new(Decoder { inflate: Decompressor::new(), packed: Vec::new(), plain: Vec::new() });
}

/// Hands the numbers of a piece to `f`. Nothing where it does not hold exactly `len` of them, or cannot be read.
pub(crate) fn unpack<T: Pod, R>(piece: &FileBlock<'_>, len: usize, f: impl FnOnce(&mut [T]) -> R) -> Option<R> {
    DECODER.with_borrow_mut(|decoder| {
        let bytes = len * size_of::<T>();
        decoder.plain.resize(bytes.div_ceil(size_of::<u64>()), 0);
        let plain: &mut [u8] = &mut cast_slice_mut(&mut decoder.plain)[..bytes];
        let length = usize::try_from(piece.length).ok()?;
        // No method needs more room than the numbers and a little; a length of nothing marks a piece that is not there.
        if length == 0 || length > bytes + bytes / 8 + 4096 {
            return None;
        }
        if piece.method == Method::None {
            (length == bytes).then_some(())?;
            (piece.read)(plain, piece.offset)?;
        } else {
            decoder.packed.resize(length, 0);
            (piece.read)(&mut decoder.packed, piece.offset)?;
            let decoded = match piece.method {
                Method::Zstd => zstd::bulk::decompress_to_buffer(&decoder.packed, plain).ok()?,
                _ => decoder.inflate.zlib_decompress(&decoder.packed, plain).ok()?,
            };
            (decoded == bytes).then_some(())?;
        }
        Some(f(cast_slice_mut(plain)))
    })
}

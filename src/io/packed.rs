//! Compressed pieces of files, read and decoded without the library of their format.

use bytemuck::{Pod, cast_slice_mut};
use libdeflater::Decompressor;
use std::cell::RefCell;
use std::io::Read;

/// How many numbers may be decoded for each one that is wanted. A window that wants less of its blocks than this is left to
/// the format's library: it keeps decoded blocks for the window that comes next, and nothing is kept here.
pub(crate) const WASTE: usize = 4;

/// Bytes that a thread keeps to decode the next piece in, at most: what is larger is rare, and too much to hold beside a library
/// that holds as much.
const KEPT: usize = 16 << 20;

/// How a piece is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    None,
    /// As zlib wraps it.
    Deflate,
    Zstd,
}

/// Why a piece is not unpacked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacked {
    /// It is left to the library of its format, which may read what is unusual.
    Left,
    /// Its bytes are no frame of their method, whatever a library makes of them.
    Damaged,
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

impl Decoder {
    fn give_back(&mut self) {
        if self.plain.capacity() * size_of::<u64>() > KEPT {
            self.plain = Vec::new();
        }
        if self.packed.capacity() > KEPT {
            self.packed = Vec::new();
        }
    }
}

/// Hands the numbers of a piece to `f`.
///
/// # Errors
/// `Left` where it does not hold exactly `len` of them, or cannot be read; `Damaged` where frames of zstd are, which carry no
/// more than their own structure to be checked by.
pub(crate) fn unpack<T: Pod, R>(
    piece: &FileBlock<'_>,
    len: usize,
    f: impl FnOnce(&mut [T]) -> R,
) -> Result<R, Unpacked> {
    DECODER.with_borrow_mut(|decoder| {
        let bytes = len * size_of::<T>();
        decoder.plain.resize(bytes.div_ceil(size_of::<u64>()), 0);
        let plain: &mut [u8] = &mut cast_slice_mut(&mut decoder.plain)[..bytes];
        let length = usize::try_from(piece.length).map_err(|_| Unpacked::Left)?;
        // No method needs more room than the numbers and a little; a length of nothing marks a piece that is not there.
        if length == 0 || length > bytes + bytes / 8 + 4096 {
            return Err(Unpacked::Left);
        }
        let read = |out: &mut [u8]| (piece.read)(out, piece.offset).ok_or(Unpacked::Left);
        match piece.method {
            Method::None if length == bytes => read(plain)?,
            Method::None => return Err(Unpacked::Left),
            Method::Deflate => {
                decoder.packed.resize(length, 0);
                read(&mut decoder.packed)?;
                let decoded = decoder.inflate.zlib_decompress(&decoder.packed, plain);
                decoded.ok().filter(|decoded| *decoded == bytes).ok_or(Unpacked::Left)?;
            }
            Method::Zstd => {
                decoder.packed.resize(length, 0);
                read(&mut decoder.packed)?;
                let decoded = zstd::bulk::decompress_to_buffer(&decoder.packed, plain);
                if decoded.ok() != Some(bytes) {
                    first_frames(&decoder.packed, plain).map_err(|_| Unpacked::Damaged)?;
                }
            }
        }
        let result = f(cast_slice_mut(plain));
        decoder.give_back();
        Ok(result)
    })
}

/// Fills `plain` from frames of zstd behind which other bytes may lie, as libraries that read streams do.
fn first_frames(packed: &[u8], plain: &mut [u8]) -> std::io::Result<()> {
    zstd::stream::read::Decoder::with_buffer(packed)?.read_exact(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The numbers of a piece made of `bytes`.
    fn of(bytes: &[u8], len: usize) -> Result<Vec<u16>, Unpacked> {
        let read = |out: &mut [u8], _| {
            out.copy_from_slice(bytes);
            Some(())
        };
        let piece = FileBlock { read: &read, offset: 0, length: bytes.len() as u64, method: Method::Zstd };
        unpack(&piece, len, |numbers: &mut [u16]| numbers.to_vec())
    }

    #[test]
    fn frames_of_zstd_are_whole_or_damaged() {
        let numbers: Vec<u16> = (0..500u32).map(|n| (n * n % 777) as u16).collect();
        let whole = zstd::bulk::compress(bytemuck::cast_slice(&numbers), 3).unwrap();
        assert_eq!(of(&whole, 500), Ok(numbers.clone()));
        assert_eq!(of(&[&whole[..], b"padding"].concat(), 500), Ok(numbers));
        assert_eq!(of(&whole[..whole.len() / 2], 500), Err(Unpacked::Damaged));
        assert_eq!(of(b"no frame at all", 500), Err(Unpacked::Damaged));
        assert_eq!(of(&whole, 501), Err(Unpacked::Damaged));
        assert_eq!(of(&[], 500), Err(Unpacked::Left));
    }
}

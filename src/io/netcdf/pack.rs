//! Whole chunks as the filters of HDF5 would leave them, packed by the thread that computed them.
//!
//! The pipeline is netCDF's: bytes are sorted by their significance (`shuffle`), then deflated. HDF5 would do this under the
//! lock of the library, one chunk after another.

use crate::cube::Pixels;
use crate::with_pixels;
use libdeflater::{CompressionLvl, Compressor};

/// The filters of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    /// Of deflate; nothing for no filters.
    pub level: Option<i32>,
    pub shuffle: bool,
}

impl Packing {
    /// The bytes of a chunk. Those that do not become fewer are deflated all the same, so that every chunk has all filters.
    pub(super) fn pack(&self, chunk: Pixels) -> Vec<u8> {
        let size = chunk.dtype().bytes();
        let bytes = with_pixels!(&chunk, values => bytemuck::cast_slice::<_, u8>(values));
        let Some(level) = self.level else { return bytes.to_vec() };
        let sorted;
        let bytes = if self.shuffle && size > 1 {
            sorted = shuffle(bytes, size);
            drop(chunk);
            &sorted
        } else {
            bytes
        };
        let mut deflate = Compressor::new(CompressionLvl::new(level).unwrap_or_default());
        let mut packed = vec![0; deflate.zlib_compress_bound(bytes.len())];
        // It cannot fail into a buffer of the bound.
        let len = deflate.zlib_compress(bytes, &mut packed).unwrap_or_default();
        packed.truncate(len);
        packed
    }
}

/// The first bytes of all numbers, then the second ones, and so on.
fn shuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    fn run<const N: usize>(bytes: &[u8]) -> Vec<u8> {
        let n = bytes.len() / N;
        let mut out = vec![0; bytes.len()];
        for (i, number) in bytes.chunks_exact(N).enumerate() {
            for (plane, byte) in number.iter().enumerate() {
                out[plane * n + i] = *byte;
            }
        }
        out
    }
    match size {
        2 => run::<2>(bytes),
        4 => run::<4>(bytes),
        _ => run::<8>(bytes),
    }
}

//! Blocks of plain TIFF files straight into the cube, without GDAL's cache between and with one pass over the pixels.
//!
//! Whatever is not plain (another compression, bands beside one another, a block that was never written) is left to GDAL,
//! as is whatever fails: it also has the words for what is wrong with a file. A block that is damaged stays damaged, also
//! where GDAL makes something of it.

pub(crate) mod directory;
mod predictor;
pub(crate) mod remote;

use super::object;
use super::way::is_ours;
use crate::cube::dtype::Pixel;
use crate::io::packed::{FileBlock, Method, Unpacked, WASTE, unpack};
use crate::io::remote::address::gdal_name;
use directory::Directory;
use gdal::Dataset;
use predictor::Predictor;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Decoded bytes of a block, at most: GDAL reads larger ones in parts, or keeps them for the next window.
const LARGEST: usize = 16 << 20;

/// Blocks of a file, at most; each open file holds their places.
const MOST: usize = 1 << 16;

/// The first directory of an open dataset that is a TIFF file of this machine, or an object of a server.
pub(crate) fn directory(path: &str, dataset: &Dataset) -> Option<Arc<Directory>> {
    if dataset.driver().short_name() != "GTiff" {
        return None;
    }
    if is_ours(path) {
        return remote::directory(path);
    }
    let local = !path.starts_with("/vsi") && gdal_name(path).is_none();
    let read = || Directory::read(path).ok().filter(|directory| directory.blocks.len() <= MOST).map(Arc::new);
    local.then(read).flatten()
}

/// By the numbers of the tag `Compression`.
fn method(compression: u64) -> Option<Method> {
    match compression {
        1 => Some(Method::None),
        8 | 32946 => Some(Method::Deflate),
        50000 => Some(Method::Zstd),
        _ => None,
    }
}

/// A TIFF file whose blocks need no more than inflating.
pub(crate) struct Blocks {
    path: String,
    directory: Arc<Directory>,
    method: Method,
    predictor: Predictor,
}

impl Blocks {
    /// The blocks of an open dataset, if they are plain and lie as GDAL says.
    pub(crate) fn of(path: &str, directory: &Arc<Directory>, dataset: &Dataset) -> Option<Blocks> {
        let method = method(directory.compression)?;
        let predictor = if method == Method::None { Predictor::None } else { Predictor::of(directory.predictor)? };
        let [rows, columns] = directory.block;
        let (down, across) = directory.across();
        let as_gdal_says = directory.size == [dataset.raster_size().1, dataset.raster_size().0]
            && directory.samples == dataset.raster_count()
            && dataset.rasterbands().all(|band| band.is_ok_and(|band| band.block_size() == (columns, rows)))
            && directory.blocks.len() == down * across * directory.samples;
        let bytes = directory.bits as usize / 8;
        let is_plain = as_gdal_says
            && !directory.interleaved
            && !directory.reversed_bits
            && (bytes == 1 || directory.is_big == cfg!(target_endian = "big"))
            && (1..=LARGEST).contains(&(rows * columns * bytes));
        is_plain.then(|| Blocks { path: path.into(), directory: directory.clone(), method, predictor })
    }

    /// Reads the pixels of `rows` and `columns` of a band, counted from 1, into `out`, whose rows begin `stride` pixels
    /// apart, as [`read_rows`](super::raster_io::read_rows) does.
    ///
    /// # Errors
    /// `Left` where GDAL is to read them.
    pub(crate) fn read<T: Pixel>(
        &self,
        band: usize,
        rows: &Range<usize>,
        columns: &Range<usize>,
        out: &mut [T],
        stride: usize,
    ) -> Result<(), Unpacked> {
        let Directory { size: [height, width], block: [bh, bw], is_tiled, .. } = *self.directory;
        let (down, across) = self.directory.across();
        let (ys, xs) = (rows.start / bh..rows.end.div_ceil(bh), columns.start / bw..columns.end.div_ceil(bw));
        let decoded = ys.len() * bh * xs.len() * bw;
        let fits = T::DTYPE.bytes() as u64 * 8 == self.directory.bits && self.predictor.suits(T::DTYPE);
        if !fits || rows.end > height || columns.end > width || decoded > WASTE * rows.len() * columns.len() {
            return Err(Unpacked::Left);
        }
        let local = match is_ours(&self.path) {
            true => None,
            false => Some(File::open(&self.path).map_err(|_| Unpacked::Left)?),
        };
        let read = |out: &mut [u8], offset: u64| match &local {
            Some(file) => file.read_exact_at(out, offset).ok(),
            None => object::read_exact(&self.path, out, offset),
        };
        for by in ys {
            // The last strip ends with the picture, a tile goes on beyond it.
            let block_rows = if is_tiled { bh } else { bh.min(height - by * bh) };
            let y = rows.start.max(by * bh)..rows.end.min(by * bh + block_rows);
            for bx in xs.clone() {
                let x = columns.start.max(bx * bw)..columns.end.min((bx + 1) * bw);
                let (offset, length) = self.directory.blocks[((band - 1) * down + by) * across + bx];
                let packed = FileBlock { read: &read, offset, length, method: self.method };
                unpack(&packed, block_rows * bw, |pixels: &mut [T]| {
                    for row in y.clone() {
                        let stored = &mut pixels[(row - by * bh) * bw..][..bw];
                        let at = (row - rows.start) * stride + x.start - columns.start;
                        self.predictor.undo(stored, x.start - bx * bw, &mut out[at..][..x.len()]);
                    }
                })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

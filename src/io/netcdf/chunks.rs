//! Chunks of NetCDF-4 files decoded by many threads at once, beside the lock of the library.
//!
//! HDF5 is asked once where the chunks of a variable lie. What is not plain (other filters than shuffle, deflate and zstd,
//! numbers of the other byte order, no chunks) or fails is left to the library, as are windows that want little of each
//! chunk: it keeps what it has decoded.

use super::hdf5::{self, DataLocation};
use crate::cube::dtype::Pixel;
use crate::io::packed::{FileBlock, Method, WASTE, unpack};
use bytemuck::{cast_slice, cast_slice_mut};
use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Chunks of a variable, at most; their places are kept.
const MOST: usize = 1 << 17;

/// Variables whose chunks are known, and places of chunks in all of them, at most.
const KEPT: usize = 256;
const KEPT_PLACES: usize = 1 << 20;

/// Bytes of a chunk, at most: the library reads larger ones in parts.
const LARGEST: usize = 64 << 20;

/// A variable that can be read without the library.
struct ChunkIndex {
    shape: Vec<usize>,
    /// The lengths of a chunk, and how many there are along each dimension.
    lengths: Vec<usize>,
    counts: Vec<usize>,
    /// Offset and length of each, by its number.
    places: HashMap<usize, (u64, u64)>,
    method: Method,
    shuffled: bool,
    /// The bytes of a number that was never written.
    fill: Vec<u8>,
}

type Key = (String, String, u64, Option<SystemTime>);

static KNOWN: Mutex<Vec<(Key, Option<Arc<ChunkIndex>>)>> = Mutex::new(Vec::new());

/// Reads a hyperslab of a variable into `out`, in the order of its dimensions; nothing where the library is to do it.
pub(super) fn read<R: Pixel>(path: &str, name: &str, slab: &[Range<usize>], out: &mut [R]) -> Option<()> {
    let variable = known(path, name)?;
    let fits = variable.shape.len() == slab.len()
        && variable.fill.len() == size_of::<R>()
        && slab.iter().zip(&variable.shape).all(|(range, len)| range.start < range.end && range.end <= *len);
    let touched: Vec<Range<usize>> =
        slab.iter().zip(&variable.lengths).map(|(range, n)| range.start / n..range.end.div_ceil(*n)).collect();
    let chunk: usize = variable.lengths.iter().product();
    let decoded = touched.iter().map(|range| range.len()).product::<usize>() * chunk;
    if !fits || decoded > WASTE * out.len() {
        return None;
    }
    let file = File::open(path).ok()?;
    let read = |out: &mut [u8], offset: u64| file.read_exact_at(out, offset).ok();
    let fill: R = bytemuck::pod_read_unaligned(&variable.fill);
    let mut plain: Vec<R> = Vec::new();
    let mut index: Vec<usize> = touched.iter().map(|range| range.start).collect();
    loop {
        let paste = |from: &[R], out: &mut [R]| paste(from, &variable.lengths, &index, slab, out);
        match variable.places.get(&number(&index, &variable.counts)) {
            None => {
                plain.clear();
                plain.resize(chunk, fill);
                paste(&plain, out);
            }
            Some(&(offset, length)) => {
                let packed = FileBlock { read: &read, offset, length, method: variable.method };
                if variable.shuffled {
                    plain.resize(chunk, fill);
                    unpack(&packed, chunk, |shuffled: &mut [R]| unshuffle(cast_slice(shuffled), &mut plain))?;
                    paste(&plain, out);
                } else {
                    unpack(&packed, chunk, |values: &mut [R]| paste(values, out))?;
                }
            }
        }
        if !advance(&mut index, &touched) {
            return Some(());
        }
    }
}

/// The number of a chunk, the last dimension counting fastest.
fn number(index: &[usize], counts: &[usize]) -> usize {
    index.iter().zip(counts).fold(0, |number, (i, count)| number * count + i)
}

/// To the next position in a box; `false` after the last.
fn advance(index: &mut [usize], within: &[Range<usize>]) -> bool {
    for (i, range) in index.iter_mut().zip(within).rev() {
        *i += 1;
        if *i < range.end {
            return true;
        }
        *i = range.start;
    }
    false
}

/// Puts the part of a chunk that lies in the slab into its place.
fn paste<R: Copy>(chunk: &[R], lengths: &[usize], index: &[usize], slab: &[Range<usize>], out: &mut [R]) {
    let shared: Vec<Range<usize>> = (0..slab.len())
        .map(|d| slab[d].start.max(index[d] * lengths[d])..slab[d].end.min((index[d] + 1) * lengths[d]))
        .collect();
    let Some((run, outer)) = shared.split_last() else { return };
    let mut at: Vec<usize> = outer.iter().map(|range| range.start).chain([run.start]).collect();
    loop {
        let place = |of: &dyn Fn(usize) -> (usize, usize)| {
            (0..at.len()).fold(0, |sum, d| {
                let (start, len) = of(d);
                sum * len + at[d] - start
            })
        };
        let from = place(&|d| (index[d] * lengths[d], lengths[d]));
        let to = place(&|d| (slab[d].start, slab[d].len()));
        out[to..to + run.len()].copy_from_slice(&chunk[from..from + run.len()]);
        let last = at.len() - 1;
        if !advance(&mut at[..last], outer) {
            return;
        }
    }
}

/// Puts the bytes of numbers together again: first come the first bytes of all, then the second ones.
fn unshuffle<R: Pixel>(bytes: &[u8], out: &mut [R]) {
    fn run<const N: usize>(bytes: &[u8], out: &mut [u8]) {
        let n = out.len() / N;
        for (i, number) in out.chunks_exact_mut(N).enumerate() {
            for (plane, byte) in number.iter_mut().enumerate() {
                *byte = bytes[plane * n + i];
            }
        }
    }
    let out: &mut [u8] = cast_slice_mut(out);
    match size_of::<R>() {
        1 => out.copy_from_slice(bytes),
        2 => run::<2>(bytes, out),
        4 => run::<4>(bytes, out),
        _ => run::<8>(bytes, out),
    }
}

fn known(path: &str, name: &str) -> Option<Arc<ChunkIndex>> {
    let seen = std::fs::metadata(path).ok()?;
    let key = (path.to_string(), name.to_string(), seen.len(), seen.modified().ok());
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = lock().iter().find(|(known, _)| *known == key) {
        return found.clone();
    }
    let found = chunked(path, name).map(Arc::new);
    let mut kept = lock();
    if !kept.iter().any(|(known, _)| *known == key) {
        let places = |kept: &[(Key, Option<Arc<ChunkIndex>>)]| -> usize {
            kept.iter().flat_map(|(_, found)| found).map(|found| found.places.len()).sum()
        };
        while kept.len() >= KEPT || !kept.is_empty() && places(&kept) > KEPT_PLACES {
            kept.remove(0);
        }
        kept.push((key, found.clone()));
    }
    found
}

fn chunked(path: &str, name: &str) -> Option<ChunkIndex> {
    let stored = hdf5::describe(path, &[name.to_string()], MOST).ok()?.pop()?;
    let DataLocation::Chunks(lengths, chunks) = stored.place else { return None };
    let size = stored.fill.len();
    let (method, shuffled) = match stored.filters.iter().map(|filter| filter.number).collect::<Vec<_>>()[..] {
        [] => (Method::None, false),
        [1] => (Method::Deflate, false),
        [2, 1] => (Method::Deflate, true),
        [32015] => (Method::Zstd, false),
        [2, 32015] => (Method::Zstd, true),
        _ => return None,
    };
    let plain = size == 1 || stored.is_big == cfg!(target_endian = "big");
    let bytes = lengths.iter().product::<usize>().checked_mul(size)?;
    if !plain || bytes == 0 || bytes > LARGEST {
        return None;
    }
    let counts: Vec<usize> = stored.shape.iter().zip(&lengths).map(|(n, len)| n.div_ceil(*len)).collect();
    let places = chunks.iter().map(|(index, offset, length)| (number(index, &counts), (*offset, *length))).collect();
    Some(ChunkIndex { shape: stored.shape, lengths, counts, places, method, shuffled, fill: stored.fill })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::library;
    use super::*;
    use netcdf::{Extent, NcTypeDescriptor};

    /// Windows of a variable by its chunks and by the library; whether they were read by chunks.
    fn read_twice<T: Pixel + NcTypeDescriptor + std::fmt::Debug>(
        chunks: Option<[usize; 3]>,
        deflate: Option<(i32, bool)>,
    ) -> Vec<bool> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.nc");
        library::alone(|| {
            let mut file = netcdf::create(&path).unwrap();
            for (name, len) in [("t", 5), ("y", 9), ("x", 7)] {
                file.add_dimension(name, len).unwrap();
            }
            let mut variable = file.add_variable::<T>("v", &["t", "y", "x"]).unwrap();
            variable.set_fill_value(T::from_f64(3.0)).unwrap();
            if let Some(chunks) = chunks {
                variable.set_chunking(&chunks).unwrap();
            }
            if let Some((level, shuffle)) = deflate {
                variable.set_compression(level, shuffle).unwrap();
            }
            // The last step is never written.
            let values: Vec<T> = (0..4 * 9 * 7).map(|i| T::from_f64((i * i % 121) as f64 / 2.0)).collect();
            variable.put_values(&values, (0..4, .., ..)).unwrap();
            Ok(())
        })
        .unwrap();
        let path = path.to_string_lossy().into_owned();
        [[0..5, 0..9, 0..7], [1..5, 2..8, 1..7], [4..5, 0..9, 0..7], [1..3, 3..4, 2..3]]
            .into_iter()
            .map(|slab| {
                let extents: Vec<Extent> = slab
                    .iter()
                    .map(|range| Extent::SliceCount { start: range.start, count: range.len(), stride: 1 })
                    .collect();
                let theirs: Vec<T> =
                    library::with(&path, |file| file.variable("v").unwrap().get_values(extents).map_err(|e| e.into()))
                        .unwrap();
                let mut ours = vec![T::from_f64(9.0); theirs.len()];
                let read = read(&path, "v", &slab, &mut ours).is_some();
                assert!(!read || ours == theirs, "{} {chunks:?} {deflate:?} {slab:?}", T::DTYPE);
                read
            })
            .collect()
    }

    #[test]
    fn chunks_are_what_the_library_reads() {
        let chunks = Some([2, 4, 3]);
        for deflate in [None, Some((1, false)), Some((4, true))] {
            // One number of each chunk is left to the library.
            let expected = [true, true, true, false];
            assert_eq!(read_twice::<u8>(chunks, deflate), expected);
            assert_eq!(read_twice::<i16>(chunks, deflate), expected);
            assert_eq!(read_twice::<i32>(chunks, deflate), expected);
            assert_eq!(read_twice::<f32>(chunks, deflate), expected);
            assert_eq!(read_twice::<f64>(chunks, deflate), expected);
        }
        assert_eq!(read_twice::<f32>(None, None), [false; 4]);
    }

    #[test]
    fn other_numbers_and_files_are_left_to_the_library() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.nc").to_string_lossy().into_owned();
        let first = |n: usize| std::iter::once(0..n).collect::<Vec<_>>();
        let slab = first(1);
        assert_eq!(read::<f32>(&path, "v", &slab, &mut [0.0]), None);
        std::fs::write(&path, b"CDF\x01 and no more").unwrap();
        assert_eq!(read::<f32>(&path, "v", &slab, &mut [0.0]), None);
        library::alone(|| {
            let mut file = netcdf::create(&path).unwrap();
            file.add_dimension("x", 4).unwrap();
            let mut variable = file.add_variable::<f64>("v", &["x"]).unwrap();
            variable.set_chunking(&[4]).unwrap();
            variable.put_values(&[1.0, 2.0, 3.0, 4.0], ..).unwrap();
            Ok(())
        })
        .unwrap();
        assert_eq!(read::<f32>(&path, "v", &first(4), &mut [0.0; 4]), None);
        let mut all = [0.0; 4];
        assert_eq!(read::<f64>(&path, "v", &first(4), &mut all), Some(()));
        assert_eq!(all, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(read::<f64>(&path, "w", &first(4), &mut all), None);
        assert_eq!(read::<f64>(&path, "v", &first(5), &mut [0.0; 5]), None);
    }
}

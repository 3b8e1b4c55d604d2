//! Chunks of NetCDF files decoded by many threads at once, beside the lock of the library; and files on servers, where
//! the chunks that will be read are asked for before.
//!
//! HDF5 is asked once where the chunks of a variable lie. What is not plain (other filters than shuffle, deflate and zstd,
//! no chunks) or fails is left to the library, as are windows of files on disks that want little of a few chunks: it keeps
//! what it has decoded.

use super::far::{self, Found};
use super::hdf5::{self, DataLocation, Hdf5Variable, number, position};
use super::library;
use crate::cube::dtype::Pixel;
use crate::cube::lanes::{Loop, side_by_side};
use crate::io::Want;
use crate::io::gdal::object;
use crate::io::packed::{FileBlock, Method, WASTE, unpack};
use crate::io::remote::objects;
use bytemuck::{cast_slice, cast_slice_mut};
use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

/// Chunks of a variable, at most; their places are kept.
const MOST: usize = 1 << 17;

/// Variables whose chunks are known, and places of chunks in all of them, at most.
const KEPT: usize = 1 << 14;
const KEPT_PLACES: usize = 1 << 20;

/// Bytes of a chunk, at most: the library reads larger ones in parts.
const LARGEST: usize = 64 << 20;

/// What is stored in one piece on a server is asked for in pieces of whole rows of about so many bytes.
const PIECE: usize = 256 << 10;

/// Where the chunks of a variable lie, and how they are stored.
struct ChunkIndex {
    shape: Vec<usize>,
    /// The lengths of a chunk, and how many there are along each dimension.
    lengths: Vec<usize>,
    counts: Vec<usize>,
    /// Offset and length of each, by its number.
    places: HashMap<usize, (u64, u64)>,
    /// Nothing where others decode them.
    coding: Option<Coding>,
    /// The bytes of a number that was never written.
    fill: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Coding {
    method: Method,
    shuffled: bool,
    /// Numbers are of the other byte order than the machine's.
    swapped: bool,
}

/// A variable of a file.
type Key = (String, String, Stamp);

/// What tells a file from one that took its place: its size, when it changed, and how often something was forgotten.
type Stamp = (u64, Option<SystemTime>, u64);

#[derive(Default)]
struct Known {
    indexes: HashMap<Key, Option<Arc<ChunkIndex>>>,
    places: usize,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Reads a hyperslab of a variable into `out`, in the order of its dimensions; nothing where the library is to do it.
pub(super) fn read<R: Pixel>(path: &str, name: &str, slab: &[Range<usize>], out: &mut [R]) -> Option<()> {
    read_most(path, name, slab, out, WASTE)
}

/// The same where the library cannot: it may lack the filter, however little is wanted of each chunk.
pub(super) fn read_anyway<R: Pixel>(path: &str, name: &str, slab: &[Range<usize>], out: &mut [R]) -> Option<()> {
    read_most(path, name, slab, out, usize::MAX)
}

fn read_most<R: Pixel>(path: &str, name: &str, slab: &[Range<usize>], out: &mut [R], waste: usize) -> Option<()> {
    let is_far = far::is_far(path);
    let variable = known(path, name, true).ok()??;
    let Coding { method, shuffled, swapped } = variable.coding?;
    let touched = variable.touched(slab).filter(|_| variable.fill.len() == size_of::<R>())?;
    let chunk: usize = variable.lengths.iter().product();
    let decoded = touched.iter().map(|range| range.len()).product::<usize>() * chunk;
    // Bytes that came from a server are not asked for again, and what the library cannot keep it would decode again, too.
    let is_kept = !is_far && (decoded * size_of::<R>()) as u64 <= library::LARGEST_CACHE;
    if decoded > waste.saturating_mul(out.len()) && is_kept {
        return None;
    }
    let file = if is_far { None } else { Some(File::open(path).ok()?) };
    let read = |out: &mut [u8], offset: u64| match &file {
        Some(file) => file.read_exact_at(out, offset).ok(),
        None => object::read_exact(path, out, offset),
    };
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
                let packed = FileBlock { read: &read, offset, length, method };
                if shuffled {
                    plain.resize(chunk, fill);
                    unpack(&packed, chunk, |shuffled: &mut [R]| unshuffle(cast_slice(shuffled), &mut plain)).ok()?;
                    paste(&plain, out);
                } else {
                    unpack(&packed, chunk, |values: &mut [R]| paste(values, out)).ok()?;
                }
            }
        }
        if !advance(&mut index, &touched) {
            break;
        }
    }
    if swapped {
        cast_slice_mut::<R, u8>(out).chunks_exact_mut(size_of::<R>()).for_each(<[u8]>::reverse);
    }
    Some(())
}

/// Asks for the chunks of a hyperslab of a variable of a file on a server.
pub(super) fn want(path: &str, name: &str, slab: &[Range<usize>]) -> Want {
    let variable = match known(path, name, false) {
        Ok(Some(variable)) => variable,
        Ok(None) => return Want::All,
        Err(later) => return later,
    };
    let Some(touched) = variable.touched(slab) else { return Want::All };
    let mut ranges = Vec::new();
    let mut index: Vec<usize> = touched.iter().map(|range| range.start).collect();
    loop {
        let place = variable.places.get(&number(&index, &variable.counts));
        ranges.extend(place.map(|(offset, length)| *offset..offset.saturating_add(*length)));
        if !advance(&mut index, &touched) {
            return object::want_parts(path, &ranges);
        }
    }
}

impl ChunkIndex {
    /// The chunks along each dimension that a hyperslab touches; nothing for a slab of another variable.
    fn touched(&self, slab: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
        let fits = self.shape.len() == slab.len()
            && slab.iter().zip(&self.shape).all(|(range, len)| range.start < range.end && range.end <= *len);
        fits.then(|| slab.iter().zip(&self.lengths).map(|(range, n)| range.start / n..range.end.div_ceil(*n)).collect())
    }
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
    let out: &mut [u8] = cast_slice_mut(out);
    match size_of::<R>() {
        1 => out.copy_from_slice(bytes),
        2 => side_by_side(Planes::<2> { bytes, out }),
        4 => side_by_side(Planes::<4> { bytes, out }),
        _ => side_by_side(Planes::<8> { bytes, out }),
    }
}

/// The first bytes of all numbers, the second ones and so on, and the numbers of `N` bytes that they belong to.
struct Planes<'a, const N: usize> {
    bytes: &'a [u8],
    out: &'a mut [u8],
}

impl<const N: usize> Loop for Planes<'_, N> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let n = self.out.len() / N;
        // Slices of one length each, so that nothing is asked of single bytes.
        let planes: [&[u8]; N] = std::array::from_fn(|plane| &self.bytes[plane * n..][..n]);
        for (i, number) in self.out.chunks_exact_mut(N).enumerate() {
            for (byte, plane) in number.iter_mut().zip(planes) {
                *byte = plane[i];
            }
        }
    }
}

/// Where the chunks of a variable lie, nothing where that cannot be said. Of a file on a server it may be under way still:
/// that is the failure, unless it `waits`.
fn known(path: &str, name: &str, waits: bool) -> Result<Option<Arc<ChunkIndex>>, Want> {
    let is_far = far::is_far(path);
    let stamp = match is_far {
        true => {
            let size = if waits { object::size(path).ok().flatten() } else { object::held_size(path).ok() };
            // What was forgotten may have changed.
            (size.unwrap_or_default(), None, objects::forgotten())
        }
        false => match std::fs::metadata(path) {
            Ok(seen) => (seen.len(), seen.modified().ok(), 0),
            Err(_) => return Ok(None),
        },
    };
    let key = (path.to_string(), name.to_string(), stamp);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().indexes.get(&key) {
        return Ok(found.clone());
    }
    let stored = match is_far {
        true => match far::describe(path, name, MOST, waits) {
            Found::Variable(stored) => Some(stored),
            Found::Later(want) => return Err(want),
            Found::Not => None,
        },
        false => hdf5::describe(path, &[name.to_string()], MOST).ok().and_then(|mut all| all.pop()),
    };
    let found = stored.and_then(|stored| index(stored, is_far)).map(Arc::new);
    let mut known = lock();
    if known.indexes.len() >= KEPT || known.places > KEPT_PLACES {
        *known = Known::default();
    }
    known.places += found.as_ref().map_or(0, |found| found.places.len());
    known.indexes.insert(key, found.clone());
    Ok(found)
}

/// What is read by chunks: of a file on a server also what lies in one piece, and what others decode.
fn index(stored: Hdf5Variable, is_far: bool) -> Option<ChunkIndex> {
    let size = stored.fill.len();
    let coding = match stored.filters.iter().map(|filter| filter.number).collect::<Vec<_>>()[..] {
        [] => Some((Method::None, false)),
        [1] => Some((Method::Deflate, false)),
        [2, 1] => Some((Method::Deflate, true)),
        [32015] => Some((Method::Zstd, false)),
        [2, 32015] => Some((Method::Zstd, true)),
        _ => None,
    };
    let swapped = size > 1 && stored.is_big != cfg!(target_endian = "big");
    let coding = coding.map(|(method, shuffled)| Coding { method, shuffled, swapped });
    let coding = coding.filter(|coding| is_far || !coding.swapped);
    let (lengths, chunks) = match stored.place {
        DataLocation::Chunks(lengths, chunks) => (lengths, chunks),
        DataLocation::Whole(_) if !is_far => return None,
        DataLocation::Whole(place) => rows(&stored.shape, size, place),
    };
    let bytes = lengths.iter().product::<usize>().checked_mul(size)?;
    if bytes == 0 || bytes > LARGEST || coding.is_none() && !is_far {
        return None;
    }
    let counts: Vec<usize> = stored.shape.iter().zip(&lengths).map(|(n, len)| n.div_ceil(*len)).collect();
    let places = chunks.iter().map(|(index, offset, length)| (number(index, &counts), (*offset, *length))).collect();
    Some(ChunkIndex { shape: stored.shape, lengths, counts, places, coding, fill: stored.fill })
}

/// An array in one piece as chunks of whole rows, as many as divide the array.
fn rows(shape: &[usize], size: usize, place: Option<(u64, u64)>) -> (Vec<usize>, Vec<(Vec<usize>, u64, u64)>) {
    let row = shape.last().copied().unwrap_or(1) * size;
    let across = shape.len().saturating_sub(2);
    let height = if shape.len() < 2 { 1 } else { shape[across] };
    let together = (1..=height).rev().find(|n| height % n == 0 && (*n == 1 || n * row <= PIECE)).unwrap_or(1);
    let lengths: Vec<usize> = (0..shape.len())
        .map(|d| match d {
            d if d + 1 == shape.len() => shape[d],
            d if d == across => together,
            _ => 1,
        })
        .collect();
    let counts: Vec<usize> = shape.iter().zip(&lengths).map(|(n, len)| n / len.max(&1)).collect();
    let length = (lengths.iter().product::<usize>() * size) as u64;
    let chunks = place.iter().flat_map(|(offset, _)| {
        let counts = &counts;
        (0..counts.iter().product::<usize>())
            .map(move |number| (position(number, counts), offset + number as u64 * length, length))
    });
    (lengths, chunks.collect())
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
                    library::with_variable(&path, "v", |v| v.get_values(extents).map_err(|e| e.into())).unwrap();
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

//! Regions of a cube as chunks of arrays, from many threads at once.

use super::encode::Storage;
use super::file::serial;
use super::store::Store;
use crate::cube::chunk::PixelType;
use crate::cube::{Chunk, Losses, Region, Schema};
use crate::diagnostic::Cause;
use crate::io::{Tile, upward};
use crate::with_pixels;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use zarrs::array::{Array, Element, ElementOwned};

/// Locks for chunks that two regions share; more than threads, so that they seldom wait for another chunk.
const LOCKS: usize = 64;

/// An array and the bands it holds.
pub(super) struct Target {
    pub array: Array<Store>,
    pub bands: Vec<usize>,
    pub storage: Storage,
    pub has_time: bool,
    pub has_band: bool,
}

pub(super) struct Writer {
    pub schema: Arc<Schema>,
    pub targets: Vec<Target>,
    /// What is one object of the store.
    pub chunk: Tile,
    /// Steps that were there before the cube's own, when appending.
    pub before: usize,
    /// Rows are stored from the last one of the cube on.
    pub upward: bool,
    locks: Vec<Mutex<()>>,
}

impl Writer {
    pub(super) fn new(schema: Arc<Schema>, targets: Vec<Target>, chunk: Tile, before: usize) -> Writer {
        let upward = schema.grid.upward;
        Writer { schema, targets, chunk, before, upward, locks: (0..LOCKS).map(|_| Mutex::new(())).collect() }
    }

    /// The regions that can be written without sharing a chunk; where appended steps start amid a chunk, two regions
    /// still may, and take turns.
    pub(super) fn tile(&self) -> Tile {
        let grid = &self.schema.grid;
        Tile {
            time: self.chunk.time.min(self.schema.time.len().max(1)),
            y: self.chunk.y.min(grid.height.max(1)),
            x: self.chunk.x.min(grid.width.max(1)),
        }
    }

    pub(super) fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses, Cause> {
        let (region, chunk) = match self.upward {
            true => upward::turned(region, chunk, self.schema.grid.height),
            false => (region.clone(), chunk),
        };
        let mut losses = Losses::default();
        for target in &self.targets {
            for (position, &band) in target.bands.iter().enumerate() {
                let at = region.bands.iter().position(|&b| b == band);
                let pixels = at.and_then(|at| chunk.bands.get(at)).ok_or("a band is missing from what is written")?;
                let (stored, lost) = target.storage.encode(pixels, &self.schema.bands[band]);
                losses += lost;
                with_pixels!(stored.as_ref(), v => self.band(target, position, &region, v))?;
            }
        }
        Ok(losses)
    }

    /// Whether all objects that hold a region, none of them empty, are among these.
    pub(super) fn is_among(&self, region: &Region, keys: &BTreeSet<String>) -> bool {
        if keys.is_empty() {
            return false;
        }
        let region = if self.upward { upward::turned_region(region, self.schema.grid.height) } else { region.clone() };
        let [t, y, x] = self.chunks(&region);
        self.targets.iter().all(|target| {
            (0..target.bands.len()).all(|position| {
                let has = |at: [usize; 3]| keys.contains(target.array.chunk_key(&target.index(position, at)).as_str());
                t.clone().all(|t| y.clone().all(|y| x.clone().all(|x| has([t, y, x]))))
            })
        })
    }

    /// The chunks that a region touches, by their places along time, rows and columns.
    fn chunks(&self, region: &Region) -> [Range<usize>; 3] {
        let cut = |range: &Range<usize>, size: usize| range.start / size..range.end.div_ceil(size);
        let steps = region.time.start + self.before..region.time.end + self.before;
        [cut(&steps, self.chunk.time), cut(&region.y, self.chunk.y), cut(&region.x, self.chunk.x)]
    }

    /// Every chunk that the region touches.
    fn band<S: PixelType + Element + ElementOwned>(
        &self,
        target: &Target,
        position: usize,
        region: &Region,
        values: &[S],
    ) -> Result<(), Cause> {
        let steps = region.time.start + self.before..region.time.end + self.before;
        let at = [steps, region.y.clone(), region.x.clone()];
        let size = [self.chunk.time, self.chunk.y, self.chunk.x];
        let ends = [self.before + self.schema.time.len(), self.schema.grid.height, self.schema.grid.width];
        let [ts, ys, xs] = self.chunks(region);
        let mut block: Vec<S> = Vec::new();
        for t in ts {
            for y in ys.clone() {
                for x in xs.clone() {
                    let origin = [t * size[0], y * size[1], x * size[2]];
                    let inside: [Range<usize>; 3] =
                        [0, 1, 2].map(|d| at[d].start.max(origin[d])..at[d].end.min(origin[d] + size[d]));
                    let owns_all = (0..3)
                        .all(|d| inside[d].start == origin[d] && inside[d].end == ends[d].min(origin[d] + size[d]));
                    let is_full = (0..3).all(|d| inside[d].len() == size[d]);
                    let index = target.index(position, [t, y, x]);
                    if owns_all && is_full && values.len() == size.iter().product::<usize>() {
                        target.store(&index, values)?;
                        continue;
                    }
                    let lock = (!owns_all).then(|| &self.locks[(t * 31 + y * 7 + x + position) % LOCKS]);
                    let _turn = lock.map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
                    if owns_all {
                        // A full chunk is overwritten whole, so it does not matter what was in the block before.
                        if !is_full {
                            block.clear();
                        }
                        block.resize(size.iter().product(), target.fill());
                    } else {
                        block = target.load(&index)?;
                    }
                    copy(values, &at, &mut block, origin, size, &inside);
                    target.store(&index, &block)?;
                    if !owns_all {
                        // The next region that has a part of it reads what is there.
                        target.array.storage().settle().map_err(|e| e.below())?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Target {
    fn index(&self, position: usize, [t, y, x]: [usize; 3]) -> Vec<u64> {
        let mut index = Vec::with_capacity(4);
        index.extend(self.has_time.then_some(t as u64));
        index.extend(self.has_band.then_some(position as u64));
        index.extend([y as u64, x as u64]);
        index
    }

    fn fill<S: PixelType>(&self) -> S {
        S::from_f64(self.storage.nodata.unwrap_or(0.0))
    }

    fn store<S: Element>(&self, index: &[u64], values: &[S]) -> Result<(), Cause> {
        // An absent chunk reads as the fill value; without one that is declared, readers may make up another.
        let options = serial().with_store_empty_chunks(self.storage.nodata.is_none());
        self.array.store_chunk_opt(index, values, &options).map_err(Cause::from)
    }

    fn load<S: ElementOwned>(&self, index: &[u64]) -> Result<Vec<S>, Cause> {
        self.array.retrieve_chunk_opt(index, &serial()).map_err(Cause::from)
    }
}

/// Copies the rows of `inside` from a region that starts at `at` to a chunk that starts at `origin`.
fn copy<S: Copy>(
    values: &[S],
    at: &[Range<usize>; 3],
    block: &mut [S],
    origin: [usize; 3],
    size: [usize; 3],
    inside: &[Range<usize>; 3],
) {
    let width = inside[2].len();
    for t in inside[0].clone() {
        for y in inside[1].clone() {
            let from =
                ((t - at[0].start) * at[1].len() + y - at[1].start) * at[2].len() + inside[2].start - at[2].start;
            let to = ((t - origin[0]) * size[1] + y - origin[1]) * size[2] + inside[2].start - origin[2];
            block[to..to + width].copy_from_slice(&values[from..from + width]);
        }
    }
}

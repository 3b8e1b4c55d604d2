//! Results that all tasks of a run share, such as a climatology and the cube it is subtracted from. They are computed
//! once, block by block, by whichever task comes first, and another task computes the next block meanwhile.

use super::cx::TaskCx;
use super::op::{Op, Operator};
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use crate::io::Tile;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Pixels of a step that a block of a reduction has at least: a smaller one would read as many files for less.
const LEAST_PIXELS: usize = 1 << 16;

/// Bytes that a block of a cube has at least, since files are better read in large pieces.
const LEAST_BYTES: u64 = 4 << 20;

/// How many blocks of later steps are computed by tasks that would have to wait: no more are needed to keep threads
/// busy, and further ones may never be asked for.
const AHEAD: usize = 4;

/// How long a task waits for a block until it looks whether the run was canceled.
const LOOK: Duration = Duration::from_millis(50);

/// Holds the result of its input, another operator of the same plan.
pub(super) struct Held {
    /// All steps and bands, and the rows and columns that the plan needs.
    part: Region,
    tile: Tile,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    blocks: HashMap<Key, Block>,
    /// The block that was asked for last.
    asked: Option<Key>,
}

/// The bands of a block, and its number along time, rows and columns.
type Key = (Vec<usize>, [usize; 3]);

enum Block {
    Busy,
    Ready(Arc<Chunk>),
}

impl Held {
    /// Holds `part` of `inner`, unless the computation of a block takes more than `most` bytes.
    pub(super) fn new(inner: &Op, part: Region, most: u64) -> Option<Held> {
        let tile = tile(inner, &part, most)?;
        Some(Held { part, tile, state: Mutex::default(), news: Condvar::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blocks that a region meets.
    fn blocks(&self, region: &Region) -> Vec<Key> {
        let met = |wanted: &Range<usize>, all: &Range<usize>, size: usize| {
            (wanted.start - all.start) / size..(wanted.end - all.start).div_ceil(size)
        };
        let mut keys = Vec::new();
        for t in met(&region.time, &self.part.time, self.tile.time) {
            for y in met(&region.y, &self.part.y, self.tile.y) {
                for x in met(&region.x, &self.part.x, self.tile.x) {
                    keys.push((region.bands.clone(), [t, y, x]));
                }
            }
        }
        keys
    }

    fn region(&self, (bands, [t, y, x]): &Key) -> Region {
        let of =
            |all: &Range<usize>, size: usize, n: usize| all.start + n * size..all.end.min(all.start + (n + 1) * size);
        Region {
            time: of(&self.part.time, self.tile.time, *t),
            bands: bands.clone(),
            y: of(&self.part.y, self.tile.y, *y),
            x: of(&self.part.x, self.tile.x, *x),
        }
    }

    /// Computes a block, unless another task has, or does so.
    fn compute_if_free(&self, op: &Op, key: &Key, cx: &TaskCx) -> Result<bool> {
        let mut state = self.state();
        if state.blocks.contains_key(key) {
            return Ok(false);
        }
        state.blocks.insert(key.clone(), Block::Busy);
        drop(state);
        let mut busy = Busy { held: self, key, chunk: None };
        let (inner, region, own) = (op.input(), self.region(key), TaskCx::new(cx.run, cx.keep));
        inner.announce(&region, &own);
        busy.chunk = Some(inner.pull(&region, &own)?);
        Ok(true)
    }

    /// A block, which may have to be waited for.
    fn block(&self, op: &Op, key: &Key, cx: &TaskCx) -> Result<Arc<Chunk>> {
        loop {
            if let Some(Block::Ready(chunk)) = self.state().blocks.get(key) {
                return Ok(chunk.clone());
            }
            // Where the other task failed this one fails the same way.
            if self.compute_if_free(op, key, cx)? || op.help(cx)? {
                continue;
            }
            let state = self.state();
            if let Some(Block::Busy) = state.blocks.get(key) {
                drop(self.news.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner));
            }
            cx.run.read.go_on()?;
        }
    }
}

/// A block that is being computed. It is free again if that fails.
struct Busy<'a> {
    held: &'a Held,
    key: &'a Key,
    chunk: Option<Chunk>,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.held.state();
        match self.chunk.take() {
            Some(chunk) => state.blocks.insert(self.key.clone(), Block::Ready(Arc::new(chunk))),
            None => state.blocks.remove(self.key),
        };
        self.held.news.notify_all();
    }
}

impl Operator for Held {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let keys = self.blocks(region);
        self.state().asked = keys.last().cloned();
        for key in &keys {
            self.compute_if_free(op, key, cx)?;
        }
        let mut out = op.blank(region);
        for key in &keys {
            let (chunk, of) = (self.block(op, key, cx)?, self.region(key));
            copy(&mut out, region, &chunk, &of);
        }
        Ok(out)
    }

    /// Blocks are announced when they are computed.
    fn announce(&self, _: &Op, _: &Region, _: &TaskCx) {}

    /// The result, and what the computation of a block takes.
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let block = self.region(&(region.bands.clone(), [0; 3]));
        op.result_bytes(region) + op.input().peak(&block, keep)
    }

    /// What is read once is not counted with a task.
    fn bytes_read(&self, _: &Op, _: &Region, _: u64) -> u64 {
        0
    }

    fn holds(&self) -> Option<&Region> {
        Some(&self.part)
    }

    fn help(&self, op: &Op, cx: &TaskCx) -> Result<bool> {
        let Some((bands, [t, y, x])) = self.state().asked.clone() else { return Ok(false) };
        let blocks = self.part.time.len().div_ceil(self.tile.time);
        for next in (t + 1..blocks).take(AHEAD) {
            if self.compute_if_free(op, &(bands.clone(), [next, y, x]), cx)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The size of a block: one of the source, or several where they are small, as far as `most` bytes allow.
fn tile(inner: &Op, part: &Region, most: u64) -> Option<Tile> {
    let [steps, height, width] = part.shape().map(|len| len.max(1));
    let reduces = inner.plan.reduces_time();
    // Groups that share a block of the source are computed together, so that it is decoded once.
    let alone = inner.inputs.iter().all(|input| input.is_held() || input.grain().time <= 1 && !input.in_order);
    let grain = inner.grain();
    let grain = Tile {
        time: if reduces && !alone { steps } else { grain.time.clamp(1, steps) },
        y: grain.y.clamp(1, height),
        x: grain.x.clamp(1, width),
    };
    let region = |tile: Tile| Region { time: 0..tile.time, bands: part.bands.clone(), y: 0..tile.y, x: 0..tile.x };
    let fits = |tile: Tile| inner.peak(&region(tile), u64::MAX) <= most;
    let is_small = |tile: Tile| match reduces {
        true => tile.y * tile.x < LEAST_PIXELS,
        false => inner.schema().region_bytes(&region(tile)) < LEAST_BYTES,
    };
    let mut tile = grain;
    let wider = |tile: Tile| Tile { x: (tile.x * 2).min(width), ..tile };
    let higher = |tile: Tile| Tile { y: (tile.y * 2).min(height), ..tile };
    let longer = |tile: Tile| Tile { time: (tile.time + grain.time).min(steps), ..tile };
    while is_small(tile) && tile.x < width && fits(wider(tile)) {
        tile = wider(tile);
    }
    while is_small(tile) && tile.y < height && fits(higher(tile)) {
        tile = higher(tile);
    }
    while !reduces && is_small(tile) && tile.time < steps && fits(longer(tile)) {
        tile = longer(tile);
    }
    fits(tile).then_some(tile)
}

/// Copies the pixels that two regions share.
fn copy(out: &mut Chunk, region: &Region, from: &Chunk, of: &Region) {
    let both = |a: &Range<usize>, b: &Range<usize>| a.start.max(b.start)..a.end.min(b.end);
    let (t, y, x) = (both(&region.time, &of.time), both(&region.y, &of.y), both(&region.x, &of.x));
    let place = |whole: &Region| [t.start - whole.time.start, y.start - whole.y.start, x.start - whole.x.start];
    let (to, first) = ((out.shape, place(region)), (from.shape, place(of)));
    for (out, from) in out.bands.iter_mut().zip(&from.bands) {
        out.copy(to, from, first, [t.len(), y.len(), x.len()]);
    }
}

#[cfg(test)]
mod tests;

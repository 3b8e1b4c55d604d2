//! `Select`: some steps and bands of the input, a range of its rows, and one or two ranges of its columns.

use super::prelude::*;
use crate::exec::regions::{as_many, runs};

pub(super) struct Select {
    pub steps: Vec<usize>,
    pub bands: Vec<usize>,
    pub y: Range<usize>,
    pub x: Vec<Range<usize>>,
}

impl Operator for Select {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let parts = self.parts(region);
        if let [(_, part)] = &parts[..] {
            return op.input().pull(part, cx);
        }
        let mut chunk = op.blank(region);
        for (at, part) in &parts {
            chunk.paste(&op.input().pull(part, cx)?, *at);
        }
        Ok(chunk)
    }

    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        self.parts(region).iter().for_each(|(_, part)| op.input().announce(part, cx));
    }

    /// A region of the input with as many pixels, since only sizes are counted.
    fn below(&self, op: &Op, region: &Region) -> Region {
        let bands = region.bands.iter().map(|&b| self.bands[b]).collect();
        let time = as_many(self.steps[region.time.clone()].iter().copied(), op.input().schema().time.len());
        Region { time, bands, ..region.clone() }
    }

    /// A single piece of the input becomes the result without a copy.
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        op.input().peak(&self.below(op, region), keep)
    }

    /// Where the blocks of the input begin, less the offset of the crop.
    fn origin(&self, op: &Op) -> (usize, usize) {
        let (y, x) = op.input().origin();
        let grain = op.input().grain();
        let shift = |start: usize, origin: usize, size: usize| (origin + size - start % size) % size;
        (shift(self.y.start, y, grain.y.max(1)), shift(self.x[0].start, x, grain.x.max(1)))
    }
}

impl Select {
    /// The parts of the input that a region is put together from, each with its place.
    fn parts(&self, region: &Region) -> Vec<([usize; 3], Region)> {
        let bands: Vec<usize> = region.bands.iter().map(|&b| self.bands[b]).collect();
        let rows = self.y.start + region.y.start..self.y.start + region.y.end;
        // The columns asked for in pieces: (the columns of the result, the columns of the input).
        let mut pieces = Vec::new();
        let mut start = 0;
        for piece in &self.x {
            let (from, to) = (region.x.start.max(start), region.x.end.min(start + piece.len()));
            if from < to {
                pieces.push((from - region.x.start, piece.start + from - start..piece.start + to - start));
            }
            start += piece.len();
        }
        let of = |(step, time): (usize, Range<usize>)| {
            let part = |(column, x): &(usize, Range<usize>)| {
                let part = Region { time: time.clone(), bands: bands.clone(), y: rows.clone(), x: x.clone() };
                ([step, 0, *column], part)
            };
            pieces.iter().map(part).collect::<Vec<_>>()
        };
        runs(&self.steps[region.time.clone()]).into_iter().flat_map(of).collect()
    }
}

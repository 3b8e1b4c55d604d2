//! What a task will read of sources on servers, so that it is asked for while the task reads what comes before.

use crate::cube::{Chunk, Pixels, Region};
use crate::diagnostic::Result;
use crate::io::requests::wait_for_news;
use crate::io::{ReadCx, Source, Want};
use std::collections::VecDeque;

/// Regions that are looked at before they are read: more than there are requests under way.
const WINDOW: usize = 512;

/// The regions of one source that a task will read, in about that order, each with whether all of it is asked for.
#[derive(Default)]
pub(super) struct Ahead(VecDeque<(Region, bool)>);

impl Ahead {
    /// Adds a region that will be read, cut into the steps that a file or a chunk has.
    pub(super) fn add(&mut self, source: &dyn Source, region: &Region) {
        self.0.extend(pieces(source, region).map(|piece| (piece, false)));
    }

    /// Asks for what comes next, as far as there is room; whether the first waits for what says where it lies.
    fn ask(&mut self, source: &dyn Source) -> bool {
        let mut first_waits = false;
        for (at, (region, asked)) in self.0.iter_mut().take(WINDOW).enumerate().filter(|(_, (_, asked))| !asked) {
            match source.want(region) {
                Want::All => *asked = true,
                Want::Later => first_waits |= at == 0,
                Want::NoRoom => break,
            }
        }
        first_waits
    }

    /// Reads a region, and what comes after it is under way meanwhile.
    pub(super) fn read(&mut self, source: &dyn Source, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let mut whole = None;
        let mut at = 0;
        for piece in pieces(source, region) {
            let known = self.0.iter().take(WINDOW).position(|(coming, _)| covers(coming, &piece));
            if let Some(known) = known {
                self.0.drain(..known);
            } else {
                self.0.push_front((piece.clone(), false));
            }
            // What must be known of the first is known of many others by then.
            while self.ask(source) {
                wait_for_news()?;
            }
            let part = source.read(&piece, cx)?;
            if part.shape == region.shape() {
                return Ok(part);
            }
            let steps = part.shape[0];
            let blank = || Chunk {
                shape: region.shape(),
                bands: part.bands.iter().map(|band| Pixels::zeros(band.dtype(), region.pixels())).collect(),
            };
            whole.get_or_insert_with(blank).paste(&part, [at, 0, 0]);
            at += steps;
        }
        match whole {
            Some(chunk) => Ok(chunk),
            None => source.read(region, cx),
        }
    }
}

/// The region cut where the steps of a file or a chunk end.
fn pieces<'a>(source: &dyn Source, region: &'a Region) -> impl Iterator<Item = Region> + 'a {
    let steps = source.natural_tile().time.max(1);
    let first = region.time.start / steps;
    (first..region.time.end.div_ceil(steps)).map(move |piece| {
        region.with_time((piece * steps).max(region.time.start)..((piece + 1) * steps).min(region.time.end))
    })
}

fn covers(coming: &Region, piece: &Region) -> bool {
    coming.time.start <= piece.time.start
        && piece.time.end <= coming.time.end
        && coming.y == piece.y
        && coming.x == piece.x
}

//! What a task will read of sources on servers, so that it is asked for while the task reads what comes before.

use crate::cube::{Chunk, Pixels, Region};
use crate::diagnostic::Result;
use crate::io::requests::{Reader, When, wait_for_news};
use crate::io::{ReadCx, Source, Want};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

/// Regions that are looked at before they are read: more than there are requests under way.
const WINDOW: usize = 512;

/// The regions of one source that a task will read, in about that order; several threads may read at a time.
pub(super) struct Ahead {
    regions: Mutex<Regions>,
    reader: Reader,
}

#[derive(Default)]
struct Regions {
    coming: VecDeque<Coming>,
    /// How many were added so far.
    added: u64,
}

struct Coming {
    region: Region,
    number: u64,
    /// Whether all of it is asked for.
    is_asked: bool,
}

impl Default for Ahead {
    fn default() -> Ahead {
        Ahead { regions: Mutex::default(), reader: Reader::new() }
    }
}

impl Regions {
    fn next(&mut self, region: Region) -> Coming {
        self.added += 1;
        Coming { region, number: self.added, is_asked: false }
    }

    /// Puts a piece that is read now before all others; its number.
    fn begin(&mut self, piece: &Region) -> u64 {
        let known = self.coming.iter().take(WINDOW).position(|coming| covers(&coming.region, piece));
        match known {
            Some(known) => {
                self.coming.drain(..known);
            }
            None => {
                let coming = self.next(piece.clone());
                self.coming.push_front(coming);
            }
        }
        self.coming.front().map_or(self.added, |coming| coming.number)
    }

    /// Asks for what comes next, as far as there is room; whether the first waits for what says where it lies.
    fn ask(&mut self, source: &dyn Source, reader: &Reader) -> bool {
        let mut waits = None;
        let coming = self.coming.iter_mut().take(WINDOW).enumerate().filter(|(_, coming)| !coming.is_asked);
        for (at, Coming { region, number, is_asked }) in coming {
            let when = match waits {
                _ if at == 0 => When::Next,
                None => When::Then,
                Some(_) => When::Later,
            };
            match reader.turn(*number, when, || source.want(region)) {
                Want::All => *is_asked = true,
                Want::Later => waits = waits.or(Some(at)),
                Want::NoRoom => break,
            }
        }
        waits == Some(0)
    }
}

impl Ahead {
    fn lock(&self) -> MutexGuard<'_, Regions> {
        self.regions.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Adds a region that will be read, cut into the steps that a file or a chunk has.
    pub(super) fn add(&self, source: &dyn Source, region: &Region) {
        let mut regions = self.lock();
        for piece in pieces(source, region) {
            let coming = regions.next(piece);
            regions.coming.push_back(coming);
        }
    }

    /// Reads a region, and what comes after it is under way meanwhile.
    pub(super) fn read(&self, source: &dyn Source, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let mut whole = None;
        let mut at = 0;
        for piece in pieces(source, region) {
            let number = self.lock().begin(&piece);
            // What must be known of the first is known of many others by then.
            while self.lock().ask(source, &self.reader) {
                wait_for_news()?;
            }
            let part = self.reader.turn(number, When::Next, || source.read(&piece, cx))?;
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
            None => self.reader.turn(0, When::Next, || source.read(region, cx)),
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

//! What an unfinished store already holds, so that a run that was killed can go on.

use crate::cube::Region;
use crate::io::Tile;
use crate::io::target::{self, PROGRESS, Staging};
use crate::io::unfinished;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, read_to_string};
use std::io::{ErrorKind, Result as Io, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So often all that is written is brought to the disk. A kill loses nothing; a loss of power loses no more than this.
const PAUSE: Duration = Duration::from_secs(20);

/// A region of the tiles that a store is written in, as numbers of tiles.
type Place = [usize; 3];

/// One line for what is built, then one for each region that is written, one for each start of the machine on which a
/// run wrote, and one whenever the regions so far lie on the disk.
///
/// **Invariant:** a region is logged after its last chunk was renamed into place, so what the log says is there is
/// there, unless the machine stopped meanwhile. Then only what lies on the disk counts.
pub(super) struct Log {
    store: PathBuf,
    lines: Mutex<Lines>,
    tile: Tile,
    /// By a run before.
    done: BTreeSet<Place>,
}

struct Lines {
    file: File,
    regions: usize,
    settled: Instant,
}

impl Log {
    /// Starts a log of a new store.
    pub(super) fn start(staging: &Staging, identity: &Value, tile: Tile) -> Io<Log> {
        Log::new(staging, &identity.to_string(), tile, BTreeSet::new())
    }

    /// Goes on with the log of a run before; nothing where there is none.
    pub(super) fn go_on(staging: &Staging, tile: Tile) -> Io<Option<Log>> {
        let text = match read_to_string(staging.aside(PROGRESS)) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let identity = text.lines().next().unwrap_or_default();
        Log::new(staging, identity, tile, reliable(&text, &boot())).map(Some)
    }

    /// Written anew, so that no line is one that was cut by a kill.
    fn new(staging: &Staging, identity: &str, tile: Tile, done: BTreeSet<Place>) -> Io<Log> {
        let store = staging.at(0).to_path_buf();
        target::settle(&store)?;
        let mut text = format!("{identity}\n");
        done.iter().for_each(|place| text += &line(place));
        text += &format!("{SETTLED} {}\n{BOOT} {}\n", done.len(), boot());
        let file = OpenOptions::new().append(true).open(unfinished::write_down(staging, &text)?)?;
        let lines = Lines { file, regions: done.len(), settled: Instant::now() };
        Ok(Log { store, lines: Mutex::new(lines), tile, done })
    }

    pub(super) fn is_done(&self, region: &Region) -> bool {
        !self.done.is_empty() && self.tiles(region).all(|place| self.done.contains(&place))
    }

    /// Notes that a region was written.
    pub(super) fn note(&self, region: &Region) -> Io<()> {
        let places: Vec<Place> = self.tiles(region).collect();
        let mut lines = self.lines();
        lines.file.write_all(places.iter().map(line).collect::<String>().as_bytes())?;
        lines.regions += places.len();
        if lines.settled.elapsed() < PAUSE {
            return Ok(());
        }
        lines.settled = Instant::now();
        let regions = lines.regions;
        drop(lines);
        // Others go on writing; what they write now does not count.
        target::settle(&self.store)?;
        let mut lines = self.lines();
        lines.file.write_all(format!("{SETTLED} {regions}\n").as_bytes())?;
        lines.file.sync_data()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tiles(&self, region: &Region) -> impl Iterator<Item = Place> + use<> {
        let cut = |range: &std::ops::Range<usize>, size: usize| range.start / size..range.end.div_ceil(size);
        let (t, y, x) = (cut(&region.time, self.tile.time), cut(&region.y, self.tile.y), cut(&region.x, self.tile.x));
        t.flat_map(move |t| {
            let x = x.clone();
            y.clone().flat_map(move |y| x.clone().map(move |x| [t, y, x]))
        })
    }
}

/// Begins the line that so many regions, from the first on, lie on the disk.
const SETTLED: &str = "settled";
/// Begins the line that names the start of the machine since which the next regions were written.
const BOOT: &str = "boot";

fn line([t, y, x]: &Place) -> String {
    format!("{t} {y} {x} .\n")
}

/// The regions of a log that can be relied on.
fn reliable(text: &str, boot: &str) -> BTreeSet<Place> {
    let mut regions: Vec<(Place, bool)> = Vec::new();
    let mut settled = 0;
    let mut is_here = false;
    for line in text.lines().skip(1) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            [SETTLED, count] => settled = count.parse().unwrap_or(settled),
            [BOOT, start] => is_here = start == boot,
            [t, y, x, "."] => {
                if let (Ok(t), Ok(y), Ok(x)) = (t.parse(), y.parse(), x.parse()) {
                    regions.push(([t, y, x], is_here));
                }
            }
            // The last line may have been cut by the kill.
            _ => {}
        }
    }
    let kept = regions.into_iter().enumerate().filter(|(i, (_, is_here))| *is_here || *i < settled);
    kept.map(|(_, (place, _))| place).collect()
}

/// Names this start of this machine, where the system does.
fn boot() -> String {
    read_to_string("/proc/sys/kernel/random/boot_id").map_or("unknown".into(), |id| id.trim().into())
}

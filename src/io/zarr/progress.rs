//! What an unfinished store already holds, so that a run that was killed can go on.

use crate::cube::{Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::Tile;
use crate::io::place::cannot_write;
use crate::plan::SinkSpec;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The log lies at the root of the store that is being built, and is removed when it is finished.
const NAME: &str = ".rastra-progress";

/// One line for what is built, then one for each region that is written, as numbers of tiles.
///
/// **Invariant:** a region is logged after its last chunk was renamed into place, so what the log says is there is there.
/// The file is locked while a run builds the store.
pub(super) struct Log {
    path: PathBuf,
    file: Mutex<File>,
    tile: Tile,
    done: HashSet<[usize; 3]>,
}

impl Log {
    /// Starts a log in an empty folder.
    pub(super) fn start(folder: &Path, identity: &Value, tile: Tile) -> Result<Log> {
        let path = folder.join(NAME);
        let mut file = File::create(&path).map_err(|e| cannot_write(folder, e))?;
        lock(&file, folder)?;
        writeln!(file, "{identity}").map_err(|e| cannot_write(folder, e))?;
        Ok(Log { path, file: Mutex::new(file), tile, done: HashSet::new() })
    }

    /// Goes on with a log, if what was being built is what is being built now.
    pub(super) fn go_on(folder: &Path, identity: &Value, tile: Tile) -> Result<Log> {
        let path = folder.join(NAME);
        let file = OpenOptions::new().read(true).append(true).open(&path).map_err(|e| cannot_write(folder, e))?;
        lock(&file, folder)?;
        let mut lines = BufReader::new(&file).lines().map_while(std::result::Result::ok);
        let found: Value = lines.next().and_then(|line| serde_json::from_str(&line).ok()).unwrap_or_default();
        agrees(folder, &found, identity)?;
        let mut done = HashSet::new();
        for line in lines {
            // The last line may have been cut by the kill.
            let numbers: Vec<usize> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
            if let ([t, y, x], true) = (&numbers[..], line.ends_with(" .")) {
                done.insert([*t, *y, *x]);
            }
        }
        let mut log = Log { path, file: Mutex::new(file), tile, done };
        // What follows must not be joined to a line that was cut.
        log.file
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(b"\n")
            .map_err(|e| cannot_write(folder, e))?;
        Ok(log)
    }

    pub(super) fn is_done(&self, region: &Region) -> bool {
        !self.done.is_empty() && self.tiles(region).all(|tile| self.done.contains(&tile))
    }

    /// Notes that a region was written.
    pub(super) fn note(&self, region: &Region) -> std::io::Result<()> {
        let lines: String = self.tiles(region).map(|[t, y, x]| format!("{t} {y} {x} .\n")).collect();
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes())
    }

    fn tiles(&self, region: &Region) -> impl Iterator<Item = [usize; 3]> + use<> {
        let cut = |range: &std::ops::Range<usize>, size: usize| range.start / size..range.end.div_ceil(size);
        let (t, y, x) = (cut(&region.time, self.tile.time), cut(&region.y, self.tile.y), cut(&region.x, self.tile.x));
        t.flat_map(move |t| {
            let x = x.clone();
            y.clone().flat_map(move |y| x.clone().map(move |x| [t, y, x]))
        })
    }

    /// Removes the log: the store is whole.
    pub(super) fn close(self) -> std::io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// Whether a folder holds an unfinished store.
pub(super) fn exists(folder: &Path) -> bool {
    folder.join(NAME).exists()
}

/// Refuses where another run is building the store.
pub(super) fn check_idle(folder: &Path) -> Result<()> {
    // Without a log nobody holds it.
    File::open(folder.join(NAME)).map_or(Ok(()), |file| lock(&file, folder))
}

/// What is built, in parts that can be named when they differ.
pub(super) fn identity(spec: &SinkSpec, schema: &Schema) -> Value {
    let print = |value: Option<Value>| format!("{:016x}", hash(&value.unwrap_or_default().to_string()));
    json!({
        "run": spec.fingerprint,
        "options": spec.options,
        "steps": print(serde_json::to_value(&schema.time).ok()),
        "bands": print(serde_json::to_value(&schema.bands).ok()),
        "grid": print(serde_json::to_value(&schema.grid).ok()),
    })
}

/// Refuses to go on with something else than what was begun.
pub(super) fn check(folder: &Path, identity: &Value) -> Result<()> {
    let file = File::open(folder.join(NAME)).map_err(|e| cannot_write(folder, e))?;
    let first = BufReader::new(file).lines().next().and_then(std::result::Result::ok);
    agrees(folder, &first.and_then(|line| serde_json::from_str(&line).ok()).unwrap_or_default(), identity)
}

fn agrees(folder: &Path, found: &Value, wanted: &Value) -> Result<()> {
    let parts = [
        ("options", "options"),
        ("steps", "steps"),
        ("bands", "bands"),
        ("grid", "grid"),
        ("run", "program or inputs"),
    ];
    match parts.into_iter().find(|(key, _)| found.get(key) != wanted.get(key)) {
        None => Ok(()),
        Some((_, what)) => {
            let message = format!("the unfinished run in `{}` has other {what}", folder.display());
            Err(Diagnostic::new(codes::CANNOT_APPEND, message).help("leave out `resume` to start again"))
        }
    }
}

fn lock(file: &File, folder: &Path) -> Result<()> {
    file.try_lock().map_err(|e| match e {
        std::fs::TryLockError::WouldBlock => cannot_write(folder, "another run is writing it"),
        std::fs::TryLockError::Error(e) => cannot_write(folder, e),
    })
}

/// FNV-1a: the same in every version of the program, unlike the standard library's.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

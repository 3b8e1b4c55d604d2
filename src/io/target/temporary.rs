//! A folder for temporary files that goes with the run, also when that is killed: then the next one removes it.

use super::lock::{self, Found};
use super::room;
use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

const PREFIX: &str = "rastra-";

/// Removed when it is dropped.
#[derive(Debug)]
pub(in crate::io) struct Temporary {
    pub path: PathBuf,
    _lock: lock::Lock,
}

impl Temporary {
    pub(in crate::io) fn new() -> Result<Temporary> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        remove_dead();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("{PREFIX}{}-{number}", std::process::id()));
        let lock = lock::take(&path, room::is_strange)?.ok_or_else(|| Error::from(ErrorKind::AlreadyExists))?;
        room::remember(&path);
        Ok(Temporary { path, _lock: lock })
    }
}

/// Those of runs that were killed.
fn remove_dead() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && let Found::Dead(_lock) = lock::take_over(&entry.path())
        {
            room::remove(&entry.path());
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        room::remove(&self.path);
        room::forget(&self.path);
    }
}

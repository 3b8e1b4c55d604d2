//! The lock by which one run holds a folder that others can see. It ends with the process, however that ends.

use rustix::io::Errno;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The file that is locked, in the folder that is held.
pub(super) const NAME: &str = "lock";

/// Whoever makes and removes folders meanwhile is done after a few turns.
const TURNS: usize = 1000;

/// A folder that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    /// On some file systems of clusters nobody can hold anything.
    pub is_known: bool,
}

/// Holds a folder, which is made if need be; nothing where another run has it.
pub(super) fn take(folder: &Path) -> Result<Option<Lock>> {
    for _ in 0..TURNS {
        if let Err(e) = std::fs::create_dir(folder)
            && e.kind() != ErrorKind::AlreadyExists
        {
            return Err(e);
        }
        match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join(NAME)) {
            // It was removed just now by the run that had it.
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
            Ok(file) => match hold(file, folder)? {
                Held::Ours(lock) => return Ok(Some(lock)),
                Held::Theirs => return Ok(None),
                Held::Gone => {}
            },
        }
    }
    Ok(None)
}

/// Who has a folder that was found.
pub(super) enum Found {
    /// Nobody had it, and now it is held.
    Dead(Lock),
    /// A run, or nobody can say.
    Alive,
    /// Another user, whose files are not touched: what lies there may be made up.
    Foreign,
}

/// Holds a folder that a dead run of this user left.
pub(super) fn take_over(folder: &Path) -> Found {
    let Ok(owner) = folder.symlink_metadata().map(|found| found.uid()) else { return Found::Alive };
    if owner != rustix::process::geteuid().as_raw() {
        return Found::Foreign;
    }
    let file = OpenOptions::new().read(true).write(true).open(folder.join(NAME));
    match file.and_then(|file| hold(file, folder)) {
        Ok(Held::Ours(lock)) if lock.is_known => Found::Dead(lock),
        Ok(Held::Ours(_) | Held::Theirs | Held::Gone) | Err(_) => Found::Alive,
    }
}

enum Held {
    Ours(Lock),
    Theirs,
    /// What was locked is not what lies there now.
    Gone,
}

fn hold(file: File, folder: &Path) -> Result<Held> {
    let is_known = match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => return Ok(Held::Theirs),
        Err(TryLockError::Error(e)) if is_unknown(&e) => false,
        Err(TryLockError::Error(e)) => return Err(e),
    };
    let same =
        |there: std::fs::Metadata| Ok((there.dev(), there.ino()) == file.metadata().map(|m| (m.dev(), m.ino()))?);
    match std::fs::metadata(folder.join(NAME)).and_then(same) {
        Ok(true) => Ok(Held::Ours(Lock { _file: file, is_known })),
        Ok(false) => Ok(Held::Gone),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Held::Gone),
        Err(e) => Err(e),
    }
}

fn is_unknown(e: &std::io::Error) -> bool {
    [Errno::NOLCK, Errno::NOSYS, Errno::NOTSUP].iter().any(|errno| e.raw_os_error() == Some(errno.raw_os_error()))
}

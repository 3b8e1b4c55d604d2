//! The lock by which one run holds a folder that others can see. It ends with the process, however that ends.

use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The file that is locked, in the folder that is held.
pub(super) const NAME: &str = "lock";

/// Whoever makes and removes folders meanwhile is done after a few turns.
const TURNS: usize = 1000;

/// A folder that is held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// On some file systems of clusters nobody can hold anything.
    pub is_known: bool,
}

/// What stands in the file: whatever else is called so is not touched.
const WORD: &[u8] = b"held by rastra while it writes here\n";

/// Makes a folder that others may look for but not into.
pub(super) fn make(folder: &Path) -> Result<()> {
    DirBuilder::new().mode(0o711).create(folder)
}

/// Whether a folder, and no link to one, is this user's.
pub(super) fn is_ours(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw())
}

/// Holds a folder, which is made if need be; nothing where another run has it. `is_strange` says whether a folder without
/// a word in its lock is somebody else's.
pub(super) fn take(folder: &Path, is_strange: impl Fn(&Path) -> bool) -> Result<Option<Lock>> {
    let in_the_way = |why: &str| Err(Error::other(format!("`{}` is in the way: {why}", folder.display())));
    for _ in 0..TURNS {
        if let Err(e) = make(folder)
            && e.kind() != ErrorKind::AlreadyExists
        {
            return Err(e);
        }
        if folder.symlink_metadata().is_ok() && !is_ours(folder) {
            return in_the_way("it is another user's, or no folder");
        }
        if !folder.join(NAME).exists() && is_strange(folder) {
            return in_the_way("it is not what a run of Rastra left");
        }
        match open(folder, true) {
            // It was removed just now by the run that had it.
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
            Ok(file) => match hold(file, folder)? {
                Held::Ours(mut lock) => {
                    match lock.word()?.as_slice() {
                        WORD => {}
                        b"" if !is_strange(folder) => lock.file.write_all(WORD)?,
                        _ => return in_the_way("it is not what a run of Rastra left"),
                    }
                    return Ok(Some(lock));
                }
                Held::Theirs => return Ok(None),
                Held::Gone => {}
            },
        }
    }
    Ok(None)
}

fn open(folder: &Path, is_new: bool) -> Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
    OpenOptions::new().read(true).write(true).create(is_new).custom_flags(flags).open(folder.join(NAME))
}

impl Lock {
    /// Whether the folder that lies there is the one that is held, and nothing was put in its place.
    pub(super) fn holds(&self, folder: &Path) -> bool {
        is_ours(folder) && is_same(&self.file, folder).unwrap_or(false)
    }

    fn word(&mut self) -> Result<Vec<u8>> {
        let mut word = Vec::new();
        (&self.file).take(WORD.len() as u64 + 1).read_to_end(&mut word)?;
        Ok(word)
    }
}

/// Who has a folder that was found.
pub(super) enum Found {
    /// Nobody had it, and now it is held.
    Dead(Lock),
    /// A run, or nobody can say.
    Alive,
    /// Another user or program, whose files are not touched: what lies there may be made up.
    Foreign,
}

/// Holds a folder that a dead run of this user left.
pub(super) fn take_over(folder: &Path) -> Found {
    if !is_ours(folder) {
        return Found::Foreign;
    }
    match open(folder, false).and_then(|file| hold(file, folder)) {
        Ok(Held::Ours(mut lock)) if lock.is_known => match lock.word() {
            Ok(word) if word == WORD => Found::Dead(lock),
            Ok(_) | Err(_) => Found::Foreign,
        },
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
    match is_same(&file, folder) {
        Ok(true) => Ok(Held::Ours(Lock { file, is_known })),
        Ok(false) => Ok(Held::Gone),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Held::Gone),
        Err(e) => Err(e),
    }
}

fn is_unknown(e: &std::io::Error) -> bool {
    [Errno::NOLCK, Errno::NOSYS, Errno::NOTSUP].iter().any(|errno| e.raw_os_error() == Some(errno.raw_os_error()))
}

/// Whether a file is the lock that lies in a folder now.
fn is_same(file: &File, folder: &Path) -> Result<bool> {
    let (there, held) = (folder.join(NAME).symlink_metadata()?, file.metadata()?);
    Ok((there.dev(), there.ino()) == (held.dev(), held.ino()))
}

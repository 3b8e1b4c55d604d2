//! The hidden folder in which targets are built: its name, what lies in it, and how it goes.
//!
//! | in it | what it is |
//! |---|---|
//! | `lock` | held by the run that builds here |
//! | `head` | instead of a lock, where targets of one run lie in several folders: the room that has it |
//! | `rooms` | in a head, the other rooms |
//! | `names` | the targets that are built here, for runs beside it |
//! | `files` | the targets, as far as they are, under their own names |
//! | `whole` | in a head: all is whole and on the disk, and some of it may be in its place already |
//! | `progress` | how far a run came that another may resume |

use super::lock;
use super::sync;
use crate::plan::fingerprint;
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Result};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub(super) const FILES: &str = "files";
const HEAD: &str = "head";
const NAMES: &str = "names";
/// Where a run that may be resumed says how far it came.
pub(in crate::io) const PROGRESS: &str = "progress";
const ROOMS: &str = "rooms";
const WHOLE: &str = "whole";

const SUFFIX: &str = ".partial";
/// Of a longer name, as many bytes stand in the name of the folder: a name has no more than 255.
const LONGEST: usize = 200;

/// The rooms that this process would leave behind if it ended at once.
static OURS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The room of a target, which another run finds again.
pub(in crate::io) fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().map_or("target".into(), |name| name.to_string_lossy());
    let short = match name.len() > LONGEST {
        false => name.into_owned(),
        true => {
            let hash = fingerprint::of(&name);
            format!("{}.{hash:016x}", &name[..name.floor_char_boundary(LONGEST)])
        }
    };
    target.with_file_name(format!(".{short}{SUFFIX}"))
}

/// The folder that a room is for.
pub(super) fn home(room: &Path) -> &Path {
    room.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The rooms in a folder. Empty ones, of runs that were killed as they came or went, are removed.
pub(super) fn rooms_in(folder: &Path) -> Vec<PathBuf> {
    let is_room = |name: &OsStr| name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(SUFFIX.as_bytes());
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let rooms = entries.filter(|entry| is_room(&entry.file_name())).map(|entry| folder.join(entry.file_name()));
    rooms
        .filter(|room| std::fs::remove_dir(room).is_err())
        .filter(|room| [lock::NAME, HEAD].iter().any(|file| room.join(file).is_file()))
        .collect()
}

/// The room that has the lock of a room.
pub(super) fn head_of(room: &Path) -> PathBuf {
    let read = std::fs::read(room.join(HEAD)).ok();
    let head = read.or_else(|| room.join(lock::NAME).exists().then(|| room.as_os_str().as_bytes().to_vec()));
    head.map_or_else(PathBuf::new, |path| OsString::from_vec(path).into())
}

/// A room and those of the same run in other folders.
pub(super) fn all_of(head: &Path) -> Vec<PathBuf> {
    let whole = std::path::absolute(head).unwrap_or_else(|_| head.into());
    let others = list(&head.join(ROOMS)).into_iter().map(PathBuf::from);
    // Only what says so itself belongs to it.
    let others =
        others.filter(|room| std::fs::read(room.join(HEAD)).is_ok_and(|path| path == whole.as_os_str().as_bytes()));
    std::iter::once(head.to_path_buf()).chain(others).collect()
}

/// The targets that are built in a room.
pub(super) fn names(room: &Path) -> Vec<OsString> {
    list(&room.join(NAMES))
}

/// What was listed in a file; nothing where there is none.
fn list(file: &Path) -> Vec<OsString> {
    let bytes = std::fs::read(file).unwrap_or_default();
    bytes.split(|b| *b == 0).filter(|part| !part.is_empty()).map(|part| OsString::from_vec(part.to_vec())).collect()
}

fn write_list<'a>(file: &Path, parts: impl Iterator<Item = &'a OsStr>) -> Result<()> {
    std::fs::write(file, parts.collect::<Vec<_>>().join(OsStr::from_bytes(b"\0")).as_bytes())
}

/// Says which targets are built in a room.
pub(super) fn claim<'a>(room: &Path, targets: impl Iterator<Item = &'a Path>) -> Result<()> {
    write_list(&room.join(NAMES), targets.filter_map(Path::file_name))
}

/// Lays out rooms beside a head, which is held.
pub(super) fn add(head: &Path, rooms: &[PathBuf]) -> Result<()> {
    let whole = |room: &PathBuf| std::path::absolute(room);
    let rooms = rooms.iter().map(whole).collect::<Result<Vec<_>>>()?;
    write_list(&head.join(ROOMS), rooms.iter().map(|room| room.as_os_str()))?;
    let head = std::path::absolute(head)?;
    for room in rooms {
        // A run that was killed as it came or went may have left one without a word on whose it is.
        if !room.join(lock::NAME).exists() && !head_of(&room).is_dir() {
            discard(&room);
        }
        let say = || {
            std::fs::create_dir(&room)?;
            std::fs::write(room.join(HEAD), head.as_os_str().as_bytes())
        };
        // Another run may have taken it for one that was left empty.
        say().or_else(|e| if e.kind() == ErrorKind::NotFound { say() } else { Err(e) })?;
    }
    Ok(())
}

/// Writes down that all that is built is whole and may be moved to its place.
pub(super) fn say_whole(head: &Path) -> Result<()> {
    for room in all_of(head) {
        sync::one(&room)?;
    }
    let (beside, whole) = (head.join("whole.new"), head.join(WHOLE));
    std::fs::write(&beside, b"")?;
    sync::one(&beside)?;
    std::fs::rename(&beside, &whole)?;
    sync::one(head)
}

pub(super) fn is_whole(head: &Path) -> bool {
    head.join(WHOLE).exists()
}

/// Whether somebody wants to go on with what lies there.
pub(super) fn is_resumable(room: &Path) -> bool {
    room.join(PROGRESS).exists()
}

/// Removes rooms that are held, the one with the lock last.
pub(super) fn remove(head: &Path) {
    for room in all_of(head).iter().rev() {
        // The word that all is whole goes when there is nothing left to move.
        let last = [lock::NAME, ROOMS, HEAD].map(OsStr::new);
        for entry in std::fs::read_dir(room).into_iter().flatten().flatten() {
            if !last.contains(&entry.file_name().as_os_str()) {
                discard(&entry.path());
            }
        }
        last.iter().rev().for_each(|name| discard(&room.join(name)));
        let _ = std::fs::remove_dir(room);
    }
}

pub(super) fn discard(path: &Path) {
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    let _ = if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
}

/// Counts a room among those that are removed if the process ends at once.
pub(super) fn remember(head: &Path) {
    OURS.lock().unwrap_or_else(|e| e.into_inner()).push(head.into());
}

pub(super) fn forget(head: &Path) {
    OURS.lock().unwrap_or_else(|e| e.into_inner()).retain(|room| room != head);
}

/// Removes whatever this process has half written; to be called when it is about to end at once.
#[cfg(feature = "cli")]
pub(crate) fn remove_all() {
    let all = std::mem::take(&mut *OURS.lock().unwrap_or_else(|e| e.into_inner()));
    all.iter().for_each(|room| remove(room));
}

//! The hidden folder in which targets are built: its name, what lies in it, and what becomes of one that a dead run left.
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

use super::lock::{self, Found, Lock};
use super::{publish, sync};
use crate::plan::fingerprint;
use std::collections::BTreeSet;
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

/// The rooms in a folder.
fn rooms_in(folder: &Path) -> Vec<PathBuf> {
    let is_room = |name: &OsStr| name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(SUFFIX.as_bytes());
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let rooms = entries.filter(|entry| is_room(&entry.file_name())).map(|entry| folder.join(entry.file_name()));
    rooms.filter(|room| [lock::NAME, HEAD].iter().any(|file| room.join(file).is_file())).collect()
}

/// The room that has the lock of a room.
fn head_of(room: &Path) -> PathBuf {
    std::fs::read(room.join(HEAD)).map_or_else(|_| room.into(), |path| OsString::from_vec(path).into())
}

/// A room and those of the same run in other folders.
pub(super) fn all_of(head: &Path) -> Vec<PathBuf> {
    let whole = std::path::absolute(head).unwrap_or_else(|_| head.into());
    let others = list(&head.join(ROOMS)).into_iter().map(PathBuf::from);
    // Only what says so itself belongs to it.
    let others = others.filter(|room| std::fs::read(room.join(HEAD)).is_ok_and(|path| path == whole.as_os_str().as_bytes()));
    std::iter::once(head.to_path_buf()).chain(others).collect()
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
        std::fs::create_dir(&room)?;
        std::fs::write(room.join(HEAD), head.as_os_str().as_bytes())?;
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

fn discard(path: &Path) {
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    let _ = if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
}

/// Makes a room that is held as if it were new. What a dead run had finished is moved to its place before.
pub(super) fn clear(head: &Path) -> Result<()> {
    if is_whole(head) {
        publish::all(head)?;
    }
    for room in all_of(head).iter().skip(1) {
        std::fs::remove_dir_all(room).or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    }
    for entry in std::fs::read_dir(head)? {
        let entry = entry?;
        if entry.file_name() != lock::NAME {
            discard(&entry.path());
        }
    }
    Ok(())
}

/// Tidies up after dead runs in a folder, and finds a live one, other than `but`, that builds one of these targets.
pub(super) fn rival(folder: &Path, but: Option<&OsStr>, targets: &BTreeSet<&OsStr>) -> Result<Option<PathBuf>> {
    for room in rooms_in(folder).into_iter().filter(|room| room.file_name() != but) {
        let head = head_of(&room);
        if !head.is_dir() {
            // Its run is over, or the folders were moved.
            if list(&room.join(NAMES)).iter().any(|name| targets.contains(name.as_os_str())) {
                std::fs::remove_dir_all(&room)?;
            }
            continue;
        }
        match lock::take_over(&head) {
            Found::Alive | Found::Foreign => {
                let name = list(&room.join(NAMES)).into_iter().find(|name| targets.contains(name.as_os_str()));
                if let Some(name) = name {
                    return Ok(Some(folder.join(name)));
                }
            }
            Found::Dead(lock) => end(&head, lock)?,
        }
    }
    Ok(None)
}

/// Does for a dead run what it would have done next.
fn end(head: &Path, lock: Lock) -> Result<()> {
    if is_whole(head) {
        publish::all(head)?;
    } else if is_resumable(head) {
        return Ok(());
    }
    remove(head);
    drop(lock);
    Ok(())
}

/// What became of the files that dead runs had begun to move into a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completed {
    /// There were none.
    Nothing,
    /// They are in their places now.
    All,
    /// A run that lives is moving them, which takes a moment.
    Busy,
    /// They are another user's.
    Foreign,
}

/// Completes what dead runs had begun to move into a folder.
pub(super) fn complete(folder: &Path) -> Result<Completed> {
    let mut found = Completed::Nothing;
    for room in rooms_in(folder) {
        let head = head_of(&room);
        if !is_whole(&head) {
            continue;
        }
        match lock::take_over(&head) {
            Found::Dead(lock) => end(&head, lock)?,
            // It may be over by now.
            Found::Alive | Found::Foreign if !is_whole(&head) => {}
            Found::Alive => return Ok(Completed::Busy),
            Found::Foreign => return Ok(Completed::Foreign),
        }
        found = Completed::All;
    }
    Ok(found)
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

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
//! | `old` | what was there before, while it is replaced |
//! | `progress` | how far a run came that another may resume |

use super::lock::{self, is_ours};
use super::sync;
use crate::plan::fingerprint;
use rustix::fs::OFlags;
use std::ffi::{OsStr, OsString};
use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Result};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

pub(super) const FILES: &str = "files";
const HEAD: &str = "head";
const NAMES: &str = "names";
/// Where a run that may be resumed says how far it came.
pub(in crate::io) const PROGRESS: &str = "progress";
const ROOMS: &str = "rooms";
const WHOLE: &str = "whole";
const NEW_WHOLE: &str = "whole.new";
/// What was there before, while it is replaced.
pub(super) const OLD: &str = "old";

const SUFFIX: &str = ".partial";
/// Of a longer name, as many bytes stand in the name of the folder: a name has no more than 255.
const LONGEST: usize = 200;

/// Bytes: a list of more targets than anybody writes.
const LONGEST_LIST: u64 = 1 << 28;

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
    room.parent().unwrap_or(Path::new("/"))
}

/// Whether something lies in it that a run that was killed as it came cannot have left.
pub(super) fn is_strange(room: &Path) -> bool {
    let known = [lock::NAME, HEAD];
    let entries = std::fs::read_dir(room).into_iter().flatten().flatten();
    !room.symlink_metadata().is_ok_and(|found| found.is_dir())
        || entries.into_iter().any(|entry| !known.iter().any(|name| entry.file_name() == *name))
}

/// The rooms in a folder. Empty ones, of runs that were killed as they came or went, are removed.
pub(super) fn rooms_in(folder: &Path) -> Vec<PathBuf> {
    let is_room = |name: &OsStr| name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(SUFFIX.as_bytes());
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let rooms = entries.filter(|entry| is_room(&entry.file_name())).map(|entry| folder.join(entry.file_name()));
    rooms
        .filter(|room| !is_ours(room) || std::fs::remove_dir(room).is_err())
        .filter(|room| [lock::NAME, HEAD].iter().any(|file| room.join(file).is_file()))
        .collect()
}

/// The room that has the lock of a room; nothing where it has none that knows of it.
pub(super) fn head_of(room: &Path) -> Option<PathBuf> {
    if room.join(lock::NAME).symlink_metadata().is_ok() {
        return Some(room.into());
    }
    let head = said_head(room)?;
    all_of(&head).contains(&room.canonicalize().ok()?).then_some(head)
}

fn said_head(room: &Path) -> Option<PathBuf> {
    let said = read(&room.join(HEAD)).filter(|said| !said.is_empty())?;
    room.join(OsString::from_vec(said)).canonicalize().ok()
}

/// A room and those of the same run in other folders.
pub(super) fn all_of(head: &Path) -> Vec<PathBuf> {
    let whole = head.canonicalize().ok();
    let others = list(&head.join(ROOMS)).into_iter().filter_map(|room| head.join(room).canonicalize().ok());
    // Only what says so itself belongs to it, and only to a head of the same user.
    let others = others.filter(|room| is_ours(room) && whole.is_some() && said_head(room) == whole);
    std::iter::once(head.to_path_buf()).chain(others).collect()
}

/// The way from one folder to another, which stays right where both are moved.
fn way(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// The targets that are built in a room.
pub(super) fn names(room: &Path) -> Vec<OsString> {
    list(&room.join(NAMES))
}

/// A file of a room. Somebody may have put a link, a pipe or a device in its place, which is not waited for.
fn read(file: &Path) -> Option<Vec<u8>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(file).ok()?;
    let mut bytes = Vec::new();
    file.metadata().ok().filter(|found| found.is_file())?;
    file.take(LONGEST_LIST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What was listed in a file; nothing where there is none.
fn list(file: &Path) -> Vec<OsString> {
    let bytes = read(file).unwrap_or_default();
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
pub(super) fn add<'a>(head: &Path, rooms: impl Iterator<Item = &'a Path> + Clone) -> Result<()> {
    let ways: Vec<PathBuf> = rooms.clone().map(|room| way(head, room)).collect();
    write_list(&head.join(ROOMS), ways.iter().map(|room| room.as_os_str()))?;
    for room in rooms {
        // A run that was killed as it came or went may have left one without a word on whose it is.
        if is_ours(room) && head_of(room).is_none() && !is_strange(room) {
            discard(room);
        }
        let say = || {
            lock::make(room)?;
            std::fs::write(room.join(HEAD), way(room, head).as_os_str().as_bytes())
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
    let (beside, whole) = (head.join(NEW_WHOLE), head.join(WHOLE));
    std::fs::write(&beside, b"")?;
    sync::one(&beside)?;
    std::fs::rename(&beside, &whole)?;
    sync::one(head)
}

/// Takes that back: nothing of it is in its place.
pub(super) fn unsay_whole(head: &Path) -> Result<()> {
    std::fs::remove_file(head.join(WHOLE))
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
    if !path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        let _ = std::fs::remove_file(path);
    } else if std::fs::remove_dir_all(path).is_err() {
        // What is replaced may have had folders that nothing could be removed from.
        open_up(path);
        let _ = std::fs::remove_dir_all(path);
    }
}

fn open_up(folder: &Path) {
    let _ = std::fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
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

//! Moving what is whole into its place.

use super::{room, sync};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{Permissions, metadata, set_permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// What GDAL keeps beside a raster. Of a file that is replaced it would be taken for the new one's.
const SIDECARS: &[&str] = &[".aux.xml", ".ovr", ".msk"];

/// Moves all that lies in a room and in those of the same run, and waits until the disk knows. Where it was interrupted,
/// doing it again goes on.
pub(super) fn all(head: &Path) -> Result<()> {
    for room in room::all_of(head) {
        // Sidecars come last: what lies beside a target that is still to be moved is an old one.
        let targets: BTreeSet<OsString> = room::names(&room).into_iter().collect();
        let (first, last): (Vec<_>, Vec<_>) = staged(&room)?.into_iter().partition(|name| targets.contains(name));
        for name in &first {
            put_sidecars_away(&room, name)?;
            replace(&room, name)?;
        }
        for name in &last {
            replace(&room, name)?;
        }
        sync::one(room::home(&room))?;
    }
    Ok(())
}

/// Moves all, or, where something cannot be replaced, brings back what was there. Answers whether all is in its place.
///
/// # Errors
/// Where neither can be done: then it is tried again by the next run.
pub(super) fn all_or_none(head: &Path) -> Result<bool> {
    let Err(failed) = all(head) else { return Ok(true) };
    undo(head).map_err(|_| failed)?;
    Ok(false)
}

/// Brings back what was there before, and says no more that all is whole. Where it is interrupted, the new is moved to
/// its place after all.
pub(super) fn undo(head: &Path) -> Result<()> {
    for room in room::all_of(head) {
        let old = |name: &OsString| room.join(room::OLD).join(name);
        let targets: BTreeSet<OsString> = room::names(&room).into_iter().collect();
        for name in &targets {
            let [from, to] = paths(&room, name);
            if from.symlink_metadata().is_err() && to.symlink_metadata().is_ok() {
                std::fs::rename(&to, &from)?;
                // All that lies beside it came with it.
                for (new, there) in sidecars(&from).zip(sidecars(&to)) {
                    if there.symlink_metadata().is_ok() {
                        std::fs::rename(there, new)?;
                    }
                }
            }
            if old(name).symlink_metadata().is_ok() && to.symlink_metadata().is_err() {
                std::fs::rename(old(name), &to)?;
            }
        }
        // Their sidecars.
        for entry in std::fs::read_dir(room.join(room::OLD)).into_iter().flatten() {
            let name = entry?.file_name();
            if !targets.contains(&name) {
                std::fs::rename(old(&name), room::home(&room).join(&name))?;
            }
        }
        sync::one(room::home(&room))?;
    }
    room::unsay_whole(head)
}

/// The names of what lies finished in a room.
pub(super) fn staged(room: &Path) -> Result<Vec<OsString>> {
    match std::fs::read_dir(room.join(room::FILES)) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.file_name())).collect(),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn paths(room: &Path, name: &OsString) -> [PathBuf; 2] {
    [room.join(room::FILES).join(name), room::home(room).join(name)]
}

/// Moves one file or folder, in whose place another may be.
fn replace(room: &Path, name: &OsString) -> Result<()> {
    let [from, to] = paths(room, name);
    if to.symlink_metadata().is_ok() {
        let old = room.join(room::OLD);
        std::fs::create_dir_all(&old)?;
        let old = old.join(name);
        // Only a file can be renamed onto a file; a folder steps aside first. Some file systems know no second name.
        if from.is_dir() || to.is_dir() {
            make_movable(&to)?;
            std::fs::rename(&to, old)?;
        } else if old.symlink_metadata().is_err() {
            let _ = std::fs::hard_link(&to, old);
        }
    }
    std::fs::rename(from, to)
}

/// Moves the only thing of a room, in one act: before it the old is there under the name, after it the new. Answers
/// `false`, and has done nothing, where the file system has no such act.
pub(super) fn at_once(room: &Path, name: &OsString, may_replace: bool) -> Result<bool> {
    let [from, to] = paths(room, name);
    let is_there = to.symlink_metadata().is_ok();
    let moved = match (is_there && may_replace, from.is_dir()) {
        (false, _) => match renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE) {
            // Nothing was there a moment ago.
            Err(e) if is_unknown(e) => return rename(&from, &to, room),
            moved => moved,
        },
        // What was there lies in the room then, and goes with it.
        (true, true) => {
            keep_permissions(&from, &to)?;
            make_movable(&to)?;
            renameat_with(CWD, &from, CWD, &to, RenameFlags::EXCHANGE)
        }
        (true, false) => {
            // With its sidecars it is a set.
            if sidecars(&to).any(|there| there.symlink_metadata().is_ok()) {
                return Ok(false);
            }
            keep_permissions(&from, &to)?;
            return rename(&from, &to, room);
        }
    };
    match moved {
        Ok(()) => {
            sync::one(room::home(room))?;
            Ok(true)
        }
        Err(e) if is_unknown(e) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

fn rename(from: &Path, to: &Path, room: &Path) -> Result<bool> {
    std::fs::rename(from, to)?;
    sync::one(room::home(room))?;
    Ok(true)
}

/// The file system renames, but in no special way.
fn is_unknown(e: Errno) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP].contains(&e)
}

/// The new one may be read by those who might read the old one, and by nobody else.
pub(super) fn keep_permissions(from: &Path, to: &Path) -> Result<()> {
    match metadata(to) {
        Ok(there) if there.is_dir() == from.is_dir() => {
            // Whoever may give files away does; others may still be of the group.
            if chown(from, Some(there.uid()), Some(there.gid())).is_err() {
                let _ = chown(from, None, Some(there.gid()));
            }
            let is_group = metadata(from)?.gid() == there.gid();
            let mode = there.permissions().mode() & if is_group { !0 } else { !0o070 };
            // A folder that its owner may not write to could not be moved.
            set_permissions(from, Permissions::from_mode(if there.is_dir() { mode | 0o200 } else { mode }))
        }
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

/// Lets a folder be moved to another, for which it must be writable.
fn make_movable(folder: &Path) -> Result<()> {
    let found = metadata(folder)?;
    let mode = found.permissions().mode();
    if found.is_dir() && mode & 0o200 == 0 {
        set_permissions(folder, Permissions::from_mode(mode | 0o200))?;
    }
    Ok(())
}

/// Where the sidecars of a file would be.
fn sidecars(path: &Path) -> impl Iterator<Item = PathBuf> {
    SIDECARS.iter().map(move |sidecar| {
        let mut text = path.as_os_str().to_owned();
        text.push(sidecar);
        text.into()
    })
}

/// Puts the sidecars of a target to what was there before.
fn put_sidecars_away(room: &Path, name: &OsString) -> Result<()> {
    let [_, to] = paths(room, name);
    for there in sidecars(&to) {
        match there.symlink_metadata() {
            Ok(_) => {
                let old = room.join(room::OLD);
                std::fs::create_dir_all(&old)?;
                std::fs::rename(&there, old.join(there.file_name().unwrap_or_default()))?;
            }
            Err(e) if is_absent(&e) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Nothing of the name, or nothing that a file could be in.
fn is_absent(e: &Error) -> bool {
    matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        || e.raw_os_error() == Some(Errno::NAMETOOLONG.raw_os_error())
}

//! What dead runs left: removed, kept for those who resume, or completed where it was whole.

use super::lock::{self, Found, Lock};
use super::{publish, room};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Makes a room that is held as if it were new. What a dead run had finished is moved to its place before.
pub(super) fn clear(head: &Path) -> Result<()> {
    if room::is_whole(head) {
        publish::all_or_none(head)?;
    }
    for room in room::all_of(head).iter().skip(1) {
        std::fs::remove_dir_all(room).or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    }
    for entry in std::fs::read_dir(head)? {
        let entry = entry?;
        if entry.file_name() != lock::NAME {
            room::discard(&entry.path());
        }
    }
    Ok(())
}

/// Tidies up after dead runs in a folder, and finds a live one, other than `but`, that builds one of these targets.
pub(super) fn rival(folder: &Path, but: Option<&OsStr>, targets: &BTreeSet<&OsStr>) -> Result<Option<PathBuf>> {
    for room in room::rooms_in(folder).into_iter().filter(|room| room.file_name() != but) {
        // Without a head its run is over, or it was none.
        let Some(head) = room::head_of(&room) else { continue };
        match lock::take_over(&head) {
            Found::Alive | Found::Foreign => {
                let name = room::names(&room).into_iter().find(|name| targets.contains(name.as_os_str()));
                if let Some(name) = name {
                    return Ok(Some(folder.join(name)));
                }
            }
            Found::Dead(lock) => drop(end(&head, lock)?),
        }
    }
    Ok(None)
}

/// Does for a dead run what it would have done next, and gives up what is held. Answers whether files were moved.
fn end(head: &Path, _held: Lock) -> Result<bool> {
    let mut moved = false;
    if room::is_whole(head) {
        moved = publish::all_or_none(head)?;
    } else if room::is_resumable(head) {
        return Ok(false);
    }
    room::remove(head);
    Ok(moved)
}

/// What became of the files that dead runs had begun to move into a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Completed {
    /// There were none.
    Nothing,
    /// They are in their places now.
    All,
    /// They could not be moved, and what was there before is there again.
    TakenBack,
    /// A run that lives is moving them, which takes a moment.
    Busy,
    /// They are another user's, in this room.
    Foreign(PathBuf),
}

/// Completes what dead runs had begun to move into a folder.
pub(super) fn complete(folder: &Path) -> Result<Completed> {
    let mut found = Completed::Nothing;
    for room in room::rooms_in(folder) {
        let Some(head) = room::head_of(&room).filter(|head| room::is_whole(head)) else { continue };
        match lock::take_over(&head) {
            Found::Dead(lock) => {
                found = if end(&head, lock)? { Completed::All } else { Completed::TakenBack };
            }
            // It may be over by now.
            Found::Alive | Found::Foreign if !room::is_whole(&head) => {}
            Found::Alive => return Ok(Completed::Busy),
            Found::Foreign => return Ok(Completed::Foreign(room)),
        }
    }
    Ok(found)
}

//! The targets of one run, from the moment it holds them until they are in their places.

use super::leads::{self, Leads};
use super::lock::{self, Lock};
use super::{leftovers, publish, room, sync};
use crate::diagnostic::{Diagnostic, Result};
use crate::io::place::{self, cannot_write};
use crate::plan::IfExists;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Targets that are being built. Whatever is unfinished goes when this is dropped, unless it may be resumed.
#[derive(Debug)]
pub(in crate::io) struct Staging {
    /// As the user named them.
    targets: Vec<PathBuf>,
    /// Where each is built.
    at: Vec<PathBuf>,
    /// The room that is held.
    head: PathBuf,
    lock: Option<Lock>,
    existing: IfExists,
    resumable: bool,
    /// Folders that were made for it.
    made: Vec<PathBuf>,
}

impl Staging {
    /// Holds targets, which lie on disks, and makes room for them beside their places.
    ///
    /// # Errors
    /// `E0502` where another run builds one of them, where two names lead to one file, and where nothing can be made.
    pub(in crate::io) fn hold(targets: &[PathBuf], existing: IfExists) -> Result<Staging> {
        Staging::begin(targets, existing, false)
    }

    /// The same for targets that may lie there unfinished: what a run before left is kept.
    ///
    /// # Errors
    /// As [`Staging::hold`].
    pub(in crate::io) fn resume(targets: &[PathBuf], existing: IfExists) -> Result<Staging> {
        Staging::begin(targets, existing, true)
    }

    fn begin(targets: &[PathBuf], existing: IfExists, resumable: bool) -> Result<Staging> {
        let Layout { places, rooms, at } = Layout::of(targets)?;
        let Some((head, _)) = rooms.first().cloned() else {
            return Err(cannot_write(Path::new(""), "there is no target"));
        };
        let whole = |i: usize| move |e: std::io::Error| cannot_write(&targets[i], e);
        let mut made = Vec::new();
        for (room, of) in &rooms {
            make(room::home(room), &mut made).map_err(whole(of[0]))?;
        }
        let lock = lock::take(&head, room::is_strange).map_err(whole(0))?.ok_or_else(|| busy(&targets[0]))?;
        room::remember(&head);
        let (targets, lock) = (targets.to_vec(), Some(lock));
        let staging = Staging { targets, at, head: head.clone(), lock, existing, resumable, made };
        let targets = &staging.targets;
        let whole = |i: usize| move |e: std::io::Error| cannot_write(&targets[i], e);
        // What was whole is moved to its place, not gone on with.
        let goes_on = resumable && room::is_resumable(&head) && !room::is_whole(&head);
        if goes_on {
            staging.keep();
        } else {
            leftovers::clear(&head).map_err(whole(0))?;
            // It was not there when this run was checked.
            if existing == IfExists::Refuse
                && let Some(target) = targets.iter().find(|target| target.exists())
            {
                return Err(place::came_to_be(&target.to_string_lossy()));
            }
        }
        // Whoever began it has laid out the others.
        let others: Vec<_> = if goes_on { Vec::new() } else { rooms.iter().skip(1).collect() };
        for (room, of) in &others {
            let names = of.iter().filter_map(|&i| places[i].file_name()).collect();
            // Whatever lies in the way is dead, or has a claim of its own.
            if let Some(rival) = leftovers::rival(room::home(room), None, &names).map_err(whole(of[0]))? {
                return Err(busy(&rival));
            }
        }
        if !others.is_empty() {
            room::add(&head, others.iter().map(|(room, _)| room.as_path())).map_err(whole(0))?;
        }
        // First everybody says what is theirs, then looks whether somebody else does: of two that begin at once at least
        // one sees the other.
        for (room, of) in &rooms {
            room::claim(room, of.iter().map(|&i| places[i].as_path())).map_err(whole(of[0]))?;
            let files = room.join(room::FILES);
            std::fs::create_dir_all(&files).map_err(whole(of[0]))?;
            std::fs::set_permissions(files, Permissions::from_mode(0o700)).map_err(whole(of[0]))?;
        }
        for (room, of) in &rooms {
            let names: BTreeSet<_> = of.iter().filter_map(|&i| places[i].file_name()).collect();
            if let Some(rival) = leftovers::rival(room::home(room), room.file_name(), &names).map_err(whole(of[0]))? {
                return Err(busy(&rival));
            }
        }
        Ok(staging)
    }

    /// Where a target is built.
    pub(in crate::io) fn at(&self, target: usize) -> &Path {
        &self.at[target]
    }

    /// Where something else of the run can lie that goes with it.
    pub(in crate::io) fn aside(&self, name: &str) -> PathBuf {
        self.head.join(name)
    }

    /// A folder for other things of the run, which goes with it. What lies there of a run before goes at once.
    pub(in crate::io) fn room_for(&self, name: &str) -> Result<PathBuf> {
        let folder = self.aside(name);
        let failed = |e: std::io::Error| cannot_write(&self.targets[0], e);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(failed)?;
        }
        std::fs::create_dir(&folder).map_err(failed)?;
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(failed)?;
        Ok(folder)
    }

    /// Lets what is unfinished lie there for another run, once there is something to resume.
    pub(in crate::io) fn keep(&self) {
        room::forget(&self.head);
    }

    /// Brings everything to the disk and then to its place. Answers with what is to be told.
    ///
    /// # Errors
    /// `E0501` for a target that came to be meanwhile, `E0502` where the disk does not take it.
    pub(in crate::io) fn publish(mut self) -> Result<Vec<String>> {
        let failed = |e: std::io::Error| cannot_write(&self.targets[0], e);
        if !self.holds() {
            let why = format!("the folder in which it was built, `{}`, was moved or replaced", self.head.display());
            return Err(cannot_write(&self.targets[0], why));
        }
        let rooms = room::all_of(&self.head);
        let mut staged: Vec<(&PathBuf, OsString)> = Vec::new();
        for room in &rooms {
            sync::settle(&room.join(room::FILES)).map_err(failed)?;
            staged.extend(publish::staged(room).map_err(failed)?.into_iter().map(|name| (room, name)));
        }
        let may_replace = self.existing == IfExists::Overwrite;
        if !may_replace && let Some(target) = self.targets.iter().find(|target| target.exists()) {
            return Err(place::came_to_be(&target.to_string_lossy()));
        }
        let is_done = match &staged[..] {
            [(room, name)] => match publish::at_once(room, name, may_replace) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                    return Err(place::came_to_be(&self.targets[0].to_string_lossy()));
                }
                done => done.map_err(failed)?,
            },
            _ => false,
        };
        if !is_done {
            for (room, name) in &staged {
                let there = room::home(room).join(name);
                publish::keep_permissions(&room.join(room::FILES).join(name), &there).map_err(failed)?;
            }
            // From here on it is completed, by this run or by the next.
            room::forget(&self.head);
            room::say_whole(&self.head).map_err(failed)?;
            if let Err(e) = publish::all(&self.head) {
                // What was there is brought back; where that fails too, the next run goes on.
                let _ = publish::undo(&self.head);
                return Err(failed(e));
            }
        }
        Ok(self.release())
    }

    /// Gives up the hold on targets that were changed in their places, and removes the room.
    pub(in crate::io) fn release(&mut self) -> Vec<String> {
        if self.holds() {
            room::remove(&self.head);
        }
        room::forget(&self.head);
        self.made.clear();
        let unlocked = self.lock.take().is_some_and(|lock| !lock.is_known);
        let note = || {
            let folder = room::home(&self.head).display();
            format!("files in `{folder}` cannot be locked: another run on the same target would not be noticed")
        };
        unlocked.then(note).into_iter().collect()
    }

    /// Whether what lies at the place of the room is what this run made: in a folder that others may write to they could
    /// put something else there.
    fn holds(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| lock.holds(&self.head))
    }
}

#[cfg(test)]
impl Staging {
    pub(super) fn head(&self) -> &Path {
        &self.head
    }

    /// Ends the hold as a kill does: nothing is tidied up.
    pub(super) fn let_go(&mut self) {
        self.lock = None;
        room::forget(&self.head);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What is whole is completed by the next run.
        if !self.holds() || room::is_whole(&self.head) {
            room::forget(&self.head);
            return;
        }
        if !(self.resumable && room::is_resumable(&self.head)) {
            room::remove(&self.head);
        }
        room::forget(&self.head);
        // Only those that are empty go.
        self.made.iter().rev().for_each(|folder| drop(std::fs::remove_dir(folder)));
    }
}

/// Where targets are and where they are built, which every process that knows their names finds alike.
pub(super) struct Layout {
    /// What their names lead to.
    places: Vec<PathBuf>,
    /// One for each folder, with the targets in it.
    rooms: Vec<(PathBuf, Vec<usize>)>,
    /// Where each is built.
    pub at: Vec<PathBuf>,
}

impl Layout {
    /// # Errors
    /// `E0502` for what is no place on a disk, and where two names lead to one file.
    pub(super) fn of(targets: &[PathBuf]) -> Result<Layout> {
        let mut layout = Layout { places: Vec::with_capacity(targets.len()), rooms: Vec::new(), at: Vec::new() };
        let mut room_of: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut seen: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (i, target) in targets.iter().enumerate() {
            let Leads::Disk(place) = leads::of(target)? else {
                return Err(cannot_write(target, "it is no place on a disk"));
            };
            if let Some(other) = seen.insert(place.clone(), i) {
                let why = format!("`{}` leads to the same file", targets[other].display());
                return Err(cannot_write(target, why).help("give each step a file of its own"));
            }
            let parent = place.parent().unwrap_or(Path::new("/")).to_path_buf();
            let rooms = &mut layout.rooms;
            let room = *room_of.entry(parent).or_insert_with(|| {
                rooms.push((room::beside(&place), Vec::new()));
                rooms.len() - 1
            });
            let (room, of) = &mut rooms[room];
            of.push(i);
            layout.at.push(room.join(room::FILES).join(place.file_name().unwrap_or_default()));
            layout.places.push(place);
        }
        Ok(layout)
    }
}

/// Makes a folder and those above it, and counts the new ones.
fn make(folder: &Path, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).collect();
    std::fs::create_dir_all(folder)?;
    made.extend(missing.into_iter().rev().map(Path::to_path_buf));
    Ok(())
}

fn busy(target: &Path) -> Box<Diagnostic> {
    cannot_write(target, "another run is writing it").help("wait until that is done, or choose another path")
}

//! Targets on a disk: what a name leads to, which run holds it, and how what is finished comes to its place.
//!
//! A run builds what it writes in a hidden folder beside the target, its *staging*, and holds that by a lock from the
//! first byte until all is in place. What is whole is brought to the disk and only then moved: one file or one folder by
//! a single act of the file system, the files of a set after a word that they are whole was written down, so that a run
//! that is killed in between is completed by whoever comes next. The staging of a run that died earlier is removed.

pub(super) mod leads;
mod leftovers;
mod lock;
mod publish;
mod recovery;
mod room;
mod staging;
mod stream;
mod sync;
mod temporary;
#[cfg(test)]
mod tests;

pub(super) use recovery::recover;
pub(super) use room::PROGRESS;
#[cfg(feature = "cli")]
pub(crate) use room::remove_all;
pub(super) use staging::Staging;
#[cfg(feature = "kernel")]
pub(crate) use stream::leave_output;
pub(super) use sync::{begin as begin_sync, settle};
pub(super) use temporary::Temporary;

use super::gdal::object;
use super::place::{self, cannot_write};
use super::remote::address::without_secrets;
use super::sink::Output;
use crate::diagnostic::Result;
use crate::plan::IfExists;
use leads::Leads;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Refuses a target that exists, on a disk or as an object on a server, unless the user said what to do with it.
pub(super) fn check(path: &Path, existing: IfExists) -> Result<()> {
    match leads::of(path)? {
        Leads::Server(name) => {
            // A server that may not be asked says so when the object is sent.
            let exists = existing == IfExists::Refuse && object::size(&name).is_ok_and(|size| size.is_some());
            if exists { Err(place::taken(&without_secrets(&name))) } else { Ok(()) }
        }
        Leads::Stream(_) => {
            let why = "it is a device, a pipe or a socket, in which nobody can go back";
            Err(cannot_write(path, why).help("choose a file; tables and pictures can be written to a pipe"))
        }
        Leads::Disk(place) => {
            if existing == IfExists::Refuse && place.exists() {
                return Err(place::taken(&path.to_string_lossy()));
            }
            place::check(&place)
        }
    }
}

/// The same for a target that is one file, or one object on a server.
pub(super) fn check_file(path: &Path, existing: IfExists) -> Result<()> {
    if path.is_dir() {
        return Err(cannot_write(path, "it is a folder"));
    }
    check(path, existing)
}

/// The same for what is written from its beginning to its end, which a pipe takes, too.
pub(super) fn check_stream(path: &Path, existing: IfExists) -> Result<()> {
    match leads::of(path)? {
        Leads::Stream(stream) => {
            stream.check().map_err(|why| cannot_write(path, why).help("leave out `save`: the cell shows it"))
        }
        Leads::Disk(_) | Leads::Server(_) => check_file(path, existing),
    }
}

/// Where targets are built by the process that holds them, for others that write to them.
///
/// # Errors
/// As [`Staging::hold`].
pub(super) fn staged(targets: &[PathBuf]) -> Result<Vec<PathBuf>> {
    staging::Layout::of(targets).map(|layout| layout.at)
}

/// The room in which a target on a disk is built.
pub(super) fn beside(path: &Path) -> Result<PathBuf> {
    match leads::of(path)? {
        Leads::Disk(place) => Ok(room::beside(&place)),
        Leads::Stream(_) | Leads::Server(_) => Err(cannot_write(path, "it is no place on a disk")),
    }
}

/// One file, object or stream that a run is going to write.
pub(crate) struct Target {
    path: PathBuf,
    to: To,
}

enum To {
    Disk(Box<Staging>),
    Stream(stream::Stream),
    Server(String),
}

impl Target {
    /// Holds a target until it is written or dropped.
    ///
    /// # Errors
    /// `E0502` where another run writes it.
    pub(crate) fn hold(path: &Path, existing: IfExists) -> Result<Target> {
        let to = match leads::of(path)? {
            Leads::Disk(_) => To::Disk(Box::new(Staging::hold(&[path.into()], existing)?)),
            Leads::Stream(stream) => To::Stream(stream),
            Leads::Server(name) => To::Server(name),
        };
        Ok(Target { path: path.into(), to })
    }

    /// Lets `write` fill a file that appears in its place when it is whole, an object that is sent then, or a stream as
    /// it goes.
    pub(crate) fn write(self, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<Output> {
        let failed = |e: std::io::Error| cannot_write(&self.path, e);
        match self.to {
            To::Server(name) => {
                let mut bytes = Vec::new();
                write(&mut bytes)?;
                let path = PathBuf::from(without_secrets(&name));
                object::write(&name, &bytes).map_err(|d| cannot_write(&path, d.below()))?;
                Ok(Output { paths: vec![path], bytes: bytes.len() as u64, ..Output::default() })
            }
            To::Stream(stream) => {
                let mut to = stream.open().map_err(failed)?;
                let written = write(&mut to).and_then(|()| to.flush().map_err(failed));
                // Whoever reads may have seen enough, as `head` has.
                if !to.is_left() {
                    written?;
                }
                Ok(Output { paths: vec![stream.name()], bytes: to.bytes(), ..Output::default() })
            }
            To::Disk(staging) => {
                let mut to = BufWriter::new(File::create(staging.at(0)).map_err(failed)?);
                write(&mut to)?;
                to.flush().map_err(failed)?;
                let bytes = std::fs::metadata(staging.at(0)).map_or(0, |m| m.len());
                let notes = staging.publish()?;
                Ok(Output { paths: vec![self.path], bytes, notes, stored: None })
            }
        }
    }
}

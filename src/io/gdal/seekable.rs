//! The bytes of a file or of an object as libraries want them that go back and forth, and where the members of archives
//! lie among them.

use super::{members, object};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

/// What stands before the bytes of a member: names and notes, of which the list of members may say less.
const BEFORE: u64 = 30 + 1024;

/// What a name is that of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File,
    Object,
}

/// Bytes, and a place among them.
#[derive(Clone, Debug)]
pub(crate) struct Bytes {
    from: Handle,
    len: u64,
    at: u64,
}

#[derive(Clone, Debug)]
enum Handle {
    File(Arc<File>),
    Object(Arc<str>),
}

impl Bytes {
    /// Nothing where there is no such thing.
    ///
    /// # Errors
    /// What the system or the server said.
    pub(crate) fn open(name: &str, place: Place) -> Result<Option<Bytes>> {
        let (from, len) = match place {
            Place::Object => (Handle::Object(name.into()), object::size(name)?),
            Place::File => match File::open(name).and_then(|file| Ok((file.metadata()?.len(), file))) {
                Ok((len, file)) => (Handle::File(Arc::new(file)), Some(len)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(e) => {
                    let message = format!("`{name}` cannot be read");
                    return Err(Diagnostic::new(codes::UNREADABLE, message).cause(Cause::from(e)));
                }
            },
        };
        Ok(len.map(|len| Bytes { from, len, at: 0 }))
    }

    pub(crate) fn part(&self, range: Range<u64>) -> Result<Vec<u8>> {
        match &self.from {
            Handle::File(file) => {
                let mut bytes = vec![0; (range.end - range.start) as usize];
                let read = file.read_exact_at(&mut bytes, range.start);
                read.map(|()| bytes).map_err(|e| {
                    Diagnostic::new(codes::READ_FAILED, "a zip archive cannot be read").cause(Cause::from(e))
                })
            }
            Handle::Object(name) => {
                let mut wanted = Some(range);
                let parts = object::read(name, &mut |_| wanted.take())?;
                Ok(parts.and_then(|mut parts| parts.pop()).unwrap_or_default())
            }
        }
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.len.min(self.at.saturating_add(buffer.len() as u64));
        if self.at >= end {
            return Ok(0);
        }
        let part = self.part(self.at..end).map_err(|e| io::Error::other(e.message.clone()))?;
        buffer[..part.len()].copy_from_slice(&part);
        self.at += part.len() as u64;
        Ok(part.len())
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// The bytes of a member in its archive, with what stands before them.
pub(crate) fn member(entry: &zip::read::ZipFileEntry<'_>) -> Range<u64> {
    entry.header_start()..entry.header_start().saturating_add(entry.compressed_size()).saturating_add(BEFORE)
}

/// The members of a zip archive on a server by their names; none of what is no such archive.
pub(crate) fn zip_members(name: &str) -> Result<Vec<(String, members::Place)>> {
    let Some(bytes) = Bytes::open(name, Place::Object)? else { return Ok(Vec::new()) };
    let Ok(archive) = ZipArchive::new(bytes) else { return Ok(Vec::new()) };
    let of = |index: usize| {
        let entry = archive.by_index_data(index).ok()?;
        let is_stored = entry.compression() == CompressionMethod::Stored;
        Some((archive.name_for_index(index)?.ok()?.into_owned(), members::Place { range: member(&entry), is_stored }))
    };
    Ok((0..archive.len()).filter_map(of).collect())
}

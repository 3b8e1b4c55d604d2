//! A Zarr store in one zip archive, on a disk or behind a server; it is only read.
//!
//! Writers of such stores add a document again where it changes, so that a name may stand in an archive several times:
//! the last counts. GDAL's file systems take the first.

use crate::diagnostic::{Cause, Diagnostic, Result, codes, list_some};
use crate::io::gdal::object;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Documents of which one lies at the root of every store.
const DOCUMENTS: [&str; 4] = ["zarr.json", ".zmetadata", ".zgroup", ".zarray"];

/// Whether a path or address is that of an archive.
pub(super) fn is_zip(path: &str) -> bool {
    let name = path.split('?').next().unwrap_or(path);
    name.to_ascii_lowercase().ends_with(".zip")
}

pub(super) struct Zip {
    name: String,
    archive: ZipArchive<Bytes>,
    /// The folder in the archive that is the root of the store, with a slash at its end where it is not empty.
    root: String,
}

impl Zip {
    /// Opens an archive; `name` is a path, or what GDAL knows an address by.
    ///
    /// # Errors
    /// `E0301` where there is none, `E0312` where it is no zip.
    pub(super) fn open(name: &str, is_remote: bool) -> Result<Zip> {
        let bytes = Bytes::open(name, is_remote)?;
        let archive = ZipArchive::new(bytes).map_err(|e| unreadable(name, e))?;
        let names: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
        // An archive made of a folder has that above everything.
        let root = |name: &String| {
            let (folder, document) = name.rsplit_once('/').map_or(("", name.as_str()), |(folder, file)| (folder, file));
            DOCUMENTS.contains(&document).then(|| if folder.is_empty() { String::new() } else { format!("{folder}/") })
        };
        let depth = |root: &str| root.matches('/').count();
        let roots: BTreeSet<String> = names.iter().filter_map(root).collect();
        let least = roots.iter().map(|root| depth(root)).min().unwrap_or(0);
        let highest: Vec<&String> = roots.iter().filter(|root| depth(root) == least).collect();
        if highest.len() > 1 {
            let stores = highest.iter().map(|root| root.trim_end_matches('/'));
            return Err(Diagnostic::new(codes::UNKNOWN_ARRAY, format!("`{name}` holds {} stores", highest.len()))
                .help(format!("stores: {}", list_some(stores, 12)))
                .help(format!("name one: `load zarr \"/vsizip/{name}/{}\"`", highest[0].trim_end_matches('/'))));
        }
        let root = highest.first().map_or_else(String::new, |root| root.to_string());
        Ok(Zip { name: name.into(), archive, root })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Names directly below a folder.
    pub(super) fn list(&self, prefix: &str) -> Vec<String> {
        let folder = match prefix.trim_end_matches('/') {
            "" => self.root.clone(),
            prefix => format!("{}{prefix}/", self.root),
        };
        let below = |name: &str| Some(name.strip_prefix(&folder)?.split('/').next()?.to_string());
        let mut names: Vec<String> = self.archive.file_names().filter_map(|name| below(&name.ok()?)).collect();
        names.retain(|name| !name.is_empty());
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn size(&self, key: &str) -> Result<Option<u64>> {
        let Some(index) = self.archive.index_for_name(&format!("{}{key}", self.root)) else { return Ok(None) };
        let entry = self.archive.by_index_data(index).map_err(|e| unreadable(&self.name, e))?;
        Ok(Some(entry.size()))
    }

    /// The parts of a member that `ranges` picks when told its size, if it is there. Of one that is only stored no more
    /// is read than these.
    pub(super) fn read(
        &self,
        key: &str,
        ranges: &mut dyn FnMut(u64) -> Option<Range<u64>>,
    ) -> Result<Option<Vec<Vec<u8>>>> {
        let Some(index) = self.archive.index_for_name(&format!("{}{key}", self.root)) else { return Ok(None) };
        let failed = |e: ZipError| unreadable(&self.name, e);
        // The copy shares the directory of the archive, and has a place in the file of its own.
        let mut archive = self.archive.clone();
        let mut member = archive.by_index(index).map_err(failed)?;
        let size = member.size();
        let picked: Vec<Range<u64>> = std::iter::from_fn(|| ranges(size)).collect();
        let start = member.data_start().filter(|_| member.compression() == CompressionMethod::Stored);
        if let Some(start) = start {
            drop(member);
            let bytes = archive.into_inner();
            return picked.iter().map(|r| bytes.part(start + r.start..start + r.end)).collect::<Result<_>>().map(Some);
        }
        let mut whole = Vec::new();
        member.read_to_end(&mut whole).map_err(|e| failed(e.into()))?;
        let part = |r: &Range<u64>| Some(whole.get(r.start as usize..r.end as usize)?.to_vec());
        let parts: Option<Vec<Vec<u8>>> = picked.iter().map(part).collect();
        match parts {
            Some(parts) => Ok(Some(parts)),
            None => Err(unreadable(&self.name, format!("`{key}` is shorter than the archive says"))),
        }
    }
}

impl std::fmt::Debug for Zip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zip").field("name", &self.name).field("root", &self.root).finish()
    }
}

impl PartialEq for Zip {
    fn eq(&self, other: &Zip) -> bool {
        self.name == other.name
    }
}

fn unreadable(name: &str, cause: impl std::fmt::Display) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_FORMAT, format!("`{name}` cannot be read as a zip archive")).cause(cause.to_string())
}

/// The bytes of an archive and a place among them.
#[derive(Clone, Debug)]
struct Bytes {
    place: Place,
    len: u64,
    at: u64,
}

#[derive(Clone, Debug)]
enum Place {
    Local(Arc<File>),
    Remote(Arc<str>),
}

impl Bytes {
    fn open(name: &str, is_remote: bool) -> Result<Bytes> {
        let missing = || Diagnostic::new(codes::NOT_FOUND, format!("there is no Zarr store at `{name}`"));
        if is_remote {
            let len = object::size(name)?.ok_or_else(missing)?;
            return Ok(Bytes { place: Place::Remote(name.into()), len, at: 0 });
        }
        let file = File::open(name).map_err(|e| missing().cause(Cause::from(e)))?;
        let len = file.metadata().map_err(|e| missing().cause(Cause::from(e)))?.len();
        Ok(Bytes { place: Place::Local(Arc::new(file)), len, at: 0 })
    }

    fn part(&self, range: Range<u64>) -> Result<Vec<u8>> {
        match &self.place {
            Place::Local(file) => {
                let mut bytes = vec![0; (range.end - range.start) as usize];
                let read = file.read_exact_at(&mut bytes, range.start);
                read.map(|()| bytes).map_err(|e| {
                    Diagnostic::new(codes::READ_FAILED, "a zip archive cannot be read").cause(Cause::from(e))
                })
            }
            Place::Remote(name) => {
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

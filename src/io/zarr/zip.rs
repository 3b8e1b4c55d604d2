//! A Zarr store in one zip archive, on a disk or behind a server; it is only read.
//!
//! Writers of such stores add a document again where it changes, so that a name may stand in an archive several times:
//! the last counts. GDAL's file systems take the first.

use crate::diagnostic::{Diagnostic, Result, codes, list_some};
use crate::io::Want;
use crate::io::gdal::object;
use crate::io::gdal::seekable::{Bytes, Place, member};
use std::collections::BTreeSet;
use std::io::Read;
use std::ops::Range;
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
        let place = if is_remote { Place::Object } else { Place::File };
        let bytes = Bytes::open(name, place)?;
        let bytes =
            bytes.ok_or_else(|| Diagnostic::new(codes::NOT_FOUND, format!("there is no Zarr store at `{name}`")))?;
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

    /// Asks for a member of an archive on a server.
    pub(super) fn want(&self, key: &str) -> Want {
        let index = self.archive.index_for_name(&format!("{}{key}", self.root));
        match index.and_then(|index| self.archive.by_index_data(index).ok()) {
            Some(entry) => object::want_part(&self.name, member(&entry)),
            None => Want::All,
        }
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

//! Where a Zarr hierarchy lies: a local folder, anything GDAL's virtual file systems reach, a zip archive, or bytes of
//! other files.

use super::zip::{Zip, is_zip};
use crate::diagnostic::{Cause, Diagnostic, Result as Diagnosed};
use crate::io::gdal::object;
use crate::io::gdal::outbox::Outbox;
use crate::io::references::References;
use crate::io::remote::address::{gdal_name, is_behind_server, is_remote, local_path, unsigned};
use crate::io::source::Want;
use crate::io::target::begin_sync;
use serde_json::Value;
use std::fs::File;
use std::io::{Error, ErrorKind, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator};
use zarrs::storage::{
    Bytes, MaybeBytesIterator, OffsetBytesIterator, ReadableStorageTraits, StorageError, StoreKey, StorePrefix,
    WritableStorageTraits,
};

/// The folder of a staging in which objects are made.
pub(super) const MAKING: &str = "making";

/// A key-value store in the sense of the Zarr specification.
///
/// Local objects are written aside and renamed, so that a reader or a crash never meets half of one.
/// zarrs' own file store would sync every chunk to the disk before the next and keep a lock for each key it ever saw.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Store {
    Local(Local),
    Remote(Remote),
    /// Only read.
    Zip(Arc<Zip>),
    /// Only read.
    References(Arc<References>),
}

/// A store in a folder.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Local {
    pub root: PathBuf,
    /// Where objects are made before they are moved to their place; nothing where the store is only read.
    aside: Option<PathBuf>,
}

/// A store on a server, or in an archive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remote {
    /// As GDAL names it.
    root: String,
    /// Takes what is written, where nobody waits for each object.
    outbox: Option<Outbox>,
}

impl Remote {
    /// The name of an object of the store.
    fn object(&self, key: &str) -> String {
        join(&self.root, key)
    }
}

impl Store {
    /// The store at a path, URL or `/vsi` path.
    pub(super) fn new(path: &str) -> Store {
        match remote(path) {
            Some(root) => Store::Remote(Remote { root, outbox: None }),
            None => Store::Local(Local { root: local_path(path).as_deref().unwrap_or(path).into(), aside: None }),
        }
    }

    /// The store to read at a path, URL or `/vsi` path, which may be an archive.
    ///
    /// # Errors
    /// `E0312` for an archive that cannot be read.
    pub(super) fn open(path: &str) -> Diagnosed<Store> {
        let store = Store::new(path);
        match &store {
            Store::Local(Local { root, .. }) if is_zip(path) && root.is_file() => {
                Zip::open(&root.to_string_lossy(), false)
            }
            Store::Remote(remote) if is_zip(path) => Zip::open(&remote.root, true),
            _ => return Ok(store),
        }
        .map(|zip| Store::Zip(Arc::new(zip)))
    }

    /// The same store, whose objects on a server are sent while others are made.
    ///
    /// What was written may be read only after [`Store::settle`].
    pub(super) fn sending(self) -> Store {
        match self {
            Store::Remote(remote) => Store::Remote(Remote { outbox: Some(Outbox::default()), ..remote }),
            Store::Local(_) | Store::Zip(_) | Store::References(_) => self,
        }
    }

    /// The same store in a folder, whose objects are made in another one.
    pub(super) fn making_in(self, aside: PathBuf) -> Store {
        match self {
            Store::Local(local) => Store::Local(Local { aside: Some(aside), ..local }),
            Store::Remote(_) | Store::Zip(_) | Store::References(_) => self,
        }
    }

    /// Waits until all that was written has arrived.
    ///
    /// # Errors
    /// What became of the first object that did not.
    pub(super) fn settle(&self) -> Diagnosed<()> {
        match self {
            Store::Remote(Remote { outbox: Some(outbox), .. }) => outbox.settle(),
            Store::Remote(_) | Store::Local(_) | Store::Zip(_) | Store::References(_) => Ok(()),
        }
    }

    /// Sends nothing more of what was written, and waits for what is under way: it would arrive after all was removed.
    pub(super) fn abandon(&self) {
        match self {
            Store::Remote(Remote { outbox: Some(outbox), .. }) => outbox.abandon(),
            Store::Remote(_) | Store::Local(_) | Store::Zip(_) | Store::References(_) => {}
        }
    }

    /// Objects are read and removed at once, and whoever writes one waits for it.
    pub(super) fn waiting(&self) -> Store {
        match self {
            Store::Remote(remote) => Store::Remote(Remote { outbox: None, root: remote.root.clone() }),
            other => other.clone(),
        }
    }

    /// The folder, or the name GDAL knows it by.
    pub(super) fn name(&self) -> String {
        match self {
            Store::Local(local) => local.root.to_string_lossy().into_owned(),
            Store::Remote(remote) => remote.root.clone(),
            Store::Zip(zip) => zip.name().into(),
            Store::References(references) => references.shown(),
        }
    }

    /// Whether objects are asked of a server.
    pub(super) fn is_far(&self) -> bool {
        match self {
            Store::Local(_) => false,
            Store::Remote(_) => true,
            Store::Zip(zip) => is_behind_server(zip.name()),
            Store::References(references) => references.is_far(),
        }
    }

    /// Asks for an object that will be read whole, of about so many bytes.
    pub(super) fn want(&self, key: &str, bytes: u64) -> Want {
        match self {
            Store::Local(_) => Want::All,
            Store::Zip(zip) if is_behind_server(zip.name()) => zip.want(key),
            Store::Zip(_) => Want::All,
            Store::Remote(remote) => object::want(&remote.object(key), bytes),
            Store::References(references) => references.want(key, bytes),
        }
    }

    /// Asks for parts of an object that will be read.
    pub(super) fn want_parts(&self, key: &str, ranges: &[Range<u64>]) -> Want {
        match self {
            Store::Local(_) | Store::Zip(_) | Store::References(_) => Want::All,
            Store::Remote(remote) => object::want_parts(&remote.object(key), ranges),
        }
    }

    /// Asks for the index of a shard, its first or last bytes; nothing where it cannot be asked for ahead.
    pub(super) fn want_index(&self, key: &str, bytes: u64, is_first: bool) -> Option<Want> {
        match self {
            Store::Local(_) | Store::Zip(_) | Store::References(_) => None,
            Store::Remote(remote) => object::want_index(&remote.object(key), bytes, is_first),
        }
    }

    /// Whether the folder of the store was removed since it was opened.
    pub(super) fn is_gone(&self) -> bool {
        match self {
            Store::Local(local) => !local.root.exists(),
            // What is asked of these and is not there is told by each request.
            Store::Remote(_) | Store::Zip(_) | Store::References(_) => false,
        }
    }

    pub(super) fn get_text(&self, key: &str) -> Result<Option<String>, StorageError> {
        let bytes = ReadableStorageTraits::get(self, &StoreKey::new(key)?)?;
        bytes.map(|b| String::from_utf8(b.to_vec()).map_err(|e| StorageError::Other(format!("{key}: {e}")))).transpose()
    }

    pub(super) fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.set(&StoreKey::new(key)?, Bytes::from(bytes))
    }

    pub(super) fn put_document(&self, key: &str, document: &Value) -> Result<(), StorageError> {
        self.put(key, serde_json::to_vec_pretty(document).unwrap_or_default())
    }

    pub(super) fn remove(&self, key: &str) -> Result<(), StorageError> {
        self.erase(&StoreKey::new(key)?)
    }

    /// Names directly below `prefix` (empty for the root); none where the store cannot be listed.
    pub(super) fn list(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Store::Local(local) => std::fs::read_dir(local.root.join(prefix))
                .map(|entries| entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
                .unwrap_or_default(),
            Store::Remote(remote) => object::list(remote.object(prefix).trim_end_matches('/')),
            Store::Zip(zip) => zip.list(prefix),
            Store::References(references) if prefix.is_empty() => references.list(""),
            Store::References(references) => references.list(&format!("{}/", prefix.trim_end_matches('/'))),
        };
        names.sort();
        names
    }

    /// The keys of all objects on a server; none where it cannot list.
    pub(super) fn keys(&self) -> Vec<String> {
        match self {
            Store::Remote(remote) => object::list_all(&remote.root),
            Store::Local(_) | Store::Zip(_) | Store::References(_) => Vec::new(),
        }
    }
}

impl Local {
    fn object(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Writes an object whole: before it is there nothing of it is.
    fn write(&self, key: &str, bytes: &[u8]) -> std::io::Result<()> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let aside = self.aside.as_ref().ok_or(ErrorKind::ReadOnlyFilesystem)?;
        let made = aside.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
        let place = self.object(key);
        let mut file = File::create(&made)?;
        file.write_all(bytes)?;
        begin_sync(&file, bytes.len());
        let mut moved = std::fs::rename(&made, &place);
        if moved.as_ref().is_err_and(|e| e.kind() == ErrorKind::NotFound) {
            std::fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
            moved = std::fs::rename(&made, &place);
        }
        if moved.as_ref().is_err_and(|e| e.kind() == ErrorKind::CrossesDevices) {
            // A folder of the store lies on another disk.
            let name = place.file_name().unwrap_or_default().to_string_lossy();
            let beside = place.with_file_name(format!(".{name}.new"));
            std::fs::copy(&made, &beside)?;
            std::fs::remove_file(&made)?;
            moved = std::fs::rename(&beside, &place);
        }
        moved
    }
}

/// The path through which GDAL reaches a URL; nothing for local paths.
pub(super) fn remote(path: &str) -> Option<String> {
    gdal_name(path).map(|name| name.trim_end_matches('/').to_string())
}

/// The name of an object of a store; what follows a question mark, a signature, stays behind it.
fn join(root: &str, key: &str) -> String {
    let (root, query) = match root.find('?') {
        Some(at) if is_remote(root) => root.split_at(at),
        _ => (root, ""),
    };
    if key.is_empty() { format!("{root}{query}") } else { format!("{}/{key}{query}", root.trim_end_matches('/')) }
}

/// A failure below, in one line.
fn failed(e: &Diagnostic) -> StorageError {
    let text = e.cause_text().map_or_else(|| e.message.clone(), |cause| format!("{}: {cause}", e.message));
    io(Error::other(Cause { text, fault: e.cause.as_ref().and_then(|cause| cause.fault) }))
}

fn io(error: Error) -> StorageError {
    StorageError::IOError(Arc::new(error))
}

/// Nothing where there is no such file, or a file where a folder would have to be.
fn present<T>(result: std::io::Result<T>) -> Result<Option<T>, StorageError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) => {
            Ok(None)
        }
        Err(e) => Err(io(e)),
    }
}

fn checked(range: ByteRange, size: u64) -> Result<Range<u64>, StorageError> {
    let (start, end) = match range {
        ByteRange::FromStart(start, length) => (start, length.map_or(size, |l| start.saturating_add(l))),
        ByteRange::Suffix(length) => (size.saturating_sub(length), size),
    };
    if start > end || end > size {
        return Err(StorageError::Other(format!("bytes {start}..{end} of an object of {size} bytes")));
    }
    Ok(start..end)
}

/// The parts of an object that `read` hands over when it is told, range by range, which are wanted.
fn picked<'a>(
    mut byte_ranges: ByteRangeIterator<'a>,
    read: &mut dyn FnMut(&mut dyn FnMut(u64) -> Option<Range<u64>>) -> Result<Option<Vec<Vec<u8>>>, Box<Diagnostic>>,
) -> Result<MaybeBytesIterator<'a>, StorageError> {
    let mut bad = None;
    let mut next = |size| match checked(byte_ranges.next()?, size) {
        Ok(range) => Some(range),
        Err(e) => {
            bad = Some(e);
            None
        }
    };
    let parts = read(&mut next).map_err(|e| failed(&e))?;
    match bad {
        Some(e) => Err(e),
        None => Ok(parts.map(|parts| Box::new(parts.into_iter().map(|p| Ok(Bytes::from(p)))) as _)),
    }
}

/// Bytes of all files below a folder.
pub(crate) fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            _ => entry.metadata().map_or(0, |m| m.len()),
        })
        .sum()
}

impl ReadableStorageTraits for Store {
    fn get(&self, key: &StoreKey) -> Result<Option<Bytes>, StorageError> {
        match self {
            Store::Local(local) => Ok(present(std::fs::read(local.object(key.as_str())))?.map(Bytes::from)),
            Store::Remote(remote) => {
                let bytes = object::get(&remote.object(key.as_str())).map_err(|e| failed(&e))?;
                Ok(bytes.map(Bytes::from))
            }
            Store::Zip(_) | Store::References(_) => self.get_partial(key, ByteRange::FromStart(0, None)),
        }
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        match self {
            Store::Local(local) => {
                let Some(file) = present(File::open(local.object(key.as_str())))? else { return Ok(None) };
                let size = file.metadata().map_err(io)?.len();
                Ok(Some(Box::new(byte_ranges.map(move |range| {
                    let range = checked(range, size)?;
                    let mut bytes = vec![0; (range.end - range.start) as usize];
                    file.read_exact_at(&mut bytes, range.start).map_err(io)?;
                    Ok(Bytes::from(bytes))
                }))))
            }
            Store::Remote(remote) => picked(byte_ranges, &mut |next| object::read(&remote.object(key.as_str()), next)),
            Store::Zip(zip) => picked(byte_ranges, &mut |next| zip.read(key.as_str(), next)),
            Store::References(references) => picked(byte_ranges, &mut |next| references.read(key.as_str(), next)),
        }
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        match self {
            Store::Local(local) => Ok(present(std::fs::metadata(local.object(key.as_str())))?.map(|m| m.len())),
            Store::Remote(remote) => object::size(&remote.object(key.as_str())).map_err(|e| failed(&e)),
            Store::Zip(zip) => zip.size(key.as_str()).map_err(|e| failed(&e)),
            Store::References(references) => references.size(key.as_str()).map_err(|e| failed(&e)),
        }
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl WritableStorageTraits for Store {
    fn set(&self, key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        match self {
            Store::Local(local) => local.write(key.as_str(), &value).map_err(io),
            Store::Remote(remote) if unsigned(&remote.root).starts_with("/vsicurl/") => Err(StorageError::ReadOnly),
            Store::Zip(_) | Store::References(_) => Err(StorageError::ReadOnly),
            Store::Remote(remote) => {
                let name = remote.object(key.as_str());
                match &remote.outbox {
                    Some(outbox) => outbox.write(&name, value.into()),
                    None => object::write(&name, &value),
                }
                .map_err(|e| failed(&e))
            }
        }
    }

    fn set_partial_many(&self, _key: &StoreKey, _values: OffsetBytesIterator) -> Result<(), StorageError> {
        Err(StorageError::Unsupported("objects are written whole".into()))
    }

    fn erase(&self, key: &StoreKey) -> Result<(), StorageError> {
        match self {
            Store::Local(local) => present(std::fs::remove_file(local.object(key.as_str()))).map(|_| ()),
            Store::Zip(_) | Store::References(_) => Err(StorageError::ReadOnly),
            Store::Remote(remote) => {
                let name = remote.object(key.as_str());
                match &remote.outbox {
                    Some(outbox) => outbox.remove(&name),
                    None => object::remove(&name),
                }
                .map_err(|e| failed(&e))
            }
        }
    }

    fn erase_prefix(&self, prefix: &StorePrefix) -> Result<(), StorageError> {
        match self {
            Store::Local(local) => present(std::fs::remove_dir_all(local.root.join(prefix.as_str()))).map(|_| ()),
            Store::Zip(_) | Store::References(_) => Err(StorageError::ReadOnly),
            Store::Remote(remote) => {
                object::remove_all(remote.object(prefix.as_str()).trim_end_matches('/')).map_err(|e| failed(&e))
            }
        }
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

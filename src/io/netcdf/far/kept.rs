//! Where the chunks of variables lie, kept on disk from session to session: a file with thousands of them is asked for
//! each node of its index only once.
//!
//! What is kept belongs to one version of an object, as its server calls it. It lies in `rastra/chunks` below
//! `XDG_CACHE_HOME` or `~/.cache`, and may be removed at any time; whatever fails here only means that a server is asked.

use super::super::hdf5::Hdf5Variable;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

/// Variables of fewer chunks are not kept: what says where they lie is a request or two.
const LEAST: usize = 256;

/// Files that are kept, at most; of each size that an index of 100,000 chunks has, they take some hundred megabytes.
const MOST: usize = 512;

/// Compression that costs little.
const LEVEL: i32 = 1;

/// A variable of one version of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    /// Without what signs the request.
    pub object: String,
    pub version: String,
    pub size: u64,
    pub variable: String,
}

#[derive(Serialize, Deserialize)]
struct Entry<T> {
    key: Key,
    stored: T,
}

fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("rastra").join("chunks"))
}

impl Key {
    fn path(&self) -> Option<PathBuf> {
        let text = serde_json::to_vec(self).ok()?;
        Some(folder()?.join(format!("{:08x}-{:08x}.zst", crc32fast::hash(&text), text.len())))
    }

    pub(super) fn kept(&self) -> Option<Hdf5Variable> {
        let packed = fs::read(self.path()?).ok()?;
        let entry: Entry<Hdf5Variable> = serde_json::from_slice(&zstd::decode_all(packed.as_slice()).ok()?).ok()?;
        // Two keys may have one name.
        (entry.key == *self).then_some(entry.stored)
    }

    pub(super) fn keep(&self, stored: &Hdf5Variable) {
        if stored.place.count() >= LEAST {
            let _is_kept = self.write(stored);
        }
    }

    fn write(&self, stored: &Hdf5Variable) -> Option<()> {
        let path = self.path()?;
        let folder = path.parent()?;
        fs::create_dir_all(folder).ok()?;
        let text = serde_json::to_vec(&Entry { key: self.clone(), stored }).ok()?;
        let beside = path.with_extension(std::process::id().to_string());
        fs::write(&beside, zstd::encode_all(text.as_slice(), LEVEL).ok()?).ok()?;
        fs::rename(&beside, &path).ok()?;
        let mut kept: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)
            .ok()?
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        kept.sort();
        let too_many = kept.len().saturating_sub(MOST);
        kept.iter().take(too_many).try_for_each(|(_, oldest)| fs::remove_file(oldest)).ok()
    }
}

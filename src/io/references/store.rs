//! A set of references: what lies behind each key, and the bytes of it.
//!
//! **Invariant:** a key that is not there is absent; a key whose file is not there is an error. An absent chunk is all fill
//! value, and a lost file must not become missing data.

use super::entry::{Entry, get, local};
use super::json;
use super::records::Records;
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::gdal::object;
use crate::io::remote::address::{Location, without_secrets};
use crate::io::signers::Signing;
use crate::io::source::Want;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct References {
    /// Where the references lie: targets without a root are found from here.
    place: Location,
    signing: Signing,
    entries: BTreeMap<String, Entry>,
    /// References of chunks that are read when they are needed.
    records: Option<Records>,
}

impl PartialEq for References {
    fn eq(&self, other: &References) -> bool {
        (&self.place, &self.signing) == (&other.place, &other.signing)
    }
}

impl References {
    /// Reads a JSON document, or the head of a folder of Parquet files.
    ///
    /// # Errors
    /// `E0301`, `E0314`: it is not there, or is no set of references.
    pub(crate) fn open(path: &str, signing: Signing) -> Result<References> {
        let place = Location::of(path, None);
        let below = Location::of(&format!("{}/.zmetadata", path.trim_end_matches('/')), None);
        let looks_like_json = path.split('?').next().is_some_and(|p| p.ends_with(".json"));
        let head = if looks_like_json { None } else { get(&signing, &below)? };
        if let Some(head) = head {
            let (entries, records) = Records::open(&head, &place, &signing).map_err(|e| broken(&place, e))?;
            return Ok(References { place, signing, entries, records: Some(records) });
        }
        let Some(bytes) = get(&signing, &place)? else {
            return Err(Diagnostic::new(codes::NOT_FOUND, format!("there is no `{}`", place.shown()))
                .help("`load kerchunk` reads a JSON file, or a folder of Parquet files with a `.zmetadata`"));
        };
        let entries = json::read(&bytes).map_err(|e| broken(&place, e))?;
        Ok(References { place, signing, entries, records: None })
    }

    /// For messages.
    pub(crate) fn shown(&self) -> String {
        self.place.shown()
    }

    /// Names directly below `prefix`, which is empty or ends in a slash.
    pub(crate) fn list(&self, prefix: &str) -> Vec<String> {
        let below = self.entries.range(prefix.to_string()..).map_while(|(key, _)| key.strip_prefix(prefix));
        let names: BTreeSet<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
        names.into_iter().map(str::to_string).collect()
    }

    fn entry(&self, key: &str) -> Result<Option<Entry>> {
        match (self.entries.get(key), &self.records) {
            (Some(entry), _) => Ok(Some(entry.clone())),
            (None, Some(records)) => records.entry(key).map_err(|e| broken(&self.place, e)),
            (None, None) => Ok(None),
        }
    }

    /// The number of bytes behind a key.
    pub(crate) fn size(&self, key: &str) -> Result<Option<u64>> {
        Ok(match self.entry(key)? {
            None => None,
            Some(Entry::Inline(bytes)) => Some(bytes.len() as u64),
            Some(Entry::Part(_, _, length)) => Some(length),
            Some(Entry::Whole(target)) => {
                let mut size = 0;
                self.target(&target, &mut |length| {
                    size = length;
                    None
                })?;
                Some(size)
            }
        })
    }

    /// The parts that `ranges` picks of what is behind a key, when told its size.
    pub(crate) fn read(
        &self,
        key: &str,
        ranges: &mut dyn FnMut(u64) -> Option<Range<u64>>,
    ) -> Result<Option<Vec<Vec<u8>>>> {
        let Some(entry) = self.entry(key)? else { return Ok(None) };
        let parts = match entry {
            Entry::Inline(bytes) => {
                let cut = |range: Range<u64>| bytes.get(range.start as usize..range.end as usize).map(<[u8]>::to_vec);
                std::iter::from_fn(|| ranges(bytes.len() as u64)).filter_map(cut).collect()
            }
            Entry::Whole(target) => self.target(&target, ranges)?,
            Entry::Part(target, offset, length) => {
                let picked = std::iter::from_fn(|| ranges(length)).map(|r| offset + r.start..offset + r.end);
                let picked: Vec<Range<u64>> = picked.collect();
                match self.far(&target) {
                    Some(name) => object::parts(&name, &picked)?.ok_or_else(|| self.lost(without_secrets(&name)))?,
                    None => {
                        let mut left = picked.into_iter();
                        self.target(&target, &mut |_| left.next())?
                    }
                }
            }
        };
        Ok(Some(parts))
    }

    /// Whether what is behind a key lies on a server; a key of many speaks for all.
    pub(crate) fn is_far(&self) -> bool {
        let target = |entry: &Entry| match entry {
            Entry::Inline(_) => None,
            Entry::Whole(target) | Entry::Part(target, ..) => Some(target.clone()),
        };
        match self.entries.values().find_map(target) {
            Some(target) => self.far(&target).is_some(),
            None => local(&self.place).is_none(),
        }
    }

    /// Asks for what is behind a key, which will be read and has at most about so many bytes.
    pub(crate) fn want(&self, key: &str, bytes: u64) -> Want {
        let wanted = match self.entry(key) {
            Ok(Some(Entry::Whole(target))) => self.far(&target).map(|name| object::want(&name, bytes)),
            Ok(Some(Entry::Part(target, offset, length))) => {
                self.far(&target).map(|name| object::want_part(&name, offset..offset.saturating_add(length)))
            }
            // What cannot be found out fails where it is read.
            Ok(Some(Entry::Inline(_)) | None) | Err(_) => None,
        };
        wanted.unwrap_or(Want::All)
    }

    /// The name of a target that is on no disk of this machine.
    fn far(&self, target: &str) -> Option<String> {
        let place = self.place.join(target);
        local(&place).is_none().then(|| self.signing.name(&place.gdal()))
    }

    fn lost(&self, shown: String) -> Box<Diagnostic> {
        Diagnostic::new(codes::NOT_FOUND, format!("`{}` refers to `{shown}`, which is not there", self.shown()))
    }

    fn target(&self, target: &str, ranges: &mut dyn FnMut(u64) -> Option<Range<u64>>) -> Result<Vec<Vec<u8>>> {
        let lost = |shown: String| self.lost(shown);
        let place = self.place.join(target);
        match local(&place) {
            Some(path) => {
                // Other readers take a name without a root from the folder they are started in.
                let here = Path::new(target);
                let path = if !path.exists() && here.exists() { here } else { path };
                let failed = |e: std::io::Error| match e.kind() {
                    std::io::ErrorKind::NotFound => lost(path.display().to_string()),
                    _ => Diagnostic::new(codes::UNREADABLE, format!("`{}` cannot be read", path.display())).cause(e),
                };
                let file = File::open(path).map_err(failed)?;
                let size = file.metadata().map_err(failed)?.len();
                std::iter::from_fn(|| ranges(size)).map(|range| part(&file, range, size).map_err(failed)).collect()
            }
            None => {
                let name = self.signing.name(&place.gdal());
                object::read(&name, ranges)?.ok_or_else(|| lost(without_secrets(&name)))
            }
        }
    }
}

fn part(file: &File, range: Range<u64>, size: u64) -> std::io::Result<Vec<u8>> {
    if range.end > size || range.start > range.end {
        let text = format!("it has {size} bytes, bytes {}..{} were asked for", range.start, range.end);
        return Err(std::io::Error::other(text));
    }
    let mut bytes = vec![0; (range.end - range.start) as usize];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes)
}

fn broken(place: &Location, cause: impl Into<Cause>) -> Box<Diagnostic> {
    Diagnostic::new(codes::DAMAGED, format!("`{}` holds no references that can be read", place.shown())).cause(cause)
}

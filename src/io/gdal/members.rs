//! Where members of archives on servers lie, for those that were listed: they are asked for ahead as other files are.

use super::object;
use crate::io::source::Want;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Members that are known, at most.
const MOST: usize = 1 << 18;

/// A larger member is read as it is needed.
const LARGEST: u64 = 64 << 20;

/// So is a smaller one that is not compressed: little of it may be needed, beyond its beginning.
const LARGEST_STORED: u64 = 4 << 20;
const BEGINNING: u64 = 64 << 10;

/// The bytes of a member in its archive, and whether they are the file as it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub range: Range<u64>,
    pub is_stored: bool,
}

/// By the name of the member, with that of the archive.
static KNOWN: LazyLock<Mutex<HashMap<String, (String, Place)>>> = LazyLock::new(Mutex::default);

/// Remembers where the members of an archive lie, by the names under which GDAL opens them.
pub(crate) fn remember(archive: &str, members: impl IntoIterator<Item = (String, Place)>) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() > MOST {
        known.clear();
    }
    known.extend(members.into_iter().map(|(name, place)| (name, (archive.to_string(), place))));
}

/// Asks for a member; nothing for what is none, or was not listed.
pub(crate) fn want(name: &str) -> Option<Want> {
    let (archive, Place { mut range, is_stored }) =
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()?;
    let size = range.end - range.start;
    if is_stored && size > LARGEST_STORED {
        range.end = range.start + BEGINNING;
    } else if size > LARGEST {
        return Some(Want::All);
    }
    Some(object::want_part(&archive, range))
}

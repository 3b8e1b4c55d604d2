//! Where members of archives on servers lie, for those that were listed: they are asked for ahead as other files are.

use super::object;
use crate::io::source::Want;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Members that are known, at most.
const MOST: usize = 1 << 18;

/// A larger member is read as it is needed: of one that is not compressed little may be.
const LARGEST: u64 = 64 << 20;

/// An archive, and the bytes of a member in it.
type Place = (String, Range<u64>);

static KNOWN: LazyLock<Mutex<HashMap<String, Place>>> = LazyLock::new(Mutex::default);

/// Remembers where the members of an archive lie, by the names under which GDAL opens them.
pub(crate) fn remember(archive: &str, members: impl IntoIterator<Item = (String, Range<u64>)>) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() > MOST {
        known.clear();
    }
    known.extend(members.into_iter().map(|(name, range)| (name, (archive.to_string(), range))));
}

/// Asks for a member; nothing for what is none, or was not listed.
pub(crate) fn want(name: &str) -> Option<Want> {
    let (archive, range) = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()?;
    Some(if range.end - range.start > LARGEST { Want::All } else { object::want_part(&archive, range) })
}

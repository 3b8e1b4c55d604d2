//! One reference: what a key stands for, and how the bytes of a place are had.

use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::object;
use crate::io::remote::address::{Location, gdal_name};
use crate::io::signers::Signing;
use std::path::Path;
use std::sync::Arc;

/// What a key stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// The bytes themselves.
    Inline(Arc<[u8]>),
    /// A whole file.
    Whole(Arc<str>),
    /// Offset and length in a file.
    Part(Arc<str>, u64, u64),
}

/// The bytes of a file, if it is there.
pub(super) fn get(signing: &Signing, place: &Location) -> Result<Option<Vec<u8>>> {
    let Some(path) = local(place) else { return object::get(&signing.name(&place.gdal())) };
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) if !path.is_file() => Ok(None),
        Err(e) => Err(Diagnostic::new(codes::UNREADABLE, format!("`{}` cannot be read", path.display())).cause(e)),
    }
}

/// The path of what lies on a local disk.
pub(super) fn local(place: &Location) -> Option<&Path> {
    match place {
        Location::File(path) if gdal_name(&path.to_string_lossy()).is_none() => Some(path),
        _ => None,
    }
}

//! Values of variables that are not read chunk by chunk: the reader of the format decodes them.

use super::bytes::{Bytes, Lacking};
use crate::cube::chunk::PixelType;
use crate::diagnostic::{Cause, Result};
use crate::io::remote::address::without_secrets;
use crate::io::remote::objects;
use crate::io::source::unopened;
use hdf5_reader::error::Error;
use hdf5_reader::{FilterRegistry, Storage};
use netcdf_reader::{NcFile, NcOpenOptions, NcReadable, NcSliceInfo, NcSliceInfoElem};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Files that are kept open, each with a few decoded chunks.
const KEPT: usize = 16;
const DECODED: usize = 16 << 20;

/// The registered number of Zstandard among HDF5's filters.
const ZSTD: u16 = 32015;

/// A file that is open.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) file: Arc<NcFile>,
    bytes: Arc<Bytes>,
}

/// With how often something was forgotten until then: files may have changed since.
static FILES: Mutex<(u64, Vec<(String, Open)>)> = Mutex::new((0, Vec::new()));

/// # Errors
/// `E0301`, `E0312`, and what the server said.
pub(super) fn open(name: &str) -> Result<Open> {
    let files = || {
        let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
        if files.0 != objects::forgotten() {
            *files = (objects::forgotten(), Vec::new());
        }
        files
    };
    let bytes = Arc::new(Bytes::open(name)?);
    if let Some((_, open)) = files().1.iter().find(|(known, open)| known == name && open.size() == bytes.len()) {
        return Ok(open.clone());
    }
    let file = NcFile::from_storage_with_options(bytes.clone(), options());
    let open = match (file, bytes.lacking()) {
        (Ok(file), _) => Open { file: Arc::new(file), bytes },
        (Err(_), Some(Lacking::Failed(Some(failure)))) => return Err(failure),
        (Err(why), _) => {
            let shown = without_secrets(name);
            return Err(unopened(&shown, format!("`{shown}` cannot be read as netCDF"), why.to_string()));
        }
    };
    let mut files = files();
    if files.1.len() >= KEPT {
        files.1.remove(0);
    }
    files.1.push((name.to_string(), open.clone()));
    Ok(open)
}

fn options() -> NcOpenOptions {
    let mut filters = FilterRegistry::new();
    filters.register(ZSTD, Box::new(|_, packed, _| zstd::stream::decode_all(packed).map_err(Error::Io)));
    NcOpenOptions { chunk_cache_bytes: DECODED, filter_registry: Some(filters), ..NcOpenOptions::default() }
}

impl Open {
    pub(super) fn size(&self) -> u64 {
        self.bytes.len()
    }

    /// What `read` makes of the file; the failure is the server's where it failed.
    pub(super) fn read<T>(&self, read: impl FnOnce(&NcFile) -> netcdf_reader::Result<T>) -> Result<T, Cause> {
        match (read(&self.file), self.bytes.lacking()) {
            (Ok(value), _) => Ok(value),
            (Err(_), Some(Lacking::Failed(Some(failure)))) => Err(failure.below()),
            (Err(why), _) => Err(why.to_string().into()),
        }
    }
}

/// Reads a hyperslab of a variable, in the order of its dimensions, into a buffer of as many values.
///
/// # Errors
/// What the server or the reader said.
pub(in super::super) fn fetch<R: PixelType + NcReadable>(
    name: &str,
    variable: &str,
    slab: &[Range<usize>],
    out: &mut [R],
) -> Result<(), Cause> {
    let slice =
        |range: &Range<usize>| NcSliceInfoElem::Slice { start: range.start as u64, end: range.end as u64, step: 1 };
    let selection = NcSliceInfo { selections: slab.iter().map(slice).collect() };
    let open = open(name).map_err(|failure| failure.below())?;
    let values = open.read(|file| file.read_variable_slice::<R>(variable, &selection))?;
    if values.len() != out.len() {
        return Err("the file has changed since the plan was made".into());
    }
    out.iter_mut().zip(values).for_each(|(out, value)| *out = value);
    Ok(())
}

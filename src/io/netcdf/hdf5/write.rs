//! Variables of a defined file filled with chunks that are packed already.
//!
//! **Invariant:** as in [`super`], every call is made inside `library::alone`; so is the end of a [`ChunkFile`].

use super::{Object, RANK};
use crate::diagnostic::{Cause, DiskFault, Fault};
use hdf5_sys::h5d::{H5Dclose, H5Dopen2, H5Dset_extent, H5Dwrite_chunk};
use hdf5_sys::h5f::{H5F_ACC_RDWR, H5Fclose, H5Fopen};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A file that netCDF has defined and closed, open for its chunks.
pub(in super::super) struct ChunkFile {
    /// Closed before the file is.
    variables: Vec<Object>,
    file: Object,
}

impl ChunkFile {
    /// Opens variables by their names and gives each its shape: along an unlimited dimension it has no length yet.
    pub(in super::super) fn open(path: &Path, variables: &[(&str, Vec<usize>)]) -> Result<ChunkFile, Cause> {
        let c_path = CString::new(path.as_os_str().as_bytes()).map_err(|e| e.to_string())?;
        // SAFETY: strings end in NUL and live for the call. The library is this thread's alone.
        let file = unsafe { Object::new(H5Fopen(c_path.as_ptr(), H5F_ACC_RDWR, 0), H5Fclose, "the new file")? };
        let variables = variables.iter().map(|(name, shape)| open(&file, name, shape)).collect::<Result<_, _>>()?;
        Ok(ChunkFile { variables, file })
    }

    /// Stores the chunk whose first element is at `first`, as the filters of the variable would leave it.
    pub(in super::super) fn put(&mut self, variable: usize, first: &[usize], packed: &[u8]) -> Result<(), Cause> {
        let mut offset = [0u64; RANK];
        offset.iter_mut().zip(first).for_each(|(at, first)| *at = *first as u64);
        let set = self.variables[variable].0;
        // SAFETY: `set` is open, has no more than `RANK` dimensions, and the buffer is as long as is said. A mask of 0 says
        // that all filters were applied.
        let failed = unsafe { H5Dwrite_chunk(set, 0, 0, offset.as_ptr(), packed.len(), packed.as_ptr().cast()) } < 0;
        if failed { Err(refused("a chunk cannot be written")) } else { Ok(()) }
    }

    /// Writes what the library holds still.
    pub(in super::super) fn close(self) -> Result<(), Cause> {
        let ChunkFile { variables, file } = self;
        drop(variables);
        let id = file.0;
        std::mem::forget(file);
        // SAFETY: the file is open, and closed here only.
        if unsafe { H5Fclose(id) } < 0 { Err(refused("the file cannot be closed")) } else { Ok(()) }
    }
}

fn open(file: &Object, name: &str, shape: &[usize]) -> Result<Object, Cause> {
    let c_name = CString::new(format!("/{name}")).map_err(|e| e.to_string())?;
    let lengths: Vec<u64> = shape.iter().map(|len| *len as u64).collect();
    // SAFETY: the name ends in NUL, and there is a length for each dimension that the variable was defined with.
    unsafe {
        let set = Object::new(H5Dopen2(file.0, c_name.as_ptr(), 0), H5Dclose, "the new variable")?;
        if H5Dset_extent(set.0, lengths.as_ptr()) < 0 {
            return Err(refused("a variable does not take its shape"));
        }
        Ok(set)
    }
}

/// What failed, and where the system said that the disk is why, that. HDF5 hands no reason on but leaves the system's.
fn refused(what: &str) -> Cause {
    let last = std::io::Error::last_os_error();
    match DiskFault::of(last.kind()) {
        Some(fault) => Cause { text: last.to_string(), fault: Some(Fault::Disk(fault)) },
        None => Cause::from(what),
    }
}

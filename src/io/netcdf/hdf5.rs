//! Where HDF5 keeps the bytes of a variable: the calls of the library below netCDF that the `netcdf` crate lacks.
//!
//! **Invariant:** every call is made inside [`library::alone`], so that nobody else uses the library meanwhile.

pub(super) mod write;

use super::library;
use crate::diagnostic::Cause;
use hdf5_sys::h5d::{
    H5D_layout_t, H5Dclose, H5Dget_chunk_info_by_coord, H5Dget_create_plist, H5Dget_offset, H5Dget_space,
    H5Dget_storage_size, H5Dget_type, H5Dopen2,
};
use hdf5_sys::h5f::{H5Fclose, H5Fget_create_plist, H5Fopen};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{
    H5Pclose, H5Pget_chunk, H5Pget_external_count, H5Pget_fill_value, H5Pget_filter2, H5Pget_layout, H5Pget_nfilters,
    H5Pget_userblock,
};
use hdf5_sys::h5s::{H5Sclose, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims};
use hdf5_sys::h5t::{H5T_order_t, H5Tclose, H5Tget_order, H5Tget_size};
use serde::{Deserialize, Serialize};
use std::ffi::CString;
use std::io::Read;

/// Dimensions that HDF5 can have at most.
const RANK: usize = 32;

/// How a file begins, unless a user block goes before.
const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// `HADDR_UNDEF`: nothing is stored.
const NOWHERE: u64 = u64::MAX;

/// A step of HDF5's pipeline, by its registered number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Filter {
    pub number: i32,
    pub name: String,
    pub values: Vec<u32>,
}

/// A variable as it lies in its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hdf5Variable {
    pub shape: Vec<usize>,
    pub is_big: bool,
    /// In the order in which they were applied.
    pub filters: Vec<Filter>,
    /// The bytes of one element that nothing was written to, as they would be in the file.
    pub fill: Vec<u8>,
    pub place: DataLocation,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum DataLocation {
    /// Offset and length of all of it; nothing where none was written.
    Whole(Option<(u64, u64)>),
    /// The lengths of a chunk, and of each that was written its position in chunks, offset and length.
    Chunks(Vec<usize>, Vec<(Vec<usize>, u64, u64)>),
}

impl DataLocation {
    /// How many pieces it lies in.
    pub(super) fn count(&self) -> usize {
        match self {
            DataLocation::Whole(place) => place.iter().count(),
            DataLocation::Chunks(_, chunks) => chunks.len(),
        }
    }
}

/// An object of HDF5, closed when it goes.
struct Object(hid_t, unsafe extern "C" fn(hid_t) -> i32);

impl Object {
    fn new(id: hid_t, close: unsafe extern "C" fn(hid_t) -> i32, what: &str) -> Result<Object, String> {
        if id < 0 { Err(format!("HDF5 does not give {what}")) } else { Ok(Object(id, close)) }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: the id was valid when it was taken over and is closed once, with the function of its kind; objects live
        // only inside `library::alone`.
        unsafe {
            (self.1)(self.0);
        }
    }
}

/// Finds the bytes of variables of at most `most` chunks, by their paths from the root.
pub(super) fn describe(path: &str, names: &[String], most: usize) -> Result<Vec<Hdf5Variable>, Cause> {
    let mut begin = [0u8; SIGNATURE.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    // HDF5 cannot close itself any more, and says so on the terminal, once it was asked to open something else.
    if read.is_err() || begin != SIGNATURE {
        return Err("it does not begin as HDF5 files do".into());
    }
    library::forget(path);
    library::alone(|| {
        let c_path = CString::new(path).map_err(|e| e.to_string())?;
        // SAFETY: here and below, strings end in NUL and live for the call, ids are open ones of the right kind, and buffers
        // are as long as the call is told. The library is this thread's alone.
        let file = unsafe { Object::new(H5Fopen(c_path.as_ptr(), 0, 0), H5Fclose, "the file")? };
        let created = unsafe { Object::new(H5Fget_create_plist(file.0), H5Pclose, "the properties of the file")? };
        let mut block = 0;
        if unsafe { H5Pget_userblock(created.0, &mut block) } < 0 || block != 0 {
            return Err("it begins with a user block".into());
        }
        names.iter().map(|name| variable(&file, name, most).map_err(|e| format!("`{name}`: {e}").into())).collect()
    })
}

fn variable(file: &Object, name: &str, most: usize) -> Result<Hdf5Variable, String> {
    let c_name = CString::new(format!("/{name}")).map_err(|e| e.to_string())?;
    // SAFETY: as in `describe`; `name` outlives the call.
    let (set, created, space, kind) = unsafe {
        let set = Object::new(H5Dopen2(file.0, c_name.as_ptr(), 0), H5Dclose, "the variable")?;
        let created = Object::new(H5Dget_create_plist(set.0), H5Pclose, "its properties")?;
        let space = Object::new(H5Dget_space(set.0), H5Sclose, "its shape")?;
        let kind = Object::new(H5Dget_type(set.0), H5Tclose, "its type")?;
        (set, created, space, kind)
    };
    let mut dims = [0u64; RANK];
    // SAFETY: HDF5 has no more than `RANK` dimensions, and takes null for the largest ones.
    let (rank, order, size) = unsafe {
        let rank = H5Sget_simple_extent_ndims(space.0);
        if rank < 0 || rank as usize > RANK {
            return Err("it has no simple shape".into());
        }
        H5Sget_simple_extent_dims(space.0, dims.as_mut_ptr(), std::ptr::null_mut());
        (rank as usize, H5Tget_order(kind.0), H5Tget_size(kind.0))
    };
    let shape: Vec<usize> = dims[..rank].iter().map(|n| *n as usize).collect();
    let mut fill = vec![0u8; size.max(1)];
    // SAFETY: the buffer holds one element of the variable's own type.
    if unsafe { H5Pget_fill_value(created.0, kind.0, fill.as_mut_ptr().cast()) } < 0 {
        return Err("its fill value cannot be read".into());
    }
    // SAFETY: `created` is the creation property list of a dataset.
    let layout = unsafe { H5Pget_layout(created.0) };
    let place = match layout {
        H5D_layout_t::H5D_CONTIGUOUS => {
            // SAFETY: both ids are open.
            let (elsewhere, offset, length) =
                unsafe { (H5Pget_external_count(created.0), H5Dget_offset(set.0), H5Dget_storage_size(set.0)) };
            if elsewhere > 0 {
                return Err("its bytes lie in other files".into());
            }
            DataLocation::Whole((offset != NOWHERE && length > 0).then_some((offset, length)))
        }
        H5D_layout_t::H5D_CHUNKED => {
            let mut lengths = [0u64; RANK];
            // SAFETY: the buffer holds `RANK` lengths.
            if unsafe { H5Pget_chunk(created.0, RANK as i32, lengths.as_mut_ptr()) } < 0 {
                return Err("the shape of its chunks cannot be read".into());
            }
            let lengths: Vec<usize> = lengths[..rank].iter().map(|n| *n as usize).collect();
            let pieces = chunks(&set, &shape, &lengths, most)?;
            DataLocation::Chunks(lengths, pieces)
        }
        H5D_layout_t::H5D_COMPACT => return Err("it is so small that it lies in the header of the file".into()),
        _ => return Err("its bytes lie in other files".into()),
    };
    let is_big = order == H5T_order_t::H5T_ORDER_BE;
    Ok(Hdf5Variable { shape, is_big, filters: filters(&created)?, fill, place })
}

fn chunks(
    set: &Object,
    shape: &[usize],
    lengths: &[usize],
    most: usize,
) -> Result<Vec<(Vec<usize>, u64, u64)>, String> {
    let counts: Vec<usize> = shape.iter().zip(lengths).map(|(n, len)| n.div_ceil((*len).max(1))).collect();
    if counts.iter().try_fold(1usize, |all, n| all.checked_mul(*n)).is_none_or(|all| all > most) {
        return Err("it has too many chunks".into());
    }
    let mut found = Vec::new();
    for number in 0..counts.iter().product() {
        let index = position(number, &counts);
        let first: Vec<u64> = index.iter().zip(lengths).map(|(i, len)| (i * len) as u64).collect();
        let (mut mask, mut offset, mut length) = (0, NOWHERE, 0);
        // SAFETY: `first` has a number for each dimension; the others are filled by the call.
        let failed =
            unsafe { H5Dget_chunk_info_by_coord(set.0, first.as_ptr(), &mut mask, &mut offset, &mut length) } < 0;
        if failed {
            return Err(format!("the place of chunk {index:?} cannot be read"));
        }
        if offset == NOWHERE || length == 0 {
            continue;
        }
        if mask != 0 {
            return Err(format!("chunk {index:?} was stored without one of the filters"));
        }
        found.push((index, offset, length));
    }
    Ok(found)
}

/// Where a chunk stands in the grid of chunks, by its number, the last dimension counting fastest.
pub(super) fn position(number: usize, counts: &[usize]) -> Vec<usize> {
    let mut index = vec![0; counts.len()];
    let mut rest = number;
    for (at, n) in index.iter_mut().zip(counts).rev() {
        (*at, rest) = (rest % n, rest / n);
    }
    index
}

/// The number of a chunk by where it stands.
pub(super) fn number(index: &[usize], counts: &[usize]) -> usize {
    index.iter().zip(counts).fold(0, |number, (i, count)| number * count + i)
}

fn filters(created: &Object) -> Result<Vec<Filter>, String> {
    // SAFETY: `created` is the creation property list of a dataset.
    let count = unsafe { H5Pget_nfilters(created.0) };
    (0..count.max(0) as u32)
        .map(|at| {
            let (mut flags, mut config, mut len) = (0, 0, 32);
            let (mut values, mut name) = ([0u32; 32], [0u8; 64]);
            // SAFETY: the buffers are as long as `len` and the length of the name say.
            let number = unsafe {
                H5Pget_filter2(
                    created.0,
                    at,
                    &mut flags,
                    &mut len,
                    values.as_mut_ptr(),
                    name.len(),
                    name.as_mut_ptr().cast(),
                    &mut config,
                )
            };
            if number < 0 {
                return Err("its filters cannot be read".into());
            }
            let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
            let name = String::from_utf8_lossy(&name[..end]).into_owned();
            Ok(Filter { number, name, values: values[..len.min(32)].to_vec() })
        })
        .collect()
}

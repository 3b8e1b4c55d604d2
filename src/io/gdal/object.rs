//! Remote objects: through the requests of this program where they can serve them, else through GDAL's virtual file
//! systems, which also know archives, and which write.
//!
//! **Invariant:** only "it is not there" reads as absent. A server that refuses or fails is an error: an absent chunk is
//! silently all fill value, and an outage must not become missing data.

mod write;

use super::enter::{enter, patiently};
use super::opened::{beyond, c_path, failed, length, open, part, seek};
use super::signed::enter_gdal;
use super::way::{WAY, is_ours};
use crate::diagnostic::Result;
use crate::io::remote::address::{is_behind_server, split_signer};
use crate::io::remote::objects::{self, Wanted};
use crate::io::source::Want;
use std::ffi::{CStr, c_char, c_void};
use std::ops::Range;

pub(crate) use write::{remove, remove_all, upload, write};

/// Bytes of an object, if it is there.
pub(crate) fn size(name: &str) -> Result<Option<u64>> {
    if is_ours(name) {
        return objects::size(name, &WAY);
    }
    patiently(name, || open(&enter(name)?, name, c"rb")?.map(|handle| length(&handle, name)).transpose())
}

/// A whole object, if it is there.
pub(crate) fn get(name: &str) -> Result<Option<Vec<u8>>> {
    if is_ours(name) {
        return objects::read_whole(name, &WAY);
    }
    let mut whole = false;
    let parts = read(name, &mut |size| (!std::mem::replace(&mut whole, true)).then_some(0..size))?;
    Ok(parts.map(|mut parts| parts.pop().unwrap_or_default()))
}

/// Up to `len` bytes from the start of an object, if it is there. Its size is not asked: to know that of a compressed one
/// is to read it.
pub(crate) fn head(name: &str, len: usize) -> Result<Option<Vec<u8>>> {
    if is_ours(name) {
        return objects::read(name, &WAY, 0..len as u64);
    }
    patiently(name, || {
        let Some(handle) = open(&enter(name)?, name, c"rb")? else { return Ok(None) };
        let mut bytes = vec![0u8; len];
        // SAFETY: the buffer has `len` bytes and lives for the call.
        let got = unsafe { gdal_sys::VSIFReadL(bytes.as_mut_ptr().cast::<c_void>(), 1, len, handle.0) };
        // A line that dropped looks like the end of the file.
        if got == 0 && is_behind_server(name) {
            return Err(failed("gave no bytes", name));
        }
        bytes.truncate(got);
        Ok(Some(bytes))
    })
}

/// What `visit` makes of an object, if it is there: it reads up to so many bytes from an offset. The size is not asked.
pub(crate) fn with<T>(
    name: &str,
    visit: &mut dyn FnMut(&dyn Fn(u64, usize) -> Result<Vec<u8>>) -> Result<T>,
) -> Result<Option<T>> {
    if is_ours(name) {
        if objects::size(name, &WAY)?.is_none() {
            return Ok(None);
        }
        let read = |offset: u64, len: usize| {
            objects::read(name, &WAY, offset..offset.saturating_add(len as u64)).map(Option::unwrap_or_default)
        };
        return visit(&read).map(Some);
    }
    patiently(name, || {
        let Some(handle) = open(&enter(name)?, name, c"rb")? else { return Ok(None) };
        let read = |offset: u64, len: usize| {
            seek(&handle, offset, 0, name)?;
            let mut bytes = vec![0u8; len];
            // SAFETY: the buffer has `len` bytes and lives for the call.
            let got = unsafe { gdal_sys::VSIFReadL(bytes.as_mut_ptr().cast::<c_void>(), 1, len, handle.0) };
            bytes.truncate(got);
            Ok(bytes)
        };
        visit(&read).map(Some)
    })
}

/// The parts of an object that `ranges` picks when told its size, if it is there.
pub(crate) fn read(name: &str, ranges: &mut dyn FnMut(u64) -> Option<Range<u64>>) -> Result<Option<Vec<Vec<u8>>>> {
    if is_ours(name) {
        return read_ours(name, ranges);
    }
    let mut picked: Option<Vec<Range<u64>>> = None;
    patiently(name, || {
        let entered = enter(name)?;
        let Some(handle) = open(&entered, name, c"rb")? else { return Ok(None) };
        let size = length(&handle, name)?;
        let picked = picked.get_or_insert_with(|| std::iter::from_fn(|| ranges(size)).collect());
        picked.iter().map(|range| part(&handle, name, range, size)).collect::<Result<_>>().map(Some)
    })
}

/// Parts of an object, if it is there, whose size is not asked.
pub(crate) fn parts(name: &str, ranges: &[Range<u64>]) -> Result<Option<Vec<Vec<u8>>>> {
    if !is_ours(name) {
        let mut left = ranges.iter().cloned();
        return read(name, &mut |_| left.next());
    }
    // A single one is read with what is around it: who goes through an object in small steps asks for that next.
    if ranges.len() > 1 {
        objects::want(name, &WAY, ranges);
    }
    let mut parts = Vec::with_capacity(ranges.len());
    for range in ranges {
        let Some(bytes) = objects::read(name, &WAY, range.clone())? else { return Ok(None) };
        if (bytes.len() as u64) < range.end - range.start {
            return Err(beyond(name, range, range.start + bytes.len() as u64));
        }
        parts.push(bytes);
    }
    Ok(Some(parts))
}

/// Asks for a whole object that will be read, of about so many bytes.
pub(crate) fn want(name: &str, bytes: u64) -> Want {
    if is_ours(name) { told(objects::want_whole(name, &WAY, bytes)) } else { Want::All }
}

/// Asks for a part of an object that will be read.
pub(crate) fn want_part(name: &str, range: Range<u64>) -> Want {
    want_parts(name, &[range])
}

/// Asks for parts of an object that will be read, near ones as one.
pub(crate) fn want_parts(name: &str, ranges: &[Range<u64>]) -> Want {
    if is_ours(name) { told(objects::want(name, &WAY, ranges)) } else { Want::All }
}

/// The size of an object whose head is here; until then it is asked for, and nothing of what cannot be asked for ahead.
pub(crate) fn held_size(name: &str) -> Result<u64, Option<Want>> {
    if !is_ours(name) {
        return Err(None);
    }
    if let Some(size) = objects::held_size(name) {
        return Ok(size);
    }
    Err(awaited(objects::want_head(name, &WAY)))
}

/// A part of an object, if it is here; until then it is asked for with what is `around` it, and nothing where that has
/// failed.
pub(crate) fn held_part(name: &str, range: &Range<u64>, around: Range<u64>) -> Result<Vec<u8>, Option<Want>> {
    objects::held(name, range).ok_or_else(|| awaited(objects::want(name, &WAY, &[around])))
}

/// Asks for the first or the last bytes of an object, which say where others lie: later, until they are here. Nothing where
/// they cannot be asked for ahead.
pub(crate) fn want_index(name: &str, bytes: u64, is_first: bool) -> Option<Want> {
    if !is_ours(name) {
        return None;
    }
    // Azure gives no last bytes to whom does not know how many there are, which the head says.
    let has_tails = !split_signer(name).1.starts_with("/vsiaz/") || objects::held(name, &(0..1)).is_some();
    let wanted = match is_first {
        true if objects::held(name, &(0..bytes)).is_some() => Wanted::Held,
        true => objects::want(name, &WAY, std::slice::from_ref(&(0..bytes))),
        false if has_tails => objects::want_tail(name, &WAY, bytes),
        false => objects::want_head(name, &WAY),
    };
    awaited(wanted)
}

/// What whoever must have it first is told: later, until it is here; nothing where it will not come.
pub(crate) fn awaited(wanted: Wanted) -> Option<Want> {
    match wanted {
        Wanted::Held => Some(Want::All),
        Wanted::UnderWay => Some(Want::Later),
        Wanted::NoRoom => Some(Want::NoRoom),
        Wanted::Hopeless => None,
    }
}

pub(crate) fn told(wanted: Wanted) -> Want {
    match wanted {
        Wanted::Held | Wanted::UnderWay | Wanted::Hopeless => Want::All,
        Wanted::NoRoom => Want::NoRoom,
    }
}

/// The same by requests of this program: all ranges at a time.
fn read_ours(name: &str, ranges: &mut dyn FnMut(u64) -> Option<Range<u64>>) -> Result<Option<Vec<Vec<u8>>>> {
    let Some(size) = objects::size(name, &WAY)? else { return Ok(None) };
    let picked: Vec<Range<u64>> = std::iter::from_fn(|| ranges(size)).collect();
    if let Some(range) = picked.iter().find(|range| range.start > range.end || range.end > size) {
        return Err(beyond(name, range, size));
    }
    parts(name, &picked)
}

/// Fills a buffer with bytes of an object that requests of this program read; nothing where that fails.
pub(crate) fn read_exact(name: &str, out: &mut [u8], offset: u64) -> Option<()> {
    let bytes = objects::read(name, &WAY, offset..offset.checked_add(out.len() as u64)?).ok()??;
    (bytes.len() == out.len()).then(|| out.copy_from_slice(&bytes))
}

/// Names directly below a path; none where the server cannot list.
pub(crate) fn list(name: &str) -> Vec<String> {
    let Ok(entered) = enter_gdal(name) else { return Vec::new() };
    let Ok(path) = c_path(entered.path()) else { return Vec::new() };
    // SAFETY: the string ends in NUL and lives for the call.
    let found = unsafe { names(gdal_sys::VSIReadDirEx(path.as_ptr(), 0)) };
    found.into_iter().map(|name| name.trim_end_matches('/').to_string()).collect()
}

/// Names of all objects below a path, seen from there; none where the server cannot list.
pub(crate) fn list_all(name: &str) -> Vec<String> {
    let Ok(entered) = enter_gdal(name) else { return Vec::new() };
    let Ok(path) = c_path(entered.path()) else { return Vec::new() };
    // SAFETY: the string ends in NUL and lives for the call.
    let found = unsafe { names(gdal_sys::VSIReadDirRecursive(path.as_ptr())) };
    found.into_iter().filter(|name| !name.ends_with('/')).collect()
}

/// Takes over a list of names.
///
/// # Safety
/// `list` is null, or a list of C strings that ends in null and is the caller's to free.
unsafe fn names(list: *mut *mut c_char) -> Vec<String> {
    let mut names = Vec::new();
    let mut entry = list;
    // SAFETY: entries are read up to the null that ends the list, which is freed once.
    unsafe {
        while !entry.is_null() && !(*entry).is_null() {
            names.push(CStr::from_ptr(*entry).to_string_lossy().into_owned());
            entry = entry.add(1);
        }
        gdal_sys::CSLDestroy(list);
    }
    names
}

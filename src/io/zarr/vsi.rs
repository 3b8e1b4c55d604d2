//! Remote objects through GDAL's virtual file systems, so that rasters and Zarr share credentials, retries and caches.
//!
//! **Invariant:** only "it is not there" reads as absent. A server that refuses or fails is an error: an absent chunk is
//! silently all fill value, and an outage must not become missing data.

use crate::io::gdal::handles;
use std::ffi::{CStr, CString, c_char, c_int, c_void};

// The bindings leave out this header of GDAL's.
unsafe extern "C" {
    fn VSIErrorReset();
    fn VSIGetLastErrorNo() -> c_int;
    fn VSIGetLastErrorMsg() -> *const c_char;
}

/// `VSIE_AWSObjectNotFound`.
const OBJECT_NOT_FOUND: c_int = 8;
const END: c_int = 2;
const SET_ERROR: c_int = 1;

struct Handle(*mut gdal_sys::VSILFILE);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from `VSIFOpenExL` and is closed once.
        unsafe {
            gdal_sys::VSIFCloseL(self.0);
        }
    }
}

fn open(path: &str, mode: &CStr) -> Result<Option<Handle>, String> {
    handles::init();
    handles::messages();
    let name = CString::new(path).map_err(|e| e.to_string())?;
    let (mut handle, mut number, mut said) = attempt(&name, mode);
    if handle.is_none() && said.is_empty() && is_network(path) {
        // Why it failed before is remembered only as "not there"; asked afresh, the server says why.
        // SAFETY: the string ends in NUL and lives for the call.
        unsafe {
            gdal_sys::VSICurlPartialClearCache(name.as_ptr());
        }
        (handle, number, said) = attempt(&name, mode);
    }
    let absent = number == OBJECT_NOT_FOUND || said.contains("404") || said.contains("No such file");
    // Archives and memory say nothing at all; a server always does.
    if handle.is_some() || absent || (said.is_empty() && !is_network(path)) {
        return Ok(handle);
    }
    let all: Vec<String> = [said, handles::messages()].into_iter().filter(|text| !text.is_empty()).collect();
    Err(if all.is_empty() { format!("{path} cannot be reached") } else { format!("{path}: {}", all.join("; ")) })
}

/// A handle, or the number and the words of the failure.
fn attempt(name: &CStr, mode: &CStr) -> (Option<Handle>, c_int, String) {
    // SAFETY: both strings end in NUL and live for the call; the error functions only touch GDAL's thread-local state.
    unsafe {
        VSIErrorReset();
        let handle = gdal_sys::VSIFOpenExL(name.as_ptr(), mode.as_ptr(), SET_ERROR);
        let message = VSIGetLastErrorMsg();
        let said =
            if message.is_null() { String::new() } else { CStr::from_ptr(message).to_string_lossy().into_owned() };
        ((!handle.is_null()).then(|| Handle(handle)), VSIGetLastErrorNo(), said)
    }
}

fn is_network(path: &str) -> bool {
    ["/vsicurl", "/vsis3", "/vsigs", "/vsiaz", "/vsiadls", "/vsioss", "/vsiswift", "/vsiwebhdfs"]
        .iter()
        .any(|prefix| path.contains(prefix))
}

fn seek(handle: &Handle, offset: u64, whence: c_int) -> Result<(), String> {
    // SAFETY: the handle is open.
    match unsafe { gdal_sys::VSIFSeekL(handle.0, offset, whence) } {
        0 => Ok(()),
        _ => Err(format!("seek to {offset} failed: {}", handles::messages())),
    }
}

/// Bytes of an object, if it is there.
pub fn size(path: &str) -> Result<Option<u64>, String> {
    let Some(handle) = open(path, c"rb")? else { return Ok(None) };
    seek(&handle, 0, END)?;
    // SAFETY: the handle is open.
    Ok(Some(unsafe { gdal_sys::VSIFTellL(handle.0) }))
}

/// The parts of an object that `ranges` picks when told its size, if it is there.
pub fn read(
    path: &str,
    ranges: &mut dyn FnMut(u64) -> Option<std::ops::Range<u64>>,
) -> Result<Option<Vec<Vec<u8>>>, String> {
    let Some(handle) = open(path, c"rb")? else { return Ok(None) };
    seek(&handle, 0, END)?;
    // SAFETY: the handle is open.
    let size = unsafe { gdal_sys::VSIFTellL(handle.0) };
    let mut parts = Vec::new();
    while let Some(range) = ranges(size) {
        if range.start > range.end || range.end > size {
            return Err(format!("{path} has {size} bytes, bytes {}..{} were asked for", range.start, range.end));
        }
        seek(&handle, range.start, 0)?;
        let wanted = (range.end - range.start) as usize;
        let mut part = vec![0u8; wanted];
        // SAFETY: the buffer has `wanted` bytes and lives for the call.
        let got = unsafe { gdal_sys::VSIFReadL(part.as_mut_ptr().cast::<c_void>(), 1, wanted, handle.0) };
        if got != wanted {
            return Err(format!("{got} of {wanted} bytes of {path} were read: {}", handles::messages()));
        }
        parts.push(part);
    }
    Ok(Some(parts))
}

/// Writes an object, replacing what is there.
pub fn write(path: &str, bytes: &[u8]) -> Result<(), String> {
    let failed = |what: &str| format!("{what} {path} failed: {}", handles::messages());
    let handle = open(path, c"wb")?.ok_or_else(|| failed("opening"))?;
    // SAFETY: the buffer lives for the call and has the length given.
    let put = unsafe { gdal_sys::VSIFWriteL(bytes.as_ptr().cast::<c_void>(), 1, bytes.len(), handle.0) };
    let raw = handle.0;
    std::mem::forget(handle);
    // SAFETY: the handle is open and, being forgotten, closed only here. Closing sends the object and may fail.
    let closed = unsafe { gdal_sys::VSIFCloseL(raw) };
    if put == bytes.len() && closed == 0 { Ok(()) } else { Err(failed("writing")) }
}

pub fn remove(path: &str) -> Result<(), String> {
    handles::init();
    let name = CString::new(path).map_err(|e| e.to_string())?;
    // SAFETY: the string ends in NUL and lives for the call.
    unsafe {
        gdal_sys::VSIUnlink(name.as_ptr());
    }
    Ok(())
}

/// Removes everything below a path.
pub fn remove_all(path: &str) -> Result<(), String> {
    handles::init();
    let name = CString::new(path).map_err(|e| e.to_string())?;
    // SAFETY: the string ends in NUL and lives for the call.
    if unsafe { gdal_sys::VSIRmdirRecursive(name.as_ptr()) } == 0 {
        return Ok(());
    }
    // Some systems know objects but no folders, and fail where one would be removed.
    // SAFETY: as above.
    let objects = unsafe { names(gdal_sys::VSIReadDirRecursive(name.as_ptr())) };
    objects
        .iter()
        .filter(|object| !object.ends_with('/'))
        .try_for_each(|object| remove(&format!("{path}/{object}")))?;
    // SAFETY: as above.
    let left = unsafe { names(gdal_sys::VSIReadDirRecursive(name.as_ptr())) };
    match left.iter().find(|object| !object.ends_with('/')) {
        None => Ok(()),
        Some(object) => Err(format!("{path}/{object} cannot be removed: {}", handles::messages())),
    }
}

/// Names directly below a path; none where the server cannot list.
pub fn list(path: &str) -> Vec<String> {
    handles::init();
    let Ok(name) = CString::new(path) else { return Vec::new() };
    // SAFETY: the string ends in NUL and lives for the call.
    let found = unsafe { names(gdal_sys::VSIReadDirEx(name.as_ptr(), 0)) };
    found.into_iter().map(|name| name.trim_end_matches('/').to_string()).collect()
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

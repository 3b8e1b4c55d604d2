//! A file of GDAL's virtual file systems that is open: on a server, in an archive, in memory.

use super::cache;
use super::signed::SignedName;
use crate::diagnostic::{Diagnostic, DiskFault, Fault, Result, ServerFault, codes};
use crate::gdal::{library, said};
use crate::io::remote::address::{POOL, is_behind_server, without_secrets};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ops::Range;

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

pub(super) struct Handle(pub(super) *mut gdal_sys::VSILFILE);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from `VSIFOpenExL` and is closed once.
        unsafe {
            gdal_sys::VSIFCloseL(self.0);
        }
    }
}

/// A handle, if the object is there.
pub(super) fn open(entered: &SignedName, name: &str, mode: &CStr) -> Result<Option<Handle>> {
    library::messages();
    let path = c_path(entered.path())?;
    let (mut handle, mut number, mut said) = attempt(&path, mode);
    let behind_server = is_behind_server(name);
    if handle.is_none() && said.is_empty() && behind_server {
        // Why it failed before is remembered only as "not there"; asked afresh, the server says why.
        match entered.path().contains(POOL) {
            true => cache::forget(entered.path()),
            false => cache::forget_gdal(entered.path()),
        }
        (handle, number, said) = attempt(&path, mode);
    }
    let said = said::cause(&said);
    let absent = match said.fault {
        Some(Fault::Server(fault)) => fault == ServerFault::Status(404),
        Some(Fault::Disk(fault)) => fault == DiskFault::Absent,
        // Archives and memory say nothing at all; a server always does.
        None => said.text.is_empty() && !behind_server,
    };
    if handle.is_some() || absent || number == OBJECT_NOT_FOUND {
        return Ok(handle);
    }
    let all: Vec<String> = [said, library::messages()].map(|c| c.text).into_iter().filter(|t| !t.is_empty()).collect();
    let cause = if all.is_empty() { "the server said nothing".into() } else { said::cause(&all.join("; ")) };
    Err(Diagnostic::new(codes::UNREADABLE, format!("`{}` cannot be reached", without_secrets(name))).cause(cause))
}

pub(super) fn c_path(path: &str) -> Result<CString> {
    CString::new(path).map_err(|_| Diagnostic::new(codes::UNREADABLE, "a name cannot contain a NUL byte"))
}

/// What failed with an object, and what GDAL said.
pub(super) fn failed(what: &str, name: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::UNREADABLE, format!("`{}` {what}", without_secrets(name))).cause(library::messages())
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

/// The length of an open object.
pub(super) fn length(handle: &Handle, name: &str) -> Result<u64> {
    seek(handle, 0, END, name)?;
    // SAFETY: the handle is open.
    Ok(unsafe { gdal_sys::VSIFTellL(handle.0) })
}

pub(super) fn seek(handle: &Handle, offset: u64, whence: c_int, name: &str) -> Result<()> {
    // SAFETY: the handle is open.
    match unsafe { gdal_sys::VSIFSeekL(handle.0, offset, whence) } {
        0 => Ok(()),
        _ => Err(failed(&format!("cannot be read from byte {offset}"), name)),
    }
}

pub(super) fn part(handle: &Handle, name: &str, range: &Range<u64>, size: u64) -> Result<Vec<u8>> {
    if range.start > range.end || range.end > size {
        return Err(beyond(name, range, size));
    }
    seek(handle, range.start, 0, name)?;
    let wanted = (range.end - range.start) as usize;
    let mut part = vec![0u8; wanted];
    // SAFETY: the buffer has `wanted` bytes and lives for the call.
    let got = unsafe { gdal_sys::VSIFReadL(part.as_mut_ptr().cast::<c_void>(), 1, wanted, handle.0) };
    if got == wanted { Ok(part) } else { Err(failed(&format!("gave {got} of {wanted} bytes"), name)) }
}

pub(super) fn beyond(name: &str, range: &Range<u64>, size: u64) -> Box<Diagnostic> {
    let what = format!("has {size} bytes, bytes {}..{} were asked for", range.start, range.end);
    Diagnostic::new(codes::FILES_DIFFER, format!("`{}` {what}", without_secrets(name)))
}

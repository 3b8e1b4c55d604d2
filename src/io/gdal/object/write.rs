//! Objects that are written and removed, by GDAL.

use super::super::opened::{c_path, failed, open};
use super::super::signed::{enter_gdal, patiently_by_gdal};
use super::{names, size};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::remote::objects;
use std::ffi::c_void;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file is sent in pieces of so many bytes.
const PIECE: usize = 4 << 20;

/// Writes an object, replacing what is there.
pub(crate) fn write(name: &str, bytes: &[u8]) -> Result<()> {
    send(name, &mut |put| put(bytes))
}

/// Sends a file, which replaces what is there: large ones in several parts.
pub(crate) fn upload(name: &str, path: &Path) -> Result<()> {
    let unread =
        |e: std::io::Error| Diagnostic::new(codes::UNREADABLE, format!("`{}` cannot be read", path.display())).cause(e);
    send(name, &mut |put| {
        let mut file = File::open(path).map_err(unread)?;
        let mut piece = vec![0u8; PIECE];
        loop {
            match file.read(&mut piece).map_err(unread)? {
                0 => return Ok(()),
                len => put(&piece[..len])?,
            }
        }
    })
}

/// Hands bytes on to the object that is written.
type Put<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// Opens an object, lets `fill` put its bytes one after the other, and closes it; all of it again where that may help.
fn send(name: &str, fill: &mut dyn FnMut(Put) -> Result<()>) -> Result<()> {
    patiently_by_gdal(name, || {
        let entered = enter_gdal(name)?;
        let handle = open(&entered, name, c"wb")?.ok_or_else(|| failed("cannot be written", name))?;
        let filled = fill(&mut |bytes| {
            // SAFETY: the buffer lives for the call and has the length given.
            let put = unsafe { gdal_sys::VSIFWriteL(bytes.as_ptr().cast::<c_void>(), 1, bytes.len(), handle.0) };
            if put == bytes.len() { Ok(()) } else { Err(failed("cannot be written", name)) }
        });
        let raw = handle.0;
        std::mem::forget(handle);
        // SAFETY: the handle is open and, being forgotten, closed only here. Closing sends the object and may fail.
        let closed = unsafe { gdal_sys::VSIFCloseL(raw) };
        objects::forget(name);
        if filled.is_ok() && closed == 0 {
            return Ok(());
        }
        let failed = filled.err().unwrap_or_else(|| failed("cannot be written", name));
        // Of a write GDAL says only that it failed; a look at the place is refused with the reason.
        size(name)?;
        Err(failed)
    })
}

pub(crate) fn remove(name: &str) -> Result<()> {
    objects::forget(name);
    let entered = enter_gdal(name)?;
    let path = c_path(entered.path())?;
    // SAFETY: the string ends in NUL and lives for the call.
    unsafe {
        gdal_sys::VSIUnlink(path.as_ptr());
    }
    Ok(())
}

/// Removes everything below a path.
pub(crate) fn remove_all(name: &str) -> Result<()> {
    objects::forget_below(name);
    let entered = enter_gdal(name)?;
    let path = c_path(entered.path())?;
    // SAFETY: the string ends in NUL and lives for the call.
    if unsafe { gdal_sys::VSIRmdirRecursive(path.as_ptr()) } == 0 {
        return Ok(());
    }
    // Some systems know objects but no folders, and fail where one would be removed.
    // SAFETY: as above.
    let objects = unsafe { names(gdal_sys::VSIReadDirRecursive(path.as_ptr())) };
    objects
        .iter()
        .filter(|object| !object.ends_with('/'))
        .try_for_each(|object| remove(&format!("{name}/{object}")))?;
    // SAFETY: as above.
    let left = unsafe { names(gdal_sys::VSIReadDirRecursive(path.as_ptr())) };
    match left.iter().find(|object| !object.ends_with('/')) {
        None => Ok(()),
        Some(object) => Err(failed("cannot be removed", &format!("{name}/{object}"))),
    }
}

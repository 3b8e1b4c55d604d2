//! What GDAL remembers of objects on servers.

use crate::io::remote::address::{object_in, unsigned};
use crate::io::remote::objects;
use std::ffi::CString;

/// Drops what GDAL remembers of an object, or of the archive it lies in: that it is not there, or bytes of it.
pub(crate) fn forget(path: &str) {
    let Some((_, object)) = object_in(path) else { return };
    objects::forget(object);
    forget_gdal(object);
}

/// The same, of what GDAL asked for.
pub(super) fn forget_gdal(path: &str) {
    let Some((_, object)) = object_in(path) else { return };
    let Ok(path) = CString::new(unsigned(object)) else { return };
    // SAFETY: the string ends in NUL and lives for the call.
    unsafe {
        gdal_sys::VSICurlPartialClearCache(path.as_ptr());
    }
}

//! What GDAL remembers of objects on servers.

use crate::io::remote::address::asked;
use std::ffi::CString;

/// Drops what GDAL remembers of an object, or of the archive it lies in: that it is not there, or bytes of it.
pub(crate) fn forget(path: &str) {
    let Some(Ok(path)) = asked(path).map(CString::new) else { return };
    // SAFETY: the string ends in NUL and lives for the call.
    unsafe {
        gdal_sys::VSICurlPartialClearCache(path.as_ptr());
    }
}

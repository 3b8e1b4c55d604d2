//! GDAL's virtual file system: archives and servers as folders.

use super::{handles, quiet::Quiet};
use std::ffi::CString;
use std::path::Path;

/// The name GDAL knows an address by: `https://..` is `/vsicurl/https://..`, `s3://..` is `/vsis3/..`.
pub fn path_of(address: &str) -> String {
    const SCHEMES: [(&str, &str); 8] = [
        ("http://", "/vsicurl/http://"),
        ("https://", "/vsicurl/https://"),
        ("ftp://", "/vsicurl/ftp://"),
        ("s3://", "/vsis3/"),
        ("gs://", "/vsigs/"),
        ("az://", "/vsiaz/"),
        ("abfs://", "/vsiadls/"),
        ("file://", ""),
    ];
    match SCHEMES.iter().find(|(scheme, _)| address.starts_with(scheme)) {
        Some((scheme, prefix)) => format!("{prefix}{}", &address[scheme.len()..]),
        None => address.to_string(),
    }
}

/// Every file below a folder or in an archive, at any depth, as paths relative to it; `None` if it cannot be listed.
pub fn list(path: &str) -> Option<Vec<String>> {
    handles::init();
    handles::messages();
    let _quiet = Quiet::start();
    let found = gdal::vsi::read_dir(Path::new(path), true).ok()?;
    let names = found.into_iter().map(|p| p.to_string_lossy().into_owned());
    Some(names.filter(|name| !name.ends_with('/')).collect())
}

/// Up to `len` bytes from the start of a file; `None` if it cannot be opened.
pub fn head(path: &str, len: usize) -> Option<Vec<u8>> {
    handles::init();
    handles::messages();
    let path = CString::new(path).ok()?;
    let mut bytes = vec![0u8; len];
    // SAFETY: path and mode are NUL-terminated; the file is read into a buffer of the length that is given, and closed.
    unsafe {
        let file = gdal_sys::VSIFOpenL(path.as_ptr(), c"rb".as_ptr());
        if file.is_null() {
            return None;
        }
        let read = gdal_sys::VSIFReadL(bytes.as_mut_ptr().cast(), 1, len, file);
        gdal_sys::VSIFCloseL(file);
        bytes.truncate(read);
    }
    Some(bytes)
}

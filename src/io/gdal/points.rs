//! Files that control points or polynomials tie to the ground, as rasters on a regular grid.

use super::handles;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::library;
use crate::io::remote::address::{unsigned, without_secrets};
use gdal::{Dataset, Metadata};
use std::ffi::{CString, c_char, c_int};
use std::ptr;

/// What GDAL opens to read a file where its control points put it: a virtual raster, as text, in the system of the
/// points. Pixels are the nearest; around the file they are missing.
pub(crate) fn placed(name: &str) -> Result<String> {
    let refused = || {
        let shown = without_secrets(name);
        Diagnostic::new(codes::UNSUPPORTED, format!("`{shown}` cannot be placed by its control points"))
    };
    if unsigned(name) != name {
        // The text would hold the signed address.
        return Err(refused().help("its address is signed: fetch the file, and load it from disk"));
    }
    handles::with(name, |dataset| {
        library::messages();
        let text = warped(dataset).and_then(|warped| warped.metadata_domain("xml:VRT")?.into_iter().next());
        text.ok_or_else(|| refused().cause(library::messages()))
    })
}

fn warped(dataset: &Dataset) -> Option<Dataset> {
    let words = ["-of", "VRT", "-dstalpha", "-r", "near"].map(|word| CString::new(word).unwrap_or_default());
    let mut list: Vec<*mut c_char> = words.iter().map(|word| word.as_ptr().cast_mut()).collect();
    list.push(ptr::null_mut());
    let mut source = dataset.c_dataset();
    let mut misused: c_int = 0;
    // SAFETY: the list ends in NULL and lives for the calls, the source is open, the options are freed once, and the
    // result is a dataset of its own or NULL.
    unsafe {
        let options = gdal_sys::GDALWarpAppOptionsNew(list.as_mut_ptr(), ptr::null_mut());
        let made = gdal_sys::GDALWarp(c"".as_ptr(), ptr::null_mut(), 1, &raw mut source, options, &raw mut misused);
        gdal_sys::GDALWarpAppOptionsFree(options);
        (!made.is_null()).then(|| Dataset::from_c_dataset(made))
    }
}

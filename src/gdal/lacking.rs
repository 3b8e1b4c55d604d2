//! Formats that not every GDAL is built with: a file of one is named as such where the driver is not there.

use crate::diagnostic::{Cause, Diagnostic, codes};
use std::io::Read;

/// How files are named, what they are, the driver that reads them, and the bytes they begin with where that is needed to know.
const FORMATS: &[(&[&str], &str, &str, &[u8])] = &[
    (&["hdf", "hdf4", "he4"], "HDF4", "HDF4", b"\x0e\x03\x13\x01"),
    (&["jp2", "j2k"], "JPEG 2000", "JP2OpenJPEG", b""),
    (&["ecw"], "ECW", "ECW", b""),
    (&["sid"], "MrSID", "MrSID", b""),
    (&["ntf", "nitf", "nsf"], "NITF", "NITF", b""),
    (&["jxl"], "JPEG XL", "JPEGXL", b""),
    (&["heic", "heif", "avif"], "HEIF", "HEIF", b""),
    (&["kea"], "KEA", "KEA", b""),
    (&["pdf"], "PDF", "PDF", b""),
    (&["kml", "kmz"], "KML", "LIBKML", b""),
    (&["gml"], "GML", "GML", b""),
    (&["gpx"], "GPX", "GPX", b""),
];

/// What to tell of a file that no driver took, if the GDAL that runs lacks the one that would. It is asked after GDAL failed: so a
/// file that is damaged, or that a server refused, is never told to be of such a format.
pub(crate) fn refused(path: &str, shown: &str, cause: &Cause) -> Option<Box<Diagnostic>> {
    if !cause.text.contains("not recognized") {
        return None;
    }
    let (_, extension) = path.rsplit_once('.')?;
    let lower = extension.to_ascii_lowercase();
    let (_, format, driver, begins) = FORMATS.iter().find(|(all, ..)| all.contains(&lower.as_str()))?;
    if gdal::DriverManager::get_driver_by_name(driver).is_ok() || !begins_with(path, begins) {
        return None;
    }
    let told = Diagnostic::new(codes::NO_DRIVER, format!("`{shown}` is {format}, which this GDAL cannot read"));
    Some(told.help(format!(
        "make another of it by a GDAL that has the driver `{driver}`, which `gdalinfo --formats` lists, or build Rastra over that one"
    )))
}

/// Whether a file has these first bytes, as far as they can be seen from here.
fn begins_with(path: &str, bytes: &[u8]) -> bool {
    let mut first = vec![0; bytes.len()];
    match std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first)) {
        Ok(()) => first == bytes,
        Err(_) => path.starts_with("/vsi"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gdal::library::init;

    #[test]
    fn only_what_no_driver_took() {
        init();
        let folder = tempfile::tempdir().expect("a folder is made");
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("the file is written");
            path.to_string_lossy().into_owned()
        };
        let (picture, raster) = (file("a.SID", b"msid"), file("a.tif", b"no raster"));
        let nobody = Cause::from("not recognized as being in a supported file format");
        let told = |path: &str, cause: &Cause| refused(path, "it", cause).map(|told| told.message);
        assert_eq!(told(&picture, &nobody).as_deref(), Some("`it` is MrSID, which this GDAL cannot read"));
        assert_eq!(told(&picture, &"HTTP response code: 404".into()), None);
        assert_eq!(told(&raster, &nobody), None);
        assert!(begins_with(&picture, b"ms") && !begins_with(&picture, b"\x0e") && !begins_with(&picture, b"msid!"));
    }
}

//! Files of formats that this build of GDAL has no driver for: told by their first bytes, which GDAL only calls "not
//! recognized".

use super::object;
use crate::diagnostic::{Diagnostic, codes};
use crate::io::remote::address::without_secrets;
use gdal::DriverManager;

/// A format that GDAL reads where it was built with a library that many builds leave out.
struct Format {
    name: &'static str,
    /// GDAL's drivers, any of which reads it.
    drivers: &'static [&'static str],
    /// What its files begin with, behind so many bytes.
    begins: &'static [(usize, &'static [u8])],
    holds: Holds,
}

#[derive(Clone, Copy)]
enum Holds {
    Pixels,
    Features,
}

/// Bytes that tell every one of them.
const HEAD: usize = 64;

const FORMATS: &[Format] = &[
    pixels("HDF4", &["HDF4"], &[(0, b"\x0e\x03\x13\x01")]),
    pixels(
        "JPEG 2000",
        &["JP2OpenJPEG", "JP2KAK", "JP2ECW", "JP2MrSID", "JP2Lura", "JPEG2000"],
        &[(0, b"\0\0\0\x0cjP  \r\n\x87\n"), (0, b"\xffO\xffQ")],
    ),
    pixels("GRIB", &["GRIB"], &[(0, b"GRIB")]),
    pixels("ECW", &["ECW"], &[(0, b"e\x02\0"), (0, b"e\x03\0")]),
    pixels("MrSID", &["MrSID"], &[(0, b"msid")]),
    pixels("JPEG XL", &["JPEGXL"], &[(0, b"\xff\x0a"), (0, b"\0\0\0\x0cJXL \r\n\x87\n")]),
    pixels("HEIF", &["HEIF"], &[(4, b"ftypheic"), (4, b"ftypheix"), (4, b"ftypmif1")]),
    pixels("AVIF", &["AVIF"], &[(4, b"ftypavif")]),
    pixels("WebP", &["WEBP"], &[(8, b"WEBP")]),
    pixels("PNG", &["PNG"], &[(0, b"\x89PNG\r\n\x1a\n")]),
    pixels("JPEG", &["JPEG"], &[(0, b"\xff\xd8\xff")]),
    pixels("NITF", &["NITF"], &[(0, b"NITF0")]),
    pixels("Erdas Imagine", &["HFA"], &[(0, b"EHFA_HEADER_TAG")]),
    pixels("PCIDSK", &["PCIDSK"], &[(0, b"PCIDSK")]),
    features("GeoPackage or SQLite", &["GPKG", "SQLite"], &[(0, b"SQLite format 3\0")]),
    features("Parquet", &["Parquet"], &[(0, b"PAR1")]),
    features("Arrow", &["Arrow"], &[(0, b"ARROW1")]),
    features("FlatGeobuf", &["FlatGeobuf"], &[(0, b"fgb\x03")]),
    features("Shapefile", &["ESRI Shapefile"], &[(0, b"\0\0\x27\x0a")]),
];

const fn pixels(
    name: &'static str,
    drivers: &'static [&'static str],
    begins: &'static [(usize, &'static [u8])],
) -> Format {
    Format { name, drivers, begins, holds: Holds::Pixels }
}

const fn features(
    name: &'static str,
    drivers: &'static [&'static str],
    begins: &'static [(usize, &'static [u8])],
) -> Format {
    Format { name, drivers, begins, holds: Holds::Features }
}

/// A file that GDAL did not open, under the name of its format where nothing but a driver for it is missing; `told`
/// otherwise.
pub(crate) fn named(told: Box<Diagnostic>, path: &str) -> Box<Diagnostic> {
    // A server that refused refuses again.
    if told.code != codes::WRONG_FORMAT || told.server_fault().is_some() {
        return told;
    }
    let Ok(Some(head)) = object::head(path, HEAD) else { return told };
    let begins = |at: usize, bytes: &[u8]| head.get(at..).is_some_and(|head| head.starts_with(bytes));
    let of = FORMATS.iter().find(|format| format.begins.iter().any(|(at, bytes)| begins(*at, bytes)));
    let Some(format) = of.filter(|format| !format.drivers.iter().any(|driver| has_driver(driver))) else { return told };
    let shown = without_secrets(path);
    let way = match format.holds {
        Holds::Pixels => "gdal_translate FILE converted.tif",
        Holds::Features => "ogr2ogr converted.geojson FILE",
    };
    let message = format!("`{shown}` is {}, for which this build has no driver", format.name);
    let cause = told.below();
    Diagnostic::new(codes::NO_DRIVER, message)
        .cause(cause)
        .help(format!("convert it where GDAL has a driver for it: `{way}`"))
        .help(format!(
            "or use a Rastra built on a GDAL that has `{}`; `rastra --version` lists what this one has",
            format.drivers[0]
        ))
}

/// Whether GDAL has a driver, by its short name.
pub(crate) fn has_driver(name: &str) -> bool {
    DriverManager::get_driver_by_name(name).is_ok()
}

/// The formats that are told here and that this build has no driver for.
#[cfg(feature = "cli")]
pub(crate) fn missing() -> impl Iterator<Item = &'static str> {
    let lacking = |format: &&Format| !format.drivers.iter().any(|driver| has_driver(driver));
    FORMATS.iter().filter(lacking).map(|format| format.name)
}

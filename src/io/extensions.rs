//! What names of files say of their format: no target is written under a name that says another.

use crate::diagnostic::{Diagnostic, Result, codes, list_some};

/// Formats that are not written here, by the ends of their names, with GDAL's driver that makes them of a GeoTIFF.
const ELSEWHERE: &[(&[&str], &str, Option<&str>)] = &[
    (&["asc", "agr"], "an ASCII grid", Some("AAIGrid")),
    (&["img"], "an Erdas image", Some("HFA")),
    (&["jp2", "j2k"], "JPEG 2000", Some("JP2OpenJPEG")),
    (&["xyz"], "a list of points", Some("XYZ")),
    (&["bil", "bip", "bsq"], "a plain raster", Some("ENVI")),
    (&["envi"], "a raster of ENVI", Some("ENVI")),
    (&["vrt"], "a virtual raster", Some("VRT")),
    (&["rst"], "a raster of Idrisi", Some("RST")),
    (&["map"], "a raster of PCRaster", Some("PCRaster")),
    (&["mbtiles"], "map tiles", Some("MBTILES")),
    (&["gpkg"], "a GeoPackage", Some("GPKG")),
    (&["kea"], "a raster of KEA", Some("KEA")),
    (&["grb", "grib", "grb2", "grib2"], "GRIB", Some("GRIB")),
    (&["hdf", "hdf4", "he4"], "HDF4", None),
    (&["shp", "dbf", "kml", "kmz", "gml", "geojson", "fgb"], "features", None),
    (&["xls", "xlsx", "ods"], "a spreadsheet", None),
    (&["feather", "arrow", "pickle", "pkl", "npy", "npz", "mat", "rds"], "an array of another program", None),
    (&["zip", "tar", "tgz", "gz", "bz2", "xz", "zst", "7z"], "an archive", None),
    (&["jpg", "jpeg", "webp", "bmp", "pdf"], "a picture", None),
    (&["mp4", "mov", "avi", "webm"], "a film", None),
];

/// Formats of cubes, of tables and of pictures, each with what its files are called.
pub(super) type Kinds = [Vec<(&'static str, &'static [&'static str])>; 3];

/// Refuses a name that says another format: whoever opens the file by it would be misled. What is saved alike is proposed
/// first: a table as a table.
pub(super) fn check(written: &str, path: &str, mut kinds: Kinds) -> Result<()> {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return Ok(()) };
    let lower = extension.to_ascii_lowercase();
    let format = kinds.iter().flatten().find(|(format, _)| *format == written);
    let own = format.map_or(&[][..], |(_, extensions)| extensions);
    let Some(right) = own.first().filter(|_| !own.contains(&lower.as_str())) else { return Ok(()) };
    let pictures = kinds[2].clone();
    kinds.sort_by_key(|kind| !kind.iter().any(|(format, _)| *format == written));
    if let Some((format, _)) = kinds.iter().flatten().find(|(_, all)| all.contains(&lower.as_str())) {
        return Err(Diagnostic::new(codes::CANNOT_WRITE, format!("`save {written}` does not write a `.{extension}`"))
            .help(format!("`save {format} \"{name}\"` does, or call it \"{stem}.{right}\"")));
    }
    let Some((_, what, driver)) = ELSEWHERE.iter().find(|(all, ..)| all.contains(&lower.as_str())) else {
        return Ok(());
    };
    if pictures.iter().any(|(format, _)| *format == written) {
        let formats = list_some(pictures.iter().map(|(format, _)| *format), 9);
        return Err(Diagnostic::new(codes::CANNOT_WRITE, format!("no picture is written as `.{extension}`"))
            .help(format!("a picture is saved as {formats}")));
    }
    let stem = stem.strip_suffix(&format!(".{right}")).unwrap_or(stem);
    let error = Diagnostic::new(
        codes::CANNOT_WRITE,
        format!("`save {written}` does not write a `.{extension}`, as {what} is called"),
    )
    .help(format!("call it \"{stem}.{right}\""));
    // A template names many files.
    let driver = driver.filter(|_| ["tif", "cog"].contains(&written) && !path.contains('{'));
    Err(error.help_if(driver.map(|driver| {
        let made = path.strip_suffix(name).unwrap_or_default();
        format!("then GDAL makes the other: `gdal_translate -of {driver} \"{made}{stem}.{right}\" \"{path}\"`")
    })))
}

//! Files and servers: the only room that knows GDAL, netCDF and Zarr.
//!
//! A format is a row of [`SOURCES`] or [`SINKS`]. To add one: a file with a `Source` or a `Sink`, and its row.

pub mod archive;
pub mod cf;
mod cog;
mod create;
pub mod files;
pub mod gdal;
mod grib;
mod kerchunk;
pub mod netcdf;
pub mod packed;
pub mod picture;
mod place;
mod ramp;
pub mod remote;
pub mod signers;
pub mod sink;
pub mod source;
pub mod stac;
pub mod table;
mod tif;
pub mod values;
pub mod vector;
pub mod zarr;

pub use sink::{Output, Sink, SinkFormat};
pub use source::{FILES_KEPT, ReadCx, Skipped, Source, SourceFormat, Tile};

use crate::cube::Schema;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::plan::{SinkSpec, SourceSpec};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Every format that can be read.
pub const SOURCES: &[&SourceFormat] = &[
    &archive::FORMAT,
    &create::FORMAT,
    &files::FORMAT,
    &grib::FORMAT,
    &netcdf::SOURCE,
    &ramp::FORMAT,
    &stac::FORMAT,
    &values::FORMAT,
    &zarr::REFERENCES,
    &zarr::SOURCE,
];

/// Every format that can be written.
pub const SINKS: &[&SinkFormat] = &[&cog::FORMAT, &kerchunk::SINK, &netcdf::SINK, &tif::FORMAT, &zarr::SINK];

/// Finds what the options describe: expands patterns, reads headers, settles grid and time axis. Waiting for a server
/// ends when `cancel` is set.
pub fn discover(format: &str, options: &serde_json::Value, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    (source_format(format)?.discover)(options, cancel)
}

/// Opens a source that was discovered before, possibly by another process.
pub fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    (source_format(&spec.format)?.open)(spec, schema)
}

/// Creates a target beside its final place; it appears there when the sink is finished.
pub fn create(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    let format = sink_format(&spec.format)?;
    (format.create)(spec, schema)
}

/// The tile [`Sink::preferred_tile`] would answer, without creating anything.
pub fn planned_tile(spec: &SinkSpec, schema: &Schema) -> Result<Tile> {
    (sink_format(&spec.format)?.tile)(spec, schema)
}

/// Everything that can be refused before a pixel is read.
pub fn check(spec: &SinkSpec, schema: &Schema) -> Result<()> {
    let format = sink_format(&spec.format)?;
    check_extension(&spec.format, &spec.path)?;
    known_options(&spec.format, &spec.options, format.options)?;
    (format.check)(spec, schema)
}

/// Refuses options that a format does not have.
fn known_options(
    format: &str,
    given: &serde_json::Map<String, serde_json::Value>,
    known: &'static [(&'static str, &'static str)],
) -> Result<()> {
    let names = || known.iter().map(|(name, _)| *name);
    match given.keys().find(|key| !names().any(|name| name == *key)) {
        None => Ok(()),
        Some(key) => Err(Diagnostic::new(codes::BAD_OPTION, format!("`save {format}` has no option `{key}`"))
            .help_if(diagnostic::did_you_mean(key, names()))
            .help(format!("options: {}", diagnostic::list_some(names(), 40)))),
    }
}

/// What a format of `save` can be told, for cubes and for tables.
pub fn options_of(format: &str) -> &'static [(&'static str, &'static str)] {
    let cube = SINKS.iter().find(|f| f.name == format).map(|f| f.options);
    cube.or_else(|| table::TABLE_SINKS.iter().find(|f| f.name == format).map(|f| f.options)).unwrap_or(&[])
}

/// What files are called that hold a format.
const EXTENSIONS: [(&str, &[&str]); 13] = [
    ("zarr", &["zarr"]),
    ("netcdf", &["nc", "nc4", "cdf", "netcdf"]),
    ("tif", &["tif", "tiff", "gtiff"]),
    ("cog", &["tif", "tiff", "gtiff"]),
    ("csv", &["csv"]),
    ("parquet", &["parquet"]),
    ("json", &["json"]),
    ("kerchunk", &["json", "parquet", "parq"]),
    ("png", &["png"]),
    ("svg", &["svg"]),
    ("gif", &["gif"]),
    ("apng", &["png", "apng"]),
    ("html", &["html", "htm"]),
];

/// Refuses a name that says another format: whoever opens the file by it would be misled.
fn check_extension(written: &str, path: &str) -> Result<()> {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return Ok(()) };
    let lower = extension.to_ascii_lowercase();
    let of = |format: &str| EXTENSIONS.iter().find(|(name, _)| *name == format).map_or(&[][..], |(_, own)| own);
    let own = of(written);
    let other = EXTENSIONS.iter().find(|(_, all)| all.contains(&lower.as_str()));
    match (own.first(), other) {
        (Some(right), Some((format, _))) if !own.contains(&lower.as_str()) => {
            Err(Diagnostic::new(codes::CANNOT_WRITE, format!("`save {written}` does not write a `.{extension}`"))
                .help(format!("`save {format} \"{name}\"` does, or call it \"{stem}.{right}\"")))
        }
        _ => Ok(()),
    }
}

/// What a load can be asked for by name, assets or variables, with a line on each; only headers of local files are read.
pub fn contents(format: &str, path: &str) -> Vec<(String, String)> {
    // Whoever presses Tab does not wait for a server.
    if remote::address::is_remote(path) {
        return Vec::new();
    }
    let found = match format {
        "netcdf" => netcdf::contents(path),
        "stac" => stac::contents(path),
        "zarr" | "kerchunk" => zarr::contents(format, path),
        _ => Ok(Vec::new()),
    };
    found.unwrap_or_default()
}

fn source_format(name: &str) -> Result<&'static SourceFormat> {
    SOURCES
        .iter()
        .find(|f| f.name == name)
        .copied()
        .ok_or_else(|| Diagnostic::new(codes::UNREADABLE, format!("this build reads no format `{name}`")))
}

fn sink_format(name: &str) -> Result<&'static SinkFormat> {
    SINKS.iter().find(|f| f.name == name).copied().ok_or_else(|| {
        Diagnostic::new(codes::CANNOT_WRITE, format!("this build writes no format `{name}`"))
            .help_if(diagnostic::did_you_mean(name, SINKS.iter().map(|f| f.name)))
    })
}

/// To be called once on every thread that reads or writes: settings some libraries keep per thread.
pub fn init_thread() {
    crate::gdal::library::init();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// Nothing is opened any more, so it does not matter that the files are none.
    #[test]
    fn looking_around_can_be_interrupted() {
        let folder = tempfile::tempdir().expect("a folder");
        let stopped = AtomicBool::new(true);
        for (format, name) in [("files", "a.tif"), ("netcdf", "a.nc"), ("archive", "a.zip"), ("stac", "a.json")] {
            let path = folder.path().join(name);
            std::fs::write(&path, "nothing").expect("it is written");
            let options = serde_json::json!({ "path": path.to_string_lossy(), "on_error": "skip" });
            let error = discover(format, &options, &stopped).err().expect(format);
            assert_eq!(error.code, codes::INTERRUPTED, "{format}: {error:?}");
        }
    }
}

//! Files and servers: the only room that knows GDAL, netCDF and Zarr.
//!
//! A format is a row of [`SOURCES`] or [`SINKS`]. To add one: a file with a `Source` or a `Sink`, and its row.

pub(crate) mod archive;
pub(crate) mod cf;
mod cog;
mod create;
mod documents;
pub(crate) mod files;
pub(crate) mod gdal;
mod grib;
mod json;
mod kerchunk;
pub(crate) mod netcdf;
pub(crate) mod packed;
pub(crate) mod picture;
pub(crate) mod place;
mod places;
mod ramp;
mod raster;
mod reading;
mod references;
pub(crate) mod remote;
mod saving;
pub(crate) mod signers;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod stac;
pub(crate) mod table;
mod tif;
pub(crate) mod values;
pub(crate) mod vector;
pub(crate) mod zarr;

pub(crate) use sink::{Output, Sink, SinkFormat};
pub use source::SkippedInput;
pub(crate) use source::{FILES_KEPT, ReadCx, Source, SourceFormat, Tile};

use crate::cube::{BBox, GeoBox, Schema};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::plan::{IfExists, Payload, SinkSpec, SourceSpec};
use crate::signature::Signature;
use places::PixelCoordinates;
use reading::OnError;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Every format that can be read.
pub(crate) const SOURCES: &[&SourceFormat] = &[
    &archive::FORMAT,
    &create::FORMAT,
    &files::FORMAT,
    &files::GRIB,
    &netcdf::SOURCE,
    &ramp::FORMAT,
    &stac::FORMAT,
    &stac::POINT,
    &values::FORMAT,
    &zarr::REFERENCES,
    &zarr::SOURCE,
];

/// Every format that can be written.
pub(crate) const SINKS: &[&SinkFormat] = &[&zarr::SINK, &netcdf::SINK, &tif::FORMAT, &cog::FORMAT, &kerchunk::FORMAT];

pub(crate) use picture::PICTURE_SINKS;
pub(crate) use table::TABLE_SINKS;

/// Finds what the options describe: expands patterns, reads headers, settles grid and time axis. Waiting for a server
/// ends when `cancel` is set.
pub(crate) fn discover(format: &str, options: &Payload, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    (source_format(format)?.discover)(options, cancel)
}

/// Opens a source that was discovered before, possibly by another process.
pub(crate) fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    (source_format(&spec.format)?.open)(spec, schema)
}

/// Lets a source pass over what cannot be read, unless its options say otherwise or it knows no such failure.
pub(crate) fn skip_errors(format: &str, options: &mut Payload) -> Result<()> {
    let name = reading::ON_ERROR.name;
    if source_format(format)?.stage.is_some_and(|stage| stage.takes(name)) && !options.has(name) {
        options.set(name, OnError::Skip);
    }
    Ok(())
}

/// Creates a target beside its final place; it appears there when the sink is finished.
pub(crate) fn create(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    let format = sink_format(&spec.format)?;
    let sink = (format.create)(spec, schema)?;
    if let Some(places) = PixelCoordinates::open(&schema.grid, open)? {
        sink.locate(&places)?;
    }
    Ok(sink)
}

/// The box of degrees around the centers of all pixels of a grid whose rows and columns are only counted.
pub(crate) fn extent(grid: &GeoBox) -> Result<BBox> {
    places::extent(grid, open)
}

/// The tile [`Sink::preferred_tile`] would answer, without creating anything.
pub(crate) fn planned_tile(spec: &SinkSpec, schema: &Schema) -> Result<Tile> {
    (sink_format(&spec.format)?.tile)(spec, schema)
}

/// Everything that can be refused before a pixel is read.
pub(crate) fn check(spec: &SinkSpec, schema: &Schema) -> Result<()> {
    let format = sink_format(&spec.format)?;
    check_extension(&spec.format, format.extensions, &spec.path)?;
    check_existing(format.stage, spec.existing)?;
    (format.check)(spec, schema)
}

/// The same for a table.
pub(crate) fn check_table(spec: &SinkSpec) -> Result<()> {
    let format = table::format(&spec.format)?;
    check_extension(&spec.format, format.extensions, &spec.path)?;
    check_existing(format.stage, spec.existing)?;
    table::check(spec)
}

/// The same for a picture.
pub(crate) fn check_picture(spec: &SinkSpec) -> Result<()> {
    let format = PICTURE_SINKS.iter().find(|f| f.name == spec.format);
    check_extension(&spec.format, format.map_or(&[][..], |format| format.extensions), &spec.path)?;
    picture::check(spec)
}

/// Refuses to add to files that a format writes whole.
fn check_existing(stage: &Signature, existing: IfExists) -> Result<()> {
    let way = match existing {
        IfExists::Refuse | IfExists::Overwrite => return Ok(()),
        IfExists::Append => saving::APPEND,
        IfExists::Resume => saving::RESUME,
    };
    if stage.takes(way.name) {
        return Ok(());
    }
    let message = format!("`{}` writes whole files and cannot {}", stage.name, way.name);
    Err(Diagnostic::new(codes::CANNOT_APPEND, message).help(format!("`save zarr .. {}` can", way.name)))
}

/// Refuses a name that says another format: whoever opens the file by it would be misled. What is saved alike is proposed
/// first: a table as a table.
fn check_extension(written: &str, own: &[&str], path: &str) -> Result<()> {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return Ok(()) };
    let lower = extension.to_ascii_lowercase();
    let cubes = SINKS.iter().map(|f| (f.name, f.extensions)).collect::<Vec<_>>();
    let tables = TABLE_SINKS.iter().map(|f| (f.name, f.extensions)).collect::<Vec<_>>();
    let pictures = PICTURE_SINKS.iter().map(|f| (f.name, f.extensions)).collect::<Vec<_>>();
    let mut kinds = [cubes, tables, pictures];
    kinds.sort_by_key(|kind| !kind.iter().any(|(format, _)| *format == written));
    let other = kinds.iter().flatten().find(|(_, all)| all.contains(&lower.as_str()));
    match (own.first(), other) {
        (Some(right), Some((format, _))) if !own.contains(&lower.as_str()) => {
            Err(Diagnostic::new(codes::CANNOT_WRITE, format!("`save {written}` does not write a `.{extension}`"))
                .help(format!("`save {format} \"{name}\"` does, or call it \"{stem}.{right}\"")))
        }
        _ => Ok(()),
    }
}

/// What a load can be asked for by name, assets or variables, with a line on each; only headers of local files are read.
pub(crate) fn contents(format: &str, path: &str) -> Vec<(String, String)> {
    // Whoever presses Tab does not wait for a server.
    if remote::address::is_remote(path) {
        return Vec::new();
    }
    source_format(format).and_then(|format| (format.contents)(path)).unwrap_or_default()
}

fn source_format(name: &str) -> Result<&'static SourceFormat> {
    SOURCES
        .iter()
        .find(|f| f.name == name)
        .copied()
        .ok_or_else(|| Diagnostic::new(codes::UNSUPPORTED, format!("this build reads no format `{name}`")))
}

fn sink_format(name: &str) -> Result<&'static SinkFormat> {
    SINKS.iter().find(|f| f.name == name).copied().ok_or_else(|| {
        Diagnostic::new(codes::CANNOT_WRITE, format!("this build writes no format `{name}`"))
            .help_if(diagnostic::did_you_mean(name, SINKS.iter().map(|f| f.name)))
    })
}

/// To be called once on every thread that reads or writes: settings some libraries keep per thread.
pub(crate) fn init_thread() {
    crate::gdal::library::init();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{DateRange, Extent};
    use crate::signature::{Param, ParamKind, Shape};
    use serde_json::{Value, json};
    use std::sync::atomic::AtomicBool;

    /// Nothing is opened any more, so it does not matter that the files are none.
    #[test]
    fn looking_around_can_be_interrupted() {
        let folder = tempfile::tempdir().expect("a folder");
        let stopped = AtomicBool::new(true);
        for (format, name) in [("files", "a.tif"), ("netcdf", "a.nc"), ("archive", "a.zip"), ("stac", "a.json")] {
            let path = folder.path().join(name);
            std::fs::write(&path, "nothing").expect("it is written");
            let options = json!({ "path": path.to_string_lossy(), "on_error": "skip" });
            let error = discover(format, &Payload::of(&options), &stopped).err().expect(format);
            assert_eq!(error.code, codes::INTERRUPTED, "{format}: {error:?}");
        }
    }

    /// What the language hands over for a parameter of this shape.
    fn example(shape: Shape) -> Value {
        match shape {
            Shape::Flag | Shape::Bool | Shape::Switch => json!(true),
            Shape::Filter => json!({ "truth": true }),
            Shape::Integer => json!(1),
            Shape::Number | Shape::Length => json!(1.0),
            Shape::Any | Shape::Text | Shape::Path | Shape::Crs | Shape::Period => json!("1"),
            Shape::Choice(words) => json!(words[0]),
            Shape::Paths | Shape::Names | Shape::Codec => json!(["a", "b"]),
            Shape::BBox => json!([0.0, 0.0, 1.0, 1.0]),
            Shape::Point => json!([0.0, 0.0]),
            Shape::Pair | Shape::Sizes => json!({ "time": "1" }),
            Shape::Interval => json!(DateRange::default()),
            Shape::Extent => json!(Extent::Pixels(1.0)),
            Shape::CubeOrPath => json!(ramp::grid(1).expect("a grid")),
            other => panic!("no format is told anything of the shape {other:?}"),
        }
    }

    /// A parameter that a row lists is a field of the options of its format, of the type that the shape says.
    #[test]
    fn formats_read_their_parameters() {
        let stopped = AtomicBool::new(true);
        let read = |stage: &Signature, param: &Param, error: Option<Box<Diagnostic>>| {
            let cause = error.and_then(|error| error.cause).map_or_else(String::new, |cause| cause.text);
            let wrong = ["unknown field", "unknown variant", "invalid type", "invalid length", "did not match"];
            assert!(!wrong.iter().any(|what| cause.contains(what)), "{} {}: {cause}", stage.name, param.name);
        };
        for format in SOURCES {
            let Some(stage) = format.stage else { continue };
            for param in stage.params {
                let mut options = Payload::default();
                options.set(param.name, example(param.shape));
                read(stage, param, (format.discover)(&options, &stopped).err());
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a").to_string_lossy().into_owned();
        let schema = Schema::new(crate::cube::TimeAxis::Positions(1), Vec::new(), ramp::grid(1).expect("a grid"));
        let check = |name: &str, stage: &Signature, check: &dyn Fn(&SinkSpec) -> Result<()>| {
            for param in stage.params.iter().filter(|param| param.kind == ParamKind::Option) {
                let mut options = Payload::default();
                options.set(param.name, example(param.shape));
                let (path, existing) = (target.clone(), IfExists::Refuse);
                let spec = SinkSpec { format: name.into(), path, existing, options, fingerprint: None, refers: None };
                read(stage, param, check(&spec).err());
            }
        };
        SINKS.iter().for_each(|f| check(f.name, f.stage, &|spec| (f.check)(spec, &schema)));
        TABLE_SINKS.iter().for_each(|f| check(f.name, f.stage, &f.check));
    }
}

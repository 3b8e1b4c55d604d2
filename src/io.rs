//! Files and servers: the only room that knows GDAL, netCDF and Zarr.
//!
//! A format is a row of [`SOURCES`] or [`SINKS`]. To add one: a file with a `Source` or a `Sink`, and its row.

#[cfg(feature = "cli")]
pub(crate) mod about;
pub(crate) mod archive;
pub(crate) mod cf;
mod cog;
mod create;
mod dimensions;
mod documents;
mod extensions;
pub(crate) mod files;
pub(crate) mod find;
pub(crate) mod gdal;
mod grib;
mod history;
mod json;
mod kerchunk;
pub(crate) mod memory;
pub(crate) mod netcdf;
pub(crate) mod packed;
pub(crate) mod picture;
pub(crate) mod place;
mod places;
mod plain;
mod ramp;
mod raster;
mod reading;
mod references;
pub(crate) mod remote;
pub(crate) mod requests;
mod saving;
#[cfg(feature = "cli")]
pub(crate) mod servers;
pub(crate) mod signers;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod stac;
pub(crate) mod table;
pub(crate) mod target;
mod tif;
mod unfinished;
mod upload;
mod upward;
pub(crate) mod values;
pub(crate) mod vector;
pub(crate) mod zarr;

pub use memory::{ArrayReader, Dataset, Values, Variable};
pub(crate) use sink::{Output, SharedTarget, Sink, SinkFormat};
pub use source::SkippedInput;
pub(crate) use source::{FILES_KEPT, ReadCx, Source, SourceFormat, TableSourceFormat, Tile, Want};

use crate::cube::{BBox, Chunk, GeoBox, Schema};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::plan::{IfExists, Payload, SinkSpec, SourceSpec};
use crate::signature::{Param, Signature};
use crate::table::KnownTable;
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
    &memory::FORMAT,
    &netcdf::SOURCE,
    &ramp::FORMAT,
    &stac::FORMAT,
    &stac::POINT,
    &values::FORMAT,
    &zarr::REFERENCES,
    &zarr::SOURCE,
];

/// Every source of tables.
pub(crate) const TABLE_SOURCES: &[&TableSourceFormat] = &[&stac::ITEMS];

/// Every format that can be written.
pub(crate) const SINKS: &[&SinkFormat] = &[&zarr::SINK, &netcdf::SINK, &tif::FORMAT, &cog::FORMAT, &kerchunk::FORMAT];

use upload::Detour;

pub(crate) use picture::PICTURE_SINKS;
pub(crate) use table::TABLE_SINKS;

/// Finds what the options describe: expands patterns, reads headers, settles grid and time axis. Waiting for a server
/// ends when `cancel` is set.
pub(crate) fn discover(format: &str, options: &Payload, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    let format = source_format(format)?;
    let base = reading::base(options);
    for address in reading::addresses(options) {
        remote::address::check_scheme(&address)?;
        plain::check(&address, &base)?;
    }
    (format.discover)(options, cancel)
}

/// Completes what a run that was killed had begun to move into the folders that a source is read from. Answers with what
/// is to be told.
pub(crate) fn recover(options: &Payload, cancel: &AtomicBool) -> Result<Vec<String>> {
    target::recover(&reading::addresses(options), &reading::base(options), cancel)
}

/// The format that reads the file of a path where that stands for a cube, as a template does.
pub(crate) fn format_of(path: &str) -> &'static str {
    let extension = path.trim_end_matches('/').rsplit_once('.').map_or(String::new(), |(_, e)| e.to_ascii_lowercase());
    SOURCES.iter().find(|f| f.extensions.contains(&extension.as_str())).map_or(files::FORMAT.name, |f| f.name)
}

/// Reads a table that needs no pixels. Waiting for a server ends when `cancel` is set.
pub(crate) fn read_table(format: &str, options: &Payload, cancel: &AtomicBool) -> Result<KnownTable> {
    let base = reading::base(options);
    for address in reading::addresses(options) {
        plain::check(&address, &base)?;
    }
    (table_source(format)?.read)(options, cancel)
}

/// Opens a source that was discovered before, possibly by another process.
pub(crate) fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    (source_format(&spec.format)?.open)(spec, schema)
}

/// Lets a source pass over what cannot be read, unless its options say otherwise or it knows no such failure.
pub(crate) fn skip_errors(format: &str, options: &mut Payload) -> Result<()> {
    let name = reading::ON_ERROR.name;
    let stage = match table_source(format) {
        Ok(table) => Some(table.stage),
        Err(_) => source_format(format)?.stage,
    };
    if stage.is_some_and(|stage| stage.takes(name)) && !options.has(name) {
        options.set(name, OnError::Skip);
    }
    Ok(())
}

/// Creates a target beside its final place; it appears there when the sink is finished.
pub(crate) fn create(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    let format = sink_format(&spec.format)?;
    let sink = match if format.on_disk { Detour::of(spec)? } else { None } {
        None => (format.create)(spec, schema)?,
        Some(detour) => {
            let sink = (format.create)(&detour.spec, schema)?;
            detour.send(sink)
        }
    };
    if let Some(places) = PixelCoordinates::open(&schema.grid, open)? {
        sink.locate(&places)?;
    }
    Ok(sink)
}

/// A cube that was computed as a data set, with the coordinates and attributes that a store of it would have.
///
/// # Errors
/// Where the longitudes and latitudes of a grid of counted rows cannot be read.
pub(crate) fn dataset(schema: &Schema, chunk: Chunk) -> Result<Dataset> {
    memory::written(schema, chunk, open)
}

/// Whether a new target may lie unfinished, for other processes to write parts of it.
pub(crate) fn may_lie_unfinished(spec: &SinkSpec) -> bool {
    // What is made on a disk and sent when it is whole is this process's own until then.
    let is_far = !matches!(target::leads::server(&spec.path), Ok(None));
    let is_own = |format: &SinkFormat| format.on_disk && is_far;
    let is_shared = sink_format(&spec.format).is_ok_and(|format| format.join.is_some() && !is_own(format));
    is_shared && spec.existing != IfExists::Append
}

/// Opens a target that another process has laid out, to write parts of it.
pub(crate) fn join(target: &SharedTarget, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    match sink_format(&target.spec.format)?.join {
        Some(join) => join(target, schema),
        None => Err(place::cannot_write(target.spec.path.as_ref(), "one process alone writes this format")),
    }
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
    extensions::check(&spec.format, &spec.path, formats())?;
    sink::check_name(spec, format.extensions, Some(schema))?;
    check_existing(format.stage, spec.existing)?;
    if spec.resumable && format.join.is_none() {
        return Err(cannot(format.stage, saving::RESUME));
    }
    (format.check)(spec, schema)
}

/// The same for a table.
pub(crate) fn check_table(spec: &SinkSpec) -> Result<()> {
    let format = table::format(&spec.format)?;
    extensions::check(&spec.format, &spec.path, formats())?;
    sink::check_name(spec, format.extensions, None)?;
    check_existing(format.stage, spec.existing)?;
    table::check(spec)
}

/// The same for a picture.
pub(crate) fn check_picture(spec: &SinkSpec) -> Result<()> {
    let format = PICTURE_SINKS.iter().find(|f| f.name == spec.format);
    extensions::check(&spec.format, &spec.path, formats())?;
    sink::check_name(spec, format.map_or(&[][..], |format| format.extensions), None)?;
    picture::check(spec)
}

/// Every format that is written, with what its files are called: of cubes, of tables, of pictures.
fn formats() -> extensions::Kinds {
    [
        SINKS.iter().map(|f| (f.name, f.extensions)).collect(),
        TABLE_SINKS.iter().map(|f| (f.name, f.extensions)).collect(),
        PICTURE_SINKS.iter().map(|f| (f.name, f.extensions)).collect(),
    ]
}

/// Refuses to add to files that a format writes whole.
fn check_existing(stage: &Signature, existing: IfExists) -> Result<()> {
    match existing {
        IfExists::Append if !stage.takes(saving::APPEND.name) => Err(cannot(stage, saving::APPEND)),
        IfExists::Refuse | IfExists::Overwrite | IfExists::Append => Ok(()),
    }
}

fn cannot(stage: &Signature, way: Param) -> Box<Diagnostic> {
    let message = format!("`{}` writes whole files and cannot {}", stage.name, way.name);
    Diagnostic::new(codes::CANNOT_APPEND, message).help(format!("`save zarr .. {}` can", way.name))
}

/// What a load can be asked for by name, assets or variables, with a line on each; only headers of local files are read.
pub(crate) fn contents(format: &str, path: &str) -> Vec<(String, String)> {
    // Whoever presses Tab does not wait for a server.
    if remote::address::is_remote(path) {
        return Vec::new();
    }
    source_format(format).and_then(|format| (format.contents)(path)).unwrap_or_default()
}

/// The fields of the features in a vector file, with their types; of local files only.
pub(crate) fn fields(path: &str) -> Vec<(String, String)> {
    if remote::address::is_remote(path) { Vec::new() } else { vector::fields(path) }
}

/// What the files are called that a stage reads or writes; nothing where they have all kinds of names.
pub(crate) fn extensions(stage: &str) -> &'static [&'static str] {
    let is_of = |of: &Signature| of.name == stage;
    let source = SOURCES.iter().find(|format| format.stage.is_some_and(is_of)).map(|format| format.extensions);
    let sink = SINKS.iter().find(|format| is_of(format.stage)).map(|format| format.extensions);
    let table = TABLE_SINKS.iter().find(|format| is_of(format.stage)).map(|format| format.extensions);
    let picture = PICTURE_SINKS.iter().find(|format| is_of(format.stage)).map(|format| format.extensions);
    let is_family = stage.starts_with("load ") || stage.starts_with("save ");
    let others: &[&str] = if is_family { &[] } else { vector::EXTENSIONS };
    source.or(sink).or(table).or(picture).unwrap_or(others)
}

fn source_format(name: &str) -> Result<&'static SourceFormat> {
    SOURCES
        .iter()
        .find(|f| f.name == name)
        .copied()
        .ok_or_else(|| Diagnostic::new(codes::UNSUPPORTED, format!("this build reads no format `{name}`")))
}

fn table_source(name: &str) -> Result<&'static TableSourceFormat> {
    let unknown = || Diagnostic::new(codes::UNSUPPORTED, format!("this build reads no table from `{name}`"));
    TABLE_SOURCES.iter().find(|f| f.name == name).copied().ok_or_else(unknown)
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
            Shape::Choice(words) | Shape::MaybeChoice(words) => json!(words[0]),
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
        for format in TABLE_SOURCES {
            for param in format.stage.params {
                let mut options = Payload::default();
                options.set(param.name, example(param.shape));
                read(format.stage, param, (format.read)(&options, &stopped).err());
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a").to_string_lossy().into_owned();
        let schema = Schema::new(crate::cube::TimeAxis::Positions(1), Vec::new(), ramp::grid(1).expect("a grid"));
        let check = |name: &str, stage: &Signature, check: &dyn Fn(&SinkSpec) -> Result<()>| {
            for param in stage.params.iter().filter(|param| param.kind == ParamKind::Option) {
                let mut options = Payload::default();
                options.set(param.name, example(param.shape));
                let spec = SinkSpec::new(name, target.clone(), IfExists::Refuse, options);
                read(stage, param, check(&spec).err());
            }
        };
        SINKS.iter().for_each(|f| check(f.name, f.stage, &|spec| (f.check)(spec, &schema)));
        TABLE_SINKS.iter().for_each(|f| check(f.name, f.stage, &f.check));
    }
}

//! The verbs. A file here is a const [`Verb`] and the function that lowers a call of it to plan nodes; the build script
//! lists them. A format brings its own `load` or `save` in its row of the tables of `io`. Help, completion, documentation
//! and the example tests are read off the list of both.
//!
//! **Invariant:** a verb touches no pixel, no file and no terminal.

use crate::io::{PICTURE_SINKS, SINKS, SOURCES, TABLE_SINKS, TABLE_SOURCES};
use crate::lang::registry::{self, Group, Lower, Verb};
use crate::signature::Signature;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/verbs.rs"));
include!(concat!(env!("OUT_DIR"), "/drawing.rs"));

/// What to say of a stage that only builds with pictures have, where `pictures` says whether this is one.
pub(crate) fn absence(name: &str, pictures: bool) -> Option<String> {
    let draws = || DRAWING.contains(&name) || PICTURE_SINKS.iter().any(|format| format.stage.name == name);
    let absent = !pictures && draws();
    absent.then(|| format!("this build lacks the feature `pictures`, which `{name}` needs"))
}

/// The stage that reads or writes what a file's name says that it is: `load netcdf` for `a.nc`, `load files` for what only GDAL
/// knows.
pub(crate) fn stage_for(first: &str, path: &str) -> Option<&'static str> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
    let called = |extensions: &[&str]| extensions.contains(&extension.as_str());
    match first {
        // Items are met more often than references.
        "load" if ["json", "parquet"].contains(&extension.as_str()) => {
            registry::find("load stac").map(|verb| verb.name)
        }
        "load" => {
            let sources = SOURCES.iter().filter(|format| called(format.extensions));
            let told = sources.filter_map(|format| format.stage).map(|stage| stage.name).next();
            told.or_else(|| registry::find("load files").map(|verb| verb.name))
        }
        _ => {
            let cubes = SINKS.iter().filter(|format| !format.refers).map(|format| (format.extensions, format.stage));
            let tables = TABLE_SINKS.iter().map(|format| (format.extensions, format.stage));
            let drawn = if cfg!(feature = "pictures") { PICTURE_SINKS } else { &[] };
            let pictures = drawn.iter().map(|format| (format.extensions, format.stage));
            cubes.chain(tables).chain(pictures).find(|(all, _)| called(all)).map(|(_, stage)| stage.name)
        }
    }
}

/// The stage of a family by which a format goes that is called otherwise elsewhere: `geotiff`, `nc`, `parq`.
pub(crate) fn stage_called(first: &str, format: &str) -> Option<&'static str> {
    let word = format.to_ascii_lowercase();
    let usual = match word.as_str() {
        "geotiff" | "gtiff" | "tiff" | "tif" | "cog" | "raster" | "rasters" | "image" if first == "load" => "files",
        "geotiff" | "gtiff" | "tiff" | "raster" | "rasters" | "image" => "tif",
        "jpg" | "jpeg" | "picture" => "png",
        "netcdf4" | "hdf5" | "nc4" => "netcdf",
        _ => return stage_for(first, &format!("a.{word}")).filter(|name| !name.ends_with(" files")),
    };
    registry::find(&format!("{first} {usual}")).map(|verb| verb.name)
}

/// Every verb, by name.
pub static VERBS: LazyLock<Vec<&'static Verb>> = LazyLock::new(|| {
    let mut all: Vec<&Verb> = FILES.iter().copied().chain(FORMATS.iter()).collect();
    all.sort_by_key(|verb| verb.name);
    all
});

/// The verbs that formats bring.
static FORMATS: LazyLock<Vec<Verb>> = LazyLock::new(|| {
    let sources = SOURCES.iter().filter_map(|format| format.stage);
    let sources = sources.map(|stage| verb(stage, Group::Source, Lower::Source(|call| call.load())));
    let catalogs = TABLE_SOURCES
        .iter()
        .map(|format| verb(format.stage, Group::Source, Lower::TableSource(|call| call.load_table())));
    let sinks = SINKS.iter().map(|format| {
        let lower = match format.refers {
            true => Lower::Sink(|call, input| call.save_references(input)),
            false => Lower::Sink(|call, input| call.save(input)),
        };
        verb(format.stage, Group::Out, lower)
    });
    let tables = TABLE_SINKS
        .iter()
        .map(|format| verb(format.stage, Group::Out, Lower::TableSink(|call, input| call.save_table(input))));
    let drawn = if cfg!(feature = "pictures") { PICTURE_SINKS } else { &[] };
    let pictures = drawn.iter().map(|format| verb(format.stage, Group::Out, Lower::PictureSink(format.holds)));
    sources.chain(catalogs).chain(sinks).chain(tables).chain(pictures).collect()
});

fn verb(stage: &Signature, group: Group, lower: Lower) -> Verb {
    let Signature { name, summary, params, seek, examples } = *stage;
    Verb { name, group, summary, params, seek, examples, lower }
}

/// What every verb file uses.
pub(crate) mod prelude {
    pub(crate) use crate::cube::{BBox, Band, DType, GeoBox, Label, Schema, TimeAxis};
    pub(crate) use crate::diagnostic::{Diagnostic, Result, codes};
    pub(crate) use crate::lang::registry::{Call, Example, Group, Lower, Named, Param, Shape, Verb, View, crs_of};
    pub(crate) use crate::lang::value::{Arg, Value};
    #[cfg(feature = "pictures")]
    pub(crate) use crate::plan::Picture;
    pub(crate) use crate::plan::show::some_of;
    pub(crate) use crate::plan::table::Edit;
    pub(crate) use crate::plan::{AnyPlan, Expr, MaskBy, Plan, Reducer, Resampling, Rows, Selection, TablePlan};
    pub(crate) use crate::reducers;
    pub(crate) use std::sync::Arc;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every verb that draws is known by name to a build that lacks it, and no other is.
    #[test]
    fn verbs_that_a_build_without_pictures_lacks() {
        for verb in VERBS.iter() {
            let draws = matches!(verb.lower, Lower::Picture(_) | Lower::PictureSink(_));
            assert_eq!(absence(verb.name, false).is_some(), draws, "{}", verb.name);
            assert_eq!(absence(verb.name, true), None, "{}", verb.name);
        }
        let plot = "this build lacks the feature `pictures`, which `plot` needs";
        assert_eq!(absence("plot", false).as_deref(), Some(plot));
        assert_eq!(absence("no such verb", false), None);
    }
}

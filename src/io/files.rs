//! `load files`: rasters that GDAL opens, one or more steps a file, as one cube.
//!
//! Discovery opens one file, the template, and believes that the others are like it; each is checked when it is first
//! read. `archive` finds its members in its own way and shares everything after that.

pub(crate) mod axis;
pub(crate) mod label;
mod refer;
mod scenes;
mod source;
mod template;

pub(crate) use refer::refer;

use super::cf::{GRID, Placing};
use super::reading::{self, Reading};
use super::source::{Source, SourceFormat, go_on, no_contents};
use crate::cube::time::names::natural_cmp;
use crate::cube::{DType, GeoBox, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::find;
use crate::io::gdal::{handles, subdatasets};
use crate::io::grib;
use crate::io::raster::Item;
use crate::io::remote::address::unsigned;
use crate::io::stac::Anchor;
pub(crate) use crate::io::stac::scenes::{ANCHOR, BOUNDS, LIKE, METHOD, RES, UNION};
use crate::plan::{Payload, Resampling, SourceSpec};
use crate::signature::{Example, Param, Shape, Signature};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(crate) const FORMAT: SourceFormat =
    SourceFormat { name: "files", extensions: &[], stage: Some(&LOAD), discover, open, contents: no_contents };

/// Cubes of the messages of GRIB files, which are found as all files are.
pub(crate) const GRIB: SourceFormat =
    SourceFormat { name: grib::NAME, extensions: &[], stage: None, discover, open: grib::open, contents: no_contents };

const LOAD: Signature = Signature {
    name: "load files",
    summary: "Load raster files as a time series; dates are read from the names.",
    params: &[
        Param::required(
            "path",
            Shape::Paths,
            "A file, a folder, a pattern such as \"rain/*.tif\", or a list of files; also at an address: https, s3, gs, az.",
        ),
        DATES,
        MATCH,
        START,
        EVERY,
        Param::flag(
            "sort",
            "Undated files of a list in the natural order of their names, not as listed; dated ones always are in time order.",
        ),
        CRS,
        Param::named(
            "dtype",
            Shape::Choice(DType::NAMES),
            "Type of the cube, where that of the first file cannot hold the others.",
        ),
        Param {
            help: "Of GRIB, where there are several: `at level 500`, `at member 0`, `at run 2017-01-01T00:00`.",
            ..reading::AT
        },
        Param {
            help: "Of GRIB: each `level`, `member` or `run` becomes a band, `t_500`, `t_850` ..",
            ..reading::SPREAD
        },
        Param::named(
            "subdataset",
            Shape::Text,
            "Of files that hold several rasters, the one to load, by name or number.",
        ),
        Param {
            help: "Of GRIB: `index` counts rows and columns, where they form no regular grid; `reproject` and `align` know where they lie.",
            ..GRID
        },
        Param::named("bands_as", Shape::Choice(&["bands", "time"]), "`time`: the bands of a file are its steps."),
        UNION,
        LIKE,
        RES,
        BOUNDS,
        ANCHOR,
        METHOD,
        GROUP,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["open", "read", "geotiff", "tif", "glob", "folder"],
    examples: &[
        Example {
            title: "A folder of daily files",
            script: "load files \"rain/*.tif\" dates \"%Y-%m-%d\" | schema",
            output: "",
        },
        Example {
            title: "Dates that only a pattern finds",
            script: "load files \"tmax/tmax_*.tif\" match r\"tmax_(\\d{4}\\.\\d{2}\\.\\d{2})\" dates \"%Y.%m.%d\" | schema",
            output: "",
        },
        Example {
            title: "Scenes of one track, whose extents are shifted",
            script: "load files \"LC08_*_B4.TIF\" union | schema",
            output: "",
        },
        Example {
            title: "One level and one member of GRIB files",
            script: "load files \"era5/*.grib\" at level 500 at member 0 | schema",
            output: "",
        },
        Example {
            title: "The second raster of a TIFF",
            script: "load files \"scan.tif\" subdataset 2 | schema",
            output: "",
        },
    ],
};

pub(crate) const DATES: Param = Param::named(
    "dates",
    Shape::Names,
    "How dates are written in the names, as in `strftime`: \"%Y.%m.%d\"; also `%G-W%V` for weeks, `%q` quarters, `%K` \
     dekads, `%P` pentads of a month, `%s` seconds since 1970. Or the dates themselves: `[2020-01-01 2020-01-09]`.",
);
pub(crate) const START: Param =
    Param::named("start", Shape::Text, "The date of the first step, where names have none; `every` gives the others.");
pub(crate) const EVERY: Param = Param::named("every", Shape::Period, "The time from step to step after `start`: `1d`.");
pub(crate) const CRS: Param = Param {
    help: "Reference system, where none is declared; that of the grid, where files are brought onto one.",
    ..reading::CRS
};
pub(crate) const GROUP: Param =
    Param::named("group", Shape::Choice(&["none", "time"]), "`time`: files of one time become one step.");
pub(crate) const MATCH: Param =
    Param::named("match", Shape::Text, "A regular expression; what its first group matches is the date.");

/// What `load files` can be told, and `load archive`, whose members are files like others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LoadFiles {
    pub reading: Reading,
    /// Members of an archive; everything raster-like unless given.
    pub glob: Option<String>,
    /// How the date in a name is written, or the dates of all steps.
    #[serde(deserialize_with = "reading::one_or_more")]
    pub dates: Vec<String>,
    #[serde(rename = "match")]
    pub pattern: Option<String>,
    /// The date of the first step, and the time from one to the next.
    pub start: Option<String>,
    pub every: Option<String>,
    /// Files of a list that have no dates are sorted by name; those of a pattern always are.
    pub sort: bool,
    /// A wider type for the cube than the first file has.
    pub dtype: Option<DType>,
    /// How the pixels of GRIB files are placed, if not by their coordinates.
    pub grid: Option<Placing>,
    /// The raster inside each file.
    pub subdataset: Option<String>,
    pub bands_as: BandsAs,
    /// Files on other grids are brought onto one that covers them all.
    pub union: bool,
    pub like: Option<GeoBox>,
    pub res: Option<f64>,
    /// West, south, east, north.
    pub bounds: Option<[f64; 4]>,
    pub anchor: Option<Anchor>,
    pub method: Resampling,
    pub group: Group,
}

impl LoadFiles {
    /// Whether a grid was asked for that files are brought onto.
    fn is_placed(&self) -> bool {
        self.union || self.like.is_some() || self.res.is_some() || self.bounds.is_some() || self.anchor.is_some()
    }
}

/// Which files become one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    #[default]
    None,
    Time,
}

/// What the bands of a file are to the cube.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BandsAs {
    #[default]
    Bands,
    Time,
}

fn discover(options: &Payload, cancel: &AtomicBool) -> Result<Arc<dyn Source>> {
    let given: LoadFiles = reading::read(options)?;
    let reading = &given.reading;
    if reading.path.is_empty() {
        return Err(
            Diagnostic::new(codes::NOT_FOUND, "no path to load").help("name files: `load files \"folder/*.tif\"`")
        );
    }
    let mut items = Vec::new();
    for pattern in &reading.path {
        go_on(cancel)?;
        items.extend(find::expand(pattern, &reading.base(), reading.sign)?);
    }
    if let Some(wanted) = &given.subdataset {
        items = inside(items, wanted, cancel)?;
    }
    if given.sort {
        items.sort_by(|a, b| natural_cmp(&a.name, &b.name));
    }
    assemble(FORMAT.name, reading.title(), items, &given, Vec::new(), cancel)
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    Ok(Arc::new(source::FileSource::reopen(spec, schema)?))
}

/// From a list of rasters to a cube: finds dates, sorts, reads one header, names bands.
///
/// `format` is the registered name under which [`reopen`] is found; `notes` are passed on to the schema.
pub(crate) fn assemble(
    format: &str,
    title: String,
    items: Vec<Item>,
    given: &LoadFiles,
    notes: Vec<String>,
    cancel: &AtomicBool,
) -> Result<Arc<dyn Source>> {
    if given.bands_as == BandsAs::Bands && items.first().is_some_and(is_grib) {
        return grib::assemble(title, items, &given.reading, given.grid, notes, cancel);
    }
    if given.grid.is_some() && given.bands_as == BandsAs::Time {
        return Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, "`grid index` takes the steps from the messages of GRIB")
            .about("grid")
            .help("leave `bands_as time` out"));
    }
    if given.grid.is_some() {
        return Err(Diagnostic::new(
            codes::UNFIT_ARGUMENTS,
            "`grid index` counts the rows and columns of messages of GRIB",
        )
        .about("grid")
        .help("leave `grid index` out"));
    }
    if let Some(dim) = given.reading.dimensions()?.names().next() {
        return Err(Diagnostic::new(codes::CHOOSE_DIMENSION, format!("these files have no `{dim}` to choose from"))
            .help(
                "`at` and `spread` choose among the messages of GRIB files; `load netcdf` and `load zarr` have them for dimensions",
            ));
    }
    template::assemble(format, title, items, given, notes, cancel)
}

fn is_grib(item: &Item) -> bool {
    handles::with(&item.path, |dataset| Ok(dataset.driver().short_name() == "GRIB")).unwrap_or(false)
}

/// The raster that is meant inside each file.
fn inside(items: Vec<Item>, wanted: &str, cancel: &AtomicBool) -> Result<Vec<Item>> {
    let one = |item: Item| {
        go_on(cancel)?;
        let all = handles::with(&item.path, |dataset| Ok(subdatasets::list(dataset)))?;
        let found = subdatasets::find(&all, wanted).ok_or_else(|| subdatasets::unknown(&item.name, wanted, &all))?;
        if unsigned(&item.path) != item.path {
            // Their names hold the signed address.
            return Err(Diagnostic::new(
                codes::UNSUPPORTED,
                format!("rasters inside `{}` cannot be signed for", item.name),
            )
            .help("fetch the file, and load it from disk"));
        }
        Ok(Item { path: found.name.clone(), name: item.name })
    };
    items.into_iter().map(one).collect()
}

/// Opens what [`assemble`] put together, from its spec.
pub(crate) fn reopen(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    open(spec, schema)
}

#[cfg(test)]
mod tests;

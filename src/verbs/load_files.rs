//! `load files`: a time series from raster files.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "load files",
    group: Group::Source,
    summary: "Load raster files as a time series; dates are read from the names.",
    params: &[
        Param::required(
            "path",
            Shape::Paths,
            "A file, a folder, a pattern such as \"rain/*.tif\", or a list of files; also at an address: https, s3, gs, az.",
        ),
        Param::named("dates", Shape::Text, "How dates are written in the names, as in `strftime`: \"%Y.%m.%d\"."),
        Param::named("match", Shape::Text, "A regular expression; what its first group matches is the date."),
        Param::flag(
            "sort",
            "Undated files of a list in the natural order of their names, not as listed; dated ones always are in time order.",
        ),
        Param::named("crs", Shape::Crs, "Reference system of files that declare none."),
        Param::named(
            "dtype",
            Shape::Choice(super::cast::DTYPES),
            "Type of the cube, where that of the first file cannot hold the others.",
        ),
        Param::named(
            "at",
            Shape::Pair,
            "Of GRIB, where there are several: `at level 500`, `at member 0`, `at run 2017-01-01T00:00`.",
        ),
        Param::named(
            "subdataset",
            Shape::Text,
            "Of files that hold several rasters, the one to load, by name or number.",
        ),
        Param::named("bands_as", Shape::Choice(&["bands", "time"]), "`time`: the bands of a file are its steps."),
        Param::named(
            "on_error",
            Shape::Choice(&["stop", "skip"]),
            "`skip` leaves unreadable files missing and lists them.",
        ),
        SIGN,
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
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    call.load("files", call.source_options())
}

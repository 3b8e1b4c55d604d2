//! `load netcdf`: variables of NetCDF files.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "load netcdf",
    group: Group::Source,
    summary: "Load variables of NetCDF files, with CF times, packing and missing values.",
    params: &[
        Param::required("path", Shape::Paths, "A file, a pattern such as \"t2m_*.nc\", or a list of files."),
        Param::named("var", Shape::Names, "The variables; every one on the main grid unless given."),
        Param::named("at", Shape::Pair, "The coordinate of a further dimension: `at level 500`."),
        Param::named("crs", Shape::Crs, "Reference system, where the file declares none."),
        Param::named(
            "on_error",
            Shape::Choice(&["stop", "skip"]),
            "`skip` leaves unreadable files missing and lists them.",
        ),
    ],
    seek: &["nc", "nc4", "hdf5", "era5", "cmip", "open_dataset"],
    examples: &[
        Example {
            title: "One variable of many files",
            script: "load netcdf \"era5/t2m_*.nc\" var t2m | schema",
            output: "",
        },
        Example {
            title: "One level of a field",
            script: "load netcdf \"uvz.nc\" var z at level 500 | schema",
            output: "",
        },
    ],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    call.load("netcdf", call.source_options())
}

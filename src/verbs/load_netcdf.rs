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
    let mut options = call.source_options();
    if let Some(Value::List(_)) = call.get("path").map(|a| &a.value) {
        let paths: Vec<String> = call.names("path").into_iter().map(|(p, _)| call.scope.resolve(&p)).collect();
        options.remove("path");
        options.insert("paths".into(), json!(paths));
    } else {
        options.insert("path".into(), json!(call.text("path").map(|p| call.scope.resolve(&p))));
    }
    call.catalog.scan("netcdf", options.into(), call.span).map_err(|d| d.or_at(call.span_of("path"), "loaded here"))
}

//! `load archive`: a time series from the members of a zip or tar file.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "load archive",
    group: Group::Source,
    summary: "Load the rasters inside a zip, tar, tar.gz or gz file, in place.",
    params: &[
        Param::required("path", Shape::Path, "The archive, a file or an address."),
        Param::named("glob", Shape::Text, "Which members: \"*.tif\", \"**/*.asc\"."),
        Param::named("dates", Shape::Text, "How dates are written in the names: \"%Y.%m.%d\"."),
        Param::named("match", Shape::Text, "A regular expression; what its first group matches is the date."),
        Param::named("crs", Shape::Crs, "Reference system of members that declare none."),
        Param::named(
            "on_error",
            Shape::Choice(&["stop", "skip"]),
            "`skip` leaves unreadable members missing and lists them.",
        ),
        SIGN,
    ],
    seek: &["zip", "tar", "gz", "unzip"],
    examples: &[Example {
        title: "A zip of GeoTIFFs",
        script: "load archive \"MSWEP.zip\" glob \"*.tif\" dates \"%Y.%m.%d\" | schema",
        output: "",
    }],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    call.load("archive", call.source_options())
}

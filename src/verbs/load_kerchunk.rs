//! `load kerchunk`: arrays of a set of references.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "load kerchunk",
    group: Group::Source,
    summary: "Load arrays of kerchunk references, JSON or Parquet, from the files they point at.",
    params: &[
        Param::required("path", Shape::Path, "The JSON file, or the folder of Parquet files; also at an address."),
        Param::named("var", Shape::Names, "The arrays; every one on the main grid unless given."),
        Param::named("group", Shape::Text, "The group inside the references."),
        Param::named("at", Shape::Pair, "The coordinate of a further dimension: `at level 500`."),
        Param::named("crs", Shape::Crs, "Reference system, where none is declared."),
        Param::named(
            "on_error",
            Shape::Choice(&["stop", "skip"]),
            "`skip` leaves unreadable chunks missing and lists them.",
        ),
        SIGN,
    ],
    seek: &["references", "fsspec", "virtual", "open_zarr"],
    examples: &[Example {
        title: "References beside their files",
        script: "load kerchunk \"air.json\" | schema",
        output: "",
    }],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    call.load("kerchunk", call.source_options())
}

//! `load zarr`: arrays of a Zarr store.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "load zarr",
    group: Group::Source,
    summary: "Load arrays of a Zarr store, version 2 or 3.",
    params: &[
        Param::required("path", Shape::Path, "The folder or address of the store."),
        Param::named("var", Shape::Names, "The arrays; every one on the main grid unless given."),
        Param::named("group", Shape::Text, "The group inside the store."),
        Param::named("at", Shape::Pair, "The coordinate of a further dimension: `at level 500`."),
        Param::named("crs", Shape::Crs, "Reference system, where the store declares none."),
        Param::named(
            "on_error",
            Shape::Choice(&["stop", "skip"]),
            "`skip` leaves unreadable chunks missing and lists them.",
        ),
        SIGN,
    ],
    seek: &["open_zarr", "store"],
    examples: &[Example { title: "A store", script: "load zarr \"chirps.zarr\" | schema", output: "" }],
    lower: Lower::Source(lower),
};

fn lower(call: &Call) -> Result<Arc<Plan>> {
    call.load("zarr", call.source_options())
}

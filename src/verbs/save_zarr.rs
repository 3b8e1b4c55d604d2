//! `save zarr`: write a Zarr store.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save zarr",
    group: Group::Out,
    summary: "Write a Zarr store.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::flag("append", "Go on after the last step of the store."),
        Param::flag("resume", "Go on where an interrupted run stopped."),
        Param::options("What the format can be told; `:help save zarr` lists it."),
    ],
    seek: &["to_zarr", "write", "store"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save zarr \"ndvi.zarr\" chunks [time 12 y 256 x 256] codec zstd 5 overwrite",
        output: "",
    }],
    lower: Lower::Sink(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    call.save(input, "zarr")
}

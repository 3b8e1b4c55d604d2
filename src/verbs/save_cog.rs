//! `save cog`: write cloud-optimised GeoTIFF files.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save cog",
    group: Group::Out,
    summary: "Write cloud-optimised GeoTIFF files.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save cog` lists it."),
    ],
    seek: &["to_raster", "cloud", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save cog \"out/{time:%Y%m}.tif\" overview_resampling average overwrite",
        output: "",
    }],
    lower: Lower::Sink(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    call.save(input, "cog")
}

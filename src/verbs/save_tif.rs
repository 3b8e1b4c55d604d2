//! `save tif`: write GeoTIFF files.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save tif",
    group: Group::Out,
    summary: "Write GeoTIFF files.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save tif` lists it."),
    ],
    seek: &["to_raster", "geotiff", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | resample 1mo mean | save tif \"out/{time:%Y%m%d}.tif\" compress zstd overwrite",
        output: "",
    }],
    lower: Lower::Sink(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    call.save(input, "tif")
}

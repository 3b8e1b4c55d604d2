//! `save png`: write a still picture as PNG.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save png",
    group: Group::Out,
    summary: "Write a still picture as PNG; a cube or table that was not drawn is drawn plainly.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
    ],
    seek: &["to_png", "savefig", "image"],
    examples: &[Example {
        title: "A map",
        script: "load files \"dem.tif\" | plot cmap terrain | save png \"dem.png\"",
        output: "",
    }],
    lower: Lower::PictureSink(lower),
};

fn lower(call: &Call, input: &Carried) -> Result<Arc<Picture>> {
    call.save_picture(input, "png")
}

//! `save svg`: write a still picture as SVG, whose lines and letters stay sharp.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save svg",
    group: Group::Out,
    summary: "Write a still picture as SVG, whose lines and letters stay sharp; a cube or table that was not drawn is drawn plainly.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
    ],
    seek: &["to_svg", "vector", "image"],
    examples: &[Example {
        title: "A chart",
        script: "load files \"rain/*.tif\" | reduce mean over space | plot | save svg \"rain.svg\"",
        output: "",
    }],
    lower: Lower::PictureSink(lower),
};

fn lower(call: &Call, input: &Carried) -> Result<Arc<Picture>> {
    call.save_picture(input, "svg")
}

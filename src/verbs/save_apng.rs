//! `save apng`: write an animation as animated PNG: smaller than a GIF, and of all colors.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save apng",
    group: Group::Out,
    summary: "Write an animation as animated PNG: smaller than a GIF, and of all colors; a cube or table that was not drawn is drawn plainly.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
    ],
    seek: &["movie", "animated"],
    examples: &[Example {
        title: "A year of months",
        script: "load zarr \"ndvi.zarr\" | animate fps 4 label \"%b %Y\" | save apng \"ndvi.png\"",
        output: "",
    }],
    lower: Lower::PictureSink(lower),
};

fn lower(call: &Call, input: &Carried) -> Result<Arc<Picture>> {
    call.save_picture(input, "apng")
}

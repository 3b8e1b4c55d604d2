//! `save gif`: write an animation as GIF.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save gif",
    group: Group::Out,
    summary: "Write an animation as GIF; a cube or table that was not drawn is drawn plainly.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
    ],
    seek: &["to_gif", "to_gif", "movie"],
    examples: &[Example {
        title: "A year of months",
        script: "load zarr \"ndvi.zarr\" | animate fps 4 label \"%b %Y\" | save gif \"ndvi.gif\" overwrite",
        output: "",
    }],
    lower: Lower::PictureSink(lower),
};

fn lower(call: &Call, input: &Carried) -> Result<Arc<Picture>> {
    call.save_picture(input, "gif")
}

//! `save html`: write a picture as a page of its own; animations with a player.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save html",
    group: Group::Out,
    summary: "Write a picture as a page of its own; animations with a player; a cube or table that was not drawn is drawn plainly.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
    ],
    seek: &["page", "player"],
    examples: &[Example {
        title: "A page to send",
        script: "load zarr \"ndvi.zarr\" | animate | save html \"ndvi.html\"",
        output: "",
    }],
    lower: Lower::PictureSink(lower),
};

fn lower(call: &Call, input: &Carried) -> Result<Arc<Picture>> {
    call.save_picture(input, "html")
}

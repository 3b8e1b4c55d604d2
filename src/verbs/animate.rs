//! `animate`: the steps of a cube one after another.

use super::prelude::*;
use crate::lang::registry::drawing::map_params;
use crate::plan::picture::{FRAMES, Timing};

pub(super) const VERB: Verb = Verb {
    name: "animate",
    group: Group::See,
    summary: "Draw the steps one after another, each with its date, all in the same colors.",
    params: map_params![
        Param::named("fps", Shape::Number, "Steps a second; 5 unless given."),
        Param::named("label", Shape::Text, "How the time of a step is written: `\"%d %b %Y\"`; `none` for no label."),
        Param::named("label_size", Shape::Number, "Height of its letters in pixels."),
        Param::flag("once", "Stop at the end instead of beginning again."),
        Param::named("band", Shape::Text, "The band that is drawn; the first unless given."),
    ],
    seek: &["animation", "movie", "video", "gif", "frames", "player"],
    examples: &[
        Example {
            title: "A month a frame",
            script: "ramp 3 4 | animate fps 2 cmap YlGn label \"%b %Y\"",
            output: "animation of 3 frames, 709 x 601 pixels, 2 a second\nv  0 .. 233\n",
        },
        Example {
            title: "As a file",
            script: "load files \"ndvi/*.tif\" | animate range 0..0.9 label \"%d %b %Y\" | save gif \"ndvi.gif\"",
            output: "",
        },
    ],
    lower: Lower::Picture(lower),
};

fn lower(call: &Call, input: &AnyPlan) -> Result<Arc<Picture>> {
    let cube = call.cube_here(input)?;
    let look = call.look()?;
    let fps = call.positive("fps")?.unwrap_or(Timing::default().fps);
    if !(0.01..=50.0).contains(&fps) {
        return Err(call.error(
            "fps",
            codes::OUT_OF_RANGE,
            format!("an animation cannot show {fps} frames a second"),
            "0.01 to 50",
        ));
    }
    let timing =
        Timing { fps, label: call.text("label"), label_size: call.positive("label_size")?, repeat: !call.has("once") };
    let cube = match call.has("band") {
        true => {
            let bands = call.bands("band", &cube.schema)?;
            Plan::select(cube, Selection { bands, ..Selection::all(&cube.schema) }, call.span)?
        }
        false => cube.clone(),
    };
    let most = call.count("max")?.unwrap_or(FRAMES);
    let (chosen, maps) = call.maps(&cube)?;
    Picture::animation(&chosen, maps, timing, most, look, call.span)
}

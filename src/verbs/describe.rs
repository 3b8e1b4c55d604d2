//! `describe`: see the cube that flows in.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "describe",
    group: Group::See,
    summary: "Tell everything that is known of the cube without reading its pixels.",
    params: &[],
    seek: &["info", "gdalinfo", "sinfo", "print"],
    examples: &[Example { title: "A made-up cube", script: "ramp 2 2 | describe", output: "@describe" }],
    lower: Lower::See(View::Describe),
};

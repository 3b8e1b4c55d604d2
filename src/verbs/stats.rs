//! `stats`: see the cube that flows in.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "stats",
    group: Group::See,
    summary: "Count, least, mean, spread and greatest of each band, over all its pixels.",
    params: &[],
    seek: &["statistics", "summary", "minmax"],
    examples: &[Example { title: "One band", script: "ramp 2 2 gaps 3 | stats", output: "@stats" }],
    lower: Lower::See(View::Stats),
};

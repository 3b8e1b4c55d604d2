//! `explain`: see the cube that flows in.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "explain",
    group: Group::See,
    summary: "Show the plan: as written, as optimised, and what running it would cost.",
    params: &[],
    seek: &["plan", "dry"],
    examples: &[Example {
        title: "A crop after a reduction",
        script: "ramp 24 6 | groupby year mean | step 0 | explain",
        output: "@explain",
    }],
    lower: Lower::See(View::Explain),
};

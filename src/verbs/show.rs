//! `show`: see the cube that flows in.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "show",
    group: Group::See,
    summary: "Print the pixels; of large cubes the corner.",
    params: &[],
    seek: &["print", "values", "head"],
    examples: &[Example {
        title: "Four pixels",
        script: "ramp 1 2 gaps 3 | show",
        output: "2020-01-01 v\n     0  1\nnodata 11\n",
    }],
    lower: Lower::See(View::Show),
};

//! `show`: see the cube that flows in.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "show",
    group: Group::See,
    summary: "Print the pixels; of large cubes the corner. Before a further stage, or in parentheses, a table with a row for each step, pixel and band.",
    params: &[],
    seek: &["print", "values", "head", "to_dataframe", "pixels"],
    examples: &[
        Example {
            title: "Four pixels",
            script: "ramp 1 2 gaps 3 | show",
            output: "2020-01-01 v\n     0  1\nnodata 11\n",
        },
        Example {
            title: "The same as rows, for other programs",
            script: "ramp 1 2 gaps 3 | show | save csv \"pixels.csv\"",
            output: "",
        },
        Example { title: "The largest", script: "ramp 2 2 | show | sort value descending | head 2", output: "" },
    ],
    lower: Lower::See(View::Show),
};

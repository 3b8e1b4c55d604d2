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
            title: "The largest",
            script: "ramp 2 2 | show | sort value descending | head 1",
            output: concat!(
                "time              x        y  band  value\n",
                "timestamp   float64  float64  text  int64\n",
                "2020-02-01   500015  4999985  v       111\n",
                "1 row\n",
            ),
        },
    ],
    lower: Lower::See(View::Show),
};

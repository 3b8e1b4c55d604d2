//! `stats`: see the cube that flows in.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "stats",
    group: Group::See,
    summary: "Print the count, minimum, mean, standard deviation and maximum of each band, over all its pixels, each counting \
              the same. Stages that follow work on a table of them.",
    params: &[],
    seek: &["statistics", "summary", "minmax"],
    examples: &[
        Example {
            title: "One band",
            script: "ramp 2 2 gaps 3 | stats",
            output: concat!(
                "band  valid  missing  min  mean        std  max\n",
                "v         6        2    0  55.5  51.738928  111\n",
            ),
        },
        Example { title: "Saved", script: "load files \"*.tif\" | stats | save csv \"stats.csv\"", output: "" },
    ],
    lower: Lower::See(View::Stats),
};

//! `explain`: see the cube that flows in.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "explain",
    group: Group::See,
    summary: "Show the plan: as written, as optimized, and what running it would cost.",
    params: &[],
    seek: &["plan", "dry"],
    examples: &[Example {
        title: "One year of two: only its steps are read",
        script: "ramp 24 6 | groupby year mean | step 0 | explain",
        output: concat!(
            "plan\n",
            "  select steps=0\n",
            "      = 1 year (2020), 1 band (v: float64), 6 x 6 pixels, EPSG:32631\n",
            "    reduce mean over time: 24 steps -> 2 groups\n",
            "        = 2 years (year 2020 .. 2021), 1 band (v: float64), 6 x 6 pixels, EPSG:32631\n",
            "      scan ramp (24 x 6 x 6)\n",
            "          = 2020-01-01 .. 2021-12-01, 24 steps, 1 band (v: int16), 6 x 6 pixels, EPSG:32631\n",
            "cost\n",
            "  tasks   1 of up to 1 x 6 x 6 (steps x rows x columns)\n",
            "  read    864 B of pixels\n",
            "  memory  792 B a task, 792 B at most on 1 thread\n",
            "  result  288 B\n",
        ),
    }],
    lower: Lower::See(View::Explain),
};

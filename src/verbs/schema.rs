//! `schema`: see the cube that flows in.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "schema",
    group: Group::See,
    summary: "Print steps, bands and grid in one line.",
    params: &[],
    seek: &["shape", "dims"],
    examples: &[Example {
        title: "After a reduction",
        script: "ramp 24 3 | groupby month mean | schema",
        output: "12 months (month 1 .. 12), 1 band (v: float64), 3 x 3 pixels, EPSG:32631\n",
    }],
    lower: Lower::See(View::Schema),
};

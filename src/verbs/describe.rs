//! `describe`: see the cube that flows in.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "describe",
    group: Group::See,
    summary: "Print everything that is known of the cube without reading its pixels.",
    params: &[],
    seek: &["info", "gdalinfo", "sinfo", "print"],
    examples: &[Example {
        title: "A made-up cube",
        script: "ramp 2 2 | describe",
        output: concat!(
            "steps      2020-01-01 .. 2020-02-01, 2 steps\n",
            "calendar   proleptic_gregorian\n",
            "grid       2 x 2 pixels of 10 x 10 metre, EPSG:32631\n",
            "bounds     500000 4999980 500020 5000000\n",
            "size       16 B uncompressed\n",
            "bands      v  int16\n",
            "from       ramp (2 x 2 x 2)\n",
        ),
    }],
    lower: Lower::See(View::Describe),
};

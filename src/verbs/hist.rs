//! `hist`: how often values occur.

use super::prelude::*;
use crate::lang::registry::drawing::*;

const BINS: usize = 50;

pub(super) const VERB: Verb = Verb {
    name: "hist",
    group: Group::See,
    summary: "Count how often values occur in each band, over all steps, and draw it.",
    params: &[
        Param::named("bins", Shape::Integer, "Between the ends, of one width; 50 unless given."),
        RANGE,
        SIZE,
        DPI,
        THEME,
        TITLE,
        TITLE_SIZE,
    ],
    seek: &["histogram", "distribution", "frequency"],
    examples: &[Example {
        title: "Four bins",
        script: "ramp 1 4 | hist bins 4 range 0..40",
        output: "picture of a histogram of 1 band, 800 x 480 pixels\nband  low  high  count\nv       0    10      4\nv      10    20      4\nv      20    30      4\nv      30    40      4\n",
    }],
    lower: Lower::Picture(lower),
};

fn lower(call: &Call, input: &AnyPlan) -> Result<Arc<Picture>> {
    let cube = call.cube_here(input)?;
    let bins = call.count("bins")?.unwrap_or(BINS);
    if bins > 10_000 {
        return Err(call.error(
            "bins",
            codes::OUT_OF_RANGE,
            format!("a histogram cannot have {bins} bins"),
            "at most 10000",
        ));
    }
    Picture::histogram(cube, bins, call.ends()?, call.look()?, call.span)
}

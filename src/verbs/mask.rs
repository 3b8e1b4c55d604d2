//! `mask`: pixels made missing by a condition.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "mask",
    group: Group::Pixel,
    summary: "Make the pixels missing for which this holds, in every band.",
    params: &[Param::required("condition", Shape::Expr, "A condition over the bands: `scl in [3 8 9]`, `ndvi > 0.2`.")],
    seek: &["cloud", "qa", "nan"],
    examples: &[Example {
        title: "By a band",
        script: "ramp 1 2 | mask v in [0 10] | show",
        output: "2020-01-01 v\nnodata  1\nnodata 11\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let condition = call.expr("condition", &input.schema)?;
    Ok(Plan::mask(input, MaskBy::Condition { condition, keep: false }, call.span))
}

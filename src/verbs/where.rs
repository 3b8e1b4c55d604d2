//! `where`: pixels made missing by a condition.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "where",
    group: Group::Pixel,
    summary: "Keep the pixels for which this holds; the others become missing, in every band.",
    params: &[Param::required("condition", Shape::Expr, "A condition over the bands: `scl in [3 8 9]`, `ndvi > 0.2`.")],
    seek: &["keep", "ifthen"],
    examples: &[Example {
        title: "By a band",
        script: "ramp 1 2 | where v in [0 10] | show",
        output: "2020-01-01 v\n 0 nodata\n10 nodata\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let condition = call.expr("condition", &input.schema)?;
    Ok(Plan::mask(input, MaskBy::Condition { condition, keep: true }, call.span))
}

//! `shift`: move pixels to later steps.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "shift",
    group: Group::Time,
    summary: "Move pixels to later steps, or to earlier ones with a negative number; the steps stay, those left empty are missing.",
    params: &[Param::required("steps", Shape::Integer, "How many steps.")],
    seek: &["lag", "lead", "delay", "roll"],
    examples: &[Example {
        title: "What was a month before",
        script: "ramp 3 1 | shift 1 | show",
        output: "2020-01-01 v\nnodata\n2020-02-01 v\n0\n2020-03-01 v\n100\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    match call.number("steps").unwrap_or(0.0) as i64 {
        0 => Ok(input.clone()),
        by => Plan::shift(input, by, call.span),
    }
}

//! `diff`: the change since an earlier step.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "diff",
    group: Group::Time,
    summary: "Subtract an earlier step from each step: the one before it, or several before. The steps stay; those without an earlier one are missing.",
    params: &[Param::optional(
        "steps",
        Shape::Integer,
        "How many steps before, 1 unless given; after it with a negative number. Differences of differences are `diff | diff`.",
    )],
    seek: &["difference", "change", "deltat", "delta", "tendency"],
    examples: &[Example {
        title: "From month to month",
        script: "ramp 3 1 | diff | show",
        output: "2020-01-01 v\nnodata\n2020-02-01 v\n100\n2020-03-01 v\n100\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    match call.number("steps").unwrap_or(1.0) as i64 {
        0 => Err(call
            .error("steps", codes::OUT_OF_RANGE, "a difference to the same step is always 0", "no steps apart")
            .help(
                "`diff 1` is the change since the step before, `diff 12` that since the same month of the last year",
            )),
        by => Plan::diff(input, by, call.span),
    }
}

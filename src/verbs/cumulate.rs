//! `cumulate`: reduce all steps up to each step.

use super::prelude::*;
use crate::diagnostic::list_some;

pub(super) const VERB: Verb = Verb {
    name: "cumulate",
    group: Group::Time,
    summary: "Reduce all steps up to each step: running sums, running maxima. A missing step adds nothing, the result stays what it was; before the first valid value it is missing.",
    params: &[
        Param::required("reducers", Shape::Reducers, "`sum`, `prod`, `max`, `min`, `mean`, `count`.., or several."),
        Param::named("min_count", Shape::MinCount, "Valid values a result needs; 1 unless given."),
        Param::flag("keepna", "From the first missing value on the result is missing."),
    ],
    seek: &["cumsum", "timcumsum", "cumprod", "cummax", "accumulate", "running"],
    examples: &[
        Example {
            title: "A running sum",
            script: "ramp 3 1 | cumulate sum | show",
            output: "2020-01-01 v\n0\n2020-02-01 v\n100\n2020-03-01 v\n300\n",
        },
        Example {
            title: "A missing step adds nothing",
            script: "ramp 3 1 | where month(time) != 2 | cumulate [max count] | show",
            output: "2020-01-01 v_max\n0\n2020-01-01 v_count\n1\n2020-02-01 v_max\n0\n2020-02-01 v_count\n1\n2020-03-01 v_max\n200\n2020-03-01 v_count\n2\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reduction = call.reduction("reducers")?;
    if let Some(series) = reduction.reducers.iter().find(|r| r.holds_series()) {
        let running = Reducer::words().filter(|r| !r.holds_series()).map(|r| r.name);
        return Err(call
            .error(
                "reducers",
                codes::UNKNOWN_CHOICE,
                format!("`{}` cannot be carried from step to step", series.name()),
                "needs all values again at every step",
            )
            .help(format!("reducers that can: {}", list_some(running, 40)))
            .help(format!("over a window: `rolling 30 {}`", series.name())));
    }
    Plan::cumulate(input, reduction.reducers, reduction.options, call.span)
}

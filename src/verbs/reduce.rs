//! `reduce`: many steps, or bands, to one; and every reducer as a stage.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::plan::ReduceOptions;

pub const VERB: Verb = Verb {
    name: "reduce",
    group: Group::Time,
    summary: "Reduce all steps to one, or all bands to one; every reducer is a stage too: `median` is `reduce median`.",
    params: &[
        Param::required("reducers", Shape::Reducers, "`mean`, `p90`, `quantile 0.9`, or several: `[mean std]`."),
        Param::named("over", Shape::Choice(&["time", "band"]), "What is reduced; time unless given."),
        Param::named(
            "min_count",
            Shape::MinCount,
            "Valid values a result needs, or their share: `20`, `80%`; 1 unless given.",
        ),
        Param::flag("keepna", "One missing value makes the result missing."),
        Param::named("weights", Shape::Choice(&["days"]), "Each step counts as many days as it stands for."),
    ],
    seek: &["aggregate", "composite", "timmean", "reduce_time", "average"],
    examples: &[
        Example {
            title: "The mean of all steps",
            script: "ramp 3 2 | mean | show",
            output: "2020-01-01 .. 2020-03-01 v\n100 101\n110 111\n",
        },
        Example {
            title: "Two at once",
            script: "ramp 3 1 | reduce [min max] | show",
            output: "2020-01-01 .. 2020-03-01 v_min\n0\n2020-01-01 .. 2020-03-01 v_max\n200\n",
        },
        Example {
            title: "Over bands",
            script: "ramp 1 2 bands [a b] | max over band | show",
            output: "2020-01-01 max\n1000 1001\n1010 1011\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reduction = call.reduction("reducers")?;
    if call.text("over").as_deref() == Some("band") {
        if reduction.weights_days {
            return Err(call.error("weights", codes::WRONG_TYPE, "bands have no days to weigh by", "over bands"));
        }
        return Plan::reduce_bands(input, reduction.reducers, reduction.options, call.span);
    }
    let options = reduction.options_for(&input.schema)?;
    all_steps(input, reduction.reducers, options, call.span)
}

/// Every step reduced to one.
pub fn all_steps(input: &Arc<Plan>, reducers: Vec<Reducer>, options: ReduceOptions, span: Span) -> Result<Arc<Plan>> {
    let time = &input.schema.time;
    let dates = time.instants().and_then(|(c, all)| Some((*c, *all.iter().min()?, *all.iter().max()?)));
    let axis = match dates {
        Some((calendar, start, end)) => TimeAxis::Reduced { calendar, start, end, steps: time.len() },
        None => TimeAxis::Positions(1),
    };
    Plan::reduce_time(input, axis, vec![Some(0); time.len()], reducers, options, span)
}

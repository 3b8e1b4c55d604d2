//! `reduce`: many steps, or bands, to one; and every reducer as a stage.

use super::prelude::*;
use crate::lang::registry::Reduction;

pub const VERB: Verb = Verb {
    name: "reduce",
    group: Group::Time,
    summary: "Reduce all steps to one, or all bands to one; every reducer is a stage too: `median` is `reduce median`.",
    params: &[
        Reduction::REDUCERS,
        Param::named("over", Shape::Choice(&["time", "band"]), "What is reduced; time unless given."),
        Reduction::MIN_COUNT,
        Reduction::KEEPNA,
        Reduction::WEIGHTS,
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
    let time = &input.schema.time;
    let span = time.instants().and_then(|(c, all)| Some((*c, *all.iter().min()?, *all.iter().max()?)));
    let axis = match span {
        Some((calendar, start, end)) => TimeAxis::Reduced { calendar, start, end, steps: time.len() },
        None => TimeAxis::Positions(1),
    };
    let options = reduction.options_for(&input.schema)?;
    Plan::reduce_time(input, axis, vec![Some(0); time.len()], reduction.reducers, options, call.span)
}

//! `filter`: keep the steps, or the rows, an expression holds for.

use super::prelude::*;
use crate::cube::time::BY_INTERVALS;
use crate::lang::{ast, filter};

pub(super) const VERB: Verb = Verb {
    name: "filter",
    group: Group::Pick,
    summary: "Keep the steps for which a condition on their dates and properties holds, or the rows of a table for which \
              one on its columns does. The month, day and other parts of \
              a step's date are those that `groupby` and `resample` see: of its interval, where it is stamped with the \
              end of it. `time` is its label, as it is shown; the stage `time` keeps steps by their intervals.",
    params: &[Param::required("condition", Shape::Filter, "`month(time) in [6 7 8]`, `cloud_cover < 20`, `mean > 5`.")],
    seek: &["months", "season", "selmon", "cloud"],
    examples: &[
        Example {
            title: "The winters",
            script: "ramp 13 1 | filter season(time) == \"DJF\" | schema",
            output: "2020-01-01 .. 2021-01-01, 4 steps, 1 band (v: int16), 1 x 1 pixels, EPSG:32631\n",
        },
        Example {
            title: "Rows of a table",
            script: "ramp 4 2 | mean over space | filter mean > 200 and month(time) != 4",
            output: "time        band     mean\ntimestamp   text  float64\n2020-03-01  v       205.5\n1 row\n",
        },
    ],
    lower: Lower::Both(steps, rows),
};

/// The condition as it was written.
fn condition<'c>(call: &'c Call) -> Result<&'c ast::Expr> {
    call.raw_expr("condition")
        .ok_or_else(|| call.error("condition", codes::NO_CONDITION, "`filter` takes a condition", "none here"))
}

fn rows(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    let condition = filter::rows(condition(call)?, call.scope, &input.schema.columns)?;
    Ok(input.edit(Edit::Filter(condition), input.schema.columns.clone(), call.span))
}

fn steps(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let expr = condition(call)?;
    let (steps, by_calendar) = filter::steps(expr, call.scope, &input.schema)?;
    if steps.is_empty() {
        return Err(call
            .error("condition", codes::EMPTY_SELECTION, "the condition holds for no step", "for none")
            .help(format!("the cube has {}", input.schema.time.span_text())));
    }
    let kept = Plan::select(input, Selection { steps, ..Selection::all(&input.schema) }, call.span)?;
    Ok(match by_calendar && input.schema.time.is_stamped_at_ends() {
        true => kept.told(BY_INTERVALS.into()),
        false => kept,
    })
}

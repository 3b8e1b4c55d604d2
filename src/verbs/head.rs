//! `head`: keep the first steps.

use super::prelude::*;
use crate::plan::Keep;
use std::ops::Range;

pub(super) const VERB: Verb = Verb {
    name: "head",
    group: Group::Pick,
    summary: "Keep the first steps of a cube, or the first rows of a table.",
    params: &[Param::optional("count", Shape::Integer, "How many; 5 unless given.")],
    seek: &["first", "limit"],
    examples: &[Example {
        title: "Two of three",
        script: "ramp 3 1 | head 2 | show",
        output: "2020-01-01 v\n0\n2020-02-01 v\n100\n",
    }],
    lower: Lower::Both(steps, rows),
};

fn steps(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    kept_steps(call, input, |n, _| 0..n)
}

fn rows(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    kept_rows(call, input, Keep::Head)
}

fn count(call: &Call) -> usize {
    call.number("count").unwrap_or(5.0).max(0.0) as usize
}

/// Keeps some steps of a cube, which `steps` chooses from their number and the length of the axis.
pub(super) fn kept_steps(call: &Call, input: &Arc<Plan>, steps: fn(usize, usize) -> Range<usize>) -> Result<Arc<Plan>> {
    let len = input.schema.time.len();
    let keep = Selection { steps: steps(count(call).min(len), len).collect(), ..Selection::all(&input.schema) };
    Plan::select(input, keep, call.span).map_err(|d| d.or_at(call.span_of("count"), "keeps none"))
}

/// Keeps some rows of a table.
pub(super) fn kept_rows(call: &Call, input: &Arc<TablePlan>, rows: fn(usize) -> Keep) -> Result<Arc<TablePlan>> {
    match count(call) {
        0 => Err(call.error("count", codes::EMPTY_SELECTION, "no row is left", "keeps none")),
        n => Ok(input.keep(rows(n), call.span)),
    }
}

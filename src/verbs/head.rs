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
    lower: Lower::Either(lower),
};

fn lower(call: &Call, input: &AnyPlan) -> Result<AnyPlan> {
    kept(call, input, Keep::Head, |n, _| 0..n)
}

/// Keeps some steps of a cube, which `steps` chooses from their number and the length of the axis, or rows of a table.
pub(super) fn kept(
    call: &Call,
    input: &AnyPlan,
    rows: fn(usize) -> Keep,
    steps: fn(usize, usize) -> Range<usize>,
) -> Result<AnyPlan> {
    let n = call.number("count").unwrap_or(5.0).max(0.0) as usize;
    match input {
        AnyPlan::Cube(cube) => {
            let len = cube.schema.time.len();
            let keep = Selection { steps: steps(n.min(len), len).collect(), ..Selection::all(&cube.schema) };
            let kept = Plan::select(cube, keep, call.span);
            kept.map(AnyPlan::Cube).map_err(|d| d.or_at(call.span_of("count"), "keeps none"))
        }
        AnyPlan::Table(_) if n == 0 => Err(call.error("count", codes::EMPTY_SELECTION, "no row is left", "keeps none")),
        AnyPlan::Table(table) => Ok(AnyPlan::Table(table.keep(rows(n), call.span))),
        // Only sinks take a picture, so this is the error that says so.
        AnyPlan::Picture(_) => call.cube_here(input).map(|_| input.clone()),
    }
}

//! `head`: keep the first steps.

use super::prelude::*;
use crate::plan::Keep;

pub const VERB: Verb = Verb {
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

fn lower(call: &Call, input: &Carried) -> Result<Carried> {
    match input {
        Carried::Cube(cube) => steps(call, cube).map(Carried::Cube),
        Carried::Table(table) => {
            let n = call.number("count").unwrap_or(5.0).max(0.0) as usize;
            if n == 0 {
                return Err(call.error("count", codes::EMPTY_SELECTION, "no row is left", "keeps none"));
            }
            Ok(Carried::Table(table.keep(Keep::Head(n), call.span)))
        }
    }
}

fn steps(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let len = input.schema.time.len();
    let n = call.number("count").unwrap_or(5.0).max(0.0).min(len as f64) as usize;
    Plan::select(input, Selection { steps: (0..n).collect(), ..Selection::all(&input.schema) }, call.span)
        .map_err(|d| d.or_at(call.span_of("count"), "keeps none"))
}

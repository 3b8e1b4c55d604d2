//! `head`: keep the first steps.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "head",
    group: Group::Pick,
    summary: "Keep the first steps.",
    params: &[Param::optional("count", Shape::Integer, "How many; 5 unless given.")],
    seek: &["first", "limit"],
    examples: &[Example {
        title: "Two of three",
        script: "ramp 3 1 | head 2 | show",
        output: "2020-01-01 v\n0\n2020-02-01 v\n100\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let len = input.schema.time.len();
    let n = call.number("count").unwrap_or(5.0).max(0.0).min(len as f64) as usize;
    Plan::select(input, Selection { steps: (0..n).collect(), ..Selection::all(&input.schema) }, call.span)
        .map_err(|d| d.or_at(call.span_of("count"), "keeps none"))
}

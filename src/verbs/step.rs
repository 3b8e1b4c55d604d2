//! `step`: keep one step by its number.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "step",
    group: Group::Pick,
    summary: "Keep one step by its number; 0 is the first, -1 the last.",
    params: &[Param::required("number", Shape::Integer, "The number.")],
    seek: &["isel", "index", "timestep"],
    examples: &[Example { title: "The last", script: "ramp 3 1 | step -1 | show", output: "2020-03-01 v\n200\n" }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let len = input.schema.time.len() as f64;
    let n = call.number("number").unwrap_or(0.0);
    let step = if n < 0.0 { len + n } else { n };
    if !(0.0..len).contains(&step) {
        return Err(call
            .error("number", codes::STEP_OUTSIDE, format!("there is no step {n}"), "outside")
            .help(format!("the cube has {len} steps: 0 to {}, or -{len} to -1", len - 1.0)));
    }
    Plan::select(input, Selection { steps: vec![step as usize], ..Selection::all(&input.schema) }, call.span)
}

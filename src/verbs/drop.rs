//! `drop`: leave bands out.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "drop",
    group: Group::Pick,
    summary: "Leave these bands out.",
    params: &[Param::rest("bands", Shape::Names, "The bands.")],
    seek: &["remove", "delete", "drop_vars"],
    examples: &[Example {
        title: "Without the quality band",
        script: "ramp 1 2 bands [red qa] | drop qa | show",
        output: "2020-01-01 red\n 0  1\n10 11\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let gone = call.bands("bands", &input.schema)?;
    let bands: Vec<usize> = (0..input.schema.bands.len()).filter(|b| !gone.contains(b)).collect();
    if bands.is_empty() {
        return Err(call.error("bands", codes::EMPTY_SELECTION, "no band is left", "drops every band"));
    }
    Plan::select(input, Selection { bands, ..Selection::all(&input.schema) }, call.span)
}

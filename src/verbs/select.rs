//! `select`: keep bands, in the order given.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "select",
    group: Group::Pick,
    summary: "Keep these bands, in this order.",
    params: &[Param::rest("bands", Shape::Names, "The bands.")],
    seek: &["bands", "pick", "variables"],
    examples: &[Example {
        title: "One band of two",
        script: "ramp 1 2 bands [red nir] | select nir | show",
        output: "2020-01-01 nir\n1000 1001\n1010 1011\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let bands = call.bands("bands", &input.schema)?;
    if bands.is_empty() {
        return Err(
            Diagnostic::new(codes::MISSING_ARGUMENT, "`select` needs the names of bands").label(call.span, "no band")
        );
    }
    Plan::select(input, Selection { bands, ..Selection::all(&input.schema) }, call.span)
}

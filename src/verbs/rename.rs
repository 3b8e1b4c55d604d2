//! `rename`: give bands other names.

use super::prelude::*;
use crate::lang::ast::ExprKind;

pub(super) const VERB: Verb = Verb {
    name: "rename",
    group: Group::Pick,
    summary: "Give bands other names.",
    params: &[Param::required("names", Shape::Assigns, "`new = old`, several with commas.")],
    seek: &["name", "alias"],
    examples: &[Example {
        title: "A name people know",
        script: "ramp 1 2 bands B4 | rename red = B4 | show",
        output: "2020-01-01 red\n0 1\n10 11\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let mut names: Vec<String> = input.schema.band_names().map(String::from).collect();
    for assign in call.assigns("names") {
        let ExprKind::Band(old) = &assign.value.value else {
            return Err(Diagnostic::new(codes::WRONG_TYPE, "`rename` takes the name of a band")
                .label(assign.value.span, "not a name")
                .help("a new band from an expression is made by `derive new = ...`"));
        };
        let band = input.schema.band(old).map_err(|d| d.or_at(assign.value.span, "no band of the cube here"))?;
        names[band] = assign.name.value.clone();
    }
    let outputs = names.into_iter().enumerate().map(|(i, name)| (name, Expr::Band(i))).collect();
    Plan::map(input, outputs, call.span)
}

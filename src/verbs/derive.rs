//! `derive`: add bands computed from bands.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "derive",
    group: Group::Pixel,
    summary: "Add bands computed from bands, or replace those of the same name.",
    params: &[Param::required("bands", Shape::Assigns, "`name = expression`, several with commas.")],
    seek: &["assign", "mutate", "add"],
    examples: &[Example {
        title: "A band more",
        script: "ramp 1 1 bands [red nir] | derive ratio = nir / (red + 10) | show",
        output: "2020-01-01 red\n0\n2020-01-01 nir\n1000\n2020-01-01 ratio\n100\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let mut outputs: Vec<(String, Expr)> =
        input.schema.band_names().enumerate().map(|(i, name)| (name.to_string(), Expr::Band(i))).collect();
    let (input, added) = super::map::assigned(call, call.assigns("bands"), input)?;
    for (name, expr) in added {
        match outputs.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = expr,
            None => outputs.push((name, expr)),
        }
    }
    Plan::map(&input, outputs, call.span)
}

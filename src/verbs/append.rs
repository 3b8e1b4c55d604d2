//! `append`: the steps of another cube after, or between, those of this one.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "append",
    group: Group::Combine,
    summary: "Add the steps of another cube to those of this one, in the order of their dates.",
    params: &[
        Param::required("other", Shape::Cube, "The other cube: `$x` or `( pipeline )`."),
        Param::flag("union", "Cubes of one pixel grid but other extents come on the extent that holds them all."),
    ],
    seek: &["concat", "merge", "mergetime", "extend"],
    examples: &[Example {
        title: "A month more",
        script: "ramp 1 1 | append ( ramp 1 1 start \"2020-02\" ) | show",
        output: "2020-01-01 v\n0\n2020-02-01 v\n0\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some(other) = call.cube("other") else { return Ok(input.clone()) };
    super::concat::joined(call, vec![(input.clone(), call.span), (other, call.span_of("other"))])
}

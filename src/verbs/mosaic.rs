//! `mosaic`: one map of all steps laid over each other.

use super::prelude::*;

pub(super) const VERB: Verb = Verb {
    name: "mosaic",
    group: Group::Space,
    summary: "Lay all steps over each other to one map; missing pixels let the others through.",
    params: &[Param::required(
        "how",
        Shape::Choice(&["first", "last", "min", "max", "sum", "mean"]),
        "Which valid pixel is taken where steps overlap: the first or last in time, or what they come to.",
    )],
    seek: &["merge", "composite", "tiles", "overlay", "stitch", "latest pixel"],
    examples: &[
        Example {
            title: "The latest valid pixel",
            script: "ramp 2 2 gaps 3 | mosaic last | show",
            output: "2020-01-01 .. 2020-02-01 v\n100   1\n110 111\n",
        },
        Example {
            title: "Two cubes on one grid that holds both",
            script: "let a = ramp 1 4 | crop bbox 500000 4999960 500020 5000000\nlet b = ramp 1 4 | crop bbox 500020 4999960 500040 5000000\nconcat [$a $b] union | mosaic first | show",
            output: "2020-01-01 v\n 0  1  2  3\n10 11 12 13\n20 21 22 23\n30 31 32 33\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reducer =
        call.text("how").and_then(|how| Reducer::from_word(&how)).unwrap_or((&reducers::first::REDUCER).into());
    super::reduce::all_steps(input, vec![reducer], Default::default(), call.span)
}

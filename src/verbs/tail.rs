//! `tail`: keep the last steps.

use super::prelude::*;
use crate::plan::Keep;

pub(super) const VERB: Verb = Verb {
    name: "tail",
    group: Group::Pick,
    summary: "Keep the last steps of a cube, or the last rows of a table.",
    params: &[Param::optional("count", Shape::Integer, "How many; 5 unless given.")],
    seek: &["last", "limit"],
    examples: &[Example {
        title: "Two of three",
        script: "ramp 3 1 | tail 2 | show",
        output: "2020-02-01 v\n100\n2020-03-01 v\n200\n",
    }],
    lower: Lower::Both(steps, rows),
};

fn steps(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    super::head::kept_steps(call, input, |n, len| len - n..len)
}

fn rows(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    super::head::kept_rows(call, input, Keep::Tail)
}

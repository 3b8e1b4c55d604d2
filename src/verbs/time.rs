//! `time`: keep the steps of a range of dates.

use super::prelude::*;
use crate::cube::time::interval;

pub(super) const VERB: Verb = Verb {
    name: "time",
    group: Group::Pick,
    summary: "Keep the steps of a range of dates; the end is included, a partial date is its whole period. Steps that \
              stand for an interval are those that meet the range.",
    params: &[Param::required("range", Shape::Interval, "`2020-01..2020-06`, `2020..`, `..<2021`, or one date.")],
    seek: &["between", "period", "seldate", "filter_temporal"],
    examples: &[Example {
        title: "From February on",
        script: "ramp 3 1 | time 2020-02.. | show",
        output: "2020-02-01 v\n100\n2020-03-01 v\n200\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some((calendar, instants)) = input.schema.time.instants() else {
        return Err(Diagnostic::new(codes::NO_TIME, "the steps have no dates")
            .label(call.span, "needs dates")
            .help(format!("the cube has {}; `step N` and `head N` pick by number", input.schema.time.span_text())));
    };
    let Some(arg) = call.get("range") else { return Ok(input.clone()) };
    let (start, end, half_open) = arg.value.ends();
    let range = interval(start.as_deref(), end.as_deref(), half_open, *calendar)
        .map_err(|d| d.or_at(arg.span, "no such dates"))?;
    let steps: Vec<usize> = (0..instants.len()).filter(|&i| input.schema.time.is_within(i, range)).collect();
    if steps.is_empty() {
        return Err(call
            .error("range", codes::EMPTY_SELECTION, "no step lies in this range", "nothing here")
            .help(format!("the cube has {}", input.schema.time.span_text())));
    }
    Plan::select(input, Selection { steps, ..Selection::all(&input.schema) }, call.span)
}

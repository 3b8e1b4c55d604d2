//! `time`: keep the steps of a range of dates.

use super::prelude::*;
use crate::cube::time::interval;
use crate::cube::{Label, TimeAxis};
use serde_json::Value;

pub(super) const VERB: Verb = Verb {
    name: "time",
    group: Group::Pick,
    summary: "Keep the steps of a range of dates; the end is included, a partial date is its whole period. Steps that \
              stand for an interval are those that meet the range. Steps that have numbers instead of dates, as months \
              or the numbers in names of files, are kept by a range of these.",
    params: &[Param::required(
        "range",
        Shape::Interval,
        "`2020-01..2020-06`, `2020..`, `..<2021`, or one date; `5..7` for steps that have numbers.",
    )],
    seek: &["between", "period", "seldate", "filter_temporal"],
    examples: &[
        Example {
            title: "From February on",
            script: "ramp 3 1 | time 2020-02.. | show",
            output: "2020-02-01 v\n100\n2020-03-01 v\n200\n",
        },
        Example {
            title: "February and March of all years",
            script: "ramp 4 1 | groupby month mean | time 2..3 | show",
            output: "2 v\n100\n3 v\n200\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    if let TimeAxis::Groups { labels, .. } = &input.schema.time
        && let Some(numbers) = numbers(labels)
    {
        return by_number(call, input, &numbers);
    }
    let Some((calendar, instants)) = input.schema.time.instants() else {
        let numbered = |name: &Value| name.as_str().is_some_and(|name| name.contains(|c: char| c.is_ascii_digit()));
        let by_name = input.schema.properties.get("name").is_some_and(|names| names.iter().all(numbered));
        let way = "where the names number the steps, `match r\"(\\d+)\"` in the `load files` reads their numbers";
        return Err(Diagnostic::new(codes::NO_TIME, "the steps have no dates")
            .label(call.span, "needs dates")
            .help(format!("the cube has {}; `step N` and `head N` pick by number", input.schema.time.span_text()))
            .help_if(by_name.then(|| way.into())));
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

fn numbers(labels: &[Label]) -> Option<Vec<f64>> {
    labels.iter().map(|label| if let Label::Number(n) = label { Some(*n) } else { None }).collect()
}

/// Keeps steps whose numbers lie in the range, the ends included.
fn by_number(call: &Call, input: &Arc<Plan>, numbers: &[f64]) -> Result<Arc<Plan>> {
    let Some(arg) = call.get("range") else { return Ok(input.clone()) };
    let (start, end, half_open) = arg.value.ends();
    let number = |text: &Option<String>| text.as_ref().map(|text| text.trim().parse::<f64>()).transpose();
    let (Ok(low), Ok(high)) = (number(&start), number(&end)) else {
        return Err(call
            .error("range", codes::NO_TIME, "the steps have numbers and no dates", "not a range of numbers")
            .help(format!(
                "the cube has {}; `time 5..7` keeps steps by their numbers",
                input.schema.time.span_text()
            )));
    };
    let within =
        |n: f64| low.is_none_or(|low| n >= low) && high.is_none_or(|high| n < high || (n == high && !half_open));
    let steps: Vec<usize> = (0..numbers.len()).filter(|&step| within(numbers[step])).collect();
    if steps.is_empty() {
        return Err(call
            .error("range", codes::EMPTY_SELECTION, "no step has a number in this range", "nothing here")
            .help(format!("the steps have numbers and no dates: the cube has {}", input.schema.time.span_text())));
    }
    Plan::select(input, Selection { steps, ..Selection::all(&input.schema) }, call.span)
}

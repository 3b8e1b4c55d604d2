//! `trend`: a line through the steps of each pixel, and the probability that chance alone would give its slope.

use super::prelude::*;
use crate::cube::dates::unit_of_differences;
use crate::cube::time::{Per, positions};
use crate::plan::ReduceOptions;
use crate::reducers::{count, intercept, pvalue, sen_intercept, sen_pvalue, sen_slope, slope};

pub(super) const VERB: Verb = Verb {
    name: "trend",
    group: Group::Time,
    summary: "Fit a line through the steps of each pixel: bands slope, intercept (the line at the first step), pvalue and count.",
    params: &[
        Param::optional(
            "fit",
            Shape::Choice(&["linear", "sen"]),
            "Least squares with the t-test of the slope, or Sen's slope with the test of Mann and Kendall (ties corrected); linear unless given.",
        ),
        Param::named(
            "per",
            Shape::Choice(Per::WORDS),
            "What the slope counts by the calendar; year unless given, step on cubes without dates.",
        ),
        Param::named("min_count", Shape::MinCount, "Valid values a result needs, or their share."),
        Param::flag("keepna", "One missing value makes the result missing."),
    ],
    seek: &["regression", "slope", "linregress", "theilslopes", "polyfit", "mann_kendall", "theil"],
    examples: &[
        Example {
            title: "A hundred a month",
            script: "ramp 24 1 | trend per month | show",
            output: "2020-01-01 .. 2021-12-01 slope\n100\n2020-01-01 .. 2021-12-01 intercept\n0\n2020-01-01 .. 2021-12-01 pvalue\n0\n2020-01-01 .. 2021-12-01 count\n24\n",
        },
        Example {
            title: "Sen's slope where it is significant",
            script: "ramp 60 1 | resample yearly mean | trend sen per year | where pvalue < 0.05 and count >= 5 | select slope | show",
            output: "2020-01-01 .. 2024-01-01 slope\n1200\n",
        },
    ],
    lower: Lower::Stage(lower),
};

const SLOPE: &str = "slope";
/// The names of the numbers that describe a line, however it was fitted.
const PARTS: [&str; 4] = [SLOPE, "intercept", "pvalue", "count"];

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let time = &input.schema.time;
    call.in_order(time)?;
    let asked = call.text("per").and_then(|word| Per::from_name(&word));
    let per = asked.unwrap_or(if positions(time, Per::Year).is_some() { Per::Year } else { Per::Step });
    let Some(positions) = positions(time, per) else {
        return Err(call
            .error(
                "per",
                codes::NO_TIME,
                format!("a trend per {} needs a cube with dates", per.name()),
                "no dates here",
            )
            .help(format!("the cube has {}; `trend per step` counts those", time.span_text())));
    };
    let fit = match call.text("fit").as_deref() {
        Some("sen") => [&sen_slope::REDUCER, &sen_intercept::REDUCER, &sen_pvalue::REDUCER, &count::REDUCER],
        _ => [&slope::REDUCER, &intercept::REDUCER, &pvalue::REDUCER, &count::REDUCER],
    };
    let options = ReduceOptions { positions: Some(positions), ..call.reduce_options()? };
    let plan = super::reduce::all_steps(input, fit.map(Reducer::from).to_vec(), options, call.span)?;
    // The results of a single band have no band's name in front of them; slopes have a unit of their own.
    let output = |(i, band): (usize, &Band)| {
        let (own, part) = (&input.schema.bands[i / PARTS.len()], PARTS[i % PARTS.len()]);
        let name = if input.schema.bands.len() == 1 { part.into() } else { format!("{}_{part}", own.name) };
        let unit = match part {
            SLOPE => {
                Some(format!("{}/{}", unit_of_differences(own.unit.clone()).as_deref().unwrap_or("1"), per.name()))
            }
            _ => band.unit.clone(),
        };
        (Band { name, unit, ..band.clone() }, Expr::Band(i))
    };
    Plan::map_into(&plan, plan.schema.bands.iter().enumerate().map(output).collect(), call.span)
}

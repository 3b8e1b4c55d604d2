//! `anomaly`: how far each step is from the mean of its group.

use super::groupby;
use super::prelude::*;
use crate::cube::dates::unit_of_differences;
use crate::cube::time::{Interval, interval};
use crate::expr::Binary;
use crate::plan::ReduceOptions;

/// The part of its base period that a cube should have: so much of it must be there for a climatological normal by the WMO
/// Guidelines on the Calculation of Climate Normals (WMO-No. 1203, 4.4).
const MOST: f64 = 0.8;

pub(super) const VERB: Verb = Verb {
    name: "anomaly",
    group: Group::Time,
    summary: "Subtract the mean of its group from each step: of its month over all years, of its day of the year.",
    params: &[
        Param::required(
            "by",
            Shape::Groups,
            "`month season dayofyear monthday dekad pentad week hour year`, or a list of labels, one a step. \
             `dayofyear` counts from 1 January, so that 60 is 29 February or 1 March, `monthday` has both.",
        ),
        Param::named(
            "base",
            Shape::Interval,
            "The period whose means are normal, `1991..2020`; all steps unless given.",
        ),
        Param::flag("standardized", "Divided by the standard deviation (n) of the group."),
        Param::flag("percent", "In percent of the mean."),
        Param::named("min_count", Shape::MinCount, "Valid values of the base period a mean needs; 1 unless given."),
        Param::named("seasons", Shape::Names, "With `season`: other seasons, by the initials of their months."),
    ],
    seek: &["ymonsub", "ydaysub", "climatology", "departure", "zscore", "standardized", "anomalies", "deviation"],
    examples: &[
        Example {
            title: "Against the mean of each month",
            script: "ramp 24 1 | anomaly month | filter month(time) == 3 | show",
            output: "2020-03-01 v\n-600\n2021-03-01 v\n600\n",
        },
        Example {
            title: "Against a base period, in standard deviations",
            script: "ramp 36 1 | anomaly month base 2020..2021 standardized | filter month(time) == 3 | show",
            output: "2020-03-01 v\n-1\n2021-03-01 v\n1\n2022-03-01 v\n3\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    if call.has("standardized") && call.has("percent") {
        return Err(call.error(
            "percent",
            codes::REPEATED_ARGUMENT,
            "`standardized` and `percent` exclude each other",
            "both are given",
        ));
    }
    let groups = groupby::groups(call, input)?;
    let period = period(call, &input.schema.time)?;
    let base = base_steps(call, &input.schema.time, period)?;
    // Groups without a step in the base period are left out of the climatology, so their steps have no partner.
    let mut steps_in = vec![0; groups.axis.len()];
    let inside = groups.group_of_step.iter().zip(&base).filter_map(|(group, inside)| group.filter(|_| *inside));
    inside.for_each(|group| steps_in[group] += 1);
    let kept: Vec<usize> = (0..steps_in.len()).filter(|&group| steps_in[group] > 0).collect();
    let normal_of: Vec<Option<usize>> =
        groups.group_of_step.iter().map(|group| group.and_then(|g| kept.binary_search(&g).ok())).collect();
    let in_base = normal_of.iter().zip(&base).map(|(group, &inside)| group.filter(|_| inside)).collect();
    let reducers = match call.has("standardized") {
        true => vec![Reducer::from(&reducers::mean::REDUCER), Reducer::from(&reducers::std::REDUCER)],
        false => vec![Reducer::from(&reducers::mean::REDUCER)],
    };
    let of_band = reducers.len();
    let options = ReduceOptions { min_count: call.reduce_options()?.min_count, ..ReduceOptions::default() };
    let normal = Plan::reduce_time(input, groups.axis.select(&kept), in_base, reducers, options, call.span)?;
    let own = input.schema.bands.len();
    // Names that no band of the user can have keep the two sides apart.
    let names = (0..normal.schema.bands.len()).map(|i| format!("\0{i}")).collect();
    let joined = Plan::join(input, &normal, normal_of, names, call.span)?;
    let output = |(i, band): (usize, &Band)| {
        let mean = || Expr::Band(own + i * of_band);
        let change = Expr::binary(Binary::Sub, Expr::Band(i), mean());
        let (anomaly, unit) = if call.has("standardized") {
            (Expr::binary(Binary::Div, change, Expr::Band(own + i * of_band + 1)), Some("1".to_string()))
        } else if call.has("percent") {
            let percent = Expr::binary(Binary::Mul, Expr::Number(100.0), change);
            (Expr::binary(Binary::Div, percent, mean()), Some("%".to_string()))
        } else {
            (change, unit_of_differences(band.unit.clone()))
        };
        let out = anomaly.band(&band.name, &joined.schema);
        let kind = if call.has("standardized") { "standardized anomaly" } else { "anomaly" };
        let long_name = Some(format!("{kind} of {}", band.title()));
        (Band { unit, long_name, cell_methods: band.cell_methods.clone(), ..out }, anomaly)
    };
    let outputs = input.schema.bands.iter().enumerate().map(output).collect();
    let anomalies = Plan::map_into(&joined, outputs, call.span)?;
    let inside = base.iter().filter(|&&inside| inside).count();
    let told = [scarce(&input.schema.time, period, inside), alone(call, kept.iter().map(|&group| steps_in[group]))];
    Ok(told.into_iter().flatten().fold(anomalies, |plan, note| plan.told(note)))
}

/// What to tell where a cube has much less of its base period than steps as far apart as its own would fill.
fn scarce(time: &TimeAxis, period: Option<Interval>, inside: usize) -> Option<String> {
    let (_, instants) = time.instants()?;
    let period = period?;
    let (first, last) = (instants.iter().min()?.0, instants.iter().max()?.0);
    let apart = (last - first) as f64 / (instants.len() - 1) as f64;
    let length = (period.end.map_or(last, |end| end.0) - period.start.map_or(first, |start| start.0)) as f64;
    let fits = (length / apart).round();
    (apart > 0.0 && (inside as f64) < MOST * fits).then(|| {
        format!(
            "normal is the mean of {inside} steps in the base period, where about {fits} would fit: the cube has {}",
            time.span_text()
        )
    })
}

/// What to tell where each group has one step that is normal, and differs from itself by nothing.
fn alone(call: &Call, mut steps_in: impl Iterator<Item = usize>) -> Option<String> {
    let group = call.text("by").unwrap_or("group".into());
    steps_in.all(|steps| steps == 1).then(|| {
        format!(
            "the normal of each {group} is a single step, whose own anomaly is 0: take a longer cube or base period"
        )
    })
}

/// The base period, where one is given.
fn period(call: &Call, time: &TimeAxis) -> Result<Option<Interval>> {
    let Some(arg) = call.get("base") else { return Ok(None) };
    let Some((calendar, _)) = time.instants() else {
        return Err(call
            .error("base", codes::NO_TIME, "a base period needs a cube with dates", "no dates here")
            .help(format!("the cube has {}", time.span_text())));
    };
    let (start, end, half_open) = arg.value.ends();
    interval(start.as_deref(), end.as_deref(), half_open, *calendar)
        .map(Some)
        .map_err(|d| d.or_at(arg.span, "no such dates"))
}

/// Which steps are in the base period.
fn base_steps(call: &Call, time: &TimeAxis, period: Option<Interval>) -> Result<Vec<bool>> {
    let Some(period) = period else { return Ok(vec![true; time.len()]) };
    let inside: Vec<bool> = (0..time.len()).map(|step| time.is_within(step, period)).collect();
    match inside.contains(&true) {
        true => Ok(inside),
        false => Err(call
            .error("base", codes::EMPTY_SELECTION, "no step lies in the base period", "nothing here")
            .help(format!("the cube has {}", time.span_text()))),
    }
}

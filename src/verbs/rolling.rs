//! `rolling`: reduce a window of steps around each step.

use super::prelude::*;
use crate::cube::time::{Calendar, Instant, first_gap};
use crate::lang::registry::Stretch;
use crate::plan::MinCount;
use std::ops::Range;

pub(super) const VERB: Verb = Verb {
    name: "rolling",
    group: Group::Time,
    summary: "Reduce a sliding window of steps: the step and those before it, or around it with `center`.",
    params: &[
        Param::required(
            "window",
            Shape::Stretch,
            "So many steps, or a length of time: `30d` is the step and all less than 30 days before it.",
        ),
        Param::required("reducers", Shape::Reducers, "`mean`, `p90`, `quantile 0.9`, or several: `[mean std count]`."),
        Param::flag("center", "The window lies around the step; of an even number one more step is before it."),
        Param::named(
            "min_count",
            Shape::MinCount,
            "Valid values a result needs, or their share; all steps of the window unless given, 1 for a length of time.",
        ),
        Param::flag("keepna", "One missing value makes the result missing."),
    ],
    seek: &["runmean", "runmax", "moving", "running", "smooth", "moving_average", "window"],
    examples: &[
        Example {
            title: "Windows that are not full are missing",
            script: "ramp 4 1 | rolling 3 mean | show",
            output: "2020-01-01 v\nnodata\n2020-02-01 v\nnodata\n2020-03-01 v\n100\n2020-04-01 v\n200\n",
        },
        Example {
            title: "A centered month of days",
            script: "ramp 40 1 every \"1D\" | rolling 31 max center min_count 1 | step 20 | show",
            output: "2020-01-21 v\n3500\n",
        },
        Example {
            title: "By time: two days, however many steps they have",
            script: "ramp 3 1 every \"1D\" | rolling 2d sum | show",
            output: "2020-01-01 v\n0\n2020-01-02 v\n100\n2020-01-03 v\n300\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reduction = call.reduction("reducers")?;
    let mut options = reduction.options;
    let time = &input.schema.time;
    let center = call.has("center");
    let windows = match call.stretch("window")? {
        None => return Ok(input.clone()),
        Some(Stretch::Steps(n)) => {
            options.min_count = match options.min_count {
                _ if !call.has("min_count") => MinCount::Steps(n as u32),
                // A share is counted of the whole window, also where the ends of the axis cut it off.
                MinCount::Percent(_) => MinCount::Steps(options.min_count.of(n)),
                steps => steps,
            };
            let windows = by_steps(time.len(), n, center);
            let need = options.min_count.of(n) as usize;
            if windows.iter().all(|w| w.len() < need) {
                return Err(call
                    .error("window", codes::EMPTY_SELECTION, "no window has as many steps", "more than there are")
                    .help(format!("the cube has {}; `min_count 1` takes what there is", time.span_text())));
            }
            windows
        }
        Some(stretch) => by_time(call, time, stretch, center)?,
    };
    let rolling = Plan::rolling(input, windows, reduction.reducers, options, call.span)?;
    Ok(match over_gaps(call, time)? {
        Some(note) => rolling.told(note),
        None => rolling,
    })
}

/// What is told of windows of steps where some are missing between two.
fn over_gaps(call: &Call, time: &TimeAxis) -> Result<Option<String>> {
    let Some(Stretch::Steps(n)) = call.stretch("window")?.filter(|stretch| *stretch != Stretch::Steps(1)) else {
        return Ok(None);
    };
    let gap = time.instants().filter(|_| time.is_sorted()).and_then(|(calendar, at)| first_gap(*calendar, at));
    Ok(gap.map(|step| {
        format!(
            "steps are missing after {}: windows of {n} steps reach over such gaps, `rolling 30d` does not",
            time.label(step)
        )
    }))
}

/// The steps of each window of `n` steps. Windows are cut off at the ends of the axis.
fn by_steps(len: usize, n: usize, center: bool) -> Vec<Range<usize>> {
    let before = if center { n / 2 } else { n - 1 };
    (0..len).map(|i| i.saturating_sub(before)..(i + n - before).min(len)).collect()
}

/// The steps of each window of a length of time. As in pandas its end belongs to it and its start does not.
fn by_time(call: &Call, time: &TimeAxis, stretch: Stretch, center: bool) -> Result<Vec<Range<usize>>> {
    let Some((&calendar, at)) = time.instants() else {
        return Err(call
            .error("window", codes::NO_TIME, "a window of time needs a cube with dates", "no dates here")
            .help("a number of steps has no unit: `rolling 3 mean`"));
    };
    call.in_order(time)?;
    if center && matches!(stretch, Stretch::Months(_)) {
        return Err(call
            .error(
                "window",
                codes::UNFIT_ARGUMENTS,
                "a window of months cannot be centered: months differ in length",
                "with `center`",
            )
            .help("give the window in days: `rolling 31d mean center`"));
    }
    let start = |t: Instant| before(calendar, t, stretch, center);
    let end = |i: usize| match stretch {
        Stretch::Micros(micros) if center => {
            let last = at[i].0.saturating_add(micros / 2);
            i + at[i..].partition_point(|t| t.0 <= last)
        }
        _ => i + 1,
    };
    Ok((0..at.len()).map(|i| at[..i].partition_point(|t| *t <= start(at[i]))..end(i)).collect())
}

/// The instant after which a window begins.
fn before(calendar: Calendar, at: Instant, stretch: Stretch, center: bool) -> Instant {
    match stretch {
        Stretch::Months(months) => calendar.add_months(at, -months),
        Stretch::Micros(micros) if center => Instant(at.0.saturating_sub(micros / 2)),
        Stretch::Micros(micros) => Instant(at.0.saturating_sub(micros)),
        Stretch::Steps(_) => at,
    }
}

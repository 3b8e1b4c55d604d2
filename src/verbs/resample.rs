//! `resample`: a timeline with one step for each period.

use super::prelude::*;
use crate::cube::time::{ADVERBS, NOUNS, Period, resample as bins};
use crate::lang::registry::{Reduction, stretch};

pub(super) const VERB: Verb = Verb {
    name: "resample",
    group: Group::Time,
    summary: "Make a shorter timeline: one value a period, labeled with its start.",
    params: &[
        Param::required(
            "period",
            Shape::Period,
            "`1mo 10d 1w 6h`, `monthly dekadal seasonal yearly`, or a pandas offset in quotes.",
        ),
        Reduction::REDUCERS,
        Reduction::MIN_COUNT,
        Reduction::KEEPNA,
        Param::flag("complete", "Leave out periods that the steps do not cover."),
        Param::flag("keep_empty", "Keep periods without any step."),
        Param::named("seasons", Shape::Names, "With `seasonal`: other seasons, by the initials of their months."),
        Reduction::WEIGHTS,
    ],
    seek: &["monthly", "aggregate_temporal", "monmean", "downsample", "daymean", "yearmean"],
    examples: &[
        Example {
            title: "Quarters",
            script: "ramp 6 1 | resample 1q sum | show",
            output: "2020-01-01 v\n300\n2020-04-01 v\n1200\n",
        },
        Example {
            title: "Two monsoons",
            script: "ramp 24 1 | resample seasonal mean seasons [JJAS] | show",
            output: "2020-06-01 v\n650\n2021-06-01 v\n1850\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reduction = call.reduction("reducers")?;
    let period = period(call)?;
    let (time, keep_empty) = (&input.schema.time, call.has("keep_empty"));
    let bins = match super::groupby::seasons(call)? {
        None => bins(time, &period, keep_empty),
        Some(_) if call.text("period").as_deref() != Some("seasonal") => {
            return Err(call
                .error("seasons", codes::UNKNOWN_ARGUMENT, "`seasons` goes with `seasonal`", "not with this period")
                .help("`resample seasonal mean seasons [DJF MAM JJAS ON]`"));
        }
        Some(seasons) => seasons.bins(time, keep_empty),
    };
    let bins = bins.map_err(|d| d.or_at(call.span_of("period"), "resampled to this"))?;
    super::groupby::grouped(call, input, reduction, bins.axis, bins.group_of_step, &bins.complete)
}

fn period(call: &Call) -> Result<Period> {
    let at = |result: Result<Period>| result.map_err(|d| d.or_at(call.span_of("period"), "no length of time"));
    match call.get("period").map(|a| &a.value) {
        Some(value @ (Value::Quantity { .. } | Value::Text(_))) => at(stretch::period(value)),
        Some(value) => {
            let word = value.as_text().unwrap_or_default();
            if let Some(period) = Period::from_adverb(&word) {
                return Ok(period);
            }
            if NOUNS.contains(&word.as_str()) {
                let (adverb, length) = match word.as_str() {
                    "month" => ("monthly", "1mo"),
                    "season" => ("seasonal", "1q"),
                    "dekad" => ("dekadal", "10d"),
                    "week" => ("weekly", "1w"),
                    "hour" => ("hourly", "1h"),
                    "year" => ("yearly", "1y"),
                    _ => ("daily", "1d"),
                };
                let reducer = call.names("reducers").first().map_or("mean".to_string(), |(r, _)| r.clone());
                return Err(call
                    .error(
                        "period",
                        codes::AMBIGUOUS_PERIOD,
                        format!("`resample` takes a length of time, not `{word}`"),
                        "a noun of the calendar",
                    )
                    .help(format!("a shorter timeline: `resample {length} {reducer}` or `resample {adverb} {reducer}`"))
                    .help(format!("all years pooled into one value a {word}: `groupby {word} {reducer}`")));
            }
            Err(call.unknown("period", "length of time", &word, ADVERBS))
        }
        None => Err(call.error("period", codes::MISSING_ARGUMENT, "`resample` needs a length of time", "no period")),
    }
}

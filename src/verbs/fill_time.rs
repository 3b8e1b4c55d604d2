//! `fill time`: give missing pixels a value from the steps around them.

use super::prelude::*;
use crate::lang::registry::Stretch;
use crate::plan::{FillFrom, Reach};

pub(super) const VERB: Verb = Verb {
    name: "fill time",
    group: Group::Time,
    summary: "Fill gaps in time: with straight lines between the dates around them, or with the value before or after. Lines end at the first and the last value.",
    params: &[
        Param::required("from", Shape::Choice(FillFrom::WORDS), "A line, or which value is carried on."),
        Param::named(
            "max",
            Shape::Stretch,
            "`linear`: gaps with more missing steps, or with values further apart than `30d`, stay as they are. `previous` and `next`: how far a value is carried.",
        ),
    ],
    seek: &["interpolate_na", "interpolate", "ffill", "bfill", "gapfill", "setmisstonn", "inttime"],
    examples: &[
        Example {
            title: "By the days between, not by the steps",
            script: "ramp 3 1 | where month(time) != 2 | fill time linear | map v = round(v * 100) / 100 | show",
            output: "2020-01-01 v\n0\n2020-02-01 v\n103.33\n2020-03-01 v\n200\n",
        },
        Example {
            title: "A value is good for one step",
            script: "ramp 4 1 | where month(time) in [1 4] | fill time previous max 1 | show",
            output: "2020-01-01 v\n0\n2020-02-01 v\n0\n2020-03-01 v\nnodata\n2020-04-01 v\n300\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let time = &input.schema.time;
    call.in_order(time)?;
    let from = match call.text("from").as_deref() {
        Some("previous") => FillFrom::Previous,
        Some("next") => FillFrom::Next,
        _ => FillFrom::Linear,
    };
    let longest = match call.even_stretch("max")? {
        None => None,
        Some(Stretch::Steps(n)) => Some(Reach::Steps(n)),
        Some(Stretch::Micros(micros)) if time.instants().is_some() => Some(Reach::Micros(micros)),
        Some(_) => {
            return Err(call
                .error("max", codes::NO_TIME, "a length of time needs a cube with dates", "no dates here")
                .help("a number of steps has no unit: `max 3`"));
        }
    };
    Plan::fill_time(input, from, longest, call.span)
}

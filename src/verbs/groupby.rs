//! `groupby`: pool the steps of all years by the calendar, or by labels, or the rows of a table by columns, and reduce each
//! group.

use super::prelude::*;
use super::reduce::rows as reduced;
use crate::cube::time::{ADVERBS, Groups, NOUNS, Seasons, group};
use crate::diagnostic::Span;
use crate::expr::{Binary, Body, Function};
use crate::lang::expr::SEASONS;
use crate::lang::filter;
use crate::lang::registry::Reduction;
use crate::table::ColumnType;

pub(super) const VERB: Verb = Verb {
    name: "groupby",
    group: Group::Time,
    summary: "Pool steps by the calendar, over all years, or by a list of labels; then reduce each group. Of a table: pool rows \
              by columns, and reduce each column of numbers.",
    params: &[
        Param::required(
            "by",
            Shape::Groups,
            "`month season dayofyear monthday dekad pentad week hour year`, or a list of labels, one a step. \
             `dayofyear` counts from 1 January, so that 60 is 29 February or 1 March, `monthday` has both. Of a table a column, \
             several (`[zone month]`), or a part of its dates.",
        ),
        Reduction::REDUCERS,
        Reduction::MIN_COUNT,
        Reduction::KEEPNA,
        Param::flag("complete", "Leave out groups that the steps do not cover."),
        Reduction::WEIGHTS,
        Param::named("seasons", Shape::Names, "With `season`: other seasons, by the initials of their months."),
    ],
    seek: &["climatology", "ymonmean", "group", "seasonal cycle", "climatological_normal"],
    examples: &[
        Example {
            title: "A climatology",
            script: "ramp 24 1 | groupby season mean | show",
            output: "DJF v\n1000\nMAM v\n900\nJJA v\n1200\nSON v\n1500\n",
        },
        Example {
            title: "Labels of one's own",
            script: "ramp 4 1 | groupby [\"dry\" \"wet\" \"wet\" \"dry\"] sum | show",
            output: "dry v\n300\nwet v\n300\n",
        },
        Example {
            title: "Seasons of one's own",
            script: "ramp 12 1 | groupby season sum seasons [JJAS ON] | show",
            output: "JJAS v\n2600\nON v\n1900\n",
        },
        Example {
            title: "Rows of a table",
            script: "ramp 24 2 | mean over space | groupby season [min max]",
            output: concat!(
                "season  mean_min  mean_max\n",
                "text     float64   float64\n",
                "DJF          5.5    2305.5\n",
                "MAM        205.5    1605.5\n",
                "JJA        505.5    1905.5\n",
                "SON        805.5    2205.5\n",
                "4 rows\n",
            ),
        },
    ],
    lower: Lower::Both(steps, rows),
};

/// Groups the rows of a table by columns, by parts of its dates, or by an expression.
fn rows(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    for name in ["complete", "weights", "seasons"] {
        if call.has(name) {
            let message = format!("`{name}` is about the steps of a cube");
            return Err(call.error(name, codes::UNFIT_ARGUMENTS, message, "a table flows in here"));
        }
    }
    let mut given: Vec<&Arg> = Vec::new();
    for arg in call.all("by") {
        match &arg.value {
            Value::List(items) => given.extend(items),
            _ => given.push(arg),
        }
    }
    let mut keys: Vec<(String, Expr)> = Vec::new();
    for arg in given {
        let (name, key) = match &arg.value {
            Value::Expr(expr) => {
                let key = input.bind(expr, call.scope)?;
                let part = if let Expr::Call(part, _) = &key { part.name } else { "group" };
                (part.to_string(), key)
            }
            value => key(value.as_text().unwrap_or_default(), arg.span, input)?,
        };
        if keys.iter().any(|(known, own)| *known == name || *own == key) {
            let message = format!("the rows are grouped by `{name}` twice");
            return Err(Diagnostic::new(codes::REPEATED_ARGUMENT, message).label(arg.span, "again"));
        }
        keys.push((name, key));
    }
    if keys.is_empty() {
        return Err(call
            .error("by", codes::MISSING_ARGUMENT, "no column to group by", "nothing in it")
            .help("all rows are reduced by `mean` alone"));
    }
    // Seasons are in the order of the year, and have names once they are.
    let is_season = |(_, key): &(String, Expr)| matches!(key, Expr::Call(part, _) if part.name == "season");
    let seasons = keys.iter().position(is_season);
    let reduced = reduced(call, input, keys)?;
    let Some(seasons) = seasons else { return Ok(reduced) };
    let named = SEASONS.iter().enumerate().map(|(i, season)| {
        let is = Expr::binary(Binary::Eq, Expr::Band(seasons), Expr::Number(i as f64 + 1.0));
        (is, Expr::Text((*season).into()))
    });
    let mut outputs: Vec<(String, Expr)> =
        reduced.names().into_iter().enumerate().map(|(i, name)| (name, Expr::Band(i))).collect();
    outputs[seasons].1 = Expr::Case { arms: named.collect(), otherwise: None };
    reduced.compute(outputs, call.span)
}

/// A column of that name, or else a part of the dates of the table.
fn key(name: String, span: Span, input: &Arc<TablePlan>) -> Result<(String, Expr)> {
    let columns = &input.schema.columns;
    let unknown = match input.position(&name, span) {
        Ok(column) => return Ok((name, Expr::Band(column))),
        Err(unknown) => unknown,
    };
    let part = Function::find(&name).filter(|function| matches!(function.body, Body::Time(_)));
    let dates = columns.iter().position(|column| column.kind == ColumnType::Time);
    let Some((part, dates)) = part.zip(dates) else {
        let of_dates =
            "rows are grouped by columns, and by the year, season, month, dekad, dayofyear, day or hour of their dates";
        let help = match (part, NOUNS.contains(&name.as_str())) {
            (Some(_), _) => Some("the table has no column of dates; those of other calendars are texts".to_string()),
            (None, true) => Some(format!("{of_dates}; a cube is grouped by `{name}` before it becomes a table")),
            (None, false) => None,
        };
        return Err(unknown.help_if(help));
    };
    Ok((name, Expr::Call(part, vec![Expr::Band(dates)])))
}

fn steps(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reduction = call.reduction("reducers")?;
    let groups = groups(call, input)?;
    grouped(call, input, reduction, groups.axis, groups.group_of_step, &groups.complete)
}

/// The groups that `by`, and `seasons`, make of the steps.
pub(super) fn groups(call: &Call, input: &Arc<Plan>) -> Result<Groups> {
    let time = &input.schema.time;
    let seasons = seasons(call)?;
    if seasons.is_some() && call.text("by").as_deref() != Some("season") {
        return Err(call
            .error("seasons", codes::UNKNOWN_ARGUMENT, "`seasons` goes with `season`", "not with this group")
            .help(format!("`{} season mean seasons [DJF MAM JJAS ON]`", call.verb.name)));
    }
    match call.get("by").map(|a| &a.value) {
        Some(Value::List(items)) => {
            let label = |arg: &Arg| match &arg.value {
                Value::Number(v) => Ok(Label::Number(*v)),
                value => value.as_text().map(Label::Text).ok_or_else(|| {
                    Diagnostic::new(codes::WRONG_LABELS, "labels are numbers or texts").label(arg.span, "neither")
                }),
            };
            let labels = items.iter().map(label).collect::<Result<Vec<_>>>()?;
            let is_noun = |label: &Label| matches!(label, Label::Text(word) if NOUNS.contains(&word.as_str()));
            let are_nouns = !labels.is_empty() && labels.iter().all(is_noun);
            group::label_groups("group", &labels, time.len()).map_err(|d| match are_nouns {
                true => d.help(
                    "months of each year are a shorter timeline: `resample 1mo mean`; rows of a table are grouped by several \
                     parts of their dates",
                ),
                false => d,
            })
        }
        Some(Value::Expr(e)) => {
            let labels = filter::labels(e, call.scope, &input.schema)?;
            group::label_groups("group", &labels, time.len())
        }
        by => {
            let word = by.and_then(Value::as_text).unwrap_or_default();
            check_noun(call, &word)?;
            match seasons {
                Some(seasons) => seasons.groups(time),
                None => group::calendar_groups(time, &word),
            }
        }
    }
    .map_err(|d| d.or_at(call.span_of("by"), "grouped by this"))
}

/// The seasons that the call names, where it names some.
pub(super) fn seasons(call: &Call) -> Result<Option<Seasons>> {
    let names = call.names("seasons");
    if names.is_empty() {
        return Ok(None);
    }
    let words: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    Seasons::parse(&words).map(Some).map_err(|d| d.or_at(call.span_of("seasons"), "no seasons"))
}

/// Refuses `groupby monthly` and `groupby 1mo`, which could mean months of a timeline: the error prints both readings.
fn check_noun(call: &Call, word: &str) -> Result<()> {
    if NOUNS.contains(&word) {
        return Ok(());
    }
    let noun = group::noun_of(word);
    let length = word.starts_with(|c: char| c.is_ascii_digit()) || ADVERBS.contains(&word);
    if noun.is_some() || length {
        let noun = noun.unwrap_or("month");
        let reducers = if call.takes("reducers") { call.names("reducers") } else { Vec::new() };
        let reducer = reducers.first().map_or("mean".to_string(), |(r, _)| r.clone());
        return Err(call
            .error(
                "by",
                codes::AMBIGUOUS_PERIOD,
                format!("`{}` takes a noun of the calendar, not `{word}`", call.verb.name),
                "a length of time",
            )
            .help(format!("all years pooled into one value a {noun}: `groupby {noun} {reducer}`"))
            .help(format!("a shorter timeline, one value every `{word}`: `resample {word} {reducer}`")));
    }
    Err(call.unknown("by", "group of the calendar", word, NOUNS))
}

/// Reduces groups; those whose period is not covered are left out where the call asks for it.
pub(super) fn grouped(
    call: &Call,
    input: &Arc<Plan>,
    reduction: Reduction,
    axis: TimeAxis,
    mut group_of_step: Vec<Option<usize>>,
    complete: &[bool],
) -> Result<Arc<Plan>> {
    let mut axis = axis;
    if reduction.complete {
        let kept: Vec<usize> = (0..axis.len()).filter(|&g| complete[g]).collect();
        if kept.is_empty() {
            return Err(call.error("complete", codes::EMPTY_SELECTION, "no group is complete", "leaves nothing"));
        }
        axis = axis.select(&kept);
        for group in &mut group_of_step {
            *group = group.and_then(|g| kept.iter().position(|&k| k == g));
        }
    }
    let options = reduction.options_for(&input.schema)?;
    Plan::reduce_time(input, axis, group_of_step, reduction.reducers, options, call.span)
}

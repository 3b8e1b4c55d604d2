//! `join`: the bands of another cube, or the columns of another table, beside those of this one.

use super::prelude::*;
use crate::cube::time::{BY_INTERVALS, Groups, Instant, NOUNS, Seasons, days, group, is_label, labels_text};
use crate::lang::registry::Stretch;
use crate::plan::table::Roles;
use crate::table::{Column, ColumnType};
use std::collections::HashMap;

/// The time itself, every noun of the calendar, and the nearest.
const ON_WORDS: [&str; NOUNS.len() + 2] = {
    let mut words = ["time"; NOUNS.len() + 2];
    let mut at = 0;
    while at < NOUNS.len() {
        words[at + 1] = NOUNS[at];
        at += 1;
    }
    words[NOUNS.len() + 1] = "nearest";
    words
};

/// How steps of two cubes meet, for every verb that brings two together.
pub(super) const ON: Param = Param::named(
    "on",
    Shape::Choice(&ON_WORDS),
    "How steps meet: same time, same noun of the calendar, or the nearest time (the interval in which a date lies, where steps have some); time unless given. By `dayofyear` days \
     meet by month and day where the other cube has one step for each of these, as `cdo ydaymean` makes it.",
);
pub(super) const WITHIN: Param =
    Param::optional("within", Shape::Stretch, "With `on nearest`: how far away a step may be, `on nearest 3d`.");

pub(super) const VERB: Verb = Verb {
    name: "join",
    group: Group::Combine,
    summary: "Put the bands of another cube beside those of this one, step by step; or the columns of another table beside \
              those of this one, where columns of both have equal cells.",
    params: &[
        Param::required("other", Shape::Result, "The other cube or table: `$x` or `( pipeline )`."),
        Param::named("as", Shape::Text, "Name of its band, or what its bands or columns begin with."),
        ON,
        WITHIN,
        Param::named(
            "by",
            Shape::Names,
            "Of tables: the columns whose cells are equal, `by zone`, `by [zone time]`; unless given those that both have and \
             that say what a row is about.",
        ),
    ],
    seek: &["merge_cubes", "combine", "stack", "anomaly", "merge"],
    examples: &[
        Example {
            title: "Two cubes of the same steps",
            script: "let b = ramp 2 1\nramp 2 1 | join $b as w | map d = v - w | show",
            output: "2020-01-01 d\n0\n2020-02-01 d\n0\n",
        },
        Example {
            title: "A climatology joined back",
            script: "let v = ramp 24 1\n$v | join ( $v | groupby month mean ) as normal on month | map a = v - normal | head 1 | show",
            output: "2020-01-01 a\n-600\n",
        },
        Example {
            title: "Two tables",
            script: "let rain = ramp 2 2 | mean over space\nlet most = ramp 2 4 | max over space\n\
                     $rain | join $most by [time band] | derive share = mean / max",
            output: concat!(
                "time        band     mean    max        share\n",
                "timestamp   text  float64  int64      float64\n",
                "2020-01-01  v         5.5     33  0.166666667\n",
                "2020-02-01  v       105.5    133  0.793233083\n",
                "2 rows\n",
            ),
        },
    ],
    lower: Lower::Both(cubes, tables),
};

/// The error where a cube meets a table.
fn unlike(call: &Call, input: &AnyPlan) -> Box<Diagnostic> {
    let message = "a cube is joined to a cube, and a table to a table";
    call.error("other", codes::WRONG_RESULT, message, "not of one kind")
        .help(format!("what flows here is {}", input.describe()))
}

fn tables(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    let Some(Value::Table(other)) = call.get("other").map(|arg| &arg.value) else {
        return Err(unlike(call, &input.clone().into()));
    };
    for name in ["on", "within"] {
        if call.has(name) {
            return Err(call
                .error(name, codes::UNFIT_ARGUMENTS, format!("`{name}` is about the steps of cubes"), "of tables")
                .help("tables are joined by columns: `join $x by zone`"));
        }
    }
    let (left, right) = (&input.schema.columns, &other.schema.columns);
    let mut told = Vec::new();
    let on: Vec<[usize; 2]> = match call.has("by") {
        true => {
            let (own, others) = (call.positions("by", input)?, call.positions("by", other)?);
            if let Some(twice) = own.iter().enumerate().find(|(i, column)| own[..*i].contains(column)) {
                let message = format!("the tables are joined by `{}` twice", left[*twice.1].name);
                return Err(call.error("by", codes::REPEATED_ARGUMENT, message, "again"));
            }
            own.into_iter().zip(others).map(|(own, other)| [own, other]).collect()
        }
        false => {
            // What the rows of both are about. Numbers with a point are rarely equal.
            let Roles { about, parts, .. } = input.roles();
            let tells = |(i, column): &(usize, &Column)| {
                let is_key = about.contains(i) || parts.contains(i) || !column.kind.is_number();
                let is_float = matches!(column.kind, ColumnType::Float32 | ColumnType::Float64);
                is_key && !is_float && column.geometry.is_none()
            };
            let both = |(i, column): (usize, &Column)| Some([i, other.schema.position(&column.name)?]);
            let on: Vec<[usize; 2]> = left.iter().enumerate().filter(tells).filter_map(both).collect();
            let names: Vec<&str> = on.iter().map(|[i, _]| left[*i].name.as_str()).collect();
            told.push(format!("joined by {}, which both tables have", names.join(" and ")));
            on
        }
    };
    if on.is_empty() {
        return Err(Diagnostic::new(codes::MISSING_ARGUMENT, "the two tables have no column in common")
            .label(call.span, "joined here")
            .help(format!("left: {}", input.schema.summary()))
            .help(format!("right: {}", other.schema.summary()))
            .help("`rename` one first, as in `join ( $x | rename zone = name ) by zone`"));
    }
    if let Some([a, b]) = on.iter().find(|[a, b]| {
        let (a, b) = (left[*a].kind, right[*b].kind);
        a != b && !(a.is_number() && b.is_number())
    }) {
        let message =
            format!("`{}` is {} here and {} there", left[*a].name, left[*a].kind.name(), right[*b].kind.name());
        return Err(call.error("by", codes::WRONG_TYPE, message, "meets nothing"));
    }
    let take: Vec<usize> = (0..right.len()).filter(|column| on.iter().all(|[_, own]| own != column)).collect();
    let prefix = call.text("as").map_or(String::new(), |name| format!("{name}_"));
    let mut columns = left.clone();
    for &column in &take {
        let name = format!("{prefix}{}", right[column].name);
        if columns.iter().any(|own| own.name == name) {
            return Err(Diagnostic::new(codes::BAND_TWICE, format!("there would be two columns named `{name}`"))
                .label(call.span, "joined here")
                .help("`join $x as other` begins the names of its columns with `other_`"));
        }
        columns.push(Column { name, ..right[column].clone() });
    }
    let joined = input.edit(Edit::Join { other: other.clone(), on, take }, columns, call.span);
    Ok(if told.is_empty() { joined } else { joined.with_notes(told) })
}

fn cubes(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some(Value::Cube(other)) = call.get("other").map(|arg| &arg.value) else {
        return Err(unlike(call, &input.clone().into()));
    };
    if call.has("by") {
        return Err(call
            .error("by", codes::UNFIT_ARGUMENTS, "`by` is about the columns of tables", "of cubes")
            .help("cubes are joined by their steps: `join $x on month`"));
    }
    let Partners { steps, told } = partners(call, &input.schema.time, &other.schema.time)?;
    let names = match (call.text("as"), other.schema.bands.len()) {
        (Some(name), 1) => vec![name],
        (Some(prefix), _) => other.schema.band_names().map(|b| format!("{prefix}_{b}")).collect(),
        (None, _) => other.schema.band_names().map(String::from).collect(),
    };
    let joined = Plan::join(input, other, steps, names, call.span)
        .map_err(|d| match d.code == codes::BAND_TWICE {
            true => d.help("`join $x as name` names the band of the other cube"),
            false => d,
        })
        .map_err(|d| d.or_at(call.span, "joined here"))?;
    Ok(told.into_iter().fold(joined, |plan, note| plan.told(note)))
}

/// How the steps of two cubes meet.
pub(super) struct Partners {
    /// The step of the right cube that belongs to each step of the left.
    pub steps: Vec<Option<usize>>,
    /// What the user did not decide.
    pub told: Vec<String>,
}

/// Which steps of two cubes meet, by the argument `on`.
pub(super) fn partners(call: &Call, left: &TimeAxis, right: &TimeAxis) -> Result<Partners> {
    let noun = call.text("on").filter(|on| NOUNS.contains(&on.as_str()));
    let Some(noun) = noun else { return Ok(Partners { steps: by_time(call, left, right)?, told: Vec::new() }) };
    let mut told = Vec::new();
    if left.is_stamped_at_ends() {
        told.push(BY_INTERVALS.into());
    }
    let steps = by_noun(call, &noun, left, right, &mut told)?;
    Ok(Partners { steps, told })
}

fn differ<T>(call: &Call, left: &TimeAxis, right: &TimeAxis, why: String) -> Result<T> {
    Err(Diagnostic::new(codes::TIMES_DIFFER, why)
        .label(call.span, "joined here")
        .help(format!("left: {}", left.span_text()))
        .help(format!("right: {}", right.span_text())))
}

/// Steps that meet at the same time, at the nearest, or each at its place.
fn by_time(call: &Call, left: &TimeAxis, right: &TimeAxis) -> Result<Vec<Option<usize>>> {
    let differ = |why: String| differ(call, left, right, why);
    let on = call.text("on");
    if call.has("within") && on.as_deref() != Some("nearest") {
        return Err(call
            .error("within", codes::UNKNOWN_ARGUMENT, "a distance goes with `on nearest`", "not without")
            .help("`join $x on nearest 3d`"));
    }
    if on.is_none() && right.len() == 1 {
        // A cube of one step, such as elevation, a mask or a long-term mean, belongs to every step.
        return Ok(vec![Some(0); left.len()]);
    }
    if let (None | Some("time" | "nearest"), Some((a, x)), Some((b, y))) =
        (on.as_deref(), left.instants(), right.instants())
        && !a.agrees(*b, x.iter().chain(y))
    {
        return differ(format!("the calendars differ: {} and {}", a.cf_name(), b.cf_name()));
    }
    match on.as_deref() {
        None | Some("time") => {
            if let (TimeAxis::Groups { labels: a, .. }, TimeAxis::Groups { labels: b, .. }) = (left, right) {
                let steps: Vec<Option<usize>> = a.iter().map(|l| b.iter().position(|r| r == l)).collect();
                if steps.iter().all(Option::is_none) {
                    return differ("the two cubes have no group in common".into());
                }
                return Ok(steps);
            }
            match (left.instants(), right.instants()) {
                (Some((_, a)), Some((_, b))) => {
                    // Where several steps have one date, the first of them counts.
                    let found: HashMap<&Instant, usize> = b.iter().enumerate().rev().map(|(i, t)| (t, i)).collect();
                    let steps: Vec<Option<usize>> = a.iter().map(|t| found.get(t).copied()).collect();
                    if steps.iter().all(Option::is_none) {
                        return differ("the two cubes have no time in common".into());
                    }
                    Ok(steps)
                }
                _ if left.len() == right.len() && left.instants().is_none() && right.instants().is_none() => {
                    Ok((0..left.len()).map(Some).collect())
                }
                _ => differ(
                    "the steps of the two cubes are not of one kind; `on month` and the like match groups".into(),
                ),
            }
        }
        Some("nearest") => {
            let (Some((_, a)), Some((_, b))) = (left.instants(), right.instants()) else {
                return differ("`on nearest` needs dates on both sides".into());
            };
            let within = within(call)?;
            let mut order: Vec<usize> = (0..b.len()).collect();
            order.sort_by_key(|&i| b[i]);
            let bounds = match right {
                TimeAxis::Instants { bounds, .. } => bounds.as_deref(),
                TimeAxis::Groups { .. } | TimeAxis::Positions(_) | TimeAxis::Reduced { .. } => None,
            };
            // A step that stands for an interval is as far away as that: the month in which a date lies is the nearest.
            let distance = |i: usize, t: &Instant| match bounds.map(|bounds| bounds[i]) {
                Some((from, to)) if from <= *t && *t < to => 0,
                Some((from, to)) if from < to => (from.0 - t.0).abs().min((t.0 - to.0).abs()),
                Some(_) | None => (b[i].0 - t.0).abs(),
            };
            // Where two steps are equally near, the earlier counts.
            let nearest = |t: &Instant| {
                let next = order.partition_point(|&i| b[i] < *t);
                let beside = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|at| order.get(at));
                let best = *beside.min_by_key(|&&i| distance(i, t))?;
                (distance(best, t) <= within).then_some(best)
            };
            Ok(a.iter().map(nearest).collect())
        }
        Some(_) => differ("steps meet by time, by the nearest, or by a noun of the calendar".into()),
    }
}

/// Steps that meet in the groups of a noun.
fn by_noun(
    call: &Call,
    noun: &str,
    left: &TimeAxis,
    right: &TimeAxis,
    told: &mut Vec<String>,
) -> Result<Vec<Option<usize>>> {
    let differ = |why: String| differ(call, left, right, why);
    let is_dated = right.instants().is_some();
    let days = if noun == days::COUNTED { days::by_month_and_day(right, left.calendar()) } else { None };
    let noun = if days.is_some() { days::MONTH_AND_DAY } else { noun };
    let dated = one_each(right, noun);
    if days.is_some() {
        let instead = match is_dated {
            true => "; `groupby dayofyear mean` of the right cube counts them from 1 January instead",
            false => "",
        };
        told.push(format!("days meet by month and day, 29 February on its own, as the right cube has them{instead}"));
    } else if dated.is_some() {
        told.push(format!("the right cube has dates, one of each {noun}, and is joined as a group of each"));
    }
    let right = days.as_deref().or(dated.as_ref().map(|groups| &groups.axis)).unwrap_or(right);
    let TimeAxis::Groups { labels, key, .. } = right else {
        return differ(format!("the right cube is not grouped by {noun}: `groupby {noun} mean` makes it so"));
    };
    if key != noun {
        return differ(format!("the right cube is grouped by {key}, not by {noun}"));
    }
    if let Some(strange) = labels.iter().find(|label| !is_label(noun, label)) {
        return differ(format!("`{strange}` of the right cube is no {noun}: {}", labels_text(noun)));
    }
    let own = grouped(left, noun, labels).map_err(|d| d.or_at(call.span, "joined here"))?;
    let TimeAxis::Groups { labels: own_labels, .. } = &own.axis else {
        return differ(format!("the left cube cannot be grouped by {noun}"));
    };
    let partner: Vec<Option<usize>> = own_labels.iter().map(|l| labels.iter().position(|r| r == l)).collect();
    // The steps of a dated cube need not be in the order of the groups.
    let step = |group: usize| match &dated {
        Some(groups) => groups.group_of_step.iter().position(|of| *of == Some(group)),
        None => Some(group),
    };
    Ok(own.group_of_step.iter().map(|g| g.and_then(|g| partner[g]).and_then(step)).collect())
}

/// The groups of steps that have dates, where every group has one: a climatology as other programs write it.
fn one_each(right: &TimeAxis, noun: &str) -> Option<Groups> {
    right.instants()?;
    group::calendar_groups(right, noun).ok().filter(|groups| groups.axis.len() == right.len())
}

/// The steps of `left` by the groups of the right cube, whose seasons may be some of its own.
fn grouped(left: &TimeAxis, noun: &str, labels: &[Label]) -> Result<Groups> {
    let names: Vec<String> = labels.iter().map(Label::to_string).collect();
    match noun {
        "season" => Seasons::parse(&names.iter().map(String::as_str).collect::<Vec<_>>())?.groups(left),
        _ => group::calendar_groups(left, noun),
    }
}

/// The largest distance in microseconds.
fn within(call: &Call) -> Result<i64> {
    match call.even_stretch("within")? {
        None => Ok(i64::MAX),
        Some(Stretch::Micros(micros)) => Ok(micros),
        Some(_) => Err(call
            .error("within", codes::WRONG_TYPE, "`nearest` takes a length of time", "no unit")
            .help("`on nearest 3d`, `on nearest 6h`")),
    }
}

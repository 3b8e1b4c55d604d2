//! The steps of a file: its times, or the groups or positions of a leading dimension; and the choice of a value along
//! every other dimension.

use super::axes::{self, Role};
use super::coordinates::GROUPED_BY;
use super::header::{Header, Kind, Variable};
use crate::cube::time::{Calendar, Climatology, Instant, NOUNS, cf};
use crate::cube::{Label, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::dimensions::Dimensions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an index along a dimension of a stored variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DimIndex {
    Step,
    Y,
    X,
    /// The one index that is read.
    At(usize),
}

/// The dimension whose indices are steps: the time, or a leading one that has labels or nothing but no unit.
pub(super) fn step_dim<'a>(
    header: &Header,
    variable: &'a Variable,
    roles: &[Role],
    given: &Dimensions,
) -> Option<&'a str> {
    let dims = || variable.dims.iter().zip(roles);
    if let Some((dim, _)) = dims().find(|(_, role)| **role == Role::Time) {
        return Some(&dim.name);
    }
    let (dim, _) = dims().find(|(dim, role)| **role == Role::Other && !is_bands(header, variable, roles, &dim.name))?;
    let coordinate = axes::coordinate(header, variable, &dim.name);
    let bare = coordinate
        .is_none_or(|c| c.text("units").is_none_or(|u| u.is_empty() || u == "1") && c.text("axis") != Some("Z"));
    let told = dim.len > 1
        || coordinate.is_some_and(|c| matches!(c.kind, Kind::Strings | Kind::Characters) || is_calendar(&dim.name));
    (bare && told && !given.decides(&dim.name)).then_some(dim.name.as_str())
}

/// Names of dimensions whose positions are bands.
const BANDS: [&str; 6] = ["band", "bands", "channel", "variable", "spectral_band", "wavelength"];

/// Whether the positions along a dimension are bands: because it is called `band`, or because they have names and the
/// dimension one of those used for bands, or times lie beside it.
pub(super) fn is_bands(header: &Header, variable: &Variable, roles: &[Role], dim: &str) -> bool {
    let lower = dim.to_ascii_lowercase();
    let labeled = || {
        let coordinate = axes::coordinate(header, variable, dim);
        coordinate.is_some_and(|c| matches!(c.kind, Kind::Strings | Kind::Characters))
    };
    let is_other = variable.dim(dim).is_some_and(|at| roles[at] == Role::Other);
    let usual = BANDS.contains(&lower.as_str()) || roles.contains(&Role::Time);
    is_other && (lower == "band" || usual && labeled())
}

/// The coordinates along a dimension that is spread over bands, as `at` calls each.
pub(super) fn coordinates(header: &Header, variable: &Variable, dim: &str) -> Result<Vec<String>> {
    Ok(labels(header, variable, dim)?.iter().map(Label::to_string).collect())
}

/// The bands along a dimension: what `at` calls each, and a name that an expression can use.
pub(super) fn bands(header: &Header, variable: &Variable, dim: &str) -> Result<Vec<(String, String)>> {
    let name = |label: &Label| match label {
        Label::Text(text) => text.clone(),
        // A bare number is no name.
        Label::Number(n) => format!("{dim}_{n}"),
    };
    Ok(labels(header, variable, dim)?.iter().map(|label| (label.to_string(), name(label))).collect())
}

/// Nouns of the calendar by which `groupby` names dimensions.
fn is_calendar(name: &str) -> bool {
    // A `day` of length one is a day that somebody counted, more often than a day of the month.
    name != "day" && NOUNS.contains(&name.to_ascii_lowercase().as_str())
}

/// Dimensions that need an `at` or a `spread`.
pub(super) fn undecided<'a>(
    header: &Header,
    variable: &'a Variable,
    roles: &[Role],
    step: Option<&str>,
    given: &Dimensions,
) -> Vec<&'a str> {
    let dims = variable.dims.iter().zip(roles).filter(|(dim, _)| !is_bands(header, variable, roles, &dim.name));
    dims.filter(|(dim, role)| {
        matches!(role, Role::Other | Role::Time)
            && dim.len > 1
            && Some(dim.name.as_str()) != step
            && !given.decides(&dim.name)
    })
    .map(|(dim, _)| dim.name.as_str())
    .collect()
}

/// What each dimension of a variable stands for.
///
/// # Errors
/// `E0310` where a dimension has several values and no `at`, or none of the value asked for.
pub(super) fn places(
    header: &Header,
    variable: &Variable,
    roles: &[Role],
    step: Option<&str>,
    at: &BTreeMap<String, String>,
) -> Result<Vec<DimIndex>> {
    let dims = variable.dims.iter().zip(roles);
    dims.map(|(dim, role)| {
        Ok(match role {
            Role::X => DimIndex::X,
            Role::Y => DimIndex::Y,
            _ if step == Some(dim.name.as_str()) => DimIndex::Step,
            _ => match at.get(&dim.name) {
                Some(value) => DimIndex::At(pick(header, variable, &dim.name, value)?),
                None if dim.len == 1 => DimIndex::At(0),
                None => return Err(choose(header, variable, &dim.name)),
            },
        })
    })
    .collect()
}

/// The values along a dimension as words; positions where it has no coordinate.
fn labels(header: &Header, variable: &Variable, dim: &str) -> Result<Vec<Label>> {
    let len = variable.dim(dim).map_or(0, |at| variable.dims[at].len);
    Ok(match axes::coordinate(header, variable, dim) {
        None => (0..len).map(|i| Label::Number(i as f64)).collect(),
        Some(c) if matches!(c.kind, Kind::Number(_)) => header.values(c)?.into_iter().map(Label::Number).collect(),
        Some(c) => header.strings(c)?.into_iter().map(Label::Text).collect(),
    })
}

fn pick(header: &Header, variable: &Variable, dim: &str, value: &str) -> Result<usize> {
    let labels = labels(header, variable, dim)?;
    let number: Option<f64> = value.parse().ok();
    let same = |label: &Label| match (label, number) {
        // Coordinates stored as f32 are written 0.1 and read 0.100000001.
        (Label::Number(n), Some(v)) => (n - v).abs() <= 1e-6 * n.abs().max(v.abs()),
        (Label::Text(text), _) => text == value,
        _ => false,
    };
    labels.iter().position(same).ok_or_else(|| {
        let message = format!("`{}`: the dimension `{dim}` has no value {value}", header.path);
        Diagnostic::new(codes::CHOOSE_DIMENSION, message).help(values_line(header, variable, dim, &labels))
    })
}

fn choose(header: &Header, variable: &Variable, dim: &str) -> Box<Diagnostic> {
    let labels = match labels(header, variable, dim) {
        Ok(labels) => labels,
        Err(error) => return error,
    };
    let message = format!("`{}`: {} has several values along `{dim}`", header.path, variable.describe());
    let first = labels.first().map_or("0".into(), Label::to_string);
    Diagnostic::new(codes::CHOOSE_DIMENSION, message)
        .help(values_line(header, variable, dim, &labels))
        .help(format!("add `at {dim} {first}`, or `spread {dim}` for a band of each"))
}

fn values_line(header: &Header, variable: &Variable, dim: &str, labels: &[Label]) -> String {
    let texts: Vec<String> = labels.iter().map(Label::to_string).collect();
    let unit = axes::coordinate(header, variable, dim).and_then(|c| c.text("units"));
    let unit = unit.map_or(String::new(), |unit| format!(" ({unit})"));
    format!("values of `{dim}`: {}{unit}", diagnostic::list_some(texts.iter().map(String::as_str), 40))
}

/// The axis of the steps along `step`, or of the one step of variables that have no such dimension.
pub(super) fn axis(
    header: &Header,
    variable: &Variable,
    step: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<TimeAxis> {
    let Some(dim) = step else {
        return match scalar_time(header, variable) {
            Some(time) => instants(header, time, notes),
            None => Ok(TimeAxis::Positions(1)),
        };
    };
    match axes::coordinate(header, variable, dim) {
        Some(time) if cf::is_time_unit(time.text("units").unwrap_or("")) => instants(header, time, notes),
        Some(coordinate) => {
            let is_time = variable.dim(dim).is_some_and(|at| axes::roles(header, variable)[at] == Role::Time);
            if is_time {
                let unit = coordinate.text("units").map_or("has no unit".into(), |unit| format!("counts in `{unit}`"));
                notes.push(format!(
                    "the steps have no dates: `{}` {unit}, dates need one such as `days since 2000-01-01`",
                    coordinate.name
                ));
            }
            let labels = labels(header, variable, dim)?;
            let counted = |(i, label): (usize, &Label)| *label == Label::Number(i as f64);
            // As `save netcdf` names steps that have no dates.
            match dim == "step" && labels.iter().enumerate().all(counted) {
                true => Ok(TimeAxis::Positions(labels.len())),
                false => Ok(TimeAxis::groups(dim, labels)),
            }
        }
        None => Ok(TimeAxis::Positions(variable.dim(dim).map_or(0, |at| variable.dims[at].len))),
    }
}

/// A time without a dimension, or with one of length one that the variable does not have.
fn scalar_time<'a>(header: &'a Header, variable: &Variable) -> Option<&'a Variable> {
    let is_time = |v: &&Variable| {
        let single = v.dims.iter().all(|d| d.len == 1);
        single && matches!(v.kind, Kind::Number(_)) && axes::role(v) == Some(Role::Time)
    };
    let words = variable.text("coordinates").unwrap_or("").split_whitespace();
    let listed = words.filter_map(|word| header.near(variable, word)).find(is_time);
    listed.or_else(|| header.near(variable, "time").filter(is_time))
}

fn instants(header: &Header, time: &Variable, notes: &mut Vec<String>) -> Result<TimeAxis> {
    let units = time.text("units").unwrap_or("");
    let calendar = time.text("calendar");
    let placed = |mut error: Box<Diagnostic>| {
        error.message = format!("`{}`: {}", header.path, error.message);
        error
    };
    // numpy's NaT, no time at all, is the least integer of 64 bits.
    let is_time = |value: f64| if value <= i64::MIN as f64 { f64::NAN } else { value };
    let numbers: Vec<f64> = header.values(time)?.into_iter().map(is_time).collect();
    let (calendar, values) = cf::decode(units, calendar, &numbers).map_err(placed)?;
    if cf::has_parts_of_months(units, calendar, &numbers) {
        notes.push(format!(
            "`{}` counts `{units}` in fractions, which are taken as shares of the months and years they fall in",
            time.name
        ));
    }
    let noun = time.text(GROUPED_BY).filter(|noun| !noun.is_empty());
    if let Some(edges) = edges_of(header, time, "climatology") {
        let bounds = intervals(header, edges, units, calendar)?.filter(|bounds| bounds.len() == values.len());
        let climatology = bounds.map(|bounds| Climatology { calendar, values: values.clone(), bounds });
        let Some(groups) = climatology.and_then(|climatology| climatology.grouped(noun)) else {
            notes.push(format!(
                "the climatology `{}` is of no known groups, and its dates are taken as such",
                edges.name
            ));
            return Ok(TimeAxis::of(calendar, values));
        };
        if noun.is_none() {
            notes.push(format!("by the intervals `{}` the steps are groups: {}", edges.name, groups.span_text()));
        }
        return Ok(groups);
    }
    let Some(edges) = edges_of(header, time, "bounds") else { return Ok(TimeAxis::of(calendar, values)) };
    let is_period = |(low, high): &(Instant, Instant)| low < high;
    let edges_of_steps = intervals(header, edges, units, calendar)?.filter(|bounds| bounds.len() == values.len());
    let pooled = edges_of_steps.clone().map(|bounds| Climatology { calendar, values: values.clone(), bounds });
    if let Some(pooled) = pooled.filter(|pooled| noun.is_none() && pooled.spans_years()) {
        let holds_its_dates = pooled.holds_its_dates();
        match pooled.grouped(None).filter(|_| holds_its_dates) {
            Some(groups) => {
                notes.push(format!(
                    "the intervals `{}` span years, so the steps are groups: {}",
                    edges.name,
                    groups.span_text()
                ));
                return Ok(groups);
            }
            None => notes.push(format!(
                "the intervals `{}` span years and overlap, but are of no known groups; the dates are taken as such",
                edges.name
            )),
        }
    }
    let bounds = edges_of_steps.filter(|bounds| bounds.iter().all(is_period));
    if let (Some(noun), Some(bounds)) = (noun, &bounds) {
        let years = Climatology { calendar, values: values.clone(), bounds: bounds.clone() };
        if let Some(groups) = years.grouped(Some(noun)) {
            return Ok(groups);
        }
    }
    if bounds.is_none() {
        notes.push(format!("the bounds `{}` of the time are not periods and were left out", edges.name));
    }
    Ok(TimeAxis::Instants { calendar, values, bounds })
}

/// The variable of two numbers a step that an attribute of the time names.
fn edges_of<'a>(header: &'a Header, time: &Variable, attribute: &str) -> Option<&'a Variable> {
    let edges = time.text(attribute).and_then(|name| header.near(time, name))?;
    edges.dims.last().is_some_and(|d| d.len == 2).then_some(edges)
}

/// The pairs of a variable of bounds, which takes the unit of its coordinate unless it has one.
fn intervals(
    header: &Header,
    edges: &Variable,
    units: &str,
    calendar: Calendar,
) -> Result<Option<Vec<(Instant, Instant)>>> {
    let units = edges.text("units").unwrap_or(units);
    let flat = header.values(edges)?;
    let decoded = cf::decode(units, Some(calendar.cf_name()), &flat).ok();
    Ok(decoded.map(|(_, edges)| edges.chunks_exact(2).map(|e| (e[0], e[1])).collect()))
}

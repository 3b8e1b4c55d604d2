//! The steps of a file: dates, groups, or positions.

use super::axes::{Role, coordinate, role};
use super::{File, Variable, attributes};
use crate::cube::time::{self, Calendar, Instant};
use crate::cube::{Label, TimeAxis};
use crate::diagnostic::Result;

/// The axis along a dimension, and the order of the stored steps where they are not sorted.
pub fn axis(
    file: &dyn File,
    dim: &str,
    steps: usize,
    notes: &mut Vec<String>,
) -> Result<(TimeAxis, Option<Vec<usize>>)> {
    let Some(v) = coordinate(file, dim) else { return Ok((TimeAxis::Positions(steps), None)) };
    if role(file, dim) == Role::Groups {
        let labels = match v.dtype {
            Some(_) => file.numbers(v)?.into_iter().map(Label::Number).collect(),
            None => file.texts(v)?.into_iter().map(Label::Text).collect(),
        };
        return Ok((TimeAxis::Groups { key: dim.to_string(), labels }, None));
    }
    if v.text("units").is_none() || v.dtype.is_none() {
        notes.push(format!("`{}` has no CF time units: the {steps} steps have no dates", v.name));
        return Ok((TimeAxis::Positions(steps), None));
    }
    let axis = instants(file, v)?;
    if axis.is_sorted() {
        return Ok((axis, None));
    }
    notes.push(format!("the steps of `{}` are not stored in order of time and were sorted", v.name));
    let order = axis.sort_order();
    Ok((axis.select(&order), Some(order)))
}

/// The one date of a file without a time dimension, where it states one.
pub fn scalar(file: &dyn File) -> Result<Option<TimeAxis>> {
    let is_time = |v: &&Variable| {
        v.is_scalar()
            && v.dims.len() <= 1
            && v.dtype.is_some()
            && ["time", "valid_time"].contains(&v.name.as_str())
            && v.text("units").is_some_and(|u| u.contains(" since "))
    };
    file.variables().iter().find(is_time).map(|v| instants(file, v)).transpose()
}

fn instants(file: &dyn File, v: &Variable) -> Result<TimeAxis> {
    let values = file.numbers(v)?;
    let (calendar, values) = decode(v, v, &values)?;
    let bounds = bounds(file, v, calendar, values.len());
    Ok(TimeAxis::Instants { calendar, values, bounds })
}

/// Bounds that cannot be read are as good as none: readers of CF do without them.
fn bounds(file: &dyn File, v: &Variable, calendar: Calendar, steps: usize) -> Option<Vec<(Instant, Instant)>> {
    let bounds = file.variable(v.text("bounds")?)?;
    if bounds.shape.iter().product::<usize>() != 2 * steps {
        return None;
    }
    let (found, edges) = decode(bounds, v, &file.numbers(bounds).ok()?).ok()?;
    let pairs: Vec<_> = edges.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    // Reversed or empty intervals hold no date; a writer that left them means none.
    (found == calendar && pairs.iter().all(|(from, to)| from < to)).then_some(pairs)
}

/// Decodes with the units of `v`, or of the coordinate it belongs to.
fn decode(v: &Variable, coordinate: &Variable, values: &[f64]) -> Result<(Calendar, Vec<Instant>)> {
    let text = |key| v.text(key).or_else(|| coordinate.text(key));
    let scale = attributes::number(&v.attributes, "scale_factor").unwrap_or(1.0);
    let offset = attributes::number(&v.attributes, "add_offset").unwrap_or(0.0);
    let values: Vec<f64> = values.iter().map(|t| t * scale + offset).collect();
    time::decode(text("units").unwrap_or_default(), text("calendar"), &values)
}

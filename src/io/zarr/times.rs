//! New dates in the units of coordinates that are there.

use crate::cube::TimeAxis;
use crate::cube::time::{self, Calendar, Instant};
use crate::io::cf::{Header, Kind, Variable};

/// The coordinates along `dim` and the numbers that are added to each for the steps of `axis`, or why there are none.
pub(super) fn more(header: &Header, dim: &str, axis: &TimeAxis) -> Result<Vec<(String, Vec<f64>)>, String> {
    let TimeAxis::Instants { values, bounds, .. } = axis else { return Err("its steps have no dates".into()) };
    let coordinate = named(header, dim).ok_or(format!("the store has no coordinate `{dim}`"))?;
    // The store's own: the date it counts from may lie before 1582, where calendars differ that agree on the new dates.
    let calendar = coordinate.text("calendar").and_then(Calendar::from_cf).unwrap_or(Calendar::Standard);
    let mut found = vec![(coordinate.name.clone(), numbers(coordinate, coordinate, calendar, values)?)];
    let held = coordinate.text("bounds").and_then(|name| named(header, name));
    if let Some(v) = held {
        let Some(bounds) = bounds else {
            return Err(format!("the store has bounds for its dates, `{}`, and the cube has none", v.name));
        };
        let edges: Vec<Instant> = bounds.iter().flat_map(|(from, to)| [*from, *to]).collect();
        found.push((v.name.clone(), numbers(v, coordinate, calendar, &edges)?));
    }
    Ok(found)
}

fn named<'a>(header: &'a Header, name: &str) -> Option<&'a Variable> {
    header.variables.iter().find(|v| v.name == name)
}

fn numbers(v: &Variable, coordinate: &Variable, calendar: Calendar, instants: &[Instant]) -> Result<Vec<f64>, String> {
    let units = v.text("units").or_else(|| coordinate.text("units")).unwrap_or_default();
    let two = [0.0, 1.0];
    let (_, ends) = time::decode(units, Some(calendar.cf_name()), &two).map_err(|e| e.message)?;
    let unit = ends[1].0 - ends[0].0;
    let Kind::Number(dtype) = v.kind else { return Err(format!("`{}` of the store holds no numbers", v.name)) };
    let (is_whole, limits) = (!dtype.is_float(), dtype.limits());
    let of = |at: &Instant| -> Result<f64, String> {
        let since = i128::from(at.0) - i128::from(ends[0].0);
        let unit = i128::from(unit.max(1));
        let number = (since / unit) as f64 + (since % unit) as f64 / unit as f64;
        if (is_whole && since % unit != 0) || number < limits.0 || number > limits.1 {
            return Err(format!("the store counts `{units}` in whole numbers, {} is none", calendar.iso(*at)));
        }
        Ok(number)
    };
    let numbers = instants.iter().map(of).collect::<Result<Vec<f64>, String>>()?;
    // Months differ in length and nanoseconds do not fit; only what reads back is written.
    match time::decode(units, Some(calendar.cf_name()), &numbers) {
        Ok((_, back)) if back == instants => Ok(numbers),
        _ => Err(format!("the store counts `{units}`, in which the new dates cannot be written")),
    }
}

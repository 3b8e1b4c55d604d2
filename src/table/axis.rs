//! The steps of a cube as a column.

use super::{Cells, Column};
use crate::cube::time::{Calendar, Fields, Instant};
use crate::cube::{Label, TimeAxis};
use std::sync::Arc;

/// The column of the steps and its cells, one a step; nothing for what a reduction over all time left, which has no
/// time any more.
pub(crate) fn steps(time: &TimeAxis) -> Option<(Column, Cells)> {
    let cells = match time {
        TimeAxis::Instants { calendar, values, .. } => dates(*calendar, values),
        TimeAxis::Groups { labels, .. } => groups(labels),
        TimeAxis::Positions(steps) => Cells::Int64((0..*steps as i64).map(Some).collect()),
        TimeAxis::Reduced { .. } => return None,
    };
    let mut column = Column::new(time.dim_name(), cells.kind());
    if let (Cells::Time(_), Some((_, labels)), true) = (&cells, time.instants(), time.is_stamped_at_ends()) {
        let own = time.to_group();
        let owned = own.instants().map_or(labels, |(_, dates)| dates);
        column.intervals = Some(Arc::new(labels.iter().copied().zip(owned.iter().copied()).collect()));
    }
    Some((column, cells))
}

/// Dates as moments, or as texts where other programs would mean other days by them.
pub(super) fn dates(calendar: Calendar, values: &[Instant]) -> Cells {
    match is_clock(calendar, values) {
        true => Cells::Time(values.iter().copied().map(Some).collect()),
        false => Cells::Text(values.iter().map(|value| Some(calendar.iso(*value).into())).collect()),
    }
}

/// Whether the dates are those that every other program means by them: not those of models, nor of the calendar before
/// 1582-10-15 where that is not the Gregorian.
fn is_clock(calendar: Calendar, values: &[Instant]) -> bool {
    match calendar {
        Calendar::ProlepticGregorian => true,
        Calendar::Standard => {
            let gregorian = Calendar::Standard.instant(&Fields::date(1582, 10, 15));
            gregorian.is_some_and(|from| values.iter().all(|v| *v >= from))
        }
        _ => false,
    }
}

fn groups(labels: &[Label]) -> Cells {
    let number = |label: &Label| if let Label::Number(n) = label { Some(*n) } else { None };
    match labels.iter().map(number).collect::<Option<Vec<f64>>>() {
        Some(numbers) if numbers.iter().all(|n| n.fract() == 0.0 && n.abs() < 9e15) => {
            Cells::Int64(numbers.into_iter().map(|n| Some(n as i64)).collect())
        }
        Some(numbers) => Cells::Float64(numbers),
        None => Cells::Text(labels.iter().map(|label| Some(label.to_string().into())).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ColumnType;

    #[test]
    fn kinds_of_steps() {
        let instants = |calendar| TimeAxis::of(calendar, vec![Instant(0)]);
        let groups = |labels| TimeAxis::groups("month", labels);
        let old = TimeAxis::of(Calendar::Standard, vec![Instant(i64::MIN / 4)]);
        let cases = [
            (instants(Calendar::Standard), "time", ColumnType::Time, "1970-01-01T00:00:00Z"),
            (instants(Calendar::Day360), "time", ColumnType::Text, "1970-01-01"),
            (groups(vec![Label::Number(7.0)]), "month", ColumnType::Int64, "7"),
            (groups(vec![Label::Number(0.5)]), "month", ColumnType::Float64, "0.5"),
            (groups(vec![Label::Text("DJF".into())]), "month", ColumnType::Text, "DJF"),
            (TimeAxis::Positions(1), "step", ColumnType::Int64, "0"),
        ];
        for (axis, name, kind, text) in cases {
            let (column, cells) = steps(&axis).expect("it has steps");
            assert_eq!((column.name.as_str(), column.kind, cells.text(0).as_str()), (name, kind, text));
        }
        assert_eq!(steps(&old).expect("it has steps").0.kind, ColumnType::Text);
    }
}

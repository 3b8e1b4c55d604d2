//! All that is known of the steps of a cube, as a table with a row for each.

use super::{Cells, Column, Table, axis, values};
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Schema, TimeAxis};

/// What identifies a step, where the source knows it, stands before its other properties.
const FIRST: [&str; 3] = ["id", "name", "path"];

/// The number of each step, its label, its interval where it has one, and its properties.
pub(crate) fn listing(schema: &Schema) -> Table {
    let steps = schema.time.len();
    let mut columns: Vec<(String, Cells)> = vec![("step".into(), Cells::Int64((0..steps as i64).map(Some).collect()))];
    // Steps without dates have no other label than their number.
    let label = axis::steps(&schema.time).filter(|_| !matches!(schema.time, TimeAxis::Positions(_)));
    columns.extend(label.map(|(column, cells)| (column.name, cells)));
    columns.extend(intervals(&schema.time).into_iter().flatten().map(|(name, cells)| (name.into(), cells)));
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    let mut known: Vec<(&String, Cells)> =
        schema.properties.iter().map(|(name, of)| (name, values::cells(of))).collect();
    known.sort_by_key(|(name, _)| rank(name));
    for (name, cells) in known {
        let taken = columns.iter().any(|(own, _)| own == name);
        columns.push((if taken { format!("property_{name}") } else { name.clone() }, cells));
    }
    let (heads, cells) = columns.into_iter().map(|(name, cells)| (Column::new(name, cells.kind()), cells)).unzip();
    Table::new(heads, cells)
}

/// Where steps begin and end. The end is that of the interval, which no longer belongs to it.
fn intervals(time: &TimeAxis) -> Option<[(&'static str, Cells); 2]> {
    let (calendar, starts, ends): (Calendar, Vec<Instant>, Vec<Instant>) = match time {
        TimeAxis::Instants { calendar, bounds: Some(bounds), .. } => {
            (*calendar, bounds.iter().map(|(start, _)| *start).collect(), bounds.iter().map(|(_, end)| *end).collect())
        }
        TimeAxis::Reduced { calendar, start, end, .. } => (*calendar, vec![*start], vec![*end]),
        TimeAxis::Instants { bounds: None, .. } | TimeAxis::Groups { .. } | TimeAxis::Positions(_) => return None,
    };
    Some([("start", axis::dates(calendar, &starts)), ("end", axis::dates(calendar, &ends))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::{GeoBox, Label};
    use serde_json::json;

    fn schema(time: TimeAxis) -> Schema {
        Schema::new(time, Vec::new(), GeoBox::new(None, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0], 1, 1))
    }

    fn csv(table: &Table) -> Vec<String> {
        let head = table.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" ");
        let row = |row| table.cells.iter().map(|c| c.text(row)).collect::<Vec<_>>().join(" ");
        std::iter::once(head).chain((0..table.rows()).map(row)).collect()
    }

    #[test]
    fn steps_with_all_they_know() {
        let day = |n: i64| Instant::from_days(n).expect("a day");
        let mut dated = schema(TimeAxis::Instants {
            calendar: Calendar::Standard,
            values: vec![day(0), day(8)],
            bounds: Some(vec![(day(0), day(8)), (day(8), day(16))]),
        });
        dated.properties.insert("cloud".into(), vec![json!(10), json!(null)]);
        dated.properties.insert("id".into(), vec![json!("a"), json!("b")]);
        // A property of the name of a column of ours keeps its values beside it.
        dated.properties.insert("end".into(), vec![json!(1.5), json!(2)]);
        assert_eq!(
            csv(&listing(&dated)),
            [
                "step time start end id cloud property_end",
                "0 1970-01-01T00:00:00Z 1970-01-01T00:00:00Z 1970-01-09T00:00:00Z a 10 1.5",
                "1 1970-01-09T00:00:00Z 1970-01-09T00:00:00Z 1970-01-17T00:00:00Z b  2",
            ]
        );
        assert_eq!(csv(&listing(&schema(TimeAxis::Positions(2)))), ["step", "0", "1"]);
        let season = TimeAxis::groups("season", vec![Label::Text("DJF".into())]);
        assert_eq!(csv(&listing(&schema(season))), ["step season", "0 DJF"]);
        let reduced = TimeAxis::Reduced { calendar: Calendar::Day360, start: day(0), end: day(40), steps: 3 };
        assert_eq!(csv(&listing(&schema(reduced))), ["step start end", "0 1970-01-01 1970-02-11"]);
    }
}

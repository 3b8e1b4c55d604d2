//! Results that are dates: the numbers of a column turned into instants, or into texts in calendars without a clock.

use super::op::TableOp;
use crate::plan::table::dates_of_bands;
use crate::table::{Cells, Column, ColumnType};
use std::collections::HashMap;
use std::sync::Arc;

/// The cells of a plan's columns, made of those of the columns that were computed.
pub(super) fn apply(op: &TableOp, cells: Vec<Cells>) -> Vec<Cells> {
    let (plan, input) = (&op.plan, op.input.schema());
    let computed = op.computed();
    if plan.schema.columns == computed {
        return cells;
    }
    let units = dates_of_bands(input);
    let position = |columns: &[Column]| columns.iter().position(|column| column.name == "band");
    let Some(band) = position(&computed) else { return cells };
    let names: HashMap<&str, usize> = input.band_names().enumerate().map(|(i, name)| (name, i)).collect();
    let of_row: Vec<Option<usize>> = match &cells[band] {
        Cells::Text(bands) => bands.iter().map(|name| names.get(name.as_deref()?).copied()).collect(),
        _ => return cells,
    };
    let dated = |numbers: &Cells, kind: ColumnType| -> Cells {
        let values = numbers.to_f64().unwrap_or_default();
        let unit = |row: usize| units[of_row[row]?].as_ref();
        match kind {
            ColumnType::Text => {
                let text = |(row, value): (usize, &f64)| unit(row)?.text(*value).map(Arc::from);
                Cells::Text(values.iter().enumerate().map(text).collect())
            }
            _ => {
                let instant = |(row, value): (usize, &f64)| unit(row)?.instant(*value);
                Cells::Time(values.iter().enumerate().map(instant).collect())
            }
        }
    };
    let mut computed = computed.iter().zip(cells).peekable();
    let mut out: Vec<Cells> = Vec::with_capacity(plan.schema.columns.len());
    let mut last: Option<Cells> = None;
    for column in &plan.schema.columns {
        match computed.peek() {
            // A column of its own for the dates among other numbers stands behind those.
            Some((own, _)) if own.name != column.name => {
                out.extend(last.as_ref().map(|numbers| dated(numbers, column.kind)));
            }
            None => out.extend(last.as_ref().map(|numbers| dated(numbers, column.kind))),
            Some((own, _)) => {
                let same = own.kind == column.kind;
                let Some((_, cells)) = computed.next() else { break };
                out.push(if same { cells.clone() } else { dated(&cells, column.kind) });
                last = Some(cells);
            }
        }
    }
    out
}

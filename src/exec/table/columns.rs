//! The columns that say to which step, zone and band a row belongs, and cells of results.

use super::groups::class_of;
use super::op::TableOp;
use super::pixels;
use crate::exec::ops::tally::Value;
use crate::plan::{Rows, Sampling};
use crate::table::{Cells, ColumnType, geometry, steps};
use std::sync::Arc;

/// What a row is about: a step, the position of a group, and a band.
pub(super) type About = (usize, usize, usize);

/// The column of steps, where the cube has one.
pub(super) fn time(op: &TableOp, rows: &[About]) -> Option<Cells> {
    steps(&op.input.schema().time).map(|(column, cells)| {
        // The kept steps alone may give a column of another type than all steps, so only the names are compared.
        debug_assert!(op.plan.schema.columns.iter().any(|c| c.name == column.name));
        cells.pick(rows.iter().map(|row| row.0))
    })
}

/// The columns of zones, classes or points; `keys` are the keys of the groups.
pub(super) fn about(op: &TableOp, rows: &[About], keys: &[u64]) -> Vec<Cells> {
    let at = || rows.iter().map(|row| row.1);
    match &op.rows {
        Rows::Zonal { zones, .. } | Rows::Counts { zones: Some((zones, _)), .. } => {
            let shapes = || zones.shapes.iter().map(|rings| geometry::polygon(rings)).collect();
            let shapes = zones.geometry.as_ref().map(|_| texts(shapes()).pick(at()));
            std::iter::once(zones.ids.cells.pick(at())).chain(shapes).collect()
        }
        Rows::Space { .. } | Rows::Counts { zones: None, .. } | Rows::Bands => Vec::new(),
        Rows::Classes { classes, .. } | Rows::Values { classes } => {
            let kind = classes.schema.bands.first().map_or(ColumnType::Int64, |b| ColumnType::of(b.dtype));
            let mut cells = Cells::empty(kind);
            // The number of a class was a pixel of this type, so it fits the column.
            at().for_each(|group| push(&mut cells, Value::Real(class_of(keys[group]))));
            vec![cells]
        }
        Rows::Points { sites, sampling } => {
            let mut all: Vec<Cells> = sites.ids.iter().map(|ids| ids.cells.pick(at())).collect();
            let shapes = || sites.points.iter().map(|at| geometry::point(*at)).collect();
            all.extend(sites.geometry.as_ref().map(|_| texts(shapes()).pick(at())));
            all.extend([0, 1].map(|axis| Cells::Float64(at().map(|point| sites.given[point][axis]).collect())));
            if *sampling == Sampling::Nearest {
                let grid = &op.input.schema().grid;
                let centers: Vec<[f64; 2]> = sites.points.iter().map(|point| pixels::center_of(grid, *point)).collect();
                all.extend([0, 1].map(|axis| Cells::Float64(at().map(|point| centers[point][axis]).collect())));
            }
            all
        }
    }
}

fn texts(all: Vec<Option<String>>) -> Cells {
    Cells::Text(all.into_iter().map(|text| text.map(Arc::from)).collect())
}

pub(super) fn bands(op: &TableOp, rows: &[About]) -> Cells {
    let names: Vec<Arc<str>> = op.input.schema().band_names().map(Arc::from).collect();
    Cells::Text(rows.iter().map(|row| Some(names[row.2].clone())).collect())
}

/// Appends a result to the cells of its column.
pub(super) fn push(cells: &mut Cells, value: Value) {
    match cells {
        Cells::Int64(cells) => cells.push(integer(value)),
        Cells::UInt64(cells) => cells.push(unsigned(value)),
        Cells::Float32(cells) => cells.push(value.to_f64() as f32),
        Cells::Float64(cells) => cells.push(value.to_f64()),
        Cells::Time(_) | Cells::Text(_) => unreachable!("results are numbers"),
    }
}

/// Puts a result in the place of a row.
pub(super) fn set(cells: &mut Cells, row: usize, value: Value) {
    match cells {
        Cells::Int64(cells) => cells[row] = integer(value),
        Cells::UInt64(cells) => cells[row] = unsigned(value),
        Cells::Float32(cells) => cells[row] = value.to_f64() as f32,
        Cells::Float64(cells) => cells[row] = value.to_f64(),
        Cells::Time(_) | Cells::Text(_) => unreachable!("results are numbers"),
    }
}

fn integer(value: Value) -> Option<i64> {
    match value {
        Value::Integer(v) => i64::try_from(v).ok(),
        Value::Real(v) => Some(v as i64),
        Value::Missing | Value::Overflow => None,
    }
}

fn unsigned(value: Value) -> Option<u64> {
    match value {
        Value::Integer(v) => u64::try_from(v).ok(),
        Value::Real(v) => Some(v as u64),
        Value::Missing | Value::Overflow => None,
    }
}

/// Every step, group and band in the order of rows.
pub(super) fn rows(steps: usize, groups: usize, bands: usize) -> Vec<About> {
    let of_step = move |step| (0..groups).flat_map(move |group| (0..bands).map(move |band| (step, group, band)));
    (0..steps).flat_map(of_step).collect()
}

/// The columns of a table that stand before those of its results.
pub(super) fn leading(op: &TableOp, rows: &[About], keys: &[u64]) -> Vec<Cells> {
    let mut cells: Vec<Cells> = time(op, rows).into_iter().collect();
    cells.extend(about(op, rows, keys));
    cells.push(bands(op, rows));
    cells
}

//! Computes tables: the cube below is pulled task by task, and the chunk of each task is reduced to small states, or
//! single pixels are taken out of it.

mod columns;
mod counts;
mod dates;
mod groups;
mod op;
mod pixels;
mod points;
mod reduce;
mod statistics;
mod values;

pub(crate) use op::{TableJob, TableOp};

use super::cx::RunCx;
use super::limits::Limits;
use super::local::Outcome;
use super::observe::Observer;
use crate::diagnostic::Result;
use crate::plan::Rows;
use crate::table::Table;
use op::too_large;

/// The tasks of a table. It computes which pixels zones cover, and reads no pixel.
pub(crate) fn plan(op: &TableOp, limits: &Limits, cx: &RunCx) -> Result<TableJob> {
    fits(op, limits)?;
    match &op.rows {
        Rows::Points { sites, sampling } => points::plan(op, sites, *sampling, limits).map(|(job, _)| job),
        Rows::Values { .. } => values::plan(op, limits),
        Rows::Bands => statistics::plan(op, limits),
        Rows::Counts { .. } => counts::plan(op, limits, cx).map(|(job, _)| job),
        Rows::Zonal { .. } | Rows::Space { .. } | Rows::Classes { .. } => {
            reduce::plan(op, limits, cx).map(|reduction| reduction.job)
        }
    }
}

/// Computes the whole table.
///
/// # Errors
/// `E0402` if the table, or what has to be held for it, is larger than the memory allowed.
pub(crate) fn tabulate(op: &TableOp, limits: &Limits, cx: &RunCx, observer: &dyn Observer) -> Result<(Table, Outcome)> {
    fits(op, limits)?;
    let (cells, outcome) = match &op.rows {
        Rows::Points { sites, sampling } => points::run(op, sites, *sampling, limits, cx, observer)?,
        Rows::Values { .. } => values::run(op, limits, cx, observer)?,
        Rows::Bands => statistics::run(op, limits, cx, observer)?,
        Rows::Counts { areas, .. } => counts::run(op, areas.as_ref().map(|areas| &areas[..]), limits, cx, observer)?,
        Rows::Zonal { .. } | Rows::Space { .. } | Rows::Classes { .. } => reduce::run(op, limits, cx, observer)?,
    };
    let cells = dates::apply(op, cells);
    let table = Table::new(op.plan.schema.columns.clone(), cells);
    let kept = op.kept(table.rows());
    Ok((if kept == (0..table.rows()) { table } else { table.slice(kept) }, outcome))
}

fn fits(op: &TableOp, limits: &Limits) -> Result<()> {
    let bytes = op.result_bytes();
    if bytes > limits.memory / 2 {
        return Err(too_large(op, "the table", bytes, limits));
    }
    Ok(())
}

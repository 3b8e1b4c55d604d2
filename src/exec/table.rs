//! Computes tables: the cube below is pulled task by task, and the chunk of each task is reduced to small states, or
//! single pixels are taken out of it.

mod columns;
mod counts;
mod dates;
mod edit;
mod groups;
mod op;
mod pixels;
mod points;
mod reduce;
mod statistics;
mod values;
mod zones;

pub(crate) use edit::edit;
pub(crate) use op::{TableJob, TableOp};

use super::cx::RunCx;
use super::limits::Limits;
use super::local::Outcome;
use super::partial::{Partial, to_bytes};
use super::runner::Runner;
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use crate::plan::Rows;
use crate::table::Table;
use groups::Groups;
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
pub(crate) fn tabulate(op: &TableOp, cx: &RunCx, runner: &Runner) -> Result<(Table, Outcome)> {
    fits(op, runner.limits)?;
    let (cells, outcome) = match &op.rows {
        Rows::Points { sites, sampling } => points::run(op, sites, *sampling, cx, runner)?,
        Rows::Values { .. } => values::run(op, cx, runner)?,
        Rows::Bands => statistics::run(op, cx, runner)?,
        Rows::Counts { .. } => counts::run(op, cx, runner)?,
        Rows::Zonal { .. } | Rows::Space { .. } | Rows::Classes { .. } => reduce::run(op, cx, runner)?,
    };
    let cells = dates::apply(op, cells);
    let table = Table::new(op.plan.schema.columns.clone(), cells);
    let kept = op.kept(table.rows());
    Ok((if kept == (0..table.rows()) { table } else { table.slice(kept) }, outcome))
}

/// Makes of chunks what the rows of a table are put together from, where another process puts them together.
pub(crate) struct RowMaker {
    op: TableOp,
    how: How,
}

enum How {
    Points(points::PointsOf),
    Values(Groups),
    Counts { groups: Groups, most: usize },
    Reduce(Groups),
}

impl RowMaker {
    /// # Errors
    /// Those of [`plan`].
    pub(crate) fn new(op: TableOp, limits: &Limits, cx: &RunCx) -> Result<RowMaker> {
        let how = match &op.rows {
            Rows::Points { sites, sampling } => How::Points(points::plan(&op, sites, *sampling, limits)?.1),
            Rows::Values { .. } => How::Values(values::groups(&op)),
            Rows::Bands => unreachable!("rows of bands are made of the statistics of chunks"),
            Rows::Counts { .. } => {
                let (job, groups) = counts::plan(&op, limits, cx)?;
                How::Counts { groups, most: counts::most(&job, limits) }
            }
            Rows::Zonal { .. } | Rows::Space { .. } | Rows::Classes { .. } => {
                How::Reduce(reduce::plan(&op, limits, cx)?.groups)
            }
        };
        Ok(RowMaker { op, how })
    }

    pub(crate) fn make(&self, region: &Region, chunk: Chunk, cx: &RunCx) -> Result<Vec<u8>> {
        let op = &self.op;
        match &self.how {
            How::Points(points_of) => {
                points::Picked { op, points_of }.make(region, chunk, cx).map(|made| to_bytes(&made))
            }
            How::Values(groups) => values::Listed { op, groups }.make(region, chunk, cx).map(|made| to_bytes(&made)),
            How::Counts { groups, most } => {
                counts::OfValues { op, groups, most: *most }.make(region, chunk, cx).map(|made| to_bytes(&made))
            }
            How::Reduce(groups) => reduce::Tallied { op, groups }.make(region, chunk, cx).map(|made| to_bytes(&made)),
        }
    }
}

fn fits(op: &TableOp, limits: &Limits) -> Result<()> {
    let bytes = op.result_bytes();
    if bytes > limits.memory / 2 {
        return Err(too_large(op.plan.span, "the table", bytes, limits));
    }
    Ok(())
}

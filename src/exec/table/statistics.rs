//! The statistics of each band over all pixels of all steps, as rows.

use super::columns;
use super::op::{TableJob, TableOp};
use crate::diagnostic::Result;
use crate::exec::cx::RunCx;
use crate::exec::limits::Limits;
use crate::exec::local::Outcome;
use crate::exec::ops::tally::Value;
use crate::exec::runner::Runner;
use crate::exec::stats;
use crate::exec::tasks::Job;
use crate::table::Cells;

pub(super) fn plan(op: &TableOp, limits: &Limits) -> Result<TableJob> {
    Ok(TableJob { job: Job::new(&op.input, None, limits)?, held: 0, threads: limits.threads })
}

pub(super) fn run(op: &TableOp, cx: &RunCx, runner: &Runner) -> Result<(Vec<Cells>, Outcome)> {
    let (all, outcome) = stats::statistics(&op.input, cx, runner)?;
    let columns = &op.plan.schema.columns;
    let mut cells: Vec<Cells> = columns.iter().map(|column| Cells::empty(column.kind)).collect();
    let rows: Vec<columns::About> = (0..all.len()).map(|band| (0, 0, band)).collect();
    cells[0] = columns::bands(op, &rows);
    for stats in all {
        let of_pixels = |value: f64| if stats.count == 0 { Value::Missing } else { Value::Real(value) };
        let end = |value: f64, whole: Option<i128>| whole.map_or_else(|| of_pixels(value), Value::Integer);
        let values = [
            Value::Integer(stats.count.into()),
            Value::Integer(stats.missing.into()),
            end(stats.min, stats.whole.map(|(low, _)| low)),
            of_pixels(stats.mean()),
            of_pixels(stats.std()),
            end(stats.max, stats.whole.map(|(_, high)| high)),
        ];
        cells[1..].iter_mut().zip(values).for_each(|(cells, value)| columns::push(cells, value));
    }
    Ok((cells, outcome))
}

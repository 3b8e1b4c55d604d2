//! A table's plan with its sources opened, and the memory it will take.

use super::zones::{Zone, covered as covered_by};
use crate::diagnostic::{Diagnostic, Result, Span, codes};
use crate::exec::cx::RunCx;
use crate::exec::limits::{Limits, bytes};
use crate::exec::op::Op;
use crate::exec::prepare::Opener;
use crate::exec::tasks::Job;
use crate::plan::table::computed;
use crate::plan::{Plan, Rows, Selection, TablePlan, optimize};
use crate::table::{Cells, Column};
use std::sync::Arc;

/// A plan of a table of pixels with its sources opened.
pub(crate) struct TableOp {
    pub plan: Arc<TablePlan>,
    /// How pixels become rows.
    pub rows: Rows,
    pub input: Arc<Op>,
    /// The raster of classes.
    pub classes: Option<Arc<Op>>,
    /// The pixels of the zones, where they were computed to know which have some.
    pub(super) covered: Option<Arc<Vec<Zone>>>,
    /// The names of the zones that have none, which are left out.
    pub left_out: Vec<String>,
    /// The number in the plan's cube of the first step of `input`; steps of rows that are not kept are not computed.
    first_step: usize,
    /// The steps of the plan's cube.
    steps: usize,
}

impl TableOp {
    /// `cube` and `rows` are what the plan is computed from.
    pub(crate) fn prepare(
        plan: &Arc<TablePlan>,
        (cube, rows): (&Arc<Plan>, &Rows),
        open: &dyn Opener,
        limits: &Limits,
        cx: &RunCx,
    ) -> Result<TableOp> {
        let (mut rows, mut covered, mut left_out) = (rows.clone(), None, Vec::new());
        if let Rows::Zonal { zones, cover, keep_empty, .. } = &mut rows
            && !*keep_empty
        {
            let all = covered_by(zones, *cover, &cube.schema.grid, limits, cx)?;
            let (kept, empty): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(|zone| !all[*zone].is_empty());
            left_out.extend(empty.iter().map(|zone| zones.ids.cells.text(*zone)));
            if !empty.is_empty() {
                *zones = Arc::new(zones.pick(&kept));
            }
            covered = Some(Arc::new(all.into_iter().filter(|zone| !zone.is_empty()).collect()));
            *keep_empty = true;
        }
        let rows = &rows;
        let ready = |cube: &Arc<Plan>| match limits.optimize {
            true => Op::prepare(&optimize::optimize(cube), open, limits),
            false => Op::prepare(cube, open, limits),
        };
        let all = cube.schema.time.len();
        let steps = if limits.optimize { plan.steps(&cube.schema, rows) } else { 0..all };
        let input = match steps.len() == all || steps.is_empty() {
            true => cube.clone(),
            false => {
                let keep = Selection { steps: steps.clone().collect(), ..Selection::all(&cube.schema) };
                Plan::select(cube, keep, plan.span)?
            }
        };
        let (input, classes) = (ready(&input)?, rows.classes().map(ready).transpose()?);
        let (plan, rows, first_step) = (plan.clone(), rows.clone(), steps.start);
        Ok(TableOp { plan, rows, input, classes, covered, left_out, first_step, steps: all })
    }

    /// The columns as they are computed: where the plan's columns hold dates, these hold numbers.
    pub(crate) fn computed(&self) -> Vec<Column> {
        computed(self.input.schema(), &self.rows).columns
    }

    /// Bytes of the whole result, where its size is known.
    pub(crate) fn result_bytes(&self) -> u64 {
        let rows = self.rows.per_step(self.input.schema()).unwrap_or(0) * self.input.schema().time.len();
        rows as u64 * self.row_bytes()
    }

    pub(crate) fn row_bytes(&self) -> u64 {
        self.plan.schema.columns.iter().map(|c| Cells::bytes_per_cell(c.kind) as u64).sum()
    }

    /// Which of the computed rows are kept.
    pub(crate) fn kept(&self, rows: usize) -> std::ops::Range<usize> {
        let Some(per_step) = self.rows.per_step(self.input.schema()) else { return self.plan.kept(rows) };
        let kept = self.plan.kept(self.steps * per_step);
        let before = self.first_step * per_step;
        kept.start - before..kept.end - before
    }
}

/// The tasks of a table and the memory they take.
pub(crate) struct TableJob {
    pub job: Job,
    /// Bytes held beside those of the tasks: the result, the states of reductions, the pixels of zones.
    pub held: u64,
    /// The number of threads whose tasks fit the memory.
    pub threads: usize,
}

/// The error where something does not fit the memory.
pub(super) fn too_large(span: Span, what: &str, needed: u64, limits: &Limits) -> Box<Diagnostic> {
    // Advises twice as much, in a size that machines have.
    let enough = (2 * needed).next_power_of_two().max(64 << 20);
    Diagnostic::new(
        codes::OUT_OF_MEMORY,
        format!("{what} needs {}, too much for the {} allowed", bytes(needed), bytes(limits.memory)),
    )
    .label(span, "computed here")
    .help(format!("allow more: `set memory {}`", bytes(enough).replace(' ', "")))
    .help("or take fewer steps at a time: `time 2020..2021`")
}

//! What every run is made of: what it needs, how it pulls pixels and rows, what it comes to.

use crate::cube::Chunk;
use crate::diagnostic::Result;
use crate::exec::{self, Executor, Limits, Observer, Op, Outcome, RunCx, Runner, TableOp};
use crate::plan::{Plan, TableFrom, TablePlan, optimize};
use crate::show::{self, Output};
use crate::table::Table;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The result of a pipeline, for the front end that asked for it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What the front end is to show; nothing for a pipeline that saved.
    pub output: Option<Output>,
    /// What was done and where the files are, for people.
    pub report: Option<String>,
    /// What was written.
    pub files: Vec<std::path::PathBuf>,
    /// Notes on decisions that the user did not make, on values that arithmetic could not give and on skipped inputs.
    pub notes: Vec<String>,
    /// What the run counted.
    pub outcome: Outcome,
}

/// What a run needs of the session.
pub(crate) struct With<'a> {
    pub limits: Cow<'a, Limits>,
    pub cancel: Arc<AtomicBool>,
    pub observer: Arc<dyn Observer>,
    pub sources: Box<dyn exec::Opener + 'a>,
    /// Computes where this process does not.
    pub executor: Option<Arc<dyn Executor>>,
    /// Options of GDAL that the program has set.
    pub options: &'a BTreeMap<String, String>,
    /// Whether the card of a cube has a small picture.
    pub thumbnails: bool,
}

impl With<'_> {
    pub(super) fn runner(&self) -> Runner<'_> {
        Runner {
            limits: &self.limits,
            observer: &*self.observer,
            executor: self.executor.as_deref(),
            options: self.options,
        }
    }
}

/// Optimized, and with its sources open.
pub(super) fn prepare(plan: &Arc<Plan>, with: &With) -> Result<Arc<Op>> {
    let plan = if with.limits.optimize { optimize::optimize(plan) } else { plan.clone() };
    Op::prepare(&plan, &*with.sources, &with.limits)
}

/// The pixels of a plan.
pub(crate) fn collect(plan: &Arc<Plan>, with: &With) -> Result<(Chunk, Outcome)> {
    let op = prepare(plan, with)?;
    exec::collect(&op, &RunCx::new(with.cancel.clone()), &with.runner())
}

/// The rows of a table.
pub(crate) fn tabulate(plan: &Arc<TablePlan>, with: &With) -> Result<(Table, Outcome)> {
    match &plan.from {
        TableFrom::Known { table, .. } => Ok((table.slice(plan.kept(table.rows())), Outcome::default())),
        TableFrom::Pixels { input, rows } => {
            let op = TableOp::prepare(plan, (input, rows), &*with.sources, &with.limits)?;
            exec::tabulate(&op, &RunCx::new(with.cancel.clone()), &with.runner())
                .map_err(|d| d.or_at(plan.span, "computed here"))
        }
    }
}

/// What is worth knowing of a run over a plan.
pub(super) fn notes(plan: &Arc<Plan>, outcome: &Outcome) -> Vec<String> {
    use show::notes::{by_interval, by_samples, decided, outcome as counted, spread, thinned, undated};
    let mut notes = [
        show::text::pooled(plan),
        decided(plan),
        by_interval(plan),
        by_samples(plan),
        undated(plan),
        thinned(plan),
        spread(plan),
        counted(plan, outcome),
    ]
    .concat();
    let mut told = BTreeSet::new();
    notes.retain(|note| told.insert(note.clone()));
    notes
}

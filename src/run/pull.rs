//! What every run is made of: what it needs, how it pulls pixels and rows, what it comes to.

use crate::cube::Chunk;
use crate::diagnostic::Result;
use crate::exec::{self, Executor, Limits, Observer, Op, Outcome, RunCx, Runner, TableOp};
use crate::plan::show::plural;
use crate::plan::table::Edit;
use crate::plan::{Plan, TableFrom, TablePlan, optimize};
use crate::settings::Thumbnails;
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
    pub thumbnails: Thumbnails,
    /// Columns and rows of the terminal in whose cells pictures are drawn, too.
    #[cfg(feature = "pictures")]
    pub screen: Option<[usize; 2]>,
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

/// The rows of a table, and what its run came to.
#[derive(Clone)]
pub(crate) struct Tabulated {
    pub table: Arc<Table>,
    pub outcome: Outcome,
    /// What is worth knowing of the run.
    pub notes: Vec<String>,
}

/// The rows of a table.
pub(crate) fn tabulate(plan: &Arc<TablePlan>, with: &With) -> Result<Tabulated> {
    Tabulation { with, shared: plan.used_twice(), known: Vec::new() }.table(plan)
}

/// Computes tables of tables, those that are used twice once: only these are kept.
struct Tabulation<'a> {
    with: &'a With<'a>,
    shared: Vec<Arc<TablePlan>>,
    known: Vec<(Arc<TablePlan>, Tabulated)>,
}

impl Tabulation<'_> {
    fn table(&mut self, plan: &Arc<TablePlan>) -> Result<Tabulated> {
        let is_it = |other: &Arc<TablePlan>| Arc::ptr_eq(other, plan);
        if !self.shared.iter().any(is_it) {
            return self.compute(plan);
        }
        if let Some((_, known)) = self.known.iter().find(|(known, _)| is_it(known)) {
            return Ok(Tabulated { outcome: Outcome::default(), ..known.clone() });
        }
        let tabulated = self.compute(plan)?;
        self.known.push((plan.clone(), tabulated.clone()));
        Ok(tabulated)
    }

    fn compute(&mut self, plan: &Arc<TablePlan>) -> Result<Tabulated> {
        let with = self.with;
        match &plan.from {
            TableFrom::Known { table, of, .. } => {
                let table = kept(plan, table.clone());
                let notes = of.as_ref().map_or(Vec::new(), |cube| notes(cube, &Outcome::default()));
                Ok(Tabulated { table, outcome: Outcome::default(), notes })
            }
            TableFrom::Pixels { input, rows } => {
                let cx = RunCx::new(with.cancel.clone());
                let op = TableOp::prepare(plan, (input, rows), &*with.sources, &with.limits, &cx)?;
                let (table, outcome) =
                    exec::tabulate(&op, &cx, &with.runner()).map_err(|d| d.or_at(plan.span, "computed here"))?;
                // Pixels that were computed but are not in the table must not be counted in its notes.
                let invalid = if plan.takes_every_pixel() { outcome.invalid } else { 0 };
                let mut notes = notes(input, &Outcome { invalid, ..outcome.clone() });
                notes.extend(show::notes::left_out(&op.left_out));
                Ok(Tabulated { table: Arc::new(table), outcome, notes })
            }
            TableFrom::Edited { input, edit } => {
                let mut of = self.table(input)?;
                let other = match edit {
                    Edit::Join { other, .. } => Some(self.table(other)?),
                    Edit::Filter(_) | Edit::Sort { .. } | Edit::Columns(_) | Edit::Group { .. } => None,
                };
                let right = other.as_ref().map(|other| &*other.table);
                let made = exec::edit(&of.table, edit, right, (&plan.schema.columns, plan.span), &with.limits)?;
                if let Some(other) = other {
                    of.outcome = of.outcome.with(other.outcome);
                    of.notes.extend(other.notes);
                }
                of.notes.extend(made.notes);
                if made.invalid > 0 {
                    of.notes.push(show::notes::no_value(&plural(made.invalid as usize, "cell")));
                }
                let table = kept(plan, Arc::new(made.table));
                Ok(Tabulated { table, ..of })
            }
        }
    }
}

/// The rows that a plan keeps of a table.
fn kept(plan: &TablePlan, table: Arc<Table>) -> Arc<Table> {
    let rows = plan.kept(table.rows());
    if rows == (0..table.rows()) { table } else { Arc::new(table.slice(rows)) }
}

/// What is worth knowing of a run over a plan.
pub(crate) fn notes(plan: &Arc<Plan>, outcome: &Outcome) -> Vec<String> {
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

//! From a bound pipeline to its answer: this function reads like the table of rooms in `lib.rs`.

use crate::cube::Chunk;
use crate::diagnostic::{Diagnostic, Result};
use crate::exec::{self, Job, Limits, Observer, Op, Outcome, RunCx};
use crate::io;
use crate::lang::bind::Bound;
use crate::lang::registry::View;
use crate::plan::{Node, Plan, SinkSpec, optimize};
use crate::settings::Options;
use crate::show::{self, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a pipeline came to.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What was asked to be seen; nothing for a pipeline that saved.
    pub output: Option<Output>,
    /// What was done and where it lies, for people.
    pub report: Option<String>,
    /// Worth knowing: decisions made, values that arithmetic could not give, inputs skipped.
    pub notes: Vec<String>,
    pub outcome: Outcome,
}

/// What a run needs of the session.
pub struct With<'a> {
    pub limits: &'a Limits,
    pub cancel: Arc<AtomicBool>,
    pub observer: &'a dyn Observer,
    pub sources: &'a dyn exec::op::Opener,
}

pub fn answer(bound: &Bound, options: &Options, with: &With, interactive: bool) -> Result<Answer> {
    if options.dry_run || options.explain || bound.view == Some(View::Explain) {
        let text = explain(&bound.plan, with)?;
        let explained = Answer { output: Some(Output::text(text)), ..Answer::default() };
        if options.dry_run || bound.view == Some(View::Explain) || interactive {
            return Ok(explained);
        }
        // What a pipeline gives must be alone on its way out, so the plan goes with the report.
        let ran = compute(bound, with)?;
        let report = explained.output.map(|o| o.plain() + ran.report.as_deref().unwrap_or_default());
        return Ok(Answer { report, ..ran });
    }
    compute(bound, with)
}

fn compute(bound: &Bound, with: &With) -> Result<Answer> {
    let schema = &bound.plan.schema;
    let text = |text: String| {
        let notes = show::notes::undated(&bound.plan);
        Answer { output: Some(Output::text(text)), notes, ..Answer::default() }
    };
    let Some(view) = bound.view else {
        return match &bound.plan.node {
            Node::Write { sink, .. } => save(&bound.plan, sink, with),
            _ => Ok(text(show::text::schema(schema))),
        };
    };
    match view {
        View::Schema => Ok(text(show::text::schema(schema))),
        View::Describe => Ok(text(show::text::describe(&bound.plan))),
        View::Explain => Ok(text(explain(&bound.plan, with)?)),
        View::Stats => {
            let op = prepare(&bound.plan, with)?;
            let cx = RunCx::new(with.cancel.clone());
            let (stats, outcome) = exec::statistics(&op, with.limits, &cx, with.observer)?;
            let output = Some(Output::text(show::text::stats(schema, &stats)));
            Ok(Answer { output, notes: notes(&bound.plan, &outcome), outcome, report: None })
        }
        View::Show => {
            let corner = show::text::corner(&bound.plan)?;
            let (chunk, outcome) = collect(&corner, with)?;
            let output = Some(Output::text(show::text::pixels(schema, &corner.schema, &chunk)));
            Ok(Answer { output, notes: notes(&bound.plan, &outcome), outcome, report: None })
        }
    }
}

fn prepare(plan: &Arc<Plan>, with: &With) -> Result<Arc<Op>> {
    let plan = if with.limits.optimize { optimize::optimize(plan) } else { plan.clone() };
    Op::prepare(&plan, with.sources)
}

/// The pixels of a plan.
pub fn collect(plan: &Arc<Plan>, with: &With) -> Result<(Chunk, Outcome)> {
    let op = prepare(plan, with)?;
    exec::collect(&op, with.limits, &RunCx::new(with.cancel.clone()), with.observer)
}

fn save(plan: &Arc<Plan>, spec: &SinkSpec, with: &With) -> Result<Answer> {
    let at = |d: Box<Diagnostic>| d.or_at(plan.span, "saved here");
    let op = prepare(plan, with)?;
    let schema = op.plan.schema.clone();
    io::check(spec, &schema).map_err(at)?;
    let sink = io::create(spec, &schema).map_err(at)?;
    let mut job = Job::new(op, Some(sink.preferred_tile()), with.limits)?;
    job.tasks.retain(|task| !sink.is_done(&task.region));
    let cx = RunCx::new(with.cancel.clone());
    let take = |region: &crate::cube::Region, chunk: Chunk| {
        cx.add_losses(sink.write(region, chunk)?);
        Ok(())
    };
    let outcome = exec::run(&job, &take, with.limits, &cx, with.observer).map_err(at)?;
    cx.read.go_on()?;
    let written = sink.finish().map_err(at)?;
    let report = Some(show::text::saved(&schema, &written));
    Ok(Answer { output: None, report, notes: notes(plan, &outcome), outcome })
}

/// Logical and optimised plan, tasks, bytes and memory; nothing is read but headers.
fn explain(plan: &Arc<Plan>, with: &With) -> Result<String> {
    let op = prepare(plan, with)?;
    let tile = match &op.plan.node {
        // The chunks of the target shape the tasks; it is planned here, not created.
        Node::Write { sink, .. } => Some(io::planned_tile(sink, &op.plan.schema)?),
        _ => None,
    };
    let job = Job::new(op.clone(), tile, with.limits)?;
    Ok(show::text::explain(plan, &op.plan, &job, with.limits))
}

fn notes(plan: &Arc<Plan>, outcome: &Outcome) -> Vec<String> {
    let mut notes = show::text::pooled(plan);
    notes.extend(show::notes::undated(plan));
    notes.extend(show::notes::thinned(plan));
    notes.extend(show::notes::spread(plan));
    notes.extend(show::notes::outcome(outcome));
    notes
}

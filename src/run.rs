//! From a bound pipeline to its answer. `save` goes through all rooms of `docs/architecture.md`; views need fewer.

#[cfg_attr(not(feature = "pictures"), path = "run/no_picture.rs")]
mod picture;
mod pull;

pub(crate) use picture::answer as picture;
pub use pull::Answer;
pub(crate) use pull::{Tabulated, With, collect, notes, tabulate};

use crate::cube::{Chunk, Losses, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::exec::{self, Job, Op, Outcome, Partial, RunCx, TableOp, Wanted, Whole};
use crate::io::{self, SharedTarget, Sink, Tile};
use crate::lang::bind::BoundPipeline;
use crate::lang::registry::View;
use crate::plan::{AnyPlan, Plan, SinkSpec, TablePlan};
use crate::settings::{Settings, Thumbnails};
use crate::show::html::Files;
use crate::show::{self, Output};
use pull::prepare;
use std::sync::Arc;

/// Computes a pipeline, or says how it would be computed, or both.
pub(crate) fn answer(bound: &BoundPipeline, settings: &Settings, with: &With, interactive: bool) -> Result<Answer> {
    let is_view = bound.view == Some(View::Explain);
    if !(is_view || settings.dry_run || settings.explain) {
        return compute(bound, with);
    }
    let plan = explain(&bound.result, with)?;
    if is_view || settings.dry_run || interactive {
        return Ok(Answer { output: Some(plan), ..Answer::default() });
    }
    // Programs read the output of a pipeline, so nothing may stand beside it: the plan goes with the report.
    let answer = compute(bound, with)?;
    let report = plan.plain() + answer.report.as_deref().unwrap_or_default();
    Ok(Answer { report: Some(report), ..answer })
}

fn compute(bound: &BoundPipeline, with: &With) -> Result<Answer> {
    match &bound.result {
        AnyPlan::Cube(plan) => compute_cube(plan, bound.view, with),
        AnyPlan::Table(plan) => compute_table(plan, bound.view, with),
        AnyPlan::Picture(picture) => picture::answer(picture, with),
    }
}

/// What will be done, in how many tasks, and what it will cost; nothing is read but headers.
fn explain(result: &AnyPlan, with: &With) -> Result<Output> {
    match result {
        AnyPlan::Cube(plan) => explain_cube(plan, with),
        AnyPlan::Table(plan) => explain_table(plan, with),
        AnyPlan::Picture(picture) => explain(&AnyPlan::from(&picture.input), with),
    }
}

fn text(text: String) -> Answer {
    Answer { output: Some(Output::text(text)), ..Answer::default() }
}

/// Bytes of pixels that are read within a moment.
const LITTLE: u64 = 64 << 20;

/// A cube in words, and as a card.
fn carded(plain: String, notes: Vec<String>, plan: &Arc<Plan>, with: &With) -> Result<Answer> {
    let thumbnail = match with.thumbnails {
        Thumbnails::Off => None,
        // A card is worth more than a picture that cannot be drawn.
        Thumbnails::Auto => picture::thumbnail(plan, with, Some(LITTLE)).ok().flatten(),
        Thumbnails::On => picture::thumbnail(plan, with, None)?,
    };
    let page = show::html::cube(plan, &files(plan, with), thumbnail.as_ref());
    let output = Output::text(plain).with("text/html", page);
    Ok(Answer { output: Some(output), notes, ..Answer::default() })
}

/// What is known of the files of a cube that is read from one source, unless that waits for a server.
fn files(plan: &Arc<Plan>, with: &With) -> Files {
    let [(spec, schema)] = plan.scans()[..] else { return Files::default() };
    match with.sources.open(spec, &Arc::new(schema.clone())) {
        Ok(source) if !source.is_far() => {
            let Tile { time, y, x } = source.natural_tile();
            Files { chunks: Some([time, y, x]), attributes: source.attributes() }
        }
        _ => Files::default(),
    }
}

/// The line on a cube, with the notes that every run tells.
fn schema_card(plan: &Arc<Plan>, with: &With) -> Result<Answer> {
    carded(show::text::schema(&plan.schema), notes(plan, &Outcome::default()), plan, with)
}

fn compute_cube(plan: &Arc<Plan>, view: Option<View>, with: &With) -> Result<Answer> {
    let schema = &plan.schema;
    let Some(view) = view else {
        return match plan.sink() {
            Some(sink) => save(plan, sink, with),
            None => schema_card(plan, with),
        };
    };
    match view {
        View::Schema => schema_card(plan, with),
        // It lists the notes itself.
        View::Describe => carded(show::text::describe(plan), show::notes::undated(plan), plan, with),
        View::Explain => Ok(Answer { output: Some(explain_cube(plan, with)?), ..Answer::default() }),
        View::Stats => {
            let op = prepare(plan, with)?;
            let cx = RunCx::new(with.cancel.clone());
            let (stats, outcome) = exec::statistics(&op, &cx, &with.runner())?;
            let output = Some(show::stats(schema, &stats));
            Ok(Answer { output, notes: notes(plan, &outcome), outcome, ..Answer::default() })
        }
        View::Show => {
            let corner = show::text::corner(plan)?;
            let (chunk, outcome) = collect(&corner, with)?;
            let output = Some(show::pixels(schema, &corner.schema, &chunk));
            Ok(Answer { output, notes: notes(plan, &outcome), outcome, ..Answer::default() })
        }
    }
}

/// A table is small: a pipeline that ends in one computes and shows it.
fn compute_table(plan: &Arc<TablePlan>, view: Option<View>, with: &With) -> Result<Answer> {
    match view {
        Some(View::Schema) => return Ok(text(format!("{}\n", plan.schema.summary()))),
        Some(View::Describe) => return Ok(text(show::table::describe(plan))),
        Some(View::Explain) => return Ok(Answer { output: Some(explain_table(plan, with)?), ..Answer::default() }),
        Some(View::Stats) => unreachable!("refused when it was bound"),
        Some(View::Show) | None => {}
    }
    let at = |d: Box<Diagnostic>| d.or_at(plan.span, "saved here");
    if let Some(sink) = &plan.sink {
        io::check_table(sink).map_err(at)?;
    }
    let target = plan.sink.as_ref().map(io::table::hold).transpose().map_err(at)?;
    let Tabulated { table, outcome, notes: told } = tabulate(plan, with)?;
    let mut notes = plan.schema.notes.clone();
    for note in told {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    match plan.sink.as_ref().zip(target) {
        Some((sink, target)) => {
            let written = io::table::write(sink, &table, target).map_err(at)?;
            notes.extend(written.notes.iter().cloned());
            let report = Some(show::table::saved(&table, &written));
            Ok(Answer { output: None, report, files: written.paths, notes, outcome })
        }
        None => Ok(Answer { output: Some(show::table::output(&table)), notes, outcome, ..Answer::default() }),
    }
}

fn explain_table(plan: &Arc<TablePlan>, with: &With) -> Result<Output> {
    let mut computed = Vec::new();
    for (plan, input, rows) in plan.of_pixels() {
        let cx = RunCx::new(with.cancel.clone());
        let op = TableOp::prepare(plan, (input, rows), &*with.sources, &with.limits, &cx)?;
        let job = exec::plan_table(&op, &with.limits, &cx)?;
        computed.push((op, job));
    }
    let page = show::tree::explain_table(plan, &computed);
    Ok(Output::text(show::table::explain(plan, &computed)).with("text/html", page))
}

/// Optimizes and opens the plan, creates its sink, cuts it into tasks, computes and writes those, and finishes.
fn save(plan: &Arc<Plan>, spec: &SinkSpec, with: &With) -> Result<Answer> {
    let at = |d: Box<Diagnostic>| d.or_at(plan.span, "saved here");
    let op = prepare(plan, with)?;
    let schema = op.plan.schema.clone();
    io::check(spec, &schema).map_err(at)?;
    let sink = io::create(spec, &schema).map_err(at)?;
    let executor = with.executor.as_ref();
    let shared = executor.and_then(|executor| sink.shared().filter(|target| executor.shares(target)));
    let (mut job, shared) = cut(&op, &*sink, shared, with)?;
    // Whoever remembers what is done wants the job as it was.
    if !executor.is_some_and(|executor| executor.remembers()) {
        job.leave_out(|part| sink.is_done(part));
    }
    let cx = RunCx::new(with.cancel.clone());
    let runner = with.runner();
    let outcome = match shared {
        // Whoever computes a part writes it.
        Some(target) => {
            let written = Written { sink: &*sink, target };
            let take = |region: &Region, losses: Losses| {
                cx.add_losses(losses);
                sink.note(region)
            };
            runner.run((&op, &job), &written, &take, &cx)
        }
        None => {
            let take = |region: &Region, chunk: Chunk| {
                cx.add_losses(sink.write(region, chunk)?);
                Ok(())
            };
            runner.run((&op, &job), &Whole, &take, &cx)
        }
    };
    let outcome = outcome.map_err(at)?;
    cx.read.go_on()?;
    let written = sink.finish().map_err(at)?;
    let report = Some(show::text::saved(&schema, &written));
    let notes = [notes(plan, &outcome), written.notes].concat();
    Ok(Answer { output: None, report, files: written.paths, notes, outcome })
}

/// The job of a target, which others write to if what they would bring at a time fits their memory.
fn cut(op: &Op, sink: &dyn Sink, shared: Option<SharedTarget>, with: &With) -> Result<(Job, Option<SharedTarget>)> {
    let tile = sink.preferred_tile();
    if let Some(target) = shared {
        match Job::new(op, Some(target.tile), &with.limits) {
            Err(d) if d.code == codes::OUT_OF_MEMORY && target.tile != tile => {}
            job => return Ok((job?, Some(target))),
        }
    }
    Ok((Job::new(op, Some(tile), &with.limits)?, None))
}

/// Writes parts of a target, into which other processes can write.
struct Written<'a> {
    sink: &'a dyn Sink,
    target: SharedTarget,
}

impl Partial for Written<'_> {
    type Made = Losses;

    fn wanted(&self) -> Wanted {
        Wanted::Written(Box::new(self.target.clone()))
    }

    fn make(&self, region: &Region, chunk: Chunk, _: &RunCx) -> Result<Losses> {
        self.sink.write(region, chunk)
    }
}

fn explain_cube(plan: &Arc<Plan>, with: &With) -> Result<Output> {
    let op = prepare(plan, with)?;
    // The chunks of the target shape the tasks; it is planned here, not created.
    let tile = plan.sink().map(|sink| io::planned_tile(sink, &op.plan.schema)).transpose()?;
    let mut job = Job::new(&op, tile, &with.limits)?;
    if plan.sink().is_some_and(|sink| sink.refers.is_some()) {
        // A sink that refers to pixels where they lie reads and writes none of them.
        (job.tasks, job.bytes_to_read) = (Vec::new(), 0);
    }
    let page = show::tree::explain(plan, &op.plan, &job, &with.limits);
    Ok(Output::text(show::text::explain(plan, &op.plan, &job, &with.limits)).with("text/html", page))
}

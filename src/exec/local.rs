//! Runs a job on this machine: a pool of threads that take the tasks in order.

use super::cx::{RunCx, TaskCx};
use super::limits::Limits;
use super::observe::{Observer, Progress};
use super::op::Op;
use super::tasks::Job;
use super::threads;
use super::waiting;
use crate::cube::{Chunk, Losses, Region};
use crate::diagnostic::{Diagnostic, Result};
use crate::io::{SkippedInput, requests};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What a run counted, beside its result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Tasks that ran.
    pub tasks: usize,
    /// Decoded bytes that were read.
    pub bytes_read: u64,
    /// Pixels that arithmetic had no value for.
    pub invalid: u64,
    pub(crate) losses: Losses,
    /// Inputs that were passed over.
    pub skipped: Vec<SkippedInput>,
    /// What inputs said otherwise than the first of their series, as notes.
    pub noticed: Vec<String>,
    /// Files the plan is read from, where its sources can say.
    pub inputs: Option<usize>,
}

impl Outcome {
    /// What two runs come to together.
    pub(crate) fn with(mut self, other: Outcome) -> Outcome {
        self.tasks += other.tasks;
        self.bytes_read += other.bytes_read;
        self.invalid += other.invalid;
        self.losses += other.losses;
        self.skipped.extend(other.skipped);
        self.noticed.extend(other.noticed);
        self.inputs = match (self.inputs, other.inputs) {
            (Some(own), Some(others)) => Some(own + others),
            (own, others) => own.or(others),
        };
        self
    }
}

/// Computes every task of a job of `op` and hands its chunk to `take`, from many threads.
///
/// # Errors
/// The first failure; the tasks that have not begun are not computed.
pub(crate) fn run(
    op: &Op,
    job: &Job,
    take: &(dyn Fn(&Region, Chunk) -> Result<()> + Sync),
    limits: &Limits,
    cx: &RunCx,
    observer: &dyn Observer,
) -> Result<Outcome> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let pixels_done = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let failure: Mutex<Option<Box<Diagnostic>>> = Mutex::new(None);
    let pixels = job.tasks.iter().map(|t| t.region.pixels() as u64).sum();
    let progress = || Progress {
        tasks_done: done.load(Ordering::Relaxed),
        tasks: job.tasks.len(),
        pixels_done: pixels_done.load(Ordering::Relaxed),
        pixels,
        bytes_read: cx.read.bytes_read.load(Ordering::Relaxed),
        bytes_to_read: job.bytes_to_read,
    };
    observer.started("", progress());
    let threads = job.threads(op.at_once(limits.threads)).max(1);
    // What a task's threads decode is what as many tasks would.
    cx.set_threads_a_task((limits.threads.min(job.at_once) / threads).max(1));
    limits.hold_for_requests();
    let _run = requests::begin_run();
    let pool = threads::pool(threads);
    let work = || {
        let _patience = requests::wait_until(&cx.read.cancel);
        while !failed.load(Ordering::Relaxed) {
            let Some(task) = job.tasks.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            let task_cx = TaskCx::new(cx, job.keep);
            op.announce(&task.region, &task_cx);
            let result = task.parts(job.stride).try_for_each(|part| {
                let chunk = op.pull(&part, &task_cx)?;
                cx.read.go_on()?;
                take(&part, chunk)?;
                task_cx.next_part();
                pixels_done.fetch_add(part.pixels() as u64, Ordering::Relaxed);
                Ok(())
            });
            match result {
                Ok(()) => {
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Err(diagnostic) => {
                    failed.store(true, Ordering::Relaxed);
                    let mut slot = failure.lock().unwrap_or_else(|e| e.into_inner());
                    slot.get_or_insert(diagnostic);
                }
            }
        }
    };
    // A task may take long, so progress is reported while it is computed, too.
    let report = || {
        observer.progress(progress());
        waiting::tell(observer);
    };
    waiting::beside(report, || {
        // Each thread has its own turn, which no other takes over: a task may wait for what another one computes.
        match &pool {
            Some(pool) => drop(pool.broadcast(|_| work())),
            None => work(),
        }
    });
    observer.finished();
    if let Some(diagnostic) = failure.into_inner().unwrap_or_else(|e| e.into_inner()) {
        return Err(diagnostic);
    }
    Ok(outcome(op, job, cx))
}

/// What a run has counted once all its tasks are done.
pub(super) fn outcome(op: &Op, job: &Job, cx: &RunCx) -> Outcome {
    Outcome {
        tasks: job.tasks.len(),
        bytes_read: cx.read.bytes_read.load(Ordering::Relaxed),
        invalid: cx.invalid.load(Ordering::Relaxed),
        losses: cx.losses(),
        skipped: cx.read.skipped(),
        noticed: cx.read.noticed(),
        inputs: op.sources().into_iter().map(|source| source.inputs()).sum(),
    }
}

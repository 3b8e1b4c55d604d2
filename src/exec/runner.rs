//! Who computes a run, with what, and who is told of it.

use super::cx::RunCx;
use super::executor::{Counted, Done, Executor, Work};
use super::limits::Limits;
use super::local::{self, Outcome};
use super::observe::{Observer, Progress};
use super::op::Op;
use super::partial::{Partial, from_bytes};
use super::tasks::Job;
use crate::cube::Region;
use crate::diagnostic::{Result, public_options};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

/// Who computes a run.
#[derive(Clone, Copy)]
pub(crate) struct Runner<'a> {
    pub limits: &'a Limits,
    pub observer: &'a dyn Observer,
    /// Computes the tasks where this process does not.
    pub executor: Option<&'a dyn Executor>,
    /// Options of GDAL that whoever computes has to set, too.
    pub options: &'a BTreeMap<String, String>,
}

impl Runner<'_> {
    /// Computes every task of a job of `op`; what `partial` makes of the chunks goes to `take`, from many threads.
    ///
    /// # Errors
    /// The first failure; the tasks that have not begun are not computed.
    pub(crate) fn run<P: Partial>(
        &self,
        (op, job): (&Op, &Job),
        partial: &P,
        take: &(dyn Fn(&Region, P::Made) -> Result<()> + Sync),
        cx: &RunCx,
    ) -> Result<Outcome> {
        match self.executor {
            None => {
                let made = |region: &Region, chunk| take(region, partial.make(region, chunk, cx)?);
                local::run(op, job, &made, self.limits, cx, self.observer)
            }
            Some(executor) => self.run_on(executor, (op, job), partial, take, cx),
        }
    }

    fn run_on<P: Partial>(
        &self,
        executor: &dyn Executor,
        (op, job): (&Op, &Job),
        partial: &P,
        take: &(dyn Fn(&Region, P::Made) -> Result<()> + Sync),
        cx: &RunCx,
    ) -> Result<Outcome> {
        let (limits, options) = (self.limits.clone(), public_options(self.options));
        let work = Work { job: job.clone(), wanted: partial.wanted(), limits, options };
        let begun = Progress {
            tasks: job.tasks.len(),
            pixels: job.tasks.iter().map(|task| task.region.pixels() as u64).sum(),
            bytes_to_read: job.bytes_to_read,
            ..Progress::default()
        };
        self.observer.started("", begun);
        let progress = Mutex::new(begun);
        let delivered = |done: Done| {
            for (region, bytes) in &done.made {
                take(region, from_bytes(bytes)?)?;
            }
            add(cx, done.counted);
            let mut progress = progress.lock().unwrap_or_else(|e| e.into_inner());
            progress.tasks_done += done.tasks.len();
            progress.pixels_done += done.made.iter().map(|(region, _)| region.pixels() as u64).sum::<u64>();
            progress.bytes_read = cx.read.bytes_read.load(Ordering::Relaxed);
            let progress = *progress;
            self.observer.progress(progress);
            Ok(())
        };
        let result = match job.tasks.is_empty() {
            true => Ok(()),
            false => executor.run(&work, &delivered, &cx.read.cancel),
        };
        self.observer.finished();
        result.map(|()| local::outcome(op, job, cx))
    }
}

fn add(cx: &RunCx, counted: Counted) {
    cx.read.add_bytes(counted.bytes_read);
    cx.add_invalid(counted.invalid);
    cx.add_losses(counted.losses);
    counted.skipped.into_iter().for_each(|input| cx.read.add_skipped(input));
    counted.noticed.into_iter().for_each(|note| cx.read.notice(note));
}

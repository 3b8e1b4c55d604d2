//! Computes tasks of a work that another process has planned.

use super::cx::RunCx;
use super::executor::{Counted, Done, Work};
#[cfg(feature = "pictures")]
use super::histogram::IntoBins;
use super::limits::Limits;
use super::local;
use super::observe::Observer;
use super::op::Op;
use super::partial::{Partial, Wanted, Whole, to_bytes};
use super::prepare::Opener;
use super::stats::OfBands;
use super::table::{RowMaker, TableOp};
use super::tasks::Task;
use crate::cube::{Chunk, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::{Sink, join};
use crate::plan::TableFrom;
use serde_bytes::ByteBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A work whose sources are open.
pub(crate) struct Worker {
    work: Work,
    op: Arc<Op>,
    maker: Maker,
}

/// What makes of chunks what is wanted.
enum Maker {
    Pixels,
    Statistics(OfBands),
    #[cfg(feature = "pictures")]
    Bins(IntoBins),
    Rows(Box<RowMaker>),
    Written(Box<dyn Sink>),
}

impl Worker {
    /// Opens the sources of a work, and its target where tasks are written by whoever computes them.
    ///
    /// # Errors
    /// What opening a source fails with, and `E0405` where the target cannot be seen from here.
    pub(crate) fn open(work: Work, open: &dyn Opener, cancel: Arc<AtomicBool>) -> Result<Worker> {
        let limits = &work.limits;
        let cx = RunCx::new(cancel);
        let prepared = || Op::prepare(&work.job.plan, open, limits);
        let (op, maker) = match &work.wanted {
            Wanted::Pixels => (prepared()?, Maker::Pixels),
            Wanted::Statistics => {
                let op = prepared()?;
                let nodata = op.schema().nodata();
                (op, Maker::Statistics(OfBands { nodata }))
            }
            #[cfg(feature = "pictures")]
            Wanted::Bins(empty) => {
                let op = prepared()?;
                let nodata = op.schema().nodata();
                (op, Maker::Bins(IntoBins { empty: empty.clone(), nodata }))
            }
            Wanted::Rows(plan) => {
                let TableFrom::Pixels { input, rows } = &plan.from else {
                    return Err(Diagnostic::new(codes::BAD_JOB, "a table that is known has no tasks"));
                };
                let op = TableOp::prepare(plan, (input, rows), open, limits, &cx)?;
                (op.input.clone(), Maker::Rows(Box::new(RowMaker::new(op, limits, &cx)?)))
            }
            Wanted::Written(target) => {
                let op = prepared()?;
                let sink = join(target, &op.plan.schema)?;
                (op, Maker::Written(sink))
            }
        };
        Ok(Worker { op, maker, work })
    }

    /// Computes tasks of the work.
    ///
    /// # Errors
    /// The first failure, and `E0401` once `cancel` is set.
    pub(crate) fn compute(
        &self,
        tasks: Vec<Task>,
        threads: usize,
        cancel: Arc<AtomicBool>,
        observer: &dyn Observer,
    ) -> Result<Done> {
        let cx = RunCx::new(cancel);
        let job = self.work.job.with_tasks(tasks);
        let limits = Limits { threads, ..self.work.limits.clone() };
        let made: Mutex<Vec<(Region, ByteBuf)>> = Mutex::default();
        let take = |region: &Region, chunk: Chunk| {
            let bytes = self.make(region, chunk, &cx)?;
            made.lock().unwrap_or_else(|e| e.into_inner()).push((region.clone(), bytes.into()));
            Ok(())
        };
        local::run(&self.op, &job, &take, &limits, &cx, observer)?;
        cx.read.go_on()?;
        let mut made = made.into_inner().unwrap_or_else(|e| e.into_inner());
        // The same bytes, whichever thread was first.
        made.sort_by_key(|(region, _)| (region.time.start, region.y.start, region.x.start));
        let counted = Counted {
            bytes_read: cx.read.bytes_read.load(Ordering::Relaxed),
            invalid: cx.invalid.load(Ordering::Relaxed),
            losses: cx.losses(),
            skipped: cx.read.skipped(),
            noticed: cx.read.noticed(),
        };
        Ok(Done { tasks: job.tasks.iter().map(|task| task.id).collect(), made, counted })
    }

    fn make(&self, region: &Region, chunk: Chunk, cx: &RunCx) -> Result<Vec<u8>> {
        match &self.maker {
            Maker::Pixels => Whole.make(region, chunk, cx).map(|made| to_bytes(&made)),
            Maker::Statistics(of_bands) => of_bands.make(region, chunk, cx).map(|made| to_bytes(&made)),
            #[cfg(feature = "pictures")]
            Maker::Bins(into) => into.make(region, chunk, cx).map(|made| to_bytes(&made)),
            Maker::Rows(rows) => rows.make(region, chunk, cx),
            Maker::Written(sink) => sink.write(region, chunk).map(|losses| to_bytes(&losses)),
        }
    }
}

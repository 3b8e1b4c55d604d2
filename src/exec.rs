//! Computes plans: cut into tasks that fit the memory, each pulled region by region, on a pool of threads.

mod collect;
mod fill;
mod gaps;
mod histogram;
mod join;
mod local;
mod mask;
mod observe;
pub mod op;
pub mod ops;
mod project;
mod pull;
mod reduce;
mod space;
mod stats;
mod table;
pub mod tasks;
mod warp;
mod window;

pub use collect::collect;
pub use histogram::{Bins, histogram};
pub use local::{Outcome, run};
pub use observe::{Observer, Progress, Silent};
pub use op::Op;
pub use stats::{BandStats, statistics};
pub use table::{TableJob, TableOp, plan as plan_table, tabulate};
pub use tasks::{Job, Task};

use crate::cube::{Chunk, Losses, Region};
use crate::io::ReadCx;
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How a run may use the machine.
#[derive(Clone, Debug)]
pub struct Limits {
    pub threads: usize,
    /// Bytes the tasks in flight may hold.
    pub memory: u64,
    /// Pixels along an edge of a task instead of what the planner would choose; for tests.
    pub tile: Option<usize>,
    pub optimize: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            threads: std::thread::available_parallelism().map_or(1, |n| n.get()),
            memory: crate::exec::tasks::half_of_memory(),
            tile: None,
            optimize: true,
        }
    }
}

/// What all tasks of a run share.
pub struct RunCx {
    pub read: ReadCx,
    /// Results that arithmetic could not give: a division by zero, the logarithm of a negative number.
    pub invalid: AtomicU64,
    lost: AtomicU64,
    clamped: AtomicU64,
}

impl RunCx {
    pub fn new(cancel: Arc<AtomicBool>) -> RunCx {
        RunCx {
            read: ReadCx::new(cancel),
            invalid: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            clamped: AtomicU64::new(0),
        }
    }

    pub fn add_invalid(&self, count: u64) {
        self.invalid.fetch_add(count, Ordering::Relaxed);
    }

    /// Values that the type of a band or of a file could not take.
    pub fn add_losses(&self, losses: Losses) {
        self.lost.fetch_add(losses.missing, Ordering::Relaxed);
        self.clamped.fetch_add(losses.clamped, Ordering::Relaxed);
    }

    pub fn losses(&self) -> Losses {
        Losses { missing: self.lost.load(Ordering::Relaxed), clamped: self.clamped.load(Ordering::Relaxed) }
    }
}

/// What one task keeps while it is computed.
pub struct TaskCx<'a> {
    pub run: &'a RunCx,
    /// Chunks of operators that are asked for more than once.
    shared: Mutex<HashMap<(usize, Region), Arc<Chunk>>>,
    /// What operators keep for the steps that come next, by the operator.
    carried: Mutex<HashMap<usize, Box<dyn Any + Send>>>,
}

impl<'a> TaskCx<'a> {
    pub fn new(run: &'a RunCx) -> TaskCx<'a> {
        TaskCx { run, shared: Mutex::default(), carried: Mutex::default() }
    }

    /// Takes out what an operator carried over from the steps before.
    ///
    /// It may only save work: an operator that finds nothing, or what belongs to other steps, computes the same without.
    fn carried<T: 'static>(&self, op: &Op) -> Option<T> {
        let mut carried = self.carried.lock().unwrap_or_else(|e| e.into_inner());
        carried.remove(&op.id).and_then(|kept| kept.downcast().ok()).map(|kept| *kept)
    }

    fn carry<T: Send + 'static>(&self, op: &Op, kept: T) {
        self.carried.lock().unwrap_or_else(|e| e.into_inner()).insert(op.id, Box::new(kept));
    }

    /// Goes on to the next steps: what is shared between operators is shared for one part of the task.
    fn next_part(&self) {
        self.shared.lock().unwrap_or_else(|e| e.into_inner()).clear();
    }
}

//! What the tasks of a run share, and what one task keeps while it is computed.

use super::ahead::Ahead;
use crate::cube::{Chunk, Losses, Region};
use crate::io::ReadCx;
use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What all tasks of a run share.
pub(crate) struct RunCx {
    pub read: ReadCx,
    /// Results that arithmetic could not give: a division by zero, the logarithm of a negative number.
    pub invalid: AtomicU64,
    lost: AtomicU64,
    clamped: AtomicU64,
    /// How many threads each task may use.
    threads_a_task: AtomicUsize,
}

impl RunCx {
    pub(crate) fn new(cancel: Arc<AtomicBool>) -> RunCx {
        RunCx {
            read: ReadCx::new(cancel),
            invalid: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            clamped: AtomicU64::new(0),
            threads_a_task: AtomicUsize::new(1),
        }
    }

    pub(super) fn threads_a_task(&self) -> usize {
        self.threads_a_task.load(Ordering::Relaxed)
    }

    pub(super) fn set_threads_a_task(&self, threads: usize) {
        self.threads_a_task.store(threads.max(1), Ordering::Relaxed);
    }

    pub(crate) fn add_invalid(&self, count: u64) {
        self.invalid.fetch_add(count, Ordering::Relaxed);
    }

    /// Counts values that did not fit the type of a band or of a file.
    pub(crate) fn add_losses(&self, losses: Losses) {
        self.lost.fetch_add(losses.missing, Ordering::Relaxed);
        self.clamped.fetch_add(losses.clamped, Ordering::Relaxed);
    }

    pub(crate) fn losses(&self) -> Losses {
        Losses { missing: self.lost.load(Ordering::Relaxed), clamped: self.clamped.load(Ordering::Relaxed) }
    }
}

/// What one task keeps while it is computed.
pub(crate) struct TaskCx<'a> {
    pub run: &'a RunCx,
    /// Bytes up to which the steps of a climatology are kept, as the planner decided ([`crate::exec::Job::keep`]).
    pub keep: u64,
    /// Chunks of operators that are asked for more than once.
    shared: Mutex<HashMap<(usize, Region), Arc<Chunk>>>,
    /// What will be read of each source that lies on servers.
    ahead: Mutex<HashMap<usize, Arc<Ahead>>>,
    /// What each operator keeps for the steps that come next, with the rows, columns and bands to which it belongs.
    carried: Mutex<HashMap<usize, (Region, Box<dyn Any + Send>)>>,
}

impl<'a> TaskCx<'a> {
    pub(crate) fn new(run: &'a RunCx, keep: u64) -> TaskCx<'a> {
        TaskCx { run, keep, shared: Mutex::default(), ahead: Mutex::default(), carried: Mutex::default() }
    }

    /// What will be read of the source of the operator `id`.
    pub(super) fn ahead(&self, id: usize) -> Arc<Ahead> {
        self.ahead.lock().unwrap_or_else(|e| e.into_inner()).entry(id).or_default().clone()
    }

    /// Takes out what the operator `id` carried over from the steps before, if it belongs to the same rows, columns and
    /// bands.
    ///
    /// It only saves work: an operator that finds nothing, or something of other steps, computes the same result
    /// without it.
    pub(crate) fn carried<T: 'static>(&self, id: usize, region: &Region) -> Option<T> {
        let mut carried = self.carried.lock().unwrap_or_else(|e| e.into_inner());
        let (_, kept) = carried.remove(&id).filter(|(of, _)| *of == region.with_time(0..0))?;
        kept.downcast().ok().map(|kept| *kept)
    }

    pub(crate) fn carry<T: Send + 'static>(&self, id: usize, region: &Region, kept: T) {
        let mut carried = self.carried.lock().unwrap_or_else(|e| e.into_inner());
        carried.insert(id, (region.with_time(0..0), Box::new(kept)));
    }

    /// The pixels of a region of the operator `id`: those kept from an earlier call, or those of `compute`, which are
    /// kept.
    pub(crate) fn once<E>(
        &self,
        id: usize,
        region: &Region,
        compute: impl FnOnce() -> Result<Chunk, E>,
    ) -> Result<Chunk, E> {
        let key = (id, region.clone());
        let lock = || self.shared.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(chunk) = lock().get(&key) {
            return Ok((**chunk).clone());
        }
        let chunk = compute()?;
        lock().insert(key, Arc::new(chunk.clone()));
        Ok(chunk)
    }

    /// Begins the next part of the task. Chunks that operators share are kept for one part only.
    pub(crate) fn next_part(&self) {
        self.shared.lock().unwrap_or_else(|e| e.into_inner()).clear();
    }
}

//! Chunks of several regions that are computed at a time, where a job has fewer tasks than threads, and taken in their order.
//!
//! A result of one small chunk may be made of thousands of steps. Each is read and warped on a thread of its own; only what
//! is done with them in the end keeps to their order, so that the result does not depend on how many threads there were.

use super::cx::TaskCx;
use super::threads::STACK;
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use crate::io::requests;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::Builder;

thread_local! {
    /// This thread computes one of several regions already, below which no more threads are begun.
    static IS_ONE: Cell<bool> = const { Cell::new(false) };
}

/// What the threads know of each other.
#[derive(Default)]
struct State {
    /// The first region that nobody computes.
    next: usize,
    /// How many were taken.
    taken: usize,
    /// Chunks that are computed before their turn.
    ready: BTreeMap<usize, Result<Chunk>>,
    is_over: bool,
}

struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(|e| e.into_inner())
    }

    /// The next region to compute, as soon as no more than `most` lie before it that were not taken.
    fn claim(&self, count: usize, most: usize) -> Option<usize> {
        let mut state = self.lock();
        while !state.is_over && state.next < count {
            if state.next < state.taken + most {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.wait(state);
        }
        None
    }

    fn hand_in(&self, at: usize, chunk: Result<Chunk>) {
        self.lock().ready.insert(at, chunk);
        self.changed.notify_all();
    }

    /// The chunk whose turn it is; nothing where none comes any more.
    fn take(&self) -> Option<Result<Chunk>> {
        let mut state = self.lock();
        loop {
            let turn = state.taken;
            if let Some(chunk) = state.ready.remove(&turn) {
                state.taken += 1;
                self.changed.notify_all();
                return Some(chunk);
            }
            if state.is_over {
                return None;
            }
            state = self.wait(state);
        }
    }
}

/// Ends the work of all when its thread ends it, for whatever reason.
struct End<'a>(&'a Board);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.changed.notify_all();
    }
}

/// Computes the chunks of `regions` by `pull`, on as many threads as are idle, and hands each to `take`, in their order.
///
/// # Errors
/// The first failure of either, by the order of the regions.
pub(super) fn pull_in_order(
    cx: &TaskCx,
    regions: &[Region],
    pull: &(dyn Fn(&Region) -> Result<Chunk> + Sync),
    take: &mut dyn FnMut(&Region, Chunk) -> Result<()>,
) -> Result<()> {
    let threads = if IS_ONE.get() { 1 } else { cx.run.threads_a_task().min(regions.len()) };
    if threads < 2 {
        return regions.iter().try_for_each(|region| take(region, pull(region)?));
    }
    let board = Board { state: Mutex::default(), changed: Condvar::new() };
    let work = || {
        IS_ONE.set(true);
        crate::io::init_thread();
        let _patience = requests::wait_until(&cx.run.read.cancel);
        while let Some(at) = board.claim(regions.len(), threads + 1) {
            // Where computing panics, nobody waits for what it would have handed in.
            let end = End(&board);
            let chunk = pull(&regions[at]);
            std::mem::forget(end);
            board.hand_in(at, chunk);
        }
    };
    std::thread::scope(|scope| {
        let _end = End(&board);
        let begun = (0..threads).filter(|_| Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_ok()).count();
        // Those that could be had do all; without any it is done here.
        if begun == 0 {
            return regions.iter().try_for_each(|region| take(region, pull(region)?));
        }
        for region in regions {
            let Some(chunk) = board.take() else { break };
            take(region, chunk?)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::cube::Pixels;
    use crate::diagnostic::{Diagnostic, codes};
    use crate::exec::cx::RunCx;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn regions(count: usize) -> Vec<Region> {
        (0..count).map(|t| Region { time: t..t + 1, bands: vec![0], y: 0..1, x: 0..1 }).collect()
    }

    fn chunk(region: &Region) -> Chunk {
        Chunk { shape: [1, 1, 1], bands: vec![Pixels::F64(vec![region.time.start as f64])] }
    }

    /// The values that were taken, or the failure, where `pull` is asked for each of 40 regions on so many threads.
    fn taken(threads: usize, pull: &(dyn Fn(&Region) -> Result<Chunk> + Sync)) -> (Vec<f64>, Option<String>) {
        let run = RunCx::new(Arc::default());
        run.set_threads_a_task(threads);
        let cx = TaskCx::new(&run, 0);
        let mut values = Vec::new();
        let done = pull_in_order(&cx, &regions(40), pull, &mut |_, chunk| {
            values.extend(chunk.bands[0].to_f64());
            Ok(())
        });
        (values, done.err().map(|e| e.message.clone()))
    }

    #[test]
    fn chunks_come_in_order_and_few_wait() {
        for threads in [1, 2, 7] {
            let (begun, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let (values, failure) = taken(threads, &|region| {
                let ahead = begun.fetch_add(1, Ordering::SeqCst) + 1 - done.load(Ordering::SeqCst);
                assert!(ahead <= threads, "{ahead} at a time");
                std::thread::sleep(std::time::Duration::from_micros(50 * (region.time.start as u64 * 7 % 5)));
                done.fetch_add(1, Ordering::SeqCst);
                Ok(chunk(region))
            });
            assert_eq!((values, failure), ((0..40).map(f64::from).collect(), None));
        }
    }

    #[test]
    fn the_first_failure_by_order_is_told() {
        for threads in [1, 3] {
            let (values, failure) = taken(threads, &|region| match region.time.start {
                n @ (5 | 6) => Err(Diagnostic::new(codes::READ_FAILED, format!("step {n}"))),
                _ => Ok(chunk(region)),
            });
            assert_eq!((values, failure), ((0..5).map(f64::from).collect(), Some("step 5".into())));
        }
    }

    #[test]
    fn a_panic_ends_all() {
        let caught = std::panic::catch_unwind(|| {
            taken(3, &|region| if region.time.start == 9 { panic!("9") } else { Ok(chunk(region)) })
        });
        assert!(caught.is_err());
    }
}

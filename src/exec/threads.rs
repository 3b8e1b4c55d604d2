//! Threads of rayon on machines that allow few: where none can be had, the one that is here does all.

use std::mem;
use std::sync::{Mutex, OnceLock};
use std::thread;

/// The stack of a worker: plans are pulled by recursion, which takes a few frames for each stage.
pub(super) const STACK: usize = 32 << 20;

/// Threads that stand beside those of a pool: they watch for signals, report, and read headers.
const BESIDE: usize = 4;

/// A pool of so many threads, or of fewer where the system allows no more; of the calling thread alone where it allows none.
/// Nothing within another pool.
pub(super) fn pool(threads: usize) -> Option<rayon::ThreadPool> {
    let begin = |_| crate::io::init_thread();
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
        pool.start_handler(begin).build().ok()
    };
    let pool = std::iter::successors(Some(threads), |n| (*n > 1).then_some(n / 2)).find_map(of);
    pool.or_else(|| {
        crate::io::init_thread();
        here()
    })
}

/// Makes ready for parallel loops outside of a pool, which rayon runs on one that it makes for all processors, or panics.
/// Where the system does not allow that, they run on the calling thread from now on.
pub(crate) fn begin() {
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    let is_allowed = || {
        let wanted = thread::available_parallelism().map_or(1, |n| n.get()) + BESIDE;
        // All of them are there at a time: each waits for the gate.
        let gate = Mutex::new(());
        let shut = gate.lock();
        thread::scope(|scope| {
            let spawned = |_: &usize| thread::Builder::new().spawn_scoped(scope, || drop(gate.lock())).is_ok();
            let count = (0..wanted).take_while(spawned).count();
            drop(shut);
            count == wanted
        })
    };
    if !ALLOWED.get_or_init(is_allowed) && rayon::current_thread_index().is_none() {
        mem::forget(here());
    }
}

/// A pool of the calling thread.
fn here() -> Option<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok()
}

//! Tells observers of servers that do not answer, beside the work that waits for them.

use super::observe::Observer;
use crate::io::requests;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, Thread};
use std::time::Duration;

/// The time between two reports.
const TICK: Duration = Duration::from_millis(100);

/// A wait for a server that is told.
const LONG: Duration = Duration::from_secs(3);

/// Ends the reports with the work, also where that panics.
struct Ends<'a> {
    working: &'a AtomicBool,
    ticker: &'a Thread,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.working.store(false, Ordering::Relaxed);
        self.ticker.unpark();
    }
}

/// Does `work` on this thread; another calls `report` from time to time until it is done.
pub(super) fn beside<R>(report: impl Fn() + Sync, work: impl FnOnce() -> R) -> R {
    let working = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let ticker = Builder::new().spawn_scoped(scope, || {
            while working.load(Ordering::Relaxed) {
                std::thread::park_timeout(TICK);
                report();
            }
        });
        // Where no thread can be had, work is done without a word on it.
        let _ends = ticker.as_ref().ok().map(|ticker| Ends { working: &working, ticker: ticker.thread() });
        work()
    })
}

/// Tells of a server that has not answered for long; whether there was one.
pub(super) fn tell(observer: &dyn Observer) -> bool {
    let slow = requests::longest().filter(|(_, time)| *time >= LONG);
    slow.iter().for_each(|(host, time)| observer.waiting(host, *time));
    slow.is_some()
}

/// Does what may wait for servers before a run, and tells of those that do not answer.
pub(crate) fn told_of<R>(observer: &dyn Observer, work: impl FnOnce() -> R) -> R {
    let has_told = AtomicBool::new(false);
    let report = || {
        if tell(observer) {
            has_told.store(true, Ordering::Relaxed);
        } else if has_told.swap(false, Ordering::Relaxed) {
            observer.waited();
        }
    };
    let result = beside(report, work);
    if has_told.into_inner() {
        observer.waited();
    }
    result
}

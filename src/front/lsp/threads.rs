//! Threads of the server, none of which ends by a fault in the program or in what it is asked.

use std::panic::{self, AssertUnwindSafe};
use std::thread;

/// The stack of a thread that binds programs, which goes deeper than the system's for long pipelines.
const STACK: usize = 32 << 20;

/// Starts a thread. Where none can be had, what it was to do is left undone.
pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) {
    let builder = thread::Builder::new().name(name.into()).stack_size(STACK);
    let started = builder.spawn(work);
    if let Err(error) = started {
        eprintln!("rastra lsp: no thread to {name}: {error}");
    }
}

/// Does something, and gives nothing where that panics.
pub(super) fn guarded<R>(work: impl FnOnce() -> R) -> Option<R> {
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Lets a panic say where it happened and nothing of what is edited, since editors keep standard error in a log.
pub(super) fn keep_silent() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |at| format!(" in {}, line {}", at.file(), at.line()));
        eprintln!("rastra lsp: a fault of this program{place}; it goes on");
    }));
}

//! Ctrl-C and `kill`: the first asks the run to stop, the second ends the process at once.

use crate::io::target;
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// Listens for signals until the process ends.
#[derive(Clone)]
pub(super) struct Watch(Arc<State>);

struct State {
    cancel: Arc<AtomicBool>,
    running: AtomicBool,
    /// The signal that stopped the run; 0 for none.
    received: AtomicI32,
}

impl Watch {
    /// Starts listening. A signal sets `cancel` while something runs, and ends the process at other times.
    pub(super) fn start(cancel: Arc<AtomicBool>) -> Watch {
        let state = State { cancel, running: AtomicBool::new(false), received: AtomicI32::new(0) };
        let watch = Watch(Arc::new(state));
        // A limit on the size of files makes a write fail, as a full disk does, and does not end the process.
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
        // Where signals cannot be caught, they end the process, which only leaves partial files behind.
        if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) {
            let state = watch.0.clone();
            // Nor where no thread can be had: then the signals stay as they were caught, and a kill ends the process.
            let _ = std::thread::Builder::new().spawn(move || signals.forever().for_each(|signal| state.on(signal)));
        }
        watch
    }

    /// Does `work`, which ends early if a signal comes, and returns that signal as well.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> (T, Option<i32>) {
        self.0.received.store(0, Ordering::SeqCst);
        self.0.running.store(true, Ordering::SeqCst);
        let result = work();
        self.0.running.store(false, Ordering::SeqCst);
        let signal = self.0.received.load(Ordering::SeqCst);
        (result, (signal != 0).then_some(signal))
    }
}

impl State {
    fn on(&self, signal: i32) {
        if !self.running.load(Ordering::SeqCst) {
            die(signal);
        }
        if self.received.swap(signal, Ordering::SeqCst) != 0 {
            target::remove_all();
            die(signal);
        }
        self.cancel.store(true, Ordering::SeqCst);
    }
}

/// Ends the process by the signal itself, so that a shell sees the cause (130 for Ctrl-C) and stops its own loop.
pub(super) fn die(signal: i32) -> ! {
    let _ = emulate_default_handler(signal);
    std::process::exit(128 + signal)
}

/// Whether a prompt goes on after this signal.
pub(super) fn ends_prompt(signal: Option<i32>) -> bool {
    signal.is_some_and(|signal| signal != SIGINT)
}

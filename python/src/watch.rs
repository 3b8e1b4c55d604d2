//! Runs that Python waits for: without the lock of the interpreter, with its signals, and with progress.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rastra::{Observer, Progress};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often signals are looked at and progress is told.
const PAUSE: Duration = Duration::from_millis(100);

/// What the threads of a run have said last.
#[derive(Default)]
pub(crate) struct Seen(Mutex<State>);

#[derive(Clone, Default)]
struct State {
    progress: Option<Progress>,
    waiting: Option<(String, f64)>,
}

impl Seen {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap_or_else(|e| e.into_inner()));
    }

    fn now(&self) -> State {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }
}

/// The observer of a session that keeps what it hears.
pub(crate) struct Listener(pub Arc<Seen>);

impl Observer for Listener {
    fn started(&self, _: &str, progress: Progress) {
        self.0.change(|state| *state = State { progress: Some(progress), waiting: None });
    }

    fn progress(&self, progress: Progress) {
        self.0.change(|state| match state.progress {
            // Threads report in any order.
            Some(last) if last.tasks_done > progress.tasks_done => {}
            _ => state.progress = Some(progress),
        });
    }

    fn waiting(&self, host: &str, time: Duration) {
        self.0.change(|state| state.waiting = Some((host.into(), time.as_secs_f64())));
    }

    fn waited(&self) {
        self.0.change(|state| state.waiting = None);
    }

    fn finished(&self) {
        self.0.change(|state| *state = State::default());
    }
}

/// Does `work` on a thread of its own while this one looks at signals, sets `cancel` for the first that raises, and tells
/// `tell` how far the run is: a share from 0 to 1, and the host and seconds that it waits for.
///
/// # Errors
/// What a signal raises, such as `KeyboardInterrupt`, once the work has stopped.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    (cancel, seen): (&AtomicBool, &Seen),
    tell: &Py<PyAny>,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    py.detach(|| {
        std::thread::scope(|scope| {
            let (done, finished) = channel();
            scope.spawn(move || done.send(work()));
            let mut raised = None;
            loop {
                match finished.recv_timeout(PAUSE) {
                    Ok(made) => return raised.map_or(Ok(made), Err),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => {
                        return Err(PyRuntimeError::new_err("a thread of Rastra ended; please report it"));
                    }
                }
                match raised {
                    // Again: the run may have begun only now.
                    Some(_) => cancel.store(true, Ordering::Relaxed),
                    None => raised = look(seen, tell).err(),
                }
            }
        })
    })
}

fn look(seen: &Seen, tell: &Py<PyAny>) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        let State { progress, waiting } = seen.now();
        let share =
            progress.map(|p| if p.pixels == 0 { 0.0 } else { (p.pixels_done as f64 / p.pixels as f64).min(1.0) });
        if !tell.is_none(py) && (share.is_some() || waiting.is_some()) {
            tell.call1(py, (share, waiting))?;
        }
        Ok(())
    })
}

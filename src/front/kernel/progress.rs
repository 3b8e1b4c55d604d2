//! The progress of a run in a cell: one bar that is replaced as it grows.

use crate::exec::{Observer, Progress};
use crate::front::progress::{Clock, PATIENCE, PAUSE, message, waiting_for};
use rastra_kernel::{Bundle, Cell};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub(super) struct Bar {
    cell: Cell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    clock: Clock,
    /// The name of the bar, once it is shown.
    id: Option<String>,
    drawn: Option<Instant>,
}

impl Bar {
    pub(super) fn new(cell: Cell) -> Bar {
        Bar { cell, state: Mutex::default() }
    }

    fn bundle(share: f64, text: &str) -> Bundle {
        let percent = (share * 100.0).floor();
        let page = format!(
            "<div style=\"font-family:monospace;font-size:0.9em\"><progress value=\"{share:.3}\" max=\"1\" \
             style=\"width:16em;vertical-align:middle\"></progress> {percent}%&ensp;{text}</div>"
        );
        Bundle::plain(format!("{percent}%  {text}")).with("text/html", page)
    }
}

impl Bar {
    /// Shows the bar, or changes it.
    fn draw(&self, state: &mut State, text: &str) {
        state.drawn = Some(Instant::now());
        let bundle = Bar::bundle(state.clock.share(), text);
        match &state.id {
            Some(id) => self.cell.update(id, &bundle),
            None => {
                static NUMBER: AtomicUsize = AtomicUsize::new(0);
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let id = format!("rastra-progress-{}-{}-{number}", std::process::id(), self.cell.count);
                self.cell.display_as(&id, &bundle);
                state.id = Some(id);
            }
        }
    }
}

impl Observer for Bar {
    fn started(&self, _title: &str, progress: Progress) {
        let mut state = self.state.lock().unwrap_or_else(|e| e.into_inner());
        *state = State::default();
        state.clock.update(progress);
    }

    fn progress(&self, progress: Progress) {
        // If another thread is drawing at this moment, that is enough.
        let Ok(mut state) = self.state.try_lock() else { return };
        state.clock.update(progress);
        let early = state.clock.elapsed() < PATIENCE;
        if early || state.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) {
            return;
        }
        let text = if self.cell.is_canceled() { "stopping".to_string() } else { message(&state.clock) };
        self.draw(&mut state, &text);
    }

    fn waiting(&self, host: &str, time: Duration) {
        let Ok(mut state) = self.state.try_lock() else { return };
        if !self.cell.is_canceled() {
            self.draw(&mut state, &waiting_for(host, time));
        }
    }

    fn waited(&self) {
        self.finished();
    }

    fn finished(&self) {
        let mut state = self.state.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(id) = state.id.take() {
            let took = super::super::progress::duration(state.clock.elapsed());
            let text = if self.cell.is_canceled() { format!("stopped after {took}") } else { format!("took {took}") };
            let share = if self.cell.is_canceled() { state.clock.share() } else { 1.0 };
            self.cell.update(&id, &Bar::bundle(share, &text));
        }
    }
}

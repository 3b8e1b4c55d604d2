//! Shows the progress of a run on standard error: as a bar for people, as lines of JSON for programs.

use super::terminal::columns;
use crate::exec::bytes;
use crate::exec::{Observer, Progress, Silent};
use crate::session::{ProgressMode, Session, Settings};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Runs shorter than this show no bar.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// Columns below which there is no room for a bar beside what is told.
const NARROW: usize = 76;

/// The least time between two lines of JSON.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// A session with the settings of the command line, which reports the progress of its runs.
pub(super) fn session(settings: &Settings) -> Session {
    let mut session = Session::new();
    session.settings = settings.clone();
    #[cfg(feature = "pictures")]
    {
        session.screen = super::picture::screen();
    }
    let cancel = session.cancel_flag();
    session.observe(move |telling| observer(telling, cancel.clone()));
    session
}

pub(super) fn observer(telling: ProgressMode, cancel: Arc<AtomicBool>) -> Arc<dyn Observer> {
    match telling {
        ProgressMode::Json => Arc::new(Json { state: Mutex::new(Clock::default()) }),
        ProgressMode::Auto if std::io::stderr().is_terminal() => Arc::new(Bar { state: Mutex::default(), cancel }),
        _ => Arc::new(Silent),
    }
}

/// When a run began, its last progress, and when that was shown.
pub(super) struct Clock {
    began: Instant,
    told: Option<Instant>,
    waited: Option<Instant>,
    last: Progress,
    /// The share done, which never falls.
    share: f64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { began: Instant::now(), told: None, waited: None, last: Progress::default(), share: 0.0 }
    }
}

impl Clock {
    #[cfg_attr(not(feature = "kernel"), allow(dead_code))]
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The share that is done, from 0 to 1.
    #[cfg_attr(not(feature = "kernel"), allow(dead_code))]
    pub(super) fn share(&self) -> f64 {
        self.share
    }

    pub(super) fn update(&mut self, progress: Progress) {
        // Threads report in any order, so a report may be older than the last one.
        if progress.tasks_done >= self.last.tasks_done && progress.bytes_read >= self.last.bytes_read {
            self.last = progress;
        }
        self.share = self.share.max(share(&self.last));
    }

    fn left(&self) -> Option<Duration> {
        let elapsed = self.began.elapsed().as_secs_f64();
        (self.share > 0.005).then(|| Duration::from_secs_f64(elapsed * (1.0 - self.share) / self.share))
    }
}

/// The share of the pixels that are done. Bytes read for the others count half, because these are still to be computed.
fn share(progress: &Progress) -> f64 {
    let of = |done: u64, all: u64| if all == 0 { 0.0 } else { (done as f64 / all as f64).min(1.0) };
    let pixels = of(progress.pixels_done, progress.pixels);
    let ahead = (of(progress.bytes_read, progress.bytes_to_read) - pixels).max(0.0);
    if progress.tasks_done >= progress.tasks { 1.0 } else { pixels + ahead / 2.0 }
}

#[derive(Default)]
struct BarState {
    clock: Clock,
    bar: Option<ProgressBar>,
}

struct Bar {
    state: Mutex<BarState>,
    cancel: Arc<AtomicBool>,
}

impl Observer for Bar {
    fn started(&self, _title: &str, progress: Progress) {
        let mut drawn = self.state.lock().unwrap_or_else(|e| e.into_inner());
        *drawn = BarState::default();
        drawn.clock.update(progress);
    }

    fn progress(&self, progress: Progress) {
        // If another thread is drawing at this moment, that is enough.
        let Ok(mut drawn) = self.state.try_lock() else { return };
        drawn.clock.update(progress);
        let BarState { clock, bar } = &mut *drawn;
        if clock.began.elapsed() < PATIENCE {
            return;
        }
        let is_narrow = columns(std::io::stderr()).is_some_and(|columns| columns < NARROW);
        let template = if is_narrow { "{percent:>3}%  {wide_msg}" } else { "{bar:24} {percent:>3}%  {wide_msg}" };
        let bar = bar.get_or_insert_with(|| drawn_line(template));
        bar.set_position((clock.share * 1000.0) as u64);
        bar.set_message(match self.cancel.load(Ordering::Relaxed) {
            true => "stopping; Ctrl-C again to leave at once".to_string(),
            false if is_narrow => short_message(clock),
            false => message(clock),
        });
    }

    fn waiting(&self, host: &str, time: Duration) {
        let Ok(mut drawn) = self.state.try_lock() else { return };
        if self.cancel.load(Ordering::Relaxed) {
            return;
        }
        // Before a run there is no bar, only this line.
        let line = drawn.bar.get_or_insert_with(|| drawn_line("{wide_msg}"));
        line.set_message(waiting_for(host, time));
        line.tick();
    }

    fn waited(&self) {
        self.finished();
    }

    fn finished(&self) {
        let mut drawn = self.state.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(bar) = drawn.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// A line on standard error that is drawn anew with each message.
fn drawn_line(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr()).with_style(style)
}

/// Which server does not answer.
pub(super) fn waiting_for(host: &str, time: Duration) -> String {
    format!("waiting for {host}, {}", duration(time))
}

/// Bytes, tasks and the time that is left.
pub(super) fn message(clock: &Clock) -> String {
    let Progress { tasks_done, tasks, bytes_read, bytes_to_read, .. } = clock.last;
    let left = clock.left().map_or(String::new(), |left| format!(", {} left", duration(left)));
    format!("{} of {} read, {tasks_done} of {tasks} tasks{left}", bytes(bytes_read), bytes(bytes_to_read))
}

/// The time that is left and tasks, for narrow terminals.
fn short_message(clock: &Clock) -> String {
    let left = clock.left().map_or(String::new(), |left| format!("{} left, ", duration(left)));
    format!("{left}{} of {} tasks", clock.last.tasks_done, clock.last.tasks)
}

/// `8 s`, `3 min 20 s`, `2 h 5 min`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 if time < Duration::from_secs(1) => format!("{:.2} s", time.as_secs_f64()),
        s @ 0..60 => format!("{s} s"),
        s @ 60..3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

struct Json {
    state: Mutex<Clock>,
}

impl Json {
    fn write_line(clock: &mut Clock) {
        clock.told = Some(Instant::now());
        let line = serde_json::json!({
            "done": clock.last.tasks_done,
            "tasks": clock.last.tasks,
            "percent": (clock.share * 1000.0).round() / 10.0,
            "bytes_read": clock.last.bytes_read,
            "bytes_to_read": clock.last.bytes_to_read,
            "eta_seconds": clock.left().map(|left| (left.as_secs_f64() * 10.0).round() / 10.0),
        });
        // A single write, so that no other message gets into the line.
        let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
    }
}

impl Observer for Json {
    fn started(&self, _title: &str, progress: Progress) {
        let mut clock = self.state.lock().unwrap_or_else(|e| e.into_inner());
        *clock = Clock::default();
        clock.update(progress);
        Json::write_line(&mut clock);
    }

    fn progress(&self, progress: Progress) {
        let mut clock = self.state.lock().unwrap_or_else(|e| e.into_inner());
        clock.update(progress);
        if clock.told.is_none_or(|told| told.elapsed() >= PAUSE) {
            Json::write_line(&mut clock);
        }
    }

    fn waiting(&self, host: &str, time: Duration) {
        let mut clock = self.state.lock().unwrap_or_else(|e| e.into_inner());
        // A line a second is enough to see that it still waits.
        if clock.waited.is_none_or(|waited| waited.elapsed() >= Duration::from_secs(1)) {
            clock.waited = Some(Instant::now());
            let line = serde_json::json!({"waiting_for": host, "seconds": time.as_secs()});
            let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
        }
    }

    fn finished(&self) {
        Json::write_line(&mut self.state.lock().unwrap_or_else(|e| e.into_inner()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let at = |tasks_done, pixels_done, bytes_read| {
            share(&Progress { tasks_done, tasks: 4, pixels_done, pixels: 100, bytes_read, bytes_to_read: 1000 })
        };
        assert_eq!(at(0, 0, 0), 0.0);
        assert_eq!(at(0, 0, 100), 0.05);
        assert_eq!(at(2, 50, 100), 0.5);
        // All is read, but not all is done.
        assert_eq!(at(3, 75, 1000), 0.875);
        assert_eq!(at(3, 75, 5000), 0.875);
        assert_eq!(at(4, 100, 800), 1.0);
        assert_eq!(share(&Progress::default()), 1.0);
    }

    #[test]
    fn durations() {
        assert_eq!(duration(Duration::from_millis(120)), "0.12 s");
        assert_eq!(duration(Duration::from_secs(8)), "8 s");
        assert_eq!(duration(Duration::from_secs(200)), "3 min 20 s");
        assert_eq!(duration(Duration::from_secs(7500)), "2 h 5 min");
    }
}

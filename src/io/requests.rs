//! What a run says of requests to servers, and hears of them.

use super::remote::patience::Patience;
use super::remote::{objects, patience, pool, waits};
use crate::diagnostic::Result;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub(crate) use super::remote::patience::{PAGES, PAUSE, SILENCE};
pub(crate) use super::remote::pool::REQUESTS;

/// What a run allows.
pub(crate) struct Allowed {
    /// Requests under way at a time.
    pub requests: usize,
    /// How long a server may be silent.
    pub silence: Duration,
    /// How long a pause a server may ask for.
    pub pause: Duration,
    /// Pages of one catalog.
    pub pages: usize,
    /// Memory, of which a quarter, which tasks leave free, is for bytes that are under way or held.
    pub memory: u64,
}

impl Allowed {
    /// From now on.
    pub(crate) fn allow(&self) {
        pool::set_requests(self.requests);
        patience::set_silence(self.silence);
        patience::set_longest_pause(self.pause);
        patience::set_pages(self.pages);
        objects::set_room(self.memory / 4);
    }
}

/// Requests of a run that was ended are left behind.
pub(crate) fn leave_behind() {
    pool::leave_behind();
}

/// A run begins, and lasts as long as the result lives.
#[must_use]
pub(crate) fn begin_run() -> objects::Run {
    objects::begin_run()
}

/// While the result lives, this thread waits for servers no longer than until the flag is set.
pub(crate) fn wait_until(cancel: &Arc<AtomicBool>) -> Patience {
    Patience::until(cancel.clone())
}

pub(crate) use objects::{Reader, When};

/// Waits until something arrives from a server, or some time has gone by.
///
/// # Errors
/// `E0401`
pub(crate) fn wait_for_news() -> Result<()> {
    objects::wait_for_news()
}

/// The host of the request that has waited longest, and how long.
pub(crate) fn longest() -> Option<(String, Duration)> {
    waits::longest()
}

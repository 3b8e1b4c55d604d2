//! What a run says of requests to servers, and hears of them.

use super::remote::patience::Patience;
use super::remote::{objects, patience, pool};
use crate::diagnostic::Result;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub(crate) use super::remote::patience::SILENCE;
pub(crate) use super::remote::pool::REQUESTS;

/// How many may be under way at a time, how long a server may be silent, and the memory of which a quarter, which tasks
/// leave free, is for bytes that are under way or held.
pub(crate) fn allow(requests: usize, silence: Duration, memory: u64) {
    pool::set_requests(requests);
    patience::set_silence(silence);
    objects::set_room(memory / 4);
}

/// A run begins.
pub(crate) fn begin_run() {
    objects::begin_run();
}

/// While the result lives, this thread waits for servers no longer than until the flag is set.
pub(crate) fn wait_until(cancel: &Arc<AtomicBool>) -> Patience {
    Patience::until(cancel.clone())
}

/// Waits until something arrives from a server, or some time has gone by.
///
/// # Errors
/// `E0401`
pub(crate) fn wait_for_news() -> Result<()> {
    objects::wait_for_news()
}

/// The host of the request that has waited longest, and how long.
pub(crate) fn longest() -> Option<(String, Duration)> {
    objects::waiting_for()
}

//! Which requests wait for an answer, to be told to whoever waits for them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Hosts by when they were asked, in that order.
static WAITING: Mutex<BTreeMap<(Instant, u64), String>> = Mutex::new(BTreeMap::new());

/// A request that waits as long as this lives: from its first try to its last, pauses between them included.
pub(super) struct Waits(Instant, u64);

impl Waits {
    pub(super) fn begin(host: &str) -> Waits {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let waits = Waits(Instant::now(), NUMBER.fetch_add(1, Ordering::Relaxed));
        waiting().insert((waits.0, waits.1), host.to_string());
        waits
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        waiting().remove(&(self.0, self.1));
    }
}

fn waiting() -> MutexGuard<'static, BTreeMap<(Instant, u64), String>> {
    WAITING.lock().unwrap_or_else(|e| e.into_inner())
}

/// The host of the request that has waited longest, and how long.
pub(crate) fn longest() -> Option<(String, Duration)> {
    waiting().first_key_value().map(|((began, _), host)| (host.clone(), began.elapsed()))
}

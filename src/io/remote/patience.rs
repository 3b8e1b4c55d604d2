//! How long is waited for servers: until whoever runs the program wants it to stop, no longer than one may be silent or ask
//! for a pause, and for no more pages than a catalog may have.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// How often a waiting request looks whether it is still wanted.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

/// How long a server may be silent, unless a run says otherwise.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);

/// How long a pause a server may ask for, unless a run says otherwise.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);

static SILENT: AtomicU64 = AtomicU64::new(SILENCE.as_millis() as u64);

static LONGEST_PAUSE: AtomicU64 = AtomicU64::new(PAUSE.as_millis() as u64);

/// How long a pause a server may ask for, from now on.
pub(crate) fn set_longest_pause(time: Duration) {
    LONGEST_PAUSE.store(time.as_millis() as u64, Ordering::Relaxed);
}

pub(super) fn longest_pause() -> Duration {
    Duration::from_millis(LONGEST_PAUSE.load(Ordering::Relaxed))
}

/// Pages of one catalog that are read before it is taken for endless, unless a run says otherwise.
pub(crate) const PAGES: usize = 1000;

static MOST_PAGES: AtomicUsize = AtomicUsize::new(PAGES);

/// How many pages a catalog may have, from now on.
pub(crate) fn set_pages(most: usize) {
    MOST_PAGES.store(most.max(1), Ordering::Relaxed);
}

pub(crate) fn pages() -> usize {
    MOST_PAGES.load(Ordering::Relaxed)
}

/// How long a server may be silent, from now on.
pub(crate) fn set_silence(time: Duration) {
    SILENT.store((time.as_millis() as u64).max(1), Ordering::Relaxed);
}

pub(super) fn silence() -> Option<Duration> {
    Some(Duration::from_millis(SILENT.load(Ordering::Relaxed)))
}

thread_local! {
    static CANCEL: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// While it lives, this thread waits for servers no longer than until the flag is set.
pub(crate) struct Patience(Option<Arc<AtomicBool>>);

impl Patience {
    pub(crate) fn until(cancel: Arc<AtomicBool>) -> Patience {
        Patience(CANCEL.with(|own| own.replace(Some(cancel))))
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        let earlier = self.0.take();
        CANCEL.with(|own| *own.borrow_mut() = earlier);
    }
}

/// Until when this thread waits.
pub(crate) fn cancel() -> Option<Arc<AtomicBool>> {
    CANCEL.with(|own| own.borrow().clone())
}

/// This thread waits until then, as long as it runs.
pub(crate) fn wait_until(cancel: Option<Arc<AtomicBool>>) {
    CANCEL.with(|own| *own.borrow_mut() = cancel);
}

pub(crate) fn is_canceled() -> bool {
    CANCEL.with(|own| own.borrow().as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)))
}

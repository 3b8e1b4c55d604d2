//! Options of GDAL as the user changes them: for all threads, or for one that tries something out.

use super::defaults::expanded;
use super::library;
use crate::diagnostic::{Diagnostic, Result, codes};
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    /// What this thread holds for itself.
    static HELD: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Counts the changes of options for all threads.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Sets an option of GDAL for all threads, also by the name another tool has for it.
///
/// # Errors
/// `E0503` for a text that is none to GDAL.
pub(crate) fn set(name: &str, value: &str) -> Result<()> {
    library::init();
    for (key, value) in expanded(name, value) {
        gdal::config::set_config_option(&key, &value)
            .map_err(|e| Diagnostic::new(codes::BAD_OPTION, format!("GDAL refuses `{name}`")).cause(e.to_string()))?;
    }
    CHANGES.fetch_add(1, Ordering::Relaxed);
    forget_servers();
    Ok(())
}

/// Tells the options under which a file is opened now from those it was opened under before.
pub(crate) fn version() -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    HELD.with_borrow(|held| held.hash(&mut hasher));
    hasher.finish().wrapping_add(CHANGES.load(Ordering::Relaxed))
}

/// Options of GDAL that this thread alone works under, until this ends.
pub(crate) struct ThreadOptions {
    _held: Held,
}

impl ThreadOptions {
    /// Holds options under the names they are set by; nothing is to be held where there are none.
    pub(crate) fn hold<'a>(options: impl Iterator<Item = (&'a String, &'a String)>) -> Option<ThreadOptions> {
        library::init();
        let options: Vec<_> = options.flat_map(|(name, value)| expanded(name, value)).collect();
        if options.is_empty() {
            return None;
        }
        forget_servers();
        Some(ThreadOptions { _held: Held::start(options) })
    }
}

impl Drop for ThreadOptions {
    fn drop(&mut self) {
        forget_servers();
    }
}

/// `f` as other threads may run it, under the options of the thread that asks them to.
pub(crate) fn along<T, R>(f: impl Fn(T) -> R + Sync) -> impl Fn(T) -> R + Sync {
    let held = HELD.with_borrow(Vec::clone);
    move |input| {
        let _held = (!held.is_empty()).then(|| Held::start(held.clone()));
        f(input)
    }
}

/// Options beside those that this thread holds already.
struct Held {
    _options: Vec<ThreadOption>,
    before: Vec<(String, String)>,
}

impl Held {
    fn start(options: Vec<(String, String)>) -> Held {
        let _options = options.iter().map(|(key, value)| ThreadOption::set(key, value)).collect();
        let before = HELD.replace(options);
        Held { _options, before }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(std::mem::take(&mut self.before));
    }
}

/// An option of GDAL for this thread, which is as before when this ends.
pub(crate) struct ThreadOption {
    key: String,
    before: Option<String>,
}

impl ThreadOption {
    pub(crate) fn set(key: &str, value: &str) -> ThreadOption {
        let before = gdal::config::get_thread_local_config_option(key, "").ok().filter(|v| !v.is_empty());
        // Refused only with a NUL in the value, which no token has.
        let _ = gdal::config::set_thread_local_config_option(key, value);
        ThreadOption { key: key.into(), before }
    }
}

impl Drop for ThreadOption {
    fn drop(&mut self) {
        let _ = match &self.before {
            Some(value) => gdal::config::set_thread_local_config_option(&self.key, value),
            None => gdal::config::clear_thread_local_config_option(&self.key),
        };
    }
}

/// Forgets what servers said: under other options they may say something else.
fn forget_servers() {
    // SAFETY: the call takes nothing and locks what it clears.
    unsafe {
        gdal_sys::VSICurlClearCache();
    }
}

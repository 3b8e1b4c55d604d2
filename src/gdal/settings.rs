//! Options of GDAL: what suits Rastra where the user says nothing, and the names other tools have for them.

use crate::diagnostic::{Diagnostic, Result, codes};
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// What Rastra sets unless the environment, GDAL's configuration file or `set gdal` says otherwise.
const DEFAULTS: [(&str, &str); 13] = [
    // Blocks are decoded once by aligned tiles; a large cache only inflates memory.
    ("GDAL_CACHEMAX", "64"),
    // Sidecars of local files are asked for by name: listing a folder of ten thousand files ten thousand times is the
    // alternative. Of remote files none are asked for.
    ("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE"),
    ("GDAL_MEM_ENABLE_OPEN", "YES"),
    // Reading must not leave `.properties` files beside archives.
    ("CPL_VSIL_GZIP_WRITE_PROPERTIES", "NO"),
    // Of remote files: the header in one request, neighbouring blocks in one, and what was read kept by all threads
    // together. `VSI_CACHE` would keep it once more, for every open file.
    ("GDAL_INGESTED_BYTES_AT_OPEN", "32768"),
    ("GDAL_HTTP_MERGE_CONSECUTIVE_RANGES", "YES"),
    ("CPL_VSIL_CURL_CACHE_SIZE", "67108864"),
    // Busy servers are asked again after 0.5, 1, 2 and 4 seconds; one that says nothing for a minute is given up.
    ("GDAL_HTTP_MAX_RETRY", "4"),
    ("GDAL_HTTP_RETRY_DELAY", "0.5"),
    ("GDAL_HTTP_CONNECTTIMEOUT", "15"),
    ("GDAL_HTTP_LOW_SPEED_TIME", "60"),
    ("GDAL_HTTP_LOW_SPEED_LIMIT", "1"),
    // Temperatures as they are in the file, not in degrees Celsius.
    ("GRIB_NORMALIZE_UNITS", "NO"),
];

/// Variables of the AWS and Azure tools and what they are called here. The first that is set stands.
const ALIASES: [(&str, &str); 4] = [
    ("AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT"),
    ("AWS_ENDPOINT_URL", "AWS_S3_ENDPOINT"),
    ("AWS_SHARED_CREDENTIALS_FILE", "CPL_AWS_CREDENTIALS_FILE"),
    ("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCESS_KEY"),
];

thread_local! {
    /// What this thread holds for itself.
    static HELD: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Counts the changes of options for all threads.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Sets what the user left open; to be called before a driver is registered.
pub fn init() {
    for (alias, option) in ALIASES {
        if said(option).is_empty()
            && let Ok(value) = std::env::var(alias)
            && !value.is_empty()
        {
            put_defaults(expanded(alias, &value));
        }
    }
    put_defaults(DEFAULTS.map(|(key, value)| (key.into(), value.into())));
}

/// A default that is refused leaves GDAL's, and the server will say what is missing.
fn put_defaults(options: impl IntoIterator<Item = (String, String)>) {
    for (key, value) in options {
        if said(&key).is_empty() {
            let _ = gdal::config::set_config_option(&key, &value);
        }
    }
}

/// Sets an option of GDAL for all threads, also by the name another tool has for it.
///
/// # Errors
/// `E0503` for a text that is none to GDAL.
pub fn set(name: &str, value: &str) -> Result<()> {
    super::library::init();
    for (key, value) in expanded(name, value) {
        gdal::config::set_config_option(&key, &value)
            .map_err(|e| Diagnostic::new(codes::BAD_OPTION, format!("GDAL refuses `{name}`")).cause(e.to_string()))?;
    }
    CHANGES.fetch_add(1, Ordering::Relaxed);
    forget_servers();
    Ok(())
}

/// What GDAL's options say now; empty for nothing.
pub fn said(key: &str) -> String {
    gdal::config::get_config_option(key, "").unwrap_or_default()
}

/// Tells the options under which a file is opened now from those it was opened under before.
pub fn version() -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    HELD.with_borrow(|held| held.hash(&mut hasher));
    hasher.finish().wrapping_add(CHANGES.load(Ordering::Relaxed))
}

/// Options of GDAL that this thread alone works under, until this ends.
pub struct ThreadOptions {
    _held: Held,
}

impl ThreadOptions {
    /// Holds options under the names they are set by; nothing is to be held where there are none.
    pub fn hold<'a>(options: impl Iterator<Item = (&'a String, &'a String)>) -> Option<ThreadOptions> {
        super::library::init();
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
pub fn along<T, R>(f: impl Fn(T) -> R + Sync) -> impl Fn(T) -> R + Sync {
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
pub struct ThreadOption {
    key: String,
    before: Option<String>,
}

impl ThreadOption {
    pub fn set(key: &str, value: &str) -> ThreadOption {
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

/// What an option stands for, which another tool may have named.
fn expanded(name: &str, value: &str) -> Vec<(String, String)> {
    match ALIASES.iter().find(|(alias, _)| *alias == name) {
        Some((_, option)) => translated(option, value),
        None => vec![(name.into(), value.into())],
    }
}

/// An address of a server is a host, a protocol and, unless it is Amazon's, buckets in the path.
fn translated(option: &str, value: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut put = |key: &str, value: &str| out.push((key.to_string(), value.to_string()));
    if option != "AWS_S3_ENDPOINT" {
        put(option, value);
        return out;
    }
    let (scheme, host) = value.split_once("://").unwrap_or(("https", value));
    put(option, host.trim_end_matches('/'));
    put("AWS_HTTPS", if scheme == "http" { "NO" } else { "YES" });
    if !host.contains("amazonaws.com") {
        put("AWS_VIRTUAL_HOSTING", "FALSE");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_other_than_amazons() {
        let of = |value: &str| {
            let pairs = translated("AWS_S3_ENDPOINT", value);
            pairs.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("http://127.0.0.1:5000/"), "127.0.0.1:5000 NO FALSE");
        assert_eq!(of("https://s3.eu-west-1.amazonaws.com"), "s3.eu-west-1.amazonaws.com YES");
        assert_eq!(of("minio.local:9000"), "minio.local:9000 YES FALSE");
    }
}

//! GDAL datasets, opened when needed and kept per thread; GDAL's messages become causes, never output.

use super::quiet::Quiet;
use crate::diagnostic::{Diagnostic, Result, codes};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::sync::{Once, OnceLock};
use std::time::SystemTime;

/// Datasets a thread keeps open, at most. Many small files are read in turn by every task; opening costs more than
/// reading them.
const KEPT: usize = 128;

/// Drivers that reach HDF5 below the lock of the `netcdf` crate, which crashes, and that would misread what
/// `load netcdf` reads right.
const SKIPPED_DRIVERS: &str = "netCDF HDF5 HDF5Image BAG KEA S102 S104 S111 GMT";

thread_local! {
    static OPEN: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
    static MESSAGES: RefCell<Vec<(gdal_sys::CPLErr::Type, String)>> = const { RefCell::new(Vec::new()) };
}

struct Kept {
    path: String,
    /// Of a local file: size and time of change, so that a file written anew is opened anew.
    stamp: Option<(u64, SystemTime)>,
    dataset: Dataset,
}

/// Registers the drivers and silences GDAL, once a process.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `collect` only touches thread-local Rust data and does not unwind.
        unsafe {
            gdal_sys::CPLSetErrorHandler(Some(collect));
        }
        let said = |key: &str| gdal::config::get_config_option(key, "").unwrap_or_default();
        let skipped = format!("{} {SKIPPED_DRIVERS}", said("GDAL_SKIP"));
        // A setting that is refused leaves GDAL's default, which only costs memory.
        let _ = gdal::config::set_config_option("GDAL_SKIP", skipped.trim());
        for (key, value) in [
            // Blocks are decoded once by aligned tiles; a large cache only inflates memory.
            ("GDAL_CACHEMAX", "64"),
            // Sidecars of local files are asked for by name: listing a folder of ten thousand files ten thousand times
            // is the alternative.
            ("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE"),
            ("GDAL_MEM_ENABLE_OPEN", "YES"),
            // Reading must not leave `.properties` files beside archives.
            ("CPL_VSIL_GZIP_WRITE_PROPERTIES", "NO"),
        ] {
            // What the user's environment says stands.
            if said(key).is_empty() {
                let _ = gdal::config::set_config_option(key, value);
            }
        }
        gdal::DriverManager::register_all();
        // Who registered the drivers before us, without that setting, left these in.
        for name in SKIPPED_DRIVERS.split(' ') {
            if let Ok(driver) = gdal::DriverManager::get_driver_by_name(name) {
                gdal::DriverManager::deregister_driver(&driver);
            }
        }
    });
}

/// The version of the GDAL that runs, such as `3.6.2`.
pub fn version() -> String {
    gdal::version::VersionInfo::release_name()
}

unsafe extern "C" fn collect(class: gdal_sys::CPLErr::Type, _number: i32, message: *const c_char) {
    if message.is_null() || class < gdal_sys::CPLErr::CE_Warning {
        return;
    }
    // SAFETY: GDAL passes a NUL-terminated message that lives for this call.
    let text = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
    // A thread that is ending has no list any more.
    let _ = MESSAGES.try_with(|m| {
        if let Ok(mut m) = m.try_borrow_mut()
            && m.len() < 20
            && !m.iter().any(|(_, said)| *said == text)
        {
            m.push((class, text));
        }
    });
}

/// What GDAL said on this thread since it was last asked, as one line; warnings only where nothing failed.
pub fn messages() -> String {
    let said = MESSAGES.with(|m| std::mem::take(&mut *m.borrow_mut()));
    let failed = said.iter().any(|(class, _)| *class >= gdal_sys::CPLErr::CE_Failure);
    let told = |class| !failed || class >= gdal_sys::CPLErr::CE_Failure;
    let lines: Vec<String> = said.into_iter().filter(|(class, _)| told(*class)).map(|(_, text)| text).collect();
    lines.join("; ")
}

/// Opens a dataset for reading, with GDAL's own words as the cause when it cannot.
pub fn open(path: &str) -> Result<Dataset> {
    init();
    messages();
    // A remote folder is neither listed nor asked for sidecars: every question is a request.
    let itself = [path.rsplit('/').next().unwrap_or(path)];
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        sibling_files: is_remote(path).then_some(&itself[..]),
        ..Default::default()
    };
    let opened = {
        let _quiet = Quiet::start();
        Dataset::open_ex(path, options)
    };
    opened.map_err(|e| {
        let said = messages();
        let cause = if said.is_empty() { e.to_string() } else { said };
        Diagnostic::new(codes::UNREADABLE, format!("`{path}` cannot be opened as a raster")).cause(cause)
    })
}

/// Runs `f` on this thread's handle of `path`, opening it if it is not open.
pub fn with<R>(path: &str, f: impl FnOnce(&Dataset) -> Result<R>) -> Result<R> {
    let stamp = stamp(path);
    let kept = OPEN.with(|o| {
        let mut open = o.borrow_mut();
        let at = open.iter().position(|kept| kept.path == path)?;
        Some(open.remove(at)).filter(|kept| kept.stamp == stamp)
    });
    let dataset = match kept {
        Some(kept) => kept.dataset,
        None => open(path)?,
    };
    messages();
    let result = f(&dataset);
    OPEN.with(|o| {
        let mut open = o.borrow_mut();
        if open.len() >= kept_at_most() {
            open.remove(0);
        }
        open.push(Kept { path: path.to_string(), stamp, dataset });
    });
    result
}

/// Sets an option of GDAL for all threads.
pub fn set_option(name: &str, value: &str) -> Result<()> {
    init();
    gdal::config::set_config_option(name, value)
        .map_err(|e| Diagnostic::new(codes::BAD_OPTION, format!("GDAL refuses `{name}`")).cause(e.to_string()))
}

/// Whether every look at a file is a request to a server.
pub fn is_remote(path: &str) -> bool {
    const REMOTE: [&str; 8] =
        ["/vsicurl/", "/vsicurl?", "/vsis3/", "/vsigs/", "/vsiaz/", "/vsiadls/", "/vsioss/", "/vsiswift/"];
    REMOTE.iter().any(|prefix| path.starts_with(prefix))
}

fn stamp(path: &str) -> Option<(u64, SystemTime)> {
    if path.starts_with("/vsi") {
        return None;
    }
    let data = std::fs::metadata(path).ok()?;
    Some((data.len(), data.modified().ok()?))
}

/// So many that all threads together leave half of the process's file descriptors to others.
fn kept_at_most() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (file_descriptors() / 2 / threads).clamp(4, KEPT)
    })
}

#[cfg(unix)]
fn file_descriptors() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call fills the struct it is given, which lives on this stack.
    let asked = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    if asked == 0 { limit.rlim_cur.min(1 << 20) as usize } else { 256 }
}

#[cfg(not(unix))]
fn file_descriptors() -> usize {
    512
}

//! GDAL datasets, opened when needed and kept per thread; GDAL's messages become causes, never output.

use crate::diagnostic::{Diagnostic, Result, codes};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::sync::Once;

/// Datasets a thread keeps open. Many small files are read in turn by every task; opening costs more than reading them.
const KEPT: usize = 128;

thread_local! {
    static OPEN: RefCell<Vec<(String, Dataset)>> = const { RefCell::new(Vec::new()) };
    static MESSAGES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Registers the drivers and silences GDAL, once a process.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gdal::DriverManager::register_all();
        // HDF5 must not be used by two libraries at once, and netCDF files are read by `io::netcdf`, right.
        for name in ["netCDF", "HDF5", "HDF5Image", "BAG", "GMT", "KEA", "S102", "S104", "S111"] {
            if let Ok(driver) = gdal::DriverManager::get_driver_by_name(name) {
                gdal::DriverManager::deregister_driver(&driver);
            }
        }
        // SAFETY: `collect` only touches thread-local Rust data and does not unwind.
        unsafe {
            gdal_sys::CPLSetErrorHandler(Some(collect));
        }
        for (key, value) in [
            // Blocks are decoded once by aligned tiles; a large cache only inflates memory.
            ("GDAL_CACHEMAX", "64"),
            ("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"),
            ("GDAL_MEM_ENABLE_OPEN", "YES"),
        ] {
            // A setting that is refused leaves GDAL's default, which only costs memory.
            let _ = gdal::config::set_config_option(key, value);
        }
    });
}

unsafe extern "C" fn collect(_class: gdal_sys::CPLErr::Type, _number: i32, message: *const c_char) {
    if message.is_null() {
        return;
    }
    // SAFETY: GDAL passes a NUL-terminated message that lives for this call.
    let text = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
    MESSAGES.with(|m| {
        if let Ok(mut m) = m.try_borrow_mut()
            && m.len() < 20
        {
            m.push(text);
        }
    });
}

/// What GDAL said on this thread since it was last asked, as one line.
pub fn messages() -> String {
    MESSAGES.with(|m| std::mem::take(&mut *m.borrow_mut())).join("; ")
}

/// Opens a dataset for reading, with GDAL's own words as the cause when it cannot.
pub fn open(path: &str) -> Result<Dataset> {
    init();
    messages();
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..Default::default()
    };
    Dataset::open_ex(path, options).map_err(|e| {
        let said = messages();
        let cause = if said.is_empty() { e.to_string() } else { said };
        Diagnostic::new(codes::UNREADABLE, format!("`{path}` cannot be opened as a raster")).cause(cause)
    })
}

/// Runs `f` on this thread's handle of `path`, opening it if it is not open.
pub fn with<R>(path: &str, f: impl FnOnce(&Dataset) -> Result<R>) -> Result<R> {
    let kept = OPEN.with(|o| {
        let mut open = o.borrow_mut();
        open.iter().position(|(p, _)| p == path).map(|i| open.remove(i).1)
    });
    let dataset = match kept {
        Some(dataset) => dataset,
        None => open(path)?,
    };
    messages();
    let result = f(&dataset);
    OPEN.with(|o| {
        let mut open = o.borrow_mut();
        if open.len() >= KEPT {
            open.remove(0);
        }
        open.push((path.to_string(), dataset));
    });
    result
}

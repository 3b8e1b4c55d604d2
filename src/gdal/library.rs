//! GDAL as a whole: its drivers are registered once, and its messages become causes, never output.

use super::defaults;
use super::said;
use crate::diagnostic::Cause;
use gdal::errors::GdalError;
use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::sync::Once;

/// Drivers that call HDF5 without holding the lock of the `netcdf` crate, which crashes the process, and that misread files
/// which `load netcdf` reads right.
const SKIPPED_DRIVERS: &str = "netCDF HDF5 HDF5Image BAG KEA S102 S104 S111 GMT";

thread_local! {
    static MESSAGES: RefCell<Vec<(gdal_sys::CPLErr::Type, String)>> = const { RefCell::new(Vec::new()) };
}

/// Registers the drivers and silences GDAL, once a process.
pub(crate) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `collect` only touches thread-local Rust data and does not unwind.
        unsafe {
            gdal_sys::CPLSetErrorHandler(Some(collect));
        }
        let skipped = format!("{} {SKIPPED_DRIVERS}", defaults::said("GDAL_SKIP"));
        // A setting that is refused leaves GDAL's default, which only costs memory.
        let _ = gdal::config::set_config_option("GDAL_SKIP", skipped.trim());
        defaults::init();
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
pub(crate) fn version() -> String {
    gdal::version::VersionInfo::release_name()
}

/// The version of the PROJ that GDAL runs with.
#[cfg(feature = "cli")]
pub(crate) fn proj_version() -> String {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: the call fills the three numbers it is given.
    unsafe { gdal_sys::OSRGetPROJVersion(&mut major, &mut minor, &mut patch) };
    format!("{major}.{minor}.{patch}")
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

/// What GDAL said on this thread since it was last asked, as one line; warnings only where nothing failed. Addresses have
/// no secrets in it.
pub(crate) fn messages() -> Cause {
    let said = MESSAGES.with(|m| std::mem::take(&mut *m.borrow_mut()));
    let failed = said.iter().any(|(class, _)| *class >= gdal_sys::CPLErr::CE_Failure);
    let told = |class| !failed || class >= gdal_sys::CPLErr::CE_Failure;
    let lines: Vec<String> = said.into_iter().filter(|(class, _)| told(*class)).map(|(_, text)| text).collect();
    said::cause(&lines.join("; "))
}

impl From<&GdalError> for Cause {
    /// GDAL's own words on this thread, or the binding's where GDAL said nothing.
    fn from(error: &GdalError) -> Cause {
        let said = messages();
        if said.is_empty() { said::cause(&error.to_string()) } else { said }
    }
}

impl From<GdalError> for Cause {
    fn from(error: GdalError) -> Cause {
        Cause::from(&error)
    }
}

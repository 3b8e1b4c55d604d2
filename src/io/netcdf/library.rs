//! The netCDF library behind one lock: open files shared by all threads, its messages kept off stderr.
//!
//! **Invariant:** opening, reading, writing and closing happen only while [`lock`] is held. HDF5 below netCDF is not safe
//! otherwise, and serializes everything anyway; so files belong to the lock and not to a thread, and a chunk that one
//! thread decoded is still in the cache of the file when another thread reads beside it.

use crate::diagnostic::{Cause, Diagnostic, DiskFault, Fault, Result, codes};
use crate::io::source::unopened;
use netcdf::NcTypeDescriptor;
use netcdf::types::NcVariableType;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

/// Files kept open. Each may hold some MB of decoded chunks a variable, so they are fewer than rasters.
const KEPT: usize = 32;

/// An open file, and what it looked like when it was opened.
struct Open {
    path: String,
    stamp: Stamp,
    file: netcdf::File,
}

/// Tells a file from one that took its place.
type Stamp = (u64, Option<SystemTime>);

static FILES: Mutex<Vec<Open>> = Mutex::new(Vec::new());

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The one lock of everything that ends in HDF5.
pub(super) struct Lock {
    files: MutexGuard<'static, Vec<Open>>,
}

/// Waits for the lock, and silences HDF5 on this thread.
pub(super) fn lock() -> Lock {
    // A panic while the lock was held leaves at worst a file closed too early.
    let files = FILES.lock().unwrap_or_else(|e| e.into_inner());
    if !QUIET.replace(true) {
        silence();
    }
    Lock { files }
}

impl Lock {
    /// Runs `f` on the open file at `path`, opening it if it is not.
    fn with<R>(&mut self, path: &str, f: impl FnOnce(&netcdf::File) -> Result<R, Cause>) -> Result<R, Cause> {
        let stamp = stamp(path)?;
        let kept = self.files.iter().position(|open| open.path == path).map(|at| self.files.remove(at));
        let open = match kept {
            Some(open) if open.stamp == stamp => open,
            stale => {
                drop(stale);
                let file = guarded(|| netcdf::open(Path::new(path)).map_err(Cause::from))?;
                Open { path: path.to_string(), stamp, file }
            }
        };
        let result = guarded(|| f(&open.file));
        if self.files.len() >= KEPT {
            self.files.remove(0);
        }
        self.files.push(open);
        result
    }
}

impl From<netcdf::Error> for Cause {
    /// Positive numbers of the library are those of the system.
    fn from(error: netcdf::Error) -> Cause {
        let disk = match &error {
            netcdf::Error::Netcdf(number @ 1..) => DiskFault::of(std::io::Error::from_raw_os_error(*number).kind()),
            _ => None,
        };
        Cause { text: error.to_string(), fault: disk.map(Fault::Disk) }
    }
}

/// Runs `f` on the open file at `path`; the error is what the library said.
pub(super) fn with<R>(path: &str, f: impl FnOnce(&netcdf::File) -> Result<R, Cause>) -> Result<R, Cause> {
    lock().with(path, f)
}

/// Runs `f`, which brings its own file, while nobody else uses the library.
pub(super) fn alone<R>(f: impl FnOnce() -> Result<R, Cause>) -> Result<R, Cause> {
    let _lock = lock();
    guarded(f)
}

/// As [`with`], for headers.
///
/// # Errors
/// `E0301` where no file is, `E0302` for one that the system does not open, `E0312` for one that is no netCDF, with the
/// words of who refused it as cause.
pub(super) fn inspect<R>(path: &str, f: impl FnOnce(&netcdf::File) -> Result<R, Cause>) -> Result<R> {
    if !Path::new(path).exists() {
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("there is no file `{path}`")));
    }
    with(path, f).map_err(|cause| unopened(path, format!("`{path}` cannot be read as netCDF"), cause))
}

/// Closes the file at `path` if it is open.
pub(super) fn forget(path: &str) {
    lock().files.retain(|open| open.path != path);
}

/// The crate below unwraps where a damaged file makes the library fail half way through a header.
fn guarded<R>(f: impl FnOnce() -> Result<R, Cause>) -> Result<R, Cause> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| Err("the file is damaged".into()))
}

fn stamp(path: &str) -> Result<Stamp, Cause> {
    let seen = std::fs::metadata(path)?;
    Ok((seen.len(), seen.modified().ok()))
}

/// Stops HDF5 from printing its stack of errors. The setting is one of the thread's own, and netCDF makes it only on the
/// thread that came first.
fn silence() {
    type SetAuto = unsafe extern "C" fn(i64, *mut libc::c_void, *mut libc::c_void) -> libc::c_int;
    // SAFETY: the name is NUL-terminated. The function found under it is HDF5's own, of the signature in its header
    // (stack id, callback, callback's data); stack 0 is the thread's default one and a null callback prints nothing. The
    // lock is held.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"H5Eset_auto2".as_ptr());
        if !found.is_null() {
            let set_auto: SetAuto = std::mem::transmute(found);
            set_auto(0, std::ptr::null_mut(), std::ptr::null_mut());
        }
    }
}

/// A byte of text, as netCDF keeps it apart from numbers.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub(super) struct Char(pub u8);

// SAFETY: it is one byte without padding or destructor, as values of NC_CHAR are, and any byte is valid.
unsafe impl NcTypeDescriptor for Char {
    fn type_descriptor() -> NcVariableType {
        NcVariableType::Char
    }
}

//! The netCDF library behind one lock: open files shared by all threads, its messages kept off stderr.
//!
//! **Invariant:** opening, reading, writing and closing happen only while [`lock`] is held. HDF5 below netCDF is not safe
//! otherwise, and serializes everything anyway; so files belong to the lock and not to a thread, and a chunk that one
//! thread decoded is still in the cache of the file when another thread reads beside it.

use super::patience;
use crate::diagnostic::{Cause, Diagnostic, DiskFault, Fault, Result, codes};
use crate::io::source::unopened;
use hdf5_sys::h5::H5set_free_list_limits;
use hdf5_sys::h5e::{H5E_DEFAULT, H5Eset_auto2};
use netcdf::NcTypeDescriptor;
use netcdf::types::NcVariableType;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once};
use std::time::SystemTime;

/// Files kept open, at most.
const KEPT: usize = 32;

/// Bytes of decoded chunks up to which several files are kept open.
const DECODED: u64 = 64 << 20;

/// The caches that netCDF gives to a variable: the least, the most, and the chunks that are to fit between these
/// (`CHUNK_CACHE_SIZE`, `MAX_DEFAULT_CACHE_SIZE` and `DEFAULT_CHUNKS_IN_CACHE` of its sources).
const LEAST_CACHE: u64 = 16 << 20;
pub(super) const LARGEST_CACHE: u64 = 64 << 20;
const CHUNKS_CACHED: u64 = 10;

/// An open file, and what it looked like when it was opened.
struct Open {
    path: String,
    stamp: Stamp,
    file: netcdf::File,
    /// Bytes of decoded chunks that it may hold, by the variables that were read.
    decoded: BTreeMap<String, u64>,
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

/// Waits for the lock, and makes HDF5 silent on this thread.
pub(super) fn lock() -> Lock {
    // A panic while the lock was held leaves at worst a file closed too early.
    let files = FILES.lock().unwrap_or_else(|e| e.into_inner());
    if !QUIET.replace(true) {
        silence();
    }
    keep_nothing();
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
                Open { path: path.to_string(), stamp, file, decoded: BTreeMap::new() }
            }
        };
        let result = guarded(|| f(&open.file));
        if self.files.len() >= KEPT {
            self.files.remove(0);
        }
        self.files.push(open);
        result
    }

    /// Notes that a variable of the file that was used last may hold so many bytes, and closes the files that were not used
    /// for longest where all hold too many.
    fn note_decoded(&mut self, name: &str, bytes: u64) {
        if let Some(open) = self.files.last_mut() {
            open.decoded.insert(name.to_string(), bytes);
        }
        let held = |open: &Open| open.decoded.values().sum::<u64>();
        let mut all: u64 = self.files.iter().map(held).sum();
        while all > DECODED && self.files.len() > 1 {
            all -= held(&self.files.remove(0));
        }
    }
}

/// Bytes of decoded chunks that a variable may hold.
fn cache_bytes(variable: &netcdf::Variable) -> u64 {
    let size = variable.vartype().size() as u64;
    let bytes = |lengths: &mut dyn Iterator<Item = usize>| lengths.map(|n| n as u64).product::<u64>() * size;
    let Ok(Some(chunk)) = variable.chunking() else { return 0 };
    let chunk = bytes(&mut chunk.into_iter());
    let whole = bytes(&mut variable.dimensions().iter().map(|dimension| dimension.len()));
    if chunk > LARGEST_CACHE { 0 } else { (chunk * CHUNKS_CACHED).clamp(LEAST_CACHE, LARGEST_CACHE).min(whole) }
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

/// Runs `f` on a variable of the open file at `path`, to read its numbers.
pub(super) fn with_variable<R>(
    path: &str,
    name: &str,
    f: impl FnOnce(&netcdf::Variable) -> Result<R, Cause>,
) -> Result<R, Cause> {
    patience::go_on()?;
    let mut lock = lock();
    let (result, decoded) = lock.with(path, |file| {
        let variable = file.variable(name).ok_or("the variable is gone")?;
        Ok((f(&variable)?, cache_bytes(&variable)))
    })?;
    lock.note_decoded(name, decoded);
    Ok(result)
}

/// Runs `f`, which brings its own file, while nobody else uses the library.
pub(super) fn alone<R>(f: impl FnOnce() -> Result<R, Cause>) -> Result<R, Cause> {
    patience::go_on()?;
    let _lock = lock();
    guarded(f)
}

/// Runs `f` on the open file at `path`, to read its header.
///
/// # Errors
/// `E0301` where no file is, `E0302` for one that the system does not open, `E0312` for one that is no netCDF, with the
/// words of who refused it as cause.
pub(super) fn inspect<R: Send + 'static>(
    path: &str,
    f: impl FnOnce(&netcdf::File) -> Result<R, Cause> + Send + 'static,
) -> Result<R> {
    if !Path::new(path).exists() {
        return Err(Diagnostic::new(codes::NOT_FOUND, format!("there is no file `{path}`")));
    }
    let of = path.to_string();
    patience::read(path, move || lock().with(&of, f))
        .map_err(|cause| unopened(path, format!("`{path}` cannot be read as netCDF"), cause))
}

/// Closes the file at `path` if it is open.
pub(super) fn forget(path: &str) {
    if patience::go_on().is_ok() {
        lock().files.retain(|open| open.path != path);
    }
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
    // SAFETY: stack 0 is the thread's default one, and a callback of null prints nothing. The lock is held.
    unsafe {
        H5Eset_auto2(H5E_DEFAULT, None, std::ptr::null_mut());
    }
}

/// Has HDF5 give back what it frees, once a process. What it would keep for later is not counted, and hides from the
/// allocator's checks what is used after it was freed.
fn keep_nothing() {
    static ONCE: Once = Once::new();
    // SAFETY: the call only takes limits. The lock is held.
    ONCE.call_once(|| unsafe {
        H5set_free_list_limits(0, 0, 0, 0, 0, 0);
    });
}

// The crate below does not hand on what its library says of itself.
#[cfg(feature = "cli")]
unsafe extern "C" {
    fn nc_inq_libvers() -> *const std::ffi::c_char;
}

/// The versions of the libraries that run: netCDF's and HDF5's.
#[cfg(feature = "cli")]
pub(crate) fn versions() -> [String; 2] {
    let _lock = lock();
    let (mut major, mut minor, mut release) = (0, 0, 0);
    // SAFETY: the first call answers with a text that lives as long as the library, the second fills the three numbers it
    // is given. The lock is held.
    let netcdf = unsafe {
        hdf5_sys::h5::H5get_libversion(&mut major, &mut minor, &mut release);
        std::ffi::CStr::from_ptr(nc_inq_libvers()).to_string_lossy()
    };
    // `4.9.0 of Sep 28 2022 10:23:08 $`
    let netcdf = netcdf.split_whitespace().next().unwrap_or_default().to_string();
    [netcdf, format!("{major}.{minor}.{release}")]
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

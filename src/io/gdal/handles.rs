//! GDAL datasets, opened when needed and kept per thread.

use super::driverless;
use super::enter::{enter, patiently};
use super::signed::SignedName;
use super::tiff::directory::Directory;
use super::tiff::{self, Blocks};
use crate::cube::Crs;
use crate::diagnostic::Result;
use crate::gdal::library::messages;
use crate::gdal::quiet::Quiet;
use crate::gdal::settings;
use crate::geometry::crs;
use crate::io::remote::address::{is_behind_server, is_remote, without_secrets};
use crate::io::source::{FILES_KEPT, unopened};
use crate::plan::Signer;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use std::cell::{OnceCell, RefCell};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// The driver that prints to C's `stdout`, while it opens a file and while it reads one.
const NOISY_DRIVER: &str = "GRIB";

thread_local! {
    static OPEN: RefCell<Vec<Open>> = const { RefCell::new(Vec::new()) };
}

/// A file that this thread has open: GDAL's dataset, and what a TIFF file tells without GDAL.
pub(crate) struct Open {
    name: String,
    stamp: Stamp,
    /// Of the options of GDAL it was opened under.
    version: u64,
    dataset: Dataset,
    directory: OnceCell<Option<Arc<Directory>>>,
    blocks: OnceCell<Option<Blocks>>,
}

impl Deref for Open {
    type Target = Dataset;

    fn deref(&self) -> &Dataset {
        &self.dataset
    }
}

impl Open {
    /// What GDAL opened.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The blocks of a plain TIFF file.
    pub(crate) fn blocks(&self) -> Option<&Blocks> {
        let of = || Blocks::of(&self.name, self.directory()?, &self.dataset);
        self.blocks.get_or_init(of).as_ref()
    }

    /// The reference system it states, if it states one.
    pub(crate) fn crs(&self) -> Result<Option<Crs>> {
        let asked = || match self.spatial_ref() {
            Ok(system) => crs::from_spatial_ref(&system).map(Some),
            Err(_) => Ok(None),
        };
        // What a sidecar says goes before the keys.
        let has_sidecar = || Path::new(&format!("{}.aux.xml", self.name)).exists();
        match self.directory().and_then(|directory| directory.system.as_deref()).filter(|_| !has_sidecar()) {
            Some(keys) => crs::of_keys(keys, asked),
            None => asked(),
        }
    }

    fn directory(&self) -> Option<&Arc<Directory>> {
        self.directory.get_or_init(|| tiff::directory(&self.name, &self.dataset)).as_ref()
    }
}

/// If this changes, a file is opened anew.
#[derive(PartialEq)]
enum Stamp {
    None,
    /// Size and time of change.
    File(u64, SystemTime),
    /// An address with a token in it, which is renewed.
    Address(u64),
}

/// Opens a dataset for reading, with GDAL's own words as the cause when it cannot.
pub(crate) fn open(name: &str) -> Result<Dataset> {
    patiently(name, || open_now(name, &enter(name)?))
}

fn open_now(name: &str, entered: &SignedName) -> Result<Dataset> {
    messages();
    let path = entered.path();
    // A remote folder is neither listed nor asked for sidecars: every question is a request.
    let itself = [path.rsplit('/').next().unwrap_or(path)];
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        sibling_files: is_remote(name).then_some(&itself[..]),
        ..Default::default()
    };
    let opened = {
        let _quiet = Quiet::start();
        Dataset::open_ex(path, options)
    };
    opened.map_err(|e| {
        let shown = without_secrets(name);
        driverless::named(unopened(path, format!("`{shown}` cannot be opened as a raster"), &e), name)
    })
}

/// Runs `f` on this thread's handle of a file, opening it if it is not open; once more where a server broke off.
pub(crate) fn with<R>(name: &str, mut f: impl FnMut(&Open) -> Result<R>) -> Result<R> {
    patiently(name, || with_now(name, &mut f))
}

fn with_now<R>(name: &str, f: &mut impl FnMut(&Open) -> Result<R>) -> Result<R> {
    let entered = enter(name)?;
    let (stamp, version) = (Stamp::of(name, &entered), settings::version());
    let kept = OPEN.with(|o| {
        let mut open = o.borrow_mut();
        let at = open.iter().position(|kept| kept.name == name)?;
        Some(open.remove(at)).filter(|kept| kept.stamp == stamp && kept.version == version)
    });
    let file = match kept {
        Some(kept) => kept,
        None => Open {
            name: name.to_string(),
            stamp,
            version,
            dataset: open_now(name, &entered)?,
            directory: OnceCell::new(),
            blocks: OnceCell::new(),
        },
    };
    messages();
    let result = {
        let _quiet = (file.driver().short_name() == NOISY_DRIVER).then(Quiet::start);
        f(&file)
    };
    // The handle of a file whose server failed remembers the failure.
    if result.is_err() && is_behind_server(name) {
        return result;
    }
    OPEN.with(|o| {
        let mut open = o.borrow_mut();
        if open.len() >= kept_at_most() {
            open.remove(0);
        }
        open.push(file);
    });
    result
}

impl Stamp {
    fn of(name: &str, entered: &SignedName) -> Stamp {
        if name.starts_with("/vsi") {
            return if entered.signer == Signer::Pc { Stamp::Address(hash(entered.path())) } else { Stamp::None };
        }
        let data = std::fs::metadata(name).ok();
        data.and_then(|d| Some(Stamp::File(d.len(), d.modified().ok()?))).unwrap_or(Stamp::None)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// How many files a thread keeps open: all threads together leave half of the process's file descriptors to others.
fn kept_at_most() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (file_descriptors() / 2 / threads).clamp(4, FILES_KEPT)
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

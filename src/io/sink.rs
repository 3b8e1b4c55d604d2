//! What every format must answer to be written.

use super::place::{self, cannot_write};
use super::places::PixelCoordinates;
use super::source::Tile;
use crate::cube::{Chunk, DType, Losses, Region, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::object;
use crate::io::remote::address::{check_scheme, gdal_name, is_remote, without_secrets};
use crate::plan::{IfExists, SinkSpec};
use crate::signature::Signature;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A format that can be written.
pub(crate) struct SinkFormat {
    /// As plans name it.
    pub name: &'static str,
    /// The stage that writes it, whose parameters are what it can be told.
    pub stage: &'static Signature,
    /// What its files are called; the first is proposed.
    pub extensions: &'static [&'static str],
    /// It copies no pixels but says where they lie.
    pub refers: bool,
    /// Its files are made on a disk; where they go to a server they are sent when they are whole.
    pub on_disk: bool,
    /// Refuses before anything runs: bad option values, existing targets, unwritable folders.
    pub check: fn(spec: &SinkSpec, schema: &Schema) -> Result<()>,
    /// The tile the sink would like to be written in, before it exists: for planning and `explain`.
    pub tile: fn(spec: &SinkSpec, schema: &Schema) -> Result<Tile>,
    pub create: fn(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>>,
}

/// A target being written, from many threads, in disjoint regions aligned to [`Sink::preferred_tile`].
///
/// The target appears whole on `finish` and not at all if the sink is dropped before.
pub(crate) trait Sink: Send + Sync {
    /// Regions are whole multiples of this (or end at the cube's edge), so that no block is written twice.
    fn preferred_tile(&self) -> Tile;

    /// Whether a region was written by an earlier run that is being resumed.
    fn is_done(&self, _region: &Region) -> bool {
        false
    }

    /// Takes the longitudes and latitudes of the pixels, where rows and columns are only counted, before any pixel.
    /// Formats without room for them leave them out.
    fn locate(&self, _places: &PixelCoordinates) -> Result<()> {
        Ok(())
    }

    /// `chunk` holds every band of `region`. Answers with the values that could not be stored as they are.
    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses>;

    fn finish(self: Box<Self>) -> Result<Output>;
}

/// What a run left behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    pub paths: Vec<PathBuf>,
    pub bytes: u64,
    /// Decisions that the user did not make.
    pub notes: Vec<String>,
    /// What was written, where it is not what flowed in: another grid, other types.
    pub stored: Option<Schema>,
}

/// What is stored where the bands are stored as numbers of these types; nothing where those are their own.
pub(crate) fn stored_as(schema: &Schema, dtypes: &[DType]) -> Option<Schema> {
    let mut stored = schema.clone();
    stored.bands.iter_mut().zip(dtypes).for_each(|(band, dtype)| band.dtype = *dtype);
    (stored.bands != schema.bands).then_some(stored)
}

/// Refuses a target whose name is none for it: of a scheme that is not known, or of a folder where a
/// file is written.
pub(super) fn check_name(spec: &SinkSpec, extensions: &[&str], schema: Option<&Schema>) -> Result<()> {
    check_scheme(&spec.path).map_err(|error| {
        let known = error.help.iter().filter(|help| help.starts_with("here ")).cloned();
        let others = known.chain(["write to a path, `file://`, `s3://`, `gs://` or `az://`".to_string()]);
        Box::new(Diagnostic { code: codes::CANNOT_WRITE, help: others.collect(), ..*error })
    })?;
    // Stores are folders, and so may references be.
    if ["zarr", "kerchunk"].contains(&spec.format.as_str()) {
        return Ok(());
    }
    let folder = spec.path.trim_end_matches('/');
    if folder.len() == spec.path.len() && !Path::new(&spec.path).is_dir() {
        return Ok(());
    }
    let apart = match spec.format.as_str() {
        "tif" | "cog" => schema.and_then(|schema| template_of_steps(&schema.time)),
        _ => None,
    };
    let name = match schema.map(|schema| &schema.bands[..]) {
        Some([band]) => band.name.replace(['/', '{', '}'], "_"),
        Some(_) => "bands".to_string(),
        None => "result".to_string(),
    };
    let name = match apart {
        Some(step) if !spec.path.contains('{') => format!("{name}_{step}"),
        _ => name,
    };
    let extension = extensions.first().copied().unwrap_or_default();
    Err(cannot_write(Path::new(&spec.path), "it is a folder")
        .help(format!("name a file in it: `save {} \"{folder}/{name}.{extension}\"`", spec.format)))
}

/// The part of a name that tells the steps of a cube apart, where there are several.
pub(super) fn template_of_steps(time: &TimeAxis) -> Option<String> {
    if time.len() < 2 {
        return None;
    }
    Some(match time {
        TimeAxis::Instants { calendar, values, .. } => {
            let texts = |format: &str| values.iter().map(|at| calendar.format(*at, format)).collect::<BTreeSet<_>>();
            let is_enough = |format: &&&str| texts(format).len() == values.len();
            match ["%Y%m%d", "%Y%m%dT%H%M", "%Y%m%dT%H%M%S"].iter().find(is_enough) {
                Some(format) => format!("{{time:{format}}}"),
                None => "{i}".to_string(),
            }
        }
        TimeAxis::Groups { key, .. } => format!("{{{key}}}"),
        TimeAxis::Positions(_) | TimeAxis::Reduced { .. } => "{i}".to_string(),
    })
}

/// The name of an object on a server, where a target is one.
///
/// # Errors
/// `E0502` for a web server.
pub(crate) fn remote_target(path: &str) -> Result<Option<String>> {
    let Some(name) = gdal_name(path).filter(|name| is_remote(name)) else { return Ok(None) };
    if name.starts_with("/vsicurl") {
        return Err(cannot_write(Path::new(&without_secrets(&name)), "a web server can only be read")
            .help("write to a path, `s3://`, `gs://` or `az://`"));
    }
    Ok(Some(name))
}

/// Refuses a target that exists, on a disk or as an object on a server, unless the user said what to do with it.
pub(crate) fn check_target(path: &Path, existing: IfExists) -> Result<()> {
    if let Some(name) = remote_target(&path.to_string_lossy())? {
        // A server that may not be asked says so when the object is sent.
        let exists = existing == IfExists::Refuse && object::size(&name).is_ok_and(|size| size.is_some());
        return if exists { Err(target_exists(&without_secrets(&name))) } else { Ok(()) };
    }
    if existing == IfExists::Refuse && path.exists() {
        return Err(target_exists(&path.to_string_lossy()));
    }
    Ok(())
}

pub(crate) fn target_exists(path: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::TARGET_EXISTS, format!("`{path}` exists"))
        .help("add `overwrite` to replace it, or choose another path")
}

/// The same for a target that is one file, or one object on a server.
pub(crate) fn check_file(path: &Path, existing: IfExists) -> Result<()> {
    if path.is_dir() {
        return Err(cannot_write(path, "it is a folder"));
    }
    check_target(path, existing)?;
    place::check(path)
}

/// Lets `write` fill a file that appears in its place when it is whole.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<Output> {
    if let Some(name) = remote_target(&path.to_string_lossy())? {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        let path = PathBuf::from(without_secrets(&name));
        object::write(&name, &bytes).map_err(|d| cannot_write(&path, d.below()))?;
        return Ok(Output { paths: vec![path], bytes: bytes.len() as u64, notes: Vec::new(), stored: None });
    }
    make_parent(path)?;
    let mut partial = Partial::new(partial_path(path));
    let mut to = BufWriter::new(File::create(&partial.path).map_err(|e| cannot_write(path, e))?);
    write(&mut to)?;
    to.flush().map_err(|e| cannot_write(path, e))?;
    let bytes = std::fs::metadata(&partial.path).map_or(0, |m| m.len());
    publish(&partial.path, path)?;
    partial.disarm();
    Ok(Output { paths: vec![path.to_path_buf()], bytes, notes: Vec::new(), stored: None })
}

/// Where a target is built before it is moved to its place: a hidden neighbor, so that the move is a rename.
pub(crate) fn partial_path(path: &Path) -> PathBuf {
    let name = path.file_name().map_or("target".into(), |n| n.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

/// Creates the folders above a target.
pub(crate) fn make_parent(path: &Path) -> Result<()> {
    let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(parent).map_err(|e| cannot_write(path, e))
}

/// Moves a finished target into its place, taking the place of one that may be overwritten.
pub(crate) fn publish(partial: &Path, path: &Path) -> Result<()> {
    if path.is_dir() {
        // A directory cannot be renamed over another; the old one steps aside first, so that one of them always exists.
        let old = partial.with_extension("old");
        std::fs::rename(path, &old).map_err(|e| cannot_write(path, e))?;
        std::fs::rename(partial, path).map_err(|e| cannot_write(path, e))?;
        return std::fs::remove_dir_all(&old).map_err(|e| cannot_write(path, e));
    }
    std::fs::rename(partial, path).map_err(|e| cannot_write(path, e))
}

/// Removes a half-written target when its sink is dropped unfinished.
pub(crate) struct Partial {
    pub path: PathBuf,
    armed: bool,
}

/// The half-written targets of this process, for a process that must end before its sinks are dropped.
static PARTIALS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes every half-written target of this process; to be called when it is about to end at once.
#[cfg(feature = "cli")]
pub(crate) fn remove_partials() {
    let all = std::mem::take(&mut *PARTIALS.lock().unwrap_or_else(|e| e.into_inner()));
    all.iter().for_each(|path| remove(path));
}

fn remove(path: &Path) {
    let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
}

impl Partial {
    pub(crate) fn new(path: PathBuf) -> Partial {
        PARTIALS.lock().unwrap_or_else(|e| e.into_inner()).push(path.clone());
        Partial { path, armed: true }
    }

    pub(crate) fn disarm(&mut self) {
        self.armed = false;
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        PARTIALS.lock().unwrap_or_else(|e| e.into_inner()).retain(|path| *path != self.path);
        if self.armed {
            remove(&self.path);
        }
    }
}

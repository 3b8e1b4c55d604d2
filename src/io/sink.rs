//! What every format must answer to be written.

use super::place::cannot_write;
use super::places::PixelCoordinates;
use super::source::Tile;
use crate::cube::{Chunk, DType, Losses, Region, Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::remote::address::check_scheme;
use crate::plan::SinkSpec;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Writes to a target that another process has laid out and will finish, where several processes can.
    pub join: Option<fn(target: &SharedTarget, schema: &Arc<Schema>) -> Result<Box<dyn Sink>>>,
}

/// A target that is laid out, for the processes that write parts of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SharedTarget {
    pub spec: SinkSpec,
    /// Where it is built; nothing for objects on a server, which are built in their place.
    pub at: Option<PathBuf>,
    /// A folder beside it in which whoever writes to it makes files.
    pub aside: Option<PathBuf>,
    /// Tells this laying out from any other in the same place.
    pub token: String,
    /// Whoever writes brings whole multiples of this.
    pub tile: Tile,
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

    /// How other processes can write to it while this one holds it; nothing where only this one can.
    fn shared(&self) -> Option<SharedTarget> {
        None
    }

    /// Hears that another process has written a region.
    fn note(&self, _region: &Region) -> Result<()> {
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

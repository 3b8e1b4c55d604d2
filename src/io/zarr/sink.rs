//! The sink `zarr`: a new store, built beside its place and moved there when it is whole.
//!
//! Objects on a server cannot be moved: there a store is built in its place, and its root, which makes it one, comes last.

use super::append::{self, Append};
use super::build::Blueprint;
use super::config::{Config, SAVE};
use super::progress::{self, Log};
use super::store::{self, MAKING, Store};
use super::writer::Writer;
use crate::cube::{Chunk, Losses, Region, Schema};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::history;
use crate::io::place::{self, cannot_write};
use crate::io::places::PixelCoordinates;
use crate::io::remote::without_secrets;
use crate::io::sink::stored_as;
use crate::io::target::{self, Staging, leads};
use crate::io::{Output, SharedTarget, Sink, SinkFormat, Tile};
use crate::plan::{IfExists, SinkSpec};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const FORMAT: SinkFormat = SinkFormat {
    name: "zarr",
    stage: &SAVE,
    extensions: &["zarr"],
    refers: false,
    on_disk: false,
    check,
    tile,
    create,
    join: Some(join),
};

fn check(spec: &SinkSpec, schema: &Schema) -> Result<()> {
    place::refuse_template(&spec.path)?;
    if super::zip::is_zip(&spec.path) {
        let folder = &spec.path[..spec.path.len() - ".zip".len()];
        return Err(Diagnostic::new(codes::CANNOT_WRITE, "a Zarr store is written as a folder, not as an archive")
            .help(format!("write `save zarr \"{folder}\"`, and archive the folder then")));
    }
    let config = Config::read(&spec.options, schema)?;
    if schema.time.is_empty() || schema.bands.is_empty() || schema.grid.pixels() == 0 {
        return Err(Diagnostic::new(codes::EMPTY_SELECTION, "there is nothing to save"));
    }
    Blueprint::new(schema, &config)?;
    let path = Path::new(&spec.path);
    // Refuses a web server; what GDAL keeps in memory is written as an object too.
    leads::server(&spec.path)?;
    if store::remote(&spec.path).is_some() {
        if spec.existing == IfExists::Resume {
            return Err(cannot_write(path, "an unfinished store can be resumed only on a local disk"));
        }
        if spec.existing == IfExists::Refuse && is_store(&Store::new(&spec.path)) {
            return Err(place::taken(&without_secrets(&spec.path)));
        }
    } else {
        target::check(path, spec.existing)?;
        if path.exists() && !is_store(&Store::new(&spec.path)) {
            let empty = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
            if !empty {
                return Err(cannot_write(path, "it is no Zarr store and will not be replaced by one")
                    .help("choose another path"));
            }
        }
        if spec.existing == IfExists::Resume && path.exists() {
            return Err(Diagnostic::new(codes::TARGET_EXISTS, format!("`{}` is finished", spec.path))
                .help("there is nothing to resume; `overwrite` builds it again"));
        }
        if spec.existing == IfExists::Resume {
            progress::check(&target::beside(path)?, &progress::identity(spec, schema))?;
        }
    }
    if spec.existing == IfExists::Append && is_store(&Store::new(&spec.path)) {
        append::check(spec, schema, &config)?;
    }
    Ok(())
}

fn tile(spec: &SinkSpec, schema: &Schema) -> Result<Tile> {
    let config = Config::read(&spec.options, schema)?;
    if spec.existing == IfExists::Append && is_store(&Store::new(&spec.path)) {
        return append::tile(spec, schema, &config);
    }
    Ok(Blueprint::new(schema, &config)?.tile(schema))
}

fn create(spec: &SinkSpec, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    check(spec, schema)?;
    let config = Config::read(&spec.options, schema)?;
    let target = Store::new(&spec.path);
    if spec.existing == IfExists::Append && is_store(&target) {
        return Ok(Box::new(Append::new(spec, schema, &config)?));
    }
    let mut blueprint = Blueprint::new(schema, &config)?;
    blueprint.tell(history::of(spec, schema));
    let path = PathBuf::from(&spec.path);
    let failed = |cause: Cause| cannot_write(&path, cause);
    let (place, store) = match target {
        Store::Remote(_) | Store::Zip(_) | Store::References(_) => {
            erase(&target).map_err(failed)?;
            (Place::Server, Arc::new(target.sending()))
        }
        Store::Local(_) => {
            let staging = Staging::hold(std::slice::from_ref(&path), spec.existing)?;
            let store = Store::new(&staging.at(0).to_string_lossy()).making_in(staging.room_for(MAKING)?);
            (Place::Disk(Box::new(staging)), Arc::new(store))
        }
    };
    let writer = blueprint.writer(&store, schema).map_err(failed)?;
    let mut sink = NewStore { place: Some(place), log: None, path, blueprint, writer, store, spec: spec.clone() };
    sink.begin(schema)?;
    Ok(Box::new(sink))
}

/// Where processes of the same user may be, and how many write: each makes its objects in a folder of its own name.
fn join(target: &SharedTarget, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    let config = Config::read(&target.spec.options, schema)?;
    let path = PathBuf::from(&target.spec.path);
    let failed = |cause: Cause| cannot_write(&path, cause);
    let store = match (&target.at, &target.aside) {
        (Some(at), Some(aside)) => {
            if !std::fs::read_to_string(aside.with_file_name(TOKEN)).is_ok_and(|token| token == target.token) {
                return Err(cannot_write(&path, format!("`{}` is not there for this worker", at.display()))
                    .help("save to a folder that all workers share, or to an object store"));
            }
            let own = aside.join(place::process_name());
            std::fs::create_dir_all(&own).map_err(|e| failed(e.into()))?;
            Store::new(&at.to_string_lossy()).making_in(own)
        }
        _ => Store::new(&target.spec.path),
    };
    let store = Arc::new(store);
    let writer = Blueprint::new(schema, &config)?.writer(&store, schema).map_err(failed)?;
    Ok(Box::new(Part { path, writer, store }))
}

/// The name of the file that tells a laying out from any other.
const TOKEN: &str = "token";

/// What tells this laying out from any other; made where it is asked for first.
fn token(file: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(file).or_else(|_| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let token = format!("{} {}", std::process::id(), now.as_nanos());
        std::fs::write(file, &token)?;
        Ok(token)
    })
}

/// A store that another process has laid out and will finish.
struct Part {
    path: PathBuf,
    writer: Writer,
    store: Arc<Store>,
}

impl Sink for Part {
    fn preferred_tile(&self) -> Tile {
        self.writer.tile()
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        let losses = self.writer.write(region, chunk).map_err(|cause| cannot_write(&self.path, cause))?;
        self.store.settle().map_err(|e| cannot_write(&self.path, e.below()))?;
        Ok(losses)
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        Ok(Output::default())
    }
}

/// Whether something at the root says that this is a Zarr store.
pub(super) fn is_store(store: &Store) -> bool {
    ["zarr.json", ".zgroup", ".zmetadata", ".zarray"].iter().any(|key| matches!(store.get_text(key), Ok(Some(_))))
}

fn erase(store: &Store) -> Result<(), Cause> {
    use zarrs::storage::{StorePrefix, WritableStorageTraits};
    // A prefix that is not there cannot be removed, which is as well.
    if store.list("").is_empty() {
        return Ok(());
    }
    store.erase_prefix(&StorePrefix::root()).map_err(Cause::from)
}

enum Place {
    Disk(Box<Staging>),
    Server,
}

struct NewStore {
    /// Taken when the store is finished.
    place: Option<Place>,
    /// How far a store is that may be resumed.
    log: Option<Log>,
    /// As the user named it.
    path: PathBuf,
    blueprint: Blueprint,
    writer: Writer,
    store: Arc<Store>,
    spec: SinkSpec,
}

impl NewStore {
    fn begin(&mut self, schema: &Schema) -> Result<()> {
        let failed = |e: std::io::Error| cannot_write(&self.path, e);
        let lay_out = || self.blueprint.lay_out(&self.store).map_err(|e| cannot_write(&self.path, e));
        let Some(Place::Disk(staging)) = self.place.as_ref().filter(|_| self.spec.existing == IfExists::Resume) else {
            return lay_out();
        };
        let tile = self.writer.tile();
        self.log = match Log::go_on(staging, tile).map_err(failed)? {
            Some(log) => Some(log),
            None => {
                lay_out()?;
                let identity = progress::identity(&self.spec, schema);
                Some(Log::start(staging, &identity, tile).map_err(failed)?)
            }
        };
        staging.keep();
        Ok(())
    }
}

impl Sink for NewStore {
    fn preferred_tile(&self) -> Tile {
        self.writer.tile()
    }

    fn is_done(&self, region: &Region) -> bool {
        self.log.as_ref().is_some_and(|log| log.is_done(region))
    }

    fn locate(&self, places: &PixelCoordinates) -> Result<()> {
        self.blueprint.locate(&self.store, places).map_err(|e| cannot_write(&self.path, e))
    }

    fn shared(&self) -> Option<SharedTarget> {
        let (at, aside) = match &self.place {
            Some(Place::Disk(staging)) => (Some(staging.at(0).to_path_buf()), Some(staging.aside(MAKING))),
            Some(Place::Server) => (None, None),
            None => return None,
        };
        let token = aside.as_ref().map_or(Ok(String::new()), |aside| token(&aside.with_file_name(TOKEN))).ok()?;
        Some(SharedTarget { spec: self.spec.clone(), at, aside, token })
    }

    fn note(&self, region: &Region) -> Result<()> {
        self.log.as_ref().map_or(Ok(()), |log| log.note(region)).map_err(|e| cannot_write(&self.path, e))
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        let failed = |cause: Cause| cannot_write(&self.path, cause);
        let losses = self.writer.write(region, chunk).map_err(failed)?;
        self.note(region)?;
        Ok(losses)
    }

    fn finish(mut self: Box<Self>) -> Result<Output> {
        let failed = |cause: Cause| cannot_write(&self.path, cause);
        // The root makes it a store: it goes when all else has arrived.
        let settle = || self.store.settle().map_err(|e| failed(e.below()));
        settle()?;
        let is_server = matches!(self.place, Some(Place::Server));
        if is_server && self.spec.existing == IfExists::Refuse && is_store(&self.store.waiting()) {
            return Err(place::came_to_be(&without_secrets(&self.store.name())));
        }
        self.blueprint.seal(&self.store).map_err(failed)?;
        settle()?;
        let mut output =
            Output { stored: stored_as(&self.writer.schema, &self.blueprint.dtypes()), ..Output::default() };
        output.paths = vec![match self.place.take() {
            Some(Place::Disk(staging)) => {
                output.bytes = store::size(staging.at(0));
                output.notes = staging.publish()?;
                self.path.clone()
            }
            Some(Place::Server) | None => without_secrets(&self.store.name()).into(),
        }];
        Ok(output)
    }
}

impl Drop for NewStore {
    fn drop(&mut self) {
        // What is built on a disk goes with its staging.
        if let Some(Place::Server) = self.place.take() {
            self.store.abandon();
            let _ = erase(&self.store.waiting());
        }
    }
}

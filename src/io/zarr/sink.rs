//! The sink `zarr`: a new store, built beside its place and moved there when it is whole.
//!
//! Objects on a server cannot be moved: there a store is built in its place, and its root, which makes it one, comes last.

use super::append::{self, Append};
use super::build::Blueprint;
use super::config::{Config, SAVE};
use super::progress::Log;
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
use crate::io::unfinished;
use crate::io::{Output, SharedTarget, Sink, SinkFormat, Tile};
use crate::plan::{IfExists, SinkSpec};
use std::collections::BTreeSet;
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
        let (store, shown) = (Store::new(&spec.path), without_secrets(&spec.path));
        let begun = if spec.resumable { begun(&store, path)? } else { None };
        if let Some(said) = &begun {
            unfinished::check(said, &unfinished::identity(spec, schema), &shown)?;
        } else if spec.existing == IfExists::Refuse && is_store(&store) {
            return Err(if spec.resumable { finished(&shown) } else { place::taken(&shown) });
        }
    } else {
        if spec.resumable && spec.existing == IfExists::Refuse && path.exists() {
            return Err(finished(&spec.path));
        }
        target::check(path, spec.existing)?;
        if path.exists() && !is_store(&Store::new(&spec.path)) {
            let empty = std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
            if !empty {
                return Err(cannot_write(path, "it is no Zarr store and will not be replaced by one")
                    .help("choose another path"));
            }
        }
        if spec.resumable {
            unfinished::check_on_disk(path, &unfinished::identity(spec, schema))?;
        }
    }
    if spec.existing == IfExists::Append && is_store(&Store::new(&spec.path)) {
        append::check(spec, schema, &config)?;
    }
    Ok(())
}

fn finished(shown: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::TARGET_EXISTS, format!("`{shown}` is finished"))
        .help("there is nothing to resume; `overwrite` builds it again")
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
        Store::Remote(_) | Store::Zip(_) | Store::References(_) => (Place::Server, Arc::new(target.sending())),
        Store::Local(_) => {
            let targets = std::slice::from_ref(&path);
            let hold = if spec.resumable { Staging::resume } else { Staging::hold };
            let staging = hold(targets, spec.existing)?;
            let store = Store::new(&staging.at(0).to_string_lossy()).making_in(staging.room_for(MAKING)?);
            (Place::Disk(Box::new(staging)), Arc::new(store))
        }
    };
    let writer = blueprint.writer(&store, schema).map_err(failed)?;
    let mut sink =
        NewStore { place: Some(place), earlier: Earlier::Nothing, path, blueprint, writer, store, spec: spec.clone() };
    sink.begin(schema)?;
    Ok(Box::new(sink))
}

/// Where processes of the same user may be, and how many write: each makes its objects in a folder of its own name.
fn join(target: &SharedTarget, schema: &Arc<Schema>) -> Result<Box<dyn Sink>> {
    let config = Config::read(&target.spec.options, schema)?;
    let path = PathBuf::from(&target.spec.path);
    let failed = |cause: Cause| cannot_write(&path, cause);
    let store = match unfinished::joined(target)? {
        Some((at, aside)) => {
            let own = unfinished::own_folder(aside).map_err(|e| failed(e.into()))?;
            Store::new(&at.to_string_lossy()).making_in(own)
        }
        None => Store::new(&target.spec.path),
    };
    let store = Arc::new(store);
    let writer = Blueprint::new(schema, &config)?.writer(&store, schema).map_err(failed)?;
    Ok(Box::new(Part { path, writer, store }))
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

/// The object of an unfinished store on a server that tells what is being built there.
const BEGUN: &str = ".begun";

/// What is being built on a server.
fn begun(store: &Store, path: &Path) -> Result<Option<String>> {
    store.get_text(BEGUN).map_err(|e| cannot_write(path, Cause::from(e)))
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
    earlier: Earlier,
    /// As the user named it.
    path: PathBuf,
    blueprint: Blueprint,
    writer: Writer,
    store: Arc<Store>,
    spec: SinkSpec,
}

/// How far a store is that may be resumed.
enum Earlier {
    /// It may not be.
    Nothing,
    Log(Log),
    /// The objects that are on the server already, each of them whole.
    Sent(BTreeSet<String>),
}

impl NewStore {
    fn begin(&mut self, schema: &Schema) -> Result<()> {
        let failed = |e: std::io::Error| cannot_write(&self.path, e);
        let refused = |e: Cause| cannot_write(&self.path, e);
        let lay_out = || self.blueprint.lay_out(&self.store).map_err(refused);
        let identity = || unfinished::identity(&self.spec, schema);
        let tile = self.writer.tile();
        match &self.place {
            Some(Place::Disk(staging)) if self.spec.resumable => {
                let log = match Log::go_on(staging, tile).map_err(failed)? {
                    Some(log) => log,
                    None => {
                        lay_out()?;
                        Log::start(staging, &identity(), tile).map_err(failed)?
                    }
                };
                staging.keep();
                self.earlier = Earlier::Log(log);
            }
            Some(Place::Server) => {
                let waiting = self.store.waiting();
                if self.spec.resumable && begun(&waiting, &self.path)?.is_some() {
                    self.earlier = Earlier::Sent(waiting.keys().into_iter().collect());
                    return Ok(());
                }
                erase(&waiting).map_err(refused)?;
                if self.spec.resumable {
                    // What stands there tells, from the first object on, what is being built.
                    waiting.put(BEGUN, format!("{}\n", identity()).into()).map_err(|e| refused(e.into()))?;
                }
                lay_out()?;
                if self.spec.resumable {
                    self.store.settle().map_err(|e| refused(e.below()))?;
                    self.earlier = Earlier::Sent(BTreeSet::new());
                }
            }
            Some(Place::Disk(_)) | None => lay_out()?,
        }
        Ok(())
    }
}

impl Sink for NewStore {
    fn preferred_tile(&self) -> Tile {
        self.writer.tile()
    }

    fn is_done(&self, region: &Region) -> bool {
        match &self.earlier {
            Earlier::Nothing => false,
            Earlier::Log(log) => log.is_done(region),
            Earlier::Sent(keys) => self.writer.is_among(region, keys),
        }
    }

    fn locate(&self, places: &PixelCoordinates) -> Result<()> {
        self.blueprint.locate(&self.store, places).map_err(|e| cannot_write(&self.path, e))
    }

    fn shared(&self) -> Option<SharedTarget> {
        let tile = self.writer.tile();
        match self.place.as_ref()? {
            Place::Disk(staging) => unfinished::share(&self.spec, staging, MAKING, tile),
            Place::Server => {
                Some(SharedTarget { spec: self.spec.clone(), at: None, aside: None, token: String::new(), tile })
            }
        }
    }

    fn note(&self, region: &Region) -> Result<()> {
        match &self.earlier {
            Earlier::Log(log) => log.note(region).map_err(|e| cannot_write(&self.path, e)),
            Earlier::Nothing | Earlier::Sent(_) => Ok(()),
        }
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
        let is_begun = matches!(self.earlier, Earlier::Sent(_));
        if is_server && !is_begun && self.spec.existing == IfExists::Refuse && is_store(&self.store.waiting()) {
            return Err(place::came_to_be(&without_secrets(&self.store.name())));
        }
        self.blueprint.seal(&self.store).map_err(failed)?;
        settle()?;
        if is_begun {
            self.store.waiting().remove(BEGUN).map_err(|e| failed(e.into()))?;
        }
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
            if matches!(self.earlier, Earlier::Sent(_)) {
                return;
            }
            let _ = erase(&self.store.waiting());
        }
    }
}

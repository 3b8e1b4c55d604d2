//! The sink `zarr`: a new store, built beside its place and moved there when it is whole.

use super::append::{self, Append};
use super::build::Blueprint;
use super::config::{Config, SAVE};
use super::progress::{self, Log};
use super::store::{self, Store};
use super::writer::Writer;
use crate::cube::{Chunk, Losses, Region, Schema};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::history;
use crate::io::place::{self, cannot_write};
use crate::io::places::PixelCoordinates;
use crate::io::remote::without_secrets;
use crate::io::sink::{check_target, make_parent, publish, remote_target, stored_as, target_exists};
use crate::io::{Output, Sink, SinkFormat, Tile};
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
    let target = &local(&spec.path);
    // Refuses a web server; what GDAL keeps in memory is written as an object too.
    remote_target(&spec.path)?;
    if store::remote(&spec.path).is_some() {
        if spec.existing == IfExists::Resume {
            return Err(cannot_write(target, "an unfinished store can be resumed only on a local disk"));
        }
        if spec.existing == IfExists::Refuse && is_store(&Store::new(&spec.path)) {
            return Err(target_exists(&without_secrets(&spec.path)));
        }
    } else {
        check_target(target, spec.existing)?;
        place::check(target)?;
        if target.exists() && !is_store(&Store::new(&spec.path)) {
            let empty = std::fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
            if !empty {
                return Err(cannot_write(target, "it is no Zarr store and will not be replaced by one")
                    .help("choose another path"));
            }
        }
        if spec.existing == IfExists::Resume && target.exists() {
            return Err(Diagnostic::new(codes::TARGET_EXISTS, format!("`{}` is finished", spec.path))
                .help("there is nothing to resume; `overwrite` builds it again"));
        }
        let partial = partial(target);
        if spec.existing == IfExists::Resume && progress::exists(&partial) {
            progress::check(&partial, &progress::identity(spec, schema))?;
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
    let path = local(&spec.path);
    let failed = |cause: Cause| cannot_write(&path, cause);
    let place = match target {
        Store::Remote(_) | Store::Zip(_) | Store::References(_) => {
            erase(&target).map_err(failed)?;
            Destination::Remote(Arc::new(target.sending()))
        }
        Store::Local(path) => {
            make_parent(&path)?;
            Destination::Local { folder: partial(&path), path }
        }
    };
    let store = Arc::new(match &place {
        Destination::Remote(store) => (**store).clone(),
        Destination::Local { folder, .. } => Store::Local(folder.clone()),
    });
    let writer = blueprint.writer(&store, schema).map_err(failed)?;
    let mut sink = NewStore {
        place: Some(place),
        owned: false,
        log: None,
        keep: spec.existing == IfExists::Resume,
        blueprint,
        writer,
        store,
        schema: schema.clone(),
    };
    sink.begin(spec, schema)?;
    Ok(Box::new(sink))
}

fn local(path: &str) -> PathBuf {
    path.into()
}

/// Where a local store is built: a hidden neighbor whose name another run finds again.
fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().map_or("store".into(), |n| n.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.partial"))
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

enum Destination {
    Local {
        folder: PathBuf,
        path: PathBuf,
    },
    /// Objects cannot be moved: the store is built in place, and its root written last.
    Remote(Arc<Store>),
}

struct NewStore {
    /// Taken when the store is finished.
    place: Option<Destination>,
    /// Whether what lies at the place is this run's, and goes with it.
    owned: bool,
    log: Option<Log>,
    /// Whether an unfinished store stays for another run.
    keep: bool,
    blueprint: Blueprint,
    writer: Writer,
    store: Arc<Store>,
    schema: Arc<Schema>,
}

impl NewStore {
    fn begin(&mut self, spec: &SinkSpec, schema: &Schema) -> Result<()> {
        let target = &local(&spec.path);
        if let Some(Destination::Local { folder, .. }) = &self.place {
            let (identity, tile) = (progress::identity(spec, schema), self.writer.tile());
            if self.keep && progress::exists(folder) {
                self.log = Some(Log::go_on(folder, &identity, tile)?);
                self.owned = true;
                return Ok(());
            }
            if folder.exists() {
                progress::check_idle(folder)?;
                std::fs::remove_dir_all(folder).map_err(|e| cannot_write(target, e))?;
            }
            std::fs::create_dir(folder).map_err(|e| cannot_write(target, e))?;
            self.owned = true;
            self.log = Some(Log::start(folder, &identity, tile)?);
        }
        self.owned = true;
        self.blueprint.lay_out(&self.store).map_err(|e| cannot_write(target, e))
    }

    fn path(&self) -> PathBuf {
        match &self.place {
            Some(Destination::Local { path, .. }) => path.clone(),
            Some(Destination::Remote(store)) => match &**store {
                Store::Local(path) => path.clone(),
                other => without_secrets(&other.name()).into(),
            },
            None => PathBuf::new(),
        }
    }
}

impl Sink for NewStore {
    fn preferred_tile(&self) -> Tile {
        self.writer.tile()
    }

    fn is_done(&self, region: &Region) -> bool {
        self.keep && self.log.as_ref().is_some_and(|log| log.is_done(region))
    }

    fn locate(&self, places: &PixelCoordinates) -> Result<()> {
        self.blueprint.locate(&self.store, places).map_err(|e| cannot_write(&self.path(), e))
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        let failed = |cause: Cause| cannot_write(&self.path(), cause);
        let losses = self.writer.write(region, chunk).map_err(failed)?;
        self.log.as_ref().map_or(Ok(()), |log| log.note(region)).map_err(|e| failed(e.into()))?;
        Ok(losses)
    }

    fn finish(mut self: Box<Self>) -> Result<Output> {
        let path = self.path();
        // The root makes it a store: it goes when all else has arrived.
        let settle = || self.store.settle().map_err(|e| cannot_write(&path, e.below()));
        settle()?;
        self.blueprint.seal(&self.store).map_err(|e| cannot_write(&path, e))?;
        settle()?;
        let mut bytes = 0;
        if let Some(Destination::Local { folder, path }) = &self.place {
            if let Some(log) = self.log.take() {
                log.close().map_err(|e| cannot_write(path, e))?;
            }
            bytes = store::size(folder);
            // Left over where an earlier run was killed between the two renames of a swap; the store is in its place.
            let _ = std::fs::remove_dir_all(folder.with_extension("old"));
            publish(folder, path)?;
        }
        self.place = None;
        let stored = stored_as(&self.schema, &self.blueprint.dtypes());
        Ok(Output { paths: vec![path], bytes, notes: Vec::new(), stored })
    }
}

impl Drop for NewStore {
    fn drop(&mut self) {
        match self.place.take().filter(|_| self.owned) {
            Some(Destination::Local { folder, .. }) if !self.keep => {
                let _ = std::fs::remove_dir_all(folder);
            }
            Some(Destination::Remote(store)) => {
                store.abandon();
                let _ = erase(&store.waiting());
            }
            _ => {}
        }
    }
}

//! Appending along time to a store that is there, ours or another's.
//!
//! **Invariant:** the store reads as before, or with all new steps. New chunks lie beyond the ends of the arrays, and the
//! chunk that old and new steps share keeps the old. When all lie where they are read, it is written down how the
//! documents grow, and then they grow, the root's last. Readers of the root's document see the old or the new at every
//! moment, Rastra does without it, too; others that read each array's own may meet some that have grown and some that
//! have not, until a killed run is completed by the next one.

use super::chunking;
use super::config::{Config, Layout};
use super::encode::Storage;
use super::file::{self, serial};
use super::journal::{self, Documents};
use super::metadata::{self, Group, Node};
use super::store::{self, MAKING, Store};
use super::times;
use super::writer::{Target, Writer};
use crate::cube::{Chunk, DType, Losses, Pixels, Region, Schema, TimeAxis};
use crate::diagnostic::{self, Cause, Diagnostic, Result, codes};
use crate::io::cf::{CfReading, DimIndex, Placing, Survey, VariableLayout, Wanted, survey};
use crate::io::history;
use crate::io::place::cannot_write;
use crate::io::target::{self, Staging};
use crate::io::{Output, Sink, Tile};
use crate::plan::{IfExists, SinkSpec};
use crate::with_pixels;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use zarrs::array::{Array, ArraySubset, Element};
use zarrs::storage::WritableStorageTraits;

/// What is there and fits.
struct AppendTarget {
    store: Arc<Store>,
    group: Group,
    time_dim: String,
    steps: usize,
    writer: Writer,
    /// Coordinate variables along time and the numbers to add to each.
    times: Vec<(String, Vec<f64>)>,
}

/// Completes what a run that was killed had begun to change in a store on a disk. Answers whether there was something;
/// where it cannot be changed, readers of this program see it as it will be.
pub(super) fn complete(path: &Path) -> bool {
    let store = Store::new(&path.to_string_lossy());
    if !matches!(store, Store::Local(_)) || !journal::pending(&store).is_ok_and(|documents| !documents.is_empty()) {
        return false;
    }
    // A run that is at it has the lock.
    let Ok(mut staging) = Staging::hold(&[path.into()], IfExists::Append) else { return false };
    let completed = staging.room_for(MAKING).and_then(|folder| {
        let store = store.making_in(folder);
        journal::complete(&store).map_err(|cause| cannot_write(path, cause))?;
        target::settle(path).map_err(|e| cannot_write(path, e))
    });
    staging.release();
    completed.is_ok()
}

/// Refuses what cannot be appended: E0505 with both sides.
pub(super) fn check(spec: &SinkSpec, schema: &Schema, config: &Config) -> Result<()> {
    complete(Path::new(&spec.path));
    find(spec, &Arc::new(schema.clone()), config, Store::new(&spec.path)).map(|_| ())
}

/// The tile in which the chunks of the store are written.
pub(super) fn tile(spec: &SinkSpec, schema: &Schema, config: &Config) -> Result<Tile> {
    find(spec, &Arc::new(schema.clone()), config, Store::new(&spec.path)).map(|found| found.writer.tile())
}

fn find(spec: &SinkSpec, schema: &Arc<Schema>, config: &Config, store: Store) -> Result<AppendTarget> {
    let path = spec.path.as_str();
    let store = Arc::new(store);
    let refuse =
        |why: String| Diagnostic::new(codes::CANNOT_APPEND, format!("the cube cannot be appended to `{path}`: {why}"));
    let group = metadata::open(&store, path, "")?;
    if spec.options.has("version") && config.version != group.version {
        return Err(refuse(format!("the store has version {}", group.version)).help("leave out `version`"));
    }
    let names: Vec<String> = schema.band_names().map(String::from).collect();
    let header = file::header(path, &store, &group);
    let has_all = names.iter().all(|name| header.variables.iter().any(|v| v.name == *name));
    let vars = if has_all { names.clone() } else { Vec::new() };
    // What was counted when it was read is counted where it is written.
    let grid = schema.grid.is_counted().then_some(Placing::Index);
    let how = CfReading { grid, ..CfReading::default() };
    let Survey { layout, bands, placed, axis, .. } =
        survey(&header, &Wanted { names: &vars, how, ..Wanted::default() })?;
    let only_read =
        |layer: &&VariableLayout| group.arrays.iter().any(|node| node.name == layer.name && node.is_only_read());
    if let Some(layer) = layout.variables.iter().find(only_read) {
        return Err(refuse(format!("`{}` is packed by codecs that are only read", layer.name))
            .help("write another store, with `concat` of the old one and the new steps"));
    }
    let there = Schema::new(axis, bands, placed.grid);
    let layers = &layout.variables;
    let found: Vec<&str> = there.band_names().collect();
    if found != names.iter().map(String::as_str).collect::<Vec<_>>() {
        let list = |names: &[&str]| diagnostic::list_some(names.iter().copied(), 12);
        let ours: Vec<&str> = schema.band_names().collect();
        return Err(refuse(format!("it has the bands {}, the store {}", list(&ours), list(&found))));
    }
    let is_cube = layers.iter().any(|layer| layer.places.iter().any(|place| matches!(place, DimIndex::At(_))));
    if spec.options.has("layout") && is_cube != (config.layout == Layout::Cube) {
        return Err(refuse("the store has another layout".into()).help("leave out `layout`"));
    }
    if !there.grid.same_grid(&schema.grid) {
        let (ours, theirs) = (schema.grid.describe(), there.grid.describe());
        let bounds = (schema.grid.bounds(), there.grid.bounds());
        let why = format!("its grid is {ours}, {}, that of the store {theirs}, {}", bounds.0, bounds.1);
        return Err(refuse(why).help(format!("add `align \"{path}\"` before it")));
    }
    if layout.flip_x {
        return Err(refuse("the store has its columns from east to west".into()));
    }
    check_times(&there.time, &schema.time, &refuse)?;
    if !there.time.is_sorted() {
        return Err(refuse("the steps of the store are not in order of time".into()));
    }
    let mut targets: Vec<Target> = Vec::new();
    let mut chunk = None;
    let mut time_dim = String::new();
    for (band, layer) in layers.iter().enumerate() {
        let (ours, theirs) = (&schema.bands[band], &there.bands[band]);
        if ours.dtype != theirs.dtype {
            let why = format!("`{}` is {}, in the store {}", ours.name, ours.dtype, theirs.dtype);
            return Err(refuse(why).help(format!("add `cast {}` before it", theirs.dtype)));
        }
        if ours.nodata.is_some_and(|v| !v.is_nan()) && theirs.nodata.is_none() {
            return Err(refuse(format!("`{}` can have missing pixels, in the store it cannot", ours.name)));
        }
        if !in_order(layer) {
            return Err(refuse(format!("`{}` is not stored in the order time, rows, columns", ours.name)));
        }
        let node = node_of(&group, &layer.name).ok_or_else(|| refuse("an array is gone".into()))?;
        time_dim = node.dims()[0].clone();
        if let Some(target) = targets.iter_mut().find(|t| t.array.path().as_str() == node.path) {
            target.bands.push(band);
            continue;
        }
        let grown = grow(node, there.time.len() + schema.time.len());
        let array = file::open(&store, &grown, path)?;
        let size = outer(&array);
        if *chunk.get_or_insert(size) != size {
            return Err(refuse("the arrays of the store are not chunked alike".into()));
        }
        if layer.raw != layer.dtype {
            return Err(refuse(format!("`{}` is stored as numbers of another sign", ours.name)));
        }
        let missing = layer.missing.first().map(|n| n.to_f64());
        let nodata = missing.or(layer.dtype.is_float().then_some(f64::NAN));
        let storage = Storage { dtype: layer.dtype, nodata, packing: layer.packing };
        targets.push(Target { array, bands: vec![band], storage, has_time: true, has_band: is_cube });
    }
    let chunk = chunk.unwrap_or(Tile { time: 1, y: 1, x: 1 });
    let wanted = config.shards.unwrap_or(config.chunks);
    if !chunking::agrees(&wanted, chunk, schema) {
        let why = format!("the chunks of the store are time {} y {} x {}", chunk.time, chunk.y, chunk.x);
        return Err(refuse(why).help("leave out `chunks` and `shards`"));
    }
    let times = times::more(&header, &time_dim, &schema.time).map_err(&refuse)?;
    let known: Vec<&str> = names_of(&targets).chain(times.iter().map(|(name, _)| name.as_str())).collect();
    let others: Vec<&str> = header
        .variables
        .iter()
        .filter(|v| v.dim(&time_dim).is_some())
        .map(|v| v.name.as_str())
        .filter(|n| !known.contains(n))
        .collect();
    if !others.is_empty() {
        let list = diagnostic::list_some(others.iter().copied(), 8);
        return Err(refuse(format!("the store has more along `{time_dim}` that would be left short: {list}")));
    }
    let before = there.time.len();
    let mut writer = Writer::new(schema.clone(), targets, chunk, before);
    writer.upward = layout.flip_y;
    Ok(AppendTarget { store, time_dim, steps: before + schema.time.len(), writer, times, group })
}

fn node_of<'a>(group: &'a Group, name: &str) -> Option<&'a Node> {
    group.arrays.iter().find(|node| node.name == name)
}

fn names_of(targets: &[Target]) -> impl Iterator<Item = &str> {
    targets.iter().map(|t| t.array.path().as_str().trim_start_matches('/'))
}

fn check_times(there: &TimeAxis, ours: &TimeAxis, refuse: &dyn Fn(String) -> Box<Diagnostic>) -> Result<()> {
    let (Some((theirs, old)), Some((calendar, new))) = (there.instants(), ours.instants()) else {
        let why =
            if there.instants().is_none() { "the steps of the store have no dates" } else { "its steps have no dates" };
        return Err(refuse(why.into()));
    };
    if !theirs.agrees(*calendar, old.iter().chain(new)) {
        return Err(refuse(format!("its calendar is {}, that of the store {}", calendar.cf_name(), theirs.cf_name())));
    }
    if let (Some(last), Some(first)) = (old.iter().max(), new.iter().min())
        && first <= last
    {
        let (first, last) = (calendar.iso(*first), calendar.iso(*last));
        return Err(refuse(format!("it starts at {first}, the store ends at {last}"))
            .help(format!("keep the steps after {last} with `time`, or write another store")));
    }
    Ok(())
}

/// Time first, then the band if there is one, rows, columns.
fn in_order(layer: &VariableLayout) -> bool {
    matches!(
        layer.places[..],
        [DimIndex::Step, DimIndex::Y, DimIndex::X] | [DimIndex::Step, DimIndex::At(_), DimIndex::Y, DimIndex::X]
    )
}

/// The array with another number of steps along its first dimension.
fn grow(node: &Node, steps: usize) -> Node {
    let mut grown = node.clone();
    if let Some(shape) = grown.document.get_mut("shape").and_then(Value::as_array_mut)
        && let Some(first) = shape.first_mut()
    {
        *first = steps.into();
    }
    grown
}

fn outer(array: &Array<Store>) -> Tile {
    let shape = array.chunk_shape(&vec![0; array.dimensionality()]).unwrap_or_default();
    let at = |i: usize| shape.get(i).map_or(1, |n| n.get() as usize);
    let n = shape.len();
    Tile { time: at(0), y: at(n.saturating_sub(2)), x: at(n.saturating_sub(1)) }
}

pub(super) struct Append {
    found: AppendTarget,
    path: String,
    history: String,
    /// From when on the new steps belong to the store.
    is_written: bool,
    /// The hold on a store on a disk.
    staging: Option<Staging>,
}

impl Append {
    pub(super) fn new(spec: &SinkSpec, schema: &Arc<Schema>, config: &Config) -> Result<Append> {
        let path = spec.path.as_str();
        let failed = |cause: Cause| cannot_write(Path::new(path), cause);
        let (store, staging) = match Store::new(path) {
            store @ Store::Local(_) => {
                let staging = Staging::hold(&[path.into()], spec.existing)?;
                (store.making_in(staging.room_for(MAKING)?), Some(staging))
            }
            store => (store.sending(), None),
        };
        journal::complete(&store).map_err(failed)?;
        let found = find(spec, schema, config, store)?;
        // Of the two that meet here the store's own history is the one that goes on.
        let theirs = found.group.attributes.get("history").and_then(Value::as_str).map(str::to_string);
        let history = history::of(spec, &Schema { history: theirs, ..(**schema).clone() });
        Ok(Append { found, path: spec.path.clone(), history, is_written: false, staging })
    }

    fn failed(&self, cause: Cause) -> Box<Diagnostic> {
        cannot_write(Path::new(&self.path), cause)
    }

    /// Adds the new dates to the coordinates along time: in the padding of their last chunk and in chunks beyond.
    fn write_times(&self) -> Result<(), Cause> {
        fn run<S: crate::cube::chunk::PixelType + Element>(
            _: Vec<S>,
            array: &Array<Store>,
            subset: &ArraySubset,
            values: &[f64],
        ) -> Result<(), Cause> {
            let values: Vec<S> = values.iter().map(|v| S::from_f64(*v)).collect();
            array.store_array_subset_opt(subset, &values, &serial()).map_err(Cause::from)
        }
        for (name, values) in &self.found.times {
            let node = node_of(&self.found.group, name).ok_or("a coordinate is gone")?;
            let dtype = match node.kind() {
                metadata::Kind::Number(dtype) => dtype,
                _ => DType::I64,
            };
            let grown = grow(node, self.found.steps);
            let array = file::open(&self.found.store, &grown, &self.path).map_err(|e| e.below())?;
            let mut ranges: Vec<std::ops::Range<u64>> = array.shape().iter().map(|&n| 0..n).collect();
            ranges[0].start = self.found.writer.before as u64;
            let subset = ArraySubset::new_with_ranges(&ranges);
            with_pixels!(Pixels::zeros(dtype, 0), none => run(none, &array, &subset, values))?;
        }
        Ok(())
    }

    /// The documents of a store that has grown along time: each array's own, and the root's.
    fn documents(&self) -> Result<Documents, Cause> {
        let AppendTarget { store, group, time_dim, steps, .. } = &self.found;
        let along = |node: &&Node| node.dims().first() == Some(time_dim);
        let read = |key: &str| -> Result<Option<Value>, Cause> {
            let text = store.get_text(key)?;
            text.map(|text| crate::io::json::parse(&text).map_err(Cause::from)).transpose()
        };
        let name = if group.version == 3 { "zarr.json" } else { ".zarray" };
        let mut documents = Documents::new();
        for node in group.arrays.iter().filter(along) {
            let key = format!("{}/{name}", node.name);
            let mut document = read(&key)?.ok_or_else(|| format!("{key} is gone"))?;
            document["shape"][0] = (*steps).into();
            documents.push((key, document));
        }
        let grown = documents.clone();
        let (key, pointer) = if group.version == 3 {
            ("zarr.json", "/consolidated_metadata/metadata")
        } else {
            (".zmetadata", "/metadata")
        };
        // The attributes of a root of v2 have a document of their own.
        if group.version == 2
            && let Some(mut held) = read(".zattrs")?
        {
            held["history"] = self.history.clone().into();
            documents.push((".zattrs".into(), held));
        }
        let Some(mut root) = read(key)? else { return Ok(documents) };
        let attributes = if group.version == 3 { "/attributes" } else { "/metadata/.zattrs" };
        if let Some(held) = root.pointer_mut(attributes).and_then(Value::as_object_mut) {
            held.insert("history".into(), self.history.clone().into());
        }
        if let Some(all) = root.pointer_mut(pointer).and_then(Value::as_object_mut) {
            for (array, document) in grown {
                // In the root of v3 an array is named, in that of v2 its document is.
                let entry = array.strip_suffix("/zarr.json").map_or(array.clone(), String::from);
                all.insert(entry, document);
            }
        }
        documents.push((key.into(), root));
        Ok(documents)
    }

    /// Until all that was written lies where it is read, on a disk or on a server.
    fn settle(&self) -> Result<()> {
        match &*self.found.store {
            Store::Local(local) => target::settle(&local.root).map_err(|e| self.failed(e.into())),
            other => other.settle().map_err(|e| self.failed(e.below())),
        }
    }
}

impl Sink for Append {
    fn preferred_tile(&self) -> Tile {
        self.found.writer.tile()
    }

    fn write(&self, region: &Region, chunk: Chunk) -> Result<Losses> {
        self.found.writer.write(region, chunk).map_err(|cause| self.failed(cause))
    }

    fn finish(mut self: Box<Self>) -> Result<Output> {
        self.write_times().map_err(|cause| self.failed(cause))?;
        self.settle()?;
        let documents = self.documents().map_err(|cause| self.failed(cause))?;
        let store = self.found.store.clone();
        // A failure from here on is one of a store that has grown.
        self.is_written = true;
        journal::begin(&store, &documents).map_err(|cause| self.failed(cause))?;
        self.settle()?;
        journal::end(&store, &documents).map_err(|cause| self.failed(cause))?;
        self.settle()?;
        let bytes = match &*store {
            Store::Local(local) => store::size(&local.root),
            Store::Remote(_) | Store::Zip(_) | Store::References(_) => 0,
        };
        let notes = self.staging.as_mut().map_or(Vec::new(), Staging::release);
        Ok(Output { paths: vec![self.path.clone().into()], bytes, notes, stored: None })
    }
}

impl Drop for Append {
    /// Chunks that only hold new steps go; the one shared with old steps keeps numbers beyond the end that nobody reads.
    fn drop(&mut self) {
        if self.is_written {
            return;
        }
        self.found.store.abandon();
        let store = self.found.store.waiting();
        let writer = &self.found.writer;
        let first = writer.before.div_ceil(writer.chunk.time) as u64;
        for target in &writer.targets {
            let counts = target.array.chunk_grid_shape().to_vec();
            let mut index = vec![0; counts.len()];
            index[0] = first;
            while index[0] < counts[0] {
                let _ = store.erase(&target.array.chunk_key(&index));
                for d in (0..counts.len()).rev() {
                    index[d] += 1;
                    if index[d] < counts[d] || d == 0 {
                        break;
                    }
                    index[d] = 0;
                }
            }
        }
    }
}

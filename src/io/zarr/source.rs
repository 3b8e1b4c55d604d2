//! The source `zarr`: chunks of a store as regions of a cube.

use super::file::{self, ZarrFile};
use super::into;
use super::metadata::{self, Node};
use super::store::{self, Store};
use crate::cube::chunk::Stored;
use crate::cube::{Chunk, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::cf::{self, Dim, Layer};
use crate::io::{ReadCx, Source, SourceFormat, Tile};
use crate::plan::SourceSpec;
use crate::with_pixels;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use zarrs::array::{Array, ArrayShardedExt, ArraySubset, ElementOwned};

pub const FORMAT: SourceFormat = SourceFormat { name: "zarr", discover, open };

/// Everything `open` needs, so that it reads no metadata.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Found {
    /// Path or URL, absolute.
    path: String,
    #[serde(default)]
    skip: bool,
    layers: Vec<Layer>,
    arrays: BTreeMap<String, Document>,
    #[serde(default)]
    flip_y: bool,
    #[serde(default)]
    flip_x: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored_steps: Option<Vec<usize>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Document {
    path: String,
    metadata: Value,
}

struct Zarr {
    spec: SourceSpec,
    schema: Arc<Schema>,
    found: Found,
    /// One a layer.
    arrays: Vec<Arc<Array<Store>>>,
    tile: Tile,
}

fn discover(options: &Value) -> Result<Arc<dyn Source>> {
    let text = |key| options.get(key).and_then(Value::as_str);
    let Some(given) = text("path") else {
        return Err(Diagnostic::new(codes::NOT_FOUND, "no path to a Zarr store").help("load zarr \"cube.zarr\""));
    };
    let path = absolute(given, text("base"));
    let store = Arc::new(Store::new(&path));
    let group = metadata::open(&store, given, text("group").unwrap_or_default())?;
    let file = ZarrFile::new(given, store, group);
    let cf::Cube { mut schema, layers, flip_y, flip_x, stored_steps } =
        cf::describe(&file, &cf::Choice::from_options(options))?;
    let skip = text("on_error") == Some("skip");
    if skip {
        schema.bands = schema.bands.iter().map(|b| b.with_nodata()).collect();
    }
    let node = |layer: &Layer| file.node(&layer.variable).map(|node| (node.name.clone(), Document::of(node)));
    let arrays = layers.iter().filter_map(node).collect();
    let found = Found { path, skip, layers, arrays, flip_y, flip_x, stored_steps };
    let options = serde_json::to_value(&found).map_err(|e| file::unreadable("", given, e.to_string()))?;
    let spec = SourceSpec { format: FORMAT.name.into(), options, title: given.into() };
    Ok(Arc::new(Zarr::new(spec, Arc::new(schema), found)?))
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    let found = Found::deserialize(&spec.options).map_err(|e| file::unreadable("", &spec.title, e.to_string()))?;
    Ok(Arc::new(Zarr::new(spec.clone(), schema.clone(), found)?))
}

/// A local path as it is from anywhere; URLs stay.
fn absolute(path: &str, base: Option<&str>) -> String {
    if store::remote(path).is_some() {
        return path.to_string();
    }
    let path = path.strip_prefix("file://").unwrap_or(path);
    let joined = base.map_or_else(|| path.into(), |base| std::path::Path::new(base).join(path));
    std::path::absolute(&joined).unwrap_or(joined).to_string_lossy().into_owned()
}

impl Document {
    fn of(node: &Node) -> Document {
        Document { path: node.path.clone(), metadata: node.document.clone() }
    }
}

impl Zarr {
    fn new(spec: SourceSpec, schema: Arc<Schema>, found: Found) -> Result<Zarr> {
        let store = Arc::new(Store::new(&found.path));
        let mut opened = BTreeMap::new();
        for (name, document) in &found.arrays {
            let Document { path, metadata } = document.clone();
            let node = Node { path, name: name.clone(), document: metadata, attributes: Map::new() };
            opened.insert(name, Arc::new(file::open(&store, &node, &spec.title)?));
        }
        let missing =
            |layer: &Layer| file::unreadable(&layer.variable, &spec.title, "the plan does not describe it".into());
        let array = |layer: &Layer| opened.get(&layer.variable).cloned().ok_or_else(|| missing(layer));
        let arrays = found.layers.iter().map(array).collect::<Result<Vec<_>>>()?;
        let tile = natural_tile(&schema, &found.layers, &arrays);
        Ok(Zarr { spec, schema, found, arrays, tile })
    }

    /// The stored position of ranges along rows and columns.
    fn stored(&self, region: &Region) -> (Range<usize>, Range<usize>) {
        let turn = |range: &Range<usize>, len: usize, flip: bool| {
            if flip { len - range.end..len - range.start } else { range.clone() }
        };
        let grid = &self.schema.grid;
        (turn(&region.y, grid.height, self.found.flip_y), turn(&region.x, grid.width, self.found.flip_x))
    }

    /// The steps of a region as ranges of stored steps.
    fn runs(&self, time: Range<usize>) -> Vec<Range<usize>> {
        let Some(stored) = &self.found.stored_steps else { return vec![time] };
        let mut runs: Vec<Range<usize>> = Vec::new();
        for &step in &stored[time] {
            match runs.last_mut() {
                Some(run) if run.end == step => run.end += 1,
                _ => runs.push(step..step + 1),
            }
        }
        runs
    }

    fn band(&self, band: usize, region: &Region, cx: &ReadCx) -> Result<Pixels> {
        let layer = &self.found.layers[band];
        let [steps, height, width] = region.shape();
        let (y, x) = self.stored(region);
        let mut pixels: Option<Pixels> = None;
        let mut done = 0;
        let is_static = !layer.dims.contains(&Dim::Time);
        let runs = if is_static { vec![0..1] } else { self.runs(region.time.clone()) };
        let single = runs.len() == 1;
        for run in runs {
            if cx.is_cancelled() {
                return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
            }
            let shape = [run.len(), height, width];
            let mut part = self.part(band, [run.clone(), y.clone(), x.clone()], cx)?;
            with_pixels!(&mut part, v => flip(v, shape, self.found.flip_y, self.found.flip_x));
            if single {
                pixels = Some(part);
            } else {
                let all = pixels.get_or_insert_with(|| Pixels::zeros(part.dtype(), region.pixels()));
                all.paste([steps, height, width], &part, shape, [done, 0, 0]);
            }
            done += run.len();
        }
        let pixels = pixels.unwrap_or_else(|| Pixels::zeros(self.schema.bands[band].dtype, 0));
        if !is_static || steps == 1 {
            return Ok(pixels);
        }
        fn repeat<T: Stored>(one: &[T], steps: usize) -> Pixels {
            T::wrap(one.repeat(steps))
        }
        Ok(with_pixels!(&pixels, one => repeat(one, steps)))
    }

    /// A box in stored order: steps, rows, columns.
    fn part(&self, band: usize, at: [Range<usize>; 3], cx: &ReadCx) -> Result<Pixels> {
        let failed = match self.decode(band, &at) {
            Ok(pixels) => return Ok(pixels),
            Err(cause) => cause,
        };
        // One chunk cannot be read; the box is gone through chunk by chunk to find it, and to keep the others.
        let (target, whole) = (&self.schema.bands[band], at.clone().map(|r| r.len()));
        let missing = target.nodata.unwrap_or(f64::NAN);
        let mut out = Pixels::filled(target.dtype, whole.iter().product(), missing);
        for piece in self.pieces(band, &at) {
            if cx.is_cancelled() {
                return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
            }
            match self.decode(band, &piece) {
                Ok(pixels) => {
                    let offset = [0, 1, 2].map(|d| piece[d].start - at[d].start);
                    out.paste(whole, &pixels, piece.map(|r| r.len()), offset);
                }
                Err(cause) => {
                    let why = self.failure(band, &piece, cause);
                    if !self.found.skip {
                        return Err(why);
                    }
                    let [t, y, x] = piece.map(|r| r.start);
                    let input = format!("{} {} [{t} {y} {x}]", self.spec.title, self.found.layers[band].variable);
                    cx.skip(&input, &self.schema.time.label(self.step_of(t)), &why);
                }
            }
        }
        if self.found.skip { Ok(out) } else { Err(self.failure(band, &at, failed)) }
    }

    fn failure(&self, band: usize, at: &[Range<usize>; 3], cause: String) -> Box<Diagnostic> {
        let (variable, step) = (&self.found.layers[band].variable, self.schema.time.label(self.step_of(at[0].start)));
        Diagnostic::new(
            codes::READ_FAILED,
            format!(
                "`{variable}` of `{}` cannot be read at {step}, rows {}.., columns {}..",
                self.spec.title, at[1].start, at[2].start
            ),
        )
        .help("add `on_error skip` to go on without what cannot be read")
        .cause(cause)
    }

    fn step_of(&self, stored: usize) -> usize {
        self.found.stored_steps.as_ref().and_then(|s| s.iter().position(|&p| p == stored)).unwrap_or(stored)
    }

    /// The box cut along the edges of chunks.
    fn pieces(&self, band: usize, at: &[Range<usize>; 3]) -> Vec<[Range<usize>; 3]> {
        let chunk = tile_of(&self.found.layers[band], &self.arrays[band], false);
        let cut = |range: &Range<usize>, size: usize| -> Vec<Range<usize>> {
            let edges = (range.start / size * size..range.end).step_by(size);
            edges.map(|edge| edge.max(range.start)..(edge + size).min(range.end)).collect()
        };
        let (t, y, x) = (cut(&at[0], chunk.time), cut(&at[1], chunk.y), cut(&at[2], chunk.x));
        t.iter()
            .flat_map(|t| y.iter().map(move |y| (t, y)))
            .flat_map(|(t, y)| x.iter().map(move |x| [t.clone(), y.clone(), x.clone()]))
            .collect()
    }

    fn decode(&self, band: usize, at: &[Range<usize>; 3]) -> Result<Pixels, String> {
        let (layer, array, target) = (&self.found.layers[band], &self.arrays[band], &self.schema.bands[band]);
        fn run<S: Stored + ElementOwned>(
            _: Vec<S>,
            layer: &Layer,
            array: &Array<Store>,
            at: &[Range<usize>; 3],
        ) -> Result<Vec<S>, String> {
            let ranges: Vec<Range<u64>> = layer
                .dims
                .iter()
                .map(|dim| {
                    let range = match dim {
                        Dim::Time => at[0].clone(),
                        Dim::Y => at[1].clone(),
                        Dim::X => at[2].clone(),
                        Dim::At(position) => *position..position + 1,
                    };
                    range.start as u64..range.end as u64
                })
                .collect();
            let subset = ArraySubset::new_with_ranges(&ranges);
            let values: Vec<S> = into::read(array, &subset)?;
            Ok(match strides(&layer.dims, at) {
                None => values,
                Some(strides) => transpose(&values, at.clone().map(|r| r.len()), strides),
            })
        }
        let dtype = layer.coding.dtype;
        Ok(with_pixels!(Pixels::zeros(dtype, 0), none => layer.coding.decode(run(none, layer, array, at)?, target)))
    }
}

impl Source for Zarr {
    fn spec(&self) -> SourceSpec {
        self.spec.clone()
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn natural_tile(&self) -> Tile {
        self.tile
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let mut bands = Vec::with_capacity(region.bands.len());
        for &band in &region.bands {
            let pixels = self.band(band, region, cx)?;
            cx.add_bytes(pixels.bytes() as u64);
            bands.push(pixels);
        }
        Ok(Chunk { shape: region.shape(), bands })
    }
}

/// Distances between steps, rows and columns in decoded order; nothing where they are in order already.
fn strides(dims: &[Dim], at: &[Range<usize>; 3]) -> Option<[usize; 3]> {
    let of = |dim: &Dim| match dim {
        Dim::Time => Some(0),
        Dim::Y => Some(1),
        Dim::X => Some(2),
        Dim::At(_) => None,
    };
    let order: Vec<usize> = dims.iter().filter_map(of).collect();
    if order.is_sorted() {
        return None;
    }
    let mut strides = [0; 3];
    let mut stride = 1;
    for &axis in order.iter().rev() {
        strides[axis] = stride;
        stride *= at[axis].len();
    }
    Some(strides)
}

fn transpose<S: Stored>(values: &[S], [t, h, w]: [usize; 3], [st, sy, sx]: [usize; 3]) -> Vec<S> {
    let mut out = Vec::with_capacity(values.len());
    for step in 0..t {
        for row in 0..h {
            let from = step * st + row * sy;
            out.extend((0..w).map(|column| values[from + column * sx]));
        }
    }
    out
}

fn flip<S: Stored>(values: &mut [S], [t, h, w]: [usize; 3], rows: bool, columns: bool) {
    if w == 0 {
        return;
    }
    if rows {
        for step in values.chunks_exact_mut(h * w).take(t) {
            let (mut top, mut bottom) = (0, h.saturating_sub(1));
            while top < bottom {
                let (above, below) = step.split_at_mut(bottom * w);
                above[top * w..(top + 1) * w].swap_with_slice(&mut below[..w]);
                top += 1;
                bottom -= 1;
            }
        }
    }
    if columns {
        values.chunks_exact_mut(w).for_each(<[S]>::reverse);
    }
}

/// Chunk of an array along steps, rows and columns; inner chunks of shards if `inner`.
fn tile_of(layer: &Layer, array: &Array<Store>, inner: bool) -> Tile {
    let shard = array.chunk_shape(&vec![0; array.dimensionality()]).ok();
    let chunk = array.effective_subchunk_shape().filter(|_| inner).or(shard);
    let size = |wanted: Dim| -> usize {
        let at = layer.dims.iter().position(|dim| *dim == wanted);
        at.and_then(|at| Some(chunk.as_ref()?.get(at)?.get() as usize)).unwrap_or(1)
    };
    Tile { time: size(Dim::Time), y: size(Dim::Y), x: size(Dim::X) }
}

/// The largest of the layers' chunks along each dimension, no larger than the cube.
fn natural_tile(schema: &Schema, layers: &[Layer], arrays: &[Arc<Array<Store>>]) -> Tile {
    let mut tile = Tile { time: 1, y: 1, x: 1 };
    for (layer, array) in layers.iter().zip(arrays) {
        let other = tile_of(layer, array, true);
        tile = Tile { time: tile.time.max(other.time), y: tile.y.max(other.y), x: tile.x.max(other.x) };
    }
    Tile {
        time: tile.time.min(schema.time.len().max(1)),
        y: tile.y.min(schema.grid.height.max(1)),
        x: tile.x.min(schema.grid.width.max(1)),
    }
}

//! The sources `zarr` and `kerchunk`: chunks of a store as regions of a cube.

use super::ahead;
use super::append;
use super::file;
use super::inherited;
use super::into;
use super::metadata::{self, Node};
use super::store::{self, Store};
use crate::cube::chunk::PixelType;
use crate::cube::{Band, Chunk, Pixels, Region, Schema};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::cf::Attribute;
use crate::io::cf::{
    self, CfReading, Copy3, DimIndex, Layout, Located, Survey, VariableLayout, Wanted, decoded, stored_runs, strides,
    survey,
};
use crate::io::reading::{self, Reading};
use crate::io::references::References;
use crate::io::remote::address::on_disk;
use crate::io::remote::{redact, refusal};
use crate::io::signers::Signing;
use crate::io::{ReadCx, Source, SourceFormat, Tile, Want};
use crate::plan::{Payload, PlacesSource, Signer, SourceSpec};
use crate::signature::{Example, Param, Shape, Signature};
use crate::with_pixels;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use zarrs::array::{Array, ArraySubset, ElementOwned};

pub(crate) const FORMAT: SourceFormat = SourceFormat {
    name: "zarr",
    extensions: &["zarr"],
    stage: Some(&LOAD),
    discover: |options, _| discover("zarr", options),
    open,
    contents: |path| contents("zarr", path),
};

/// The same, of a store that is made of bytes of other files.
pub(crate) const REFERENCES: SourceFormat = SourceFormat {
    name: "kerchunk",
    extensions: &[],
    stage: Some(&LOAD_REFERENCES),
    discover: |options, _| discover("kerchunk", options),
    open,
    contents: |path| contents("kerchunk", path),
};

const VAR: Param = Param::named("var", Shape::Names, "The arrays; every one on the main grid unless given.");

const LOAD: Signature = Signature {
    name: "load zarr",
    summary: "Load arrays of a Zarr store, version 2 or 3.",
    params: &[
        Param::required("path", Shape::Path, "The folder or address of the store, or of a zip archive of one."),
        VAR,
        Param::named("group", Shape::Text, "The group inside the store."),
        reading::AT,
        reading::SPREAD,
        reading::CRS,
        cf::RES,
        cf::GRID,
        cf::RAW,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["open_zarr", "store"],
    examples: &[Example { title: "A store", script: "load zarr \"chirps.zarr\" | schema", output: "" }],
};

const LOAD_REFERENCES: Signature = Signature {
    name: "load kerchunk",
    summary: "Load arrays of kerchunk references, JSON or Parquet, from the files they point at.",
    params: &[
        Param::required("path", Shape::Path, "The JSON file, or the folder of Parquet files; also at an address."),
        VAR,
        Param::named("group", Shape::Text, "The group inside the references."),
        reading::AT,
        reading::SPREAD,
        reading::CRS,
        cf::RES,
        cf::GRID,
        cf::RAW,
        reading::ON_ERROR,
        reading::SIGN,
    ],
    seek: &["references", "fsspec", "virtual", "open_zarr"],
    examples: &[Example {
        title: "References beside their files",
        script: "load kerchunk \"air.json\" | schema",
        output: "",
    }],
};

/// What `load zarr` and `load kerchunk` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoadZarr {
    reading: Reading,
    cf: CfReading,
    /// All that there are on the grid of the store where there are none.
    var: Vec<String>,
    group: String,
}

/// Everything `open` needs, so that it reads no metadata.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ZarrSpec {
    /// Path or URL, absolute.
    path: String,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    sign: Signer,
    layout: Layout,
    arrays: BTreeMap<String, Document>,
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
    found: ZarrSpec,
    /// One a band.
    arrays: Vec<Arc<Array<Store>>>,
}

fn discover(format: &str, options: &Payload) -> Result<Arc<dyn Source>> {
    let LoadZarr { reading, cf: how, var, group } = reading::read_cf(options)?;
    let example = if format == FORMAT.name { "cube.zarr" } else { "references.json" };
    let given = reading.one_path(format, example)?;
    let sign = reading.sign;
    let mut path = absolute(given, &reading.base());
    if let Some(name) = store::remote(&path).filter(|_| sign != Signer::None && format == FORMAT.name) {
        path = Signing::new(sign, given).name(&name);
    }
    let completed = append::complete(Path::new(&path));
    let store = Arc::new(store(format, &path, sign)?);
    let given = &redact(given);
    let group = inherited::open(&store, given, &group)?;
    let header = file::header(given, &store, &group);
    let crs = reading.crs()?;
    let wanted = Wanted { names: &var, dimensions: reading.dimensions()?, crs: crs.as_ref(), how };
    let Survey { layout, bands, mut placed, axis, located, mut notes, history } = survey(&header, &wanted)?;
    if completed {
        notes.push(format!("a run that was killed had not changed all documents of `{given}`: they agree now"));
    }
    let order = Some(axis.sort_order()).filter(|_| !axis.is_sorted());
    let axis = order.as_ref().map_or_else(|| axis.clone(), |order| axis.select(order));
    let bands = if reading.skip() { bands.iter().map(Band::with_nodata).collect() } else { bands };
    let node = |stored: &VariableLayout| group.arrays.iter().find(|node| node.name == stored.name);
    let documents = |layout: &Layout| {
        let nodes = layout.variables.iter().filter_map(node);
        nodes.map(|node| (node.name.clone(), Document::of(node))).collect::<BTreeMap<_, _>>()
    };
    if let Some(Located { layout, schema }) = located {
        let arrays = documents(&layout);
        let found = ZarrSpec { path: path.clone(), skip: false, sign, layout, arrays, stored_steps: None };
        let source = SourceSpec::new(format, Payload::of(&found), given.clone());
        placed.grid.places = Some(PlacesSource { source, schema }.places());
    }
    let mut schema = Schema::new(axis, bands, placed.grid);
    let two_fills = layout.variables.iter().filter_map(node).filter(|node| node.has_two_fills());
    notes.extend(two_fills.map(|node| {
        format!(
            "`{}` has a `fill_value` beside another `_FillValue`: the first is missing, the second a value",
            node.name
        )
    }));
    let arrays = documents(&layout);
    schema.notes = notes;
    schema.history = history;
    let found = ZarrSpec { path, skip: reading.skip(), sign, layout, arrays, stored_steps: order };
    let spec = SourceSpec::new(format, Payload::of(&found), given.clone());
    Ok(Arc::new(Zarr::new(spec, Arc::new(schema), found)?))
}

fn store(format: &str, path: &str, sign: Signer) -> Result<Store> {
    match format == REFERENCES.name {
        true => References::open(path, Signing::new(sign, path)).map(|r| Store::References(Arc::new(r))),
        false => Store::open(path),
    }
}

/// The arrays of the store at a path.
fn contents(format: &str, path: &str) -> Result<Vec<(String, String)>> {
    let store = Arc::new(store(format, &absolute(path, "".as_ref()), Signer::None)?);
    let group = metadata::open(&store, path, "")?;
    Ok(cf::offered(&file::header(path, &store, &group)))
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    let found = spec.data.read::<ZarrSpec>().map_err(|e| file::unreadable("", &spec.title, e.to_string()))?;
    Ok(Arc::new(Zarr::new(spec.clone(), schema.clone(), found)?))
}

/// A local path as it is from anywhere; URLs stay.
fn absolute(path: &str, base: &Path) -> String {
    let Some(joined) = on_disk(path, base) else { return path.to_string() };
    std::path::absolute(&joined).unwrap_or(joined).to_string_lossy().into_owned()
}

impl Document {
    fn of(node: &Node) -> Document {
        Document { path: node.path.clone(), metadata: node.document.clone() }
    }
}

impl Zarr {
    fn new(spec: SourceSpec, schema: Arc<Schema>, found: ZarrSpec) -> Result<Zarr> {
        let store = Arc::new(store(&spec.format, &found.path, found.sign)?);
        let mut opened = BTreeMap::new();
        for (name, document) in &found.arrays {
            let Document { path, metadata } = document.clone();
            let node = Node { path, name: name.clone(), document: metadata, attributes: Map::new() };
            opened.insert(name, Arc::new(file::open(&store, &node, &spec.title)?));
        }
        let missing = |name: &str| file::unreadable(name, &spec.title, "the plan does not describe it");
        let array = |stored: &VariableLayout| opened.get(&stored.name).cloned().ok_or_else(|| missing(&stored.name));
        let arrays = found.layout.variables.iter().map(array).collect::<Result<Vec<_>>>()?;
        Ok(Zarr { spec, schema, found, arrays })
    }

    /// The steps of a region as ranges of stored steps.
    fn runs(&self, band: usize, time: Range<usize>) -> Vec<Range<usize>> {
        let is_static = self.found.layout.variables[band].is_static();
        stored_runs(self.found.stored_steps.as_deref().filter(|_| !is_static), time)
    }

    fn band(&self, band: usize, region: &Region, cx: &ReadCx) -> Result<Pixels> {
        let runs = self.runs(band, region.time.clone());
        if let [run] = runs.as_slice() {
            return self.part(band, &[run.clone(), region.y.clone(), region.x.clone()], cx);
        }
        let mut all = Pixels::zeros(self.schema.bands[band].dtype, region.pixels());
        let mut done = 0;
        for run in runs {
            let at = [run, region.y.clone(), region.x.clone()];
            let part = self.part(band, &at, cx)?;
            all.paste(region.shape(), &part, shape(&at), [done, 0, 0]);
            done += at[0].len();
        }
        Ok(all)
    }

    /// A box of stored steps, and of rows and columns of the cube.
    fn part(&self, band: usize, at: &[Range<usize>; 3], cx: &ReadCx) -> Result<Pixels> {
        cx.go_on()?;
        let failed = match self.decode(band, at) {
            Ok(pixels) => return Ok(pixels),
            Err(cause) => cause,
        };
        // One chunk cannot be read; the box is gone through chunk by chunk to find it, and to keep the others.
        let target = &self.schema.bands[band];
        let missing = target.nodata.unwrap_or(f64::NAN);
        let mut out = Pixels::filled(target.dtype, shape(at).iter().product(), missing);
        for piece in self.pieces(band, at) {
            cx.go_on()?;
            match self.decode(band, &piece) {
                Ok(pixels) => {
                    out.paste(shape(at), &pixels, shape(&piece), [0, 1, 2].map(|d| piece[d].start - at[d].start))
                }
                Err(cause) => {
                    let why = self.failure(band, &piece, cause);
                    if !self.found.skip {
                        return Err(why);
                    }
                    let [t, y, x] = [0, 1, 2].map(|d| piece[d].start);
                    let input = format!("{} {} [{t} {y} {x}]", self.spec.title, self.found.layout.variables[band].name);
                    cx.skip(&input, &self.schema.time.label(self.step_of(t)), &why);
                }
            }
        }
        if self.found.skip { Ok(out) } else { Err(self.failure(band, at, failed)) }
    }

    fn failure(&self, band: usize, at: &[Range<usize>; 3], cause: impl Into<Cause>) -> Box<Diagnostic> {
        let (name, title) = (&self.found.layout.variables[band].name, &self.spec.title);
        let step = self.schema.time.label(self.step_of(at[0].start));
        let (row, column) = (at[1].start, at[2].start);
        let message = format!("`{name}` of `{title}` cannot be read at {step}, from row {row} and column {column} on");
        let told = Diagnostic::new(codes::READ_FAILED, message)
            .help("`on_error skip` leaves chunks that cannot be read missing")
            .cause(cause);
        refusal::advised(told, &self.found.path)
    }

    fn step_of(&self, stored: usize) -> usize {
        self.found.stored_steps.as_ref().and_then(|s| s.iter().position(|&p| p == stored)).unwrap_or(stored)
    }

    /// Rows and columns of the cube where they are stored, and the reverse.
    fn turn(&self, y: &Range<usize>, x: &Range<usize>) -> (Range<usize>, Range<usize>) {
        self.found.layout.turned(&self.schema.grid, y, x)
    }

    /// The box cut along the edges of chunks.
    fn pieces(&self, band: usize, at: &[Range<usize>; 3]) -> Vec<[Range<usize>; 3]> {
        let chunks = file::chunks(&self.arrays[band], false).unwrap_or_default();
        let places = &self.found.layout.variables[band].places;
        let cut = |range: &Range<usize>, place: DimIndex| -> Vec<Range<usize>> {
            let size =
                places.iter().position(|p| *p == place).and_then(|at| chunks.get(at)).map_or(range.len(), |n| *n);
            let edges = (range.start / size.max(1) * size..range.end).step_by(size.max(1));
            edges.map(|edge| edge.max(range.start)..(edge + size).min(range.end)).collect()
        };
        let (y, x) = self.turn(&at[1], &at[2]);
        let (t, y, x) = (cut(&at[0], DimIndex::Step), cut(&y, DimIndex::Y), cut(&x, DimIndex::X));
        let rows = t.iter().flat_map(|t| y.iter().map(move |y| (t, y)));
        rows.flat_map(|(t, y)| {
            x.iter().map(move |x| {
                let (y, x) = self.turn(y, x);
                [t.clone(), y, x]
            })
        })
        .collect()
    }

    fn decode(&self, band: usize, at: &[Range<usize>; 3]) -> Result<Pixels, Cause> {
        fn read<T: PixelType + ElementOwned>(
            _: Vec<T>,
            array: &Array<Store>,
            at: &ArraySubset,
        ) -> Result<Pixels, Cause> {
            Ok(T::wrap(into::read(array, at)?))
        }
        let layout = &self.found.layout;
        let stored = &layout.variables[band];
        let (ranges, counts) = self.stored(band, at);
        let (array, subset) = (&self.arrays[band], ArraySubset::new_with_ranges(&ranges));
        // A pixel vector without pixels stands for the type.
        let raw = with_pixels!(Pixels::zeros(stored.raw, 0), none => read(none, array, &subset))?;
        let strides = strides(&stored.places, &counts);
        let copy = Copy3 { shape: shape(at), strides, flip_y: layout.flip_y, flip_x: layout.flip_x };
        Ok(decoded(raw, stored, copy, &self.schema.bands[band]))
    }

    /// Asks for the chunks of a box of stored steps, and of rows and columns of the cube.
    fn want_part(&self, band: usize, at: &[Range<usize>; 3]) -> Want {
        let (ranges, _) = self.stored(band, at);
        let bytes = self.found.layout.variables[band].raw.bytes();
        ahead::want(&self.arrays[band], &ArraySubset::new_with_ranges(&ranges), bytes)
    }

    /// A box in the dimensions of the stored array, and how many elements it has along each.
    fn stored(&self, band: usize, at: &[Range<usize>; 3]) -> (Vec<Range<u64>>, Vec<usize>) {
        let ranges = self.found.layout.stored_box(&self.schema.grid, band, at);
        let counts = ranges.iter().map(Range::len).collect();
        (ranges.iter().map(|r| r.start as u64..r.end as u64).collect(), counts)
    }
}

impl Source for Zarr {
    fn spec(&self) -> SourceSpec {
        self.spec.clone()
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn attributes(&self) -> Vec<(String, String)> {
        let group = store(&self.spec.format, &self.found.path, self.found.sign)
            .and_then(|store| metadata::open(&Arc::new(store), &self.spec.title, ""));
        let Ok(group) = group else { return Vec::new() };
        let told = |held: BTreeMap<String, Attribute>, before: String| {
            let told = held.into_iter().filter(|(name, _)| cf::is_told(name));
            told.map(move |(name, value)| (format!("{before}{name}"), value.written()))
        };
        let bands = self.found.layout.variables.iter();
        let nodes = bands.filter_map(|band| group.arrays.iter().find(|node| node.name == band.name));
        let of_bands = nodes.flat_map(|node| told(node.cf_attributes(), format!("{}.", node.name)));
        told(metadata::attributes(&group.attributes), String::new()).chain(of_bands).collect()
    }

    fn is_far(&self) -> bool {
        self.arrays.first().is_some_and(|array| array.storage().is_far())
    }

    fn want(&self, region: &Region) -> Want {
        Want::all(region.bands.iter().flat_map(|&band| {
            let runs = self.runs(band, region.time.clone()).into_iter();
            runs.map(move |run| self.want_part(band, &[run, region.y.clone(), region.x.clone()]))
        }))
    }

    /// The chunks of the band whose chunks are largest: they are dear to decode twice.
    fn natural_tile(&self) -> Tile {
        let tiles = self.found.layout.variables.iter().map(|v| v.tile);
        let [time, y, x] = tiles.max_by_key(|t| t.iter().product::<usize>()).unwrap_or([1, 1, 1]);
        Tile { time, y, x }
    }

    /// A chunk, and the bytes that it is decoded from, which may be as many.
    fn decoder_bytes(&self) -> u64 {
        let each = self.arrays.iter().zip(&self.found.layout.variables);
        let decoded = each.map(|(array, stored)| file::decoded_whole(array) as u64 * stored.raw.bytes() as u64);
        2 * decoded.max().unwrap_or(0)
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        // Each of its chunks would count as one that was never written.
        if self.arrays.first().is_some_and(|array| array.storage().is_gone()) {
            return Err(Diagnostic::new(codes::NOT_FOUND, format!("`{}` is not there any more", self.spec.title))
                .help("it was there when the program was planned; write it anew, or load another"));
        }
        let mut bands = Vec::with_capacity(region.bands.len());
        for &band in &region.bands {
            let pixels = self.band(band, region, cx)?;
            cx.add_bytes(pixels.bytes() as u64);
            bands.push(pixels);
        }
        Ok(Chunk { shape: region.shape(), bands })
    }
}

fn shape(at: &[Range<usize>; 3]) -> [usize; 3] {
    [at[0].len(), at[1].len(), at[2].len()]
}

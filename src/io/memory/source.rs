//! The source `memory`: arrays of this process as regions of a cube.

use super::dataset::{Dataset, Values, Variable};
use crate::cube::dtype::Pixel;
use crate::cube::{Chunk, Pixels, Region, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::cf::{
    self, CfReading, Copy3, Dim, Header, Kind, Layout, Located, Placing, Survey, Wanted, decoded, stored_runs, strides,
    survey,
};
use crate::io::source::{no_contents, unusable};
use crate::io::zarr::attributes;
use crate::io::{ReadCx, Source, SourceFormat, Tile, place};
use crate::plan::{Held, Payload, PlacesSource, SourceSpec};
use crate::with_pixels;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, Weak};

pub(crate) const FORMAT: SourceFormat = SourceFormat {
    name: "memory",
    extensions: &[],
    stage: None,
    discover: |_, _| Err(gone("a data set")),
    open,
    contents: no_contents,
};

/// The data sets of this process by number, as long as somebody holds them.
static KNOWN: LazyLock<Mutex<HashMap<u64, Weak<Dataset>>>> = LazyLock::new(Mutex::default);

/// Which data set of which process, and how its variables make a cube.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct MemorySpec {
    process: String,
    number: u64,
    layout: Layout,
    /// Where the steps of the cube are stored, where they are not in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Vec<usize>>,
}

struct Memory {
    spec: SourceSpec,
    found: MemorySpec,
    schema: Arc<Schema>,
    dataset: Arc<Dataset>,
    /// One a band.
    variables: Vec<usize>,
}

/// What reads a data set, and the cube that it is; messages call it `title`.
///
/// # Errors
/// As of a file that says the same: `E0307` where it holds no cube, `E0309` for coordinates that are no grid, `E0308` for
/// times that are not of CF, `E0310` for a further dimension; `E0315` where it has no step or no pixel.
pub(crate) fn attach(title: &str, dataset: Dataset) -> Result<(SourceSpec, Schema)> {
    let dataset = Arc::new(dataset);
    let header = header(title, &dataset);
    let counted = Wanted { how: CfReading { grid: Some(Placing::Index), ..CfReading::default() }, ..Wanted::default() };
    let found = match survey(&header, &Wanted::default()) {
        // A bare array has rows and columns and nothing that places them.
        Err(d) if d.code == codes::BAD_COORDINATES && is_bare(&dataset) => survey(&header, &counted),
        found => found,
    };
    let Survey { layout, bands, mut placed, axis, located, mut notes, history } = found?;
    if axis.is_empty() || placed.grid.pixels() == 0 {
        return Err(Diagnostic::new(codes::NOT_INSIDE, format!("`{title}` is empty: it has no step, or no pixel")));
    }
    if axis.duplicates() > 0 {
        notes.push(format!("{} steps have the time of another step", axis.duplicates()));
    }
    let order = Some(axis.sort_order()).filter(|_| !axis.is_sorted());
    let axis = order.as_ref().map_or_else(|| axis.clone(), |order| axis.select(order));
    let number = remember(&dataset);
    let spec = |layout: Layout, order: Option<Vec<usize>>| {
        let found = MemorySpec { process: place::process_name(), number, layout, order };
        let spec = SourceSpec::new(FORMAT.name, Payload::of(&found), title);
        SourceSpec { held: Held::new(dataset.clone()), ..spec }
    };
    if let Some(Located { layout, schema }) = located {
        placed.grid.places = Some(PlacesSource { source: spec(layout, None), schema }.places());
    }
    let mut schema = Schema::new(axis, bands, placed.grid);
    (schema.notes, schema.history) = (notes, history);
    Ok((spec(layout, order), schema))
}

/// Whether no variable says where rows or columns lie.
fn is_bare(dataset: &Dataset) -> bool {
    let largest = dataset.variables.iter().max_by_key(|variable| variable.dims.len());
    let last = largest.map_or(&[][..], |variable| &variable.dims[variable.dims.len().saturating_sub(2)..]);
    !dataset.variables.iter().any(|variable| last.contains(&variable.name))
}

/// Gives a data set a number; those that nobody holds any more are forgotten.
fn remember(dataset: &Arc<Dataset>) -> u64 {
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    known.retain(|_, dataset| dataset.strong_count() > 0);
    // Numbers are not used again while the process lives: a plan that was stored may still name one.
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    known.insert(number, Arc::downgrade(dataset));
    number
}

fn open(spec: &SourceSpec, schema: &Arc<Schema>) -> Result<Arc<dyn Source>> {
    let found: MemorySpec = spec.data.read().map_err(unusable)?;
    let known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    let own = found.process == place::process_name();
    let dataset = known.get(&found.number).filter(|_| own).and_then(Weak::upgrade);
    let dataset = dataset.ok_or_else(|| gone(&spec.title))?;
    let at = |name: &str| dataset.variables.iter().position(|variable| variable.name == name);
    let variables: Option<Vec<usize>> = found.layout.variables.iter().map(|stored| at(&stored.name)).collect();
    let variables = variables.ok_or_else(|| gone(&spec.title))?;
    Ok(Arc::new(Memory { spec: spec.clone(), found, schema: schema.clone(), dataset, variables }))
}

fn gone(title: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::NOT_FOUND, format!("`{title}` is not in the memory of this process"))
        .help("other processes read files: save it first, with `save zarr`, and load that")
}

/// The data set as the conventions see a file.
fn header(title: &str, dataset: &Arc<Dataset>) -> Header {
    Header {
        path: title.into(),
        variables: dataset.variables.iter().map(described).collect(),
        attributes: attributes(&dataset.attributes),
        values: Box::new(Small(dataset.clone())),
    }
}

fn described(variable: &Variable) -> cf::Variable {
    let kind = match &variable.values {
        Values::Numbers(pixels) => Kind::Number(pixels.dtype()),
        Values::Texts(_) => Kind::Strings,
        Values::Read(dtype, _) => Kind::Number(*dtype),
    };
    let dims = variable.dims.iter().zip(&variable.shape).map(|(name, len)| Dim { name: name.clone(), len: *len });
    cf::Variable {
        name: variable.name.clone(),
        dims: dims.collect(),
        kind,
        attributes: attributes(&variable.attributes),
        chunks: variable.chunks.clone(),
    }
}

/// Reads the small variables that describe others.
struct Small(Arc<Dataset>);

impl Small {
    fn find(&self, described: &cf::Variable) -> Result<&Variable> {
        let found = self.0.variables.iter().find(|variable| variable.name == described.name);
        found.ok_or_else(|| unreadable(&described.name, "it is not there"))
    }
}

impl cf::Values for Small {
    fn numbers(&self, variable: &cf::Variable) -> Result<Vec<f64>> {
        let found = self.find(variable)?;
        let all = found.read(&found.whole()).map_err(|why| unreadable(&found.name, &why))?;
        Ok(with_pixels!(&all, all => all.iter().map(|v| v.to_f64()).collect()))
    }

    fn strings(&self, variable: &cf::Variable) -> Result<Vec<String>> {
        match &self.find(variable)?.values {
            Values::Texts(texts) => Ok(texts.clone()),
            Values::Numbers(_) | Values::Read(..) => Err(unreadable(&variable.name, "it holds no text")),
        }
    }
}

fn unreadable(name: &str, why: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::READ_FAILED, format!("`{name}` cannot be read")).cause(why)
}

impl Memory {
    /// A box of stored steps, and of rows and columns of the cube.
    fn part(&self, band: usize, at: &[Range<usize>; 3]) -> Result<Pixels> {
        let layout = &self.found.layout;
        let ranges = layout.stored_box(&self.schema.grid, band, at);
        let counts: Vec<usize> = ranges.iter().map(Range::len).collect();
        let variable = &self.dataset.variables[self.variables[band]];
        let raw = variable.read(&ranges).map_err(|why| {
            let name = &variable.name;
            Diagnostic::new(codes::READ_FAILED, format!("`{name}` of `{}` cannot be read", self.spec.title)).cause(why)
        })?;
        let stored = &layout.variables[band];
        let shape = [at[0].len(), at[1].len(), at[2].len()];
        let strides = strides(&stored.places, &counts);
        let copy = Copy3 { shape, strides, flip_y: layout.flip_y, flip_x: layout.flip_x };
        Ok(decoded(raw, stored, copy, &self.schema.bands[band]))
    }

    fn band(&self, band: usize, region: &Region, cx: &ReadCx) -> Result<Pixels> {
        let order = self.found.order.as_deref().filter(|_| !self.found.layout.variables[band].is_static());
        let runs = stored_runs(order, region.time.clone());
        if let [run] = &runs[..] {
            return self.part(band, &[run.clone(), region.y.clone(), region.x.clone()]);
        }
        let mut all = Pixels::zeros(self.schema.bands[band].dtype, region.pixels());
        let mut done = 0;
        for run in runs {
            cx.go_on()?;
            let steps = run.len();
            let part = self.part(band, &[run, region.y.clone(), region.x.clone()])?;
            all.paste(region.shape(), &part, [steps, region.y.len(), region.x.len()], [done, 0, 0]);
            done += steps;
        }
        Ok(all)
    }
}

impl Source for Memory {
    fn spec(&self) -> SourceSpec {
        self.spec.clone()
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn attributes(&self) -> Vec<(String, String)> {
        let told = |held: &serde_json::Map<String, serde_json::Value>, before: String| {
            let told = attributes(held).into_iter().filter(|(name, _)| cf::is_told(name));
            told.map(|(name, value)| (format!("{before}{name}"), value.written())).collect::<Vec<_>>()
        };
        let variables = self.variables.iter().map(|at| &self.dataset.variables[*at]);
        let of_bands = variables.flat_map(|variable| told(&variable.attributes, format!("{}.", variable.name)));
        told(&self.dataset.attributes, String::new()).into_iter().chain(of_bands).collect()
    }

    /// The chunks of the band whose chunks are largest.
    fn natural_tile(&self) -> Tile {
        let tiles = self.found.layout.variables.iter().map(|stored| stored.tile);
        let [time, y, x] = tiles.max_by_key(|tile| tile.iter().product::<usize>()).unwrap_or([1, 1, 1]);
        Tile { time, y, x }
    }

    fn read(&self, region: &Region, cx: &ReadCx) -> Result<Chunk> {
        let mut bands = Vec::with_capacity(region.bands.len());
        for &band in &region.bands {
            cx.go_on()?;
            let pixels = self.band(band, region, cx)?;
            cx.add_bytes(pixels.bytes() as u64);
            bands.push(pixels);
        }
        Ok(Chunk { shape: region.shape(), bands })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    fn variable(name: &str, dims: &[&str], shape: &[usize], attributes: serde_json::Value, values: Values) -> Variable {
        let dims = dims.iter().map(|dim| dim.to_string()).collect();
        let attributes = attributes.as_object().cloned().unwrap_or_default();
        Variable { name: name.into(), dims, shape: shape.to_vec(), attributes, chunks: None, values }
    }

    fn floats(values: &[f64]) -> Values {
        Values::Numbers(Pixels::F64(values.to_vec()))
    }

    /// Two days, the later first, of two rows from the south.
    fn dataset() -> Dataset {
        let numbers = Values::Numbers(Pixels::I16((0..8).collect()));
        let degrees = |of: &str| json!({"units": format!("degrees_{of}")});
        Dataset {
            attributes: Map::new(),
            variables: vec![
                variable("v", &["time", "lat", "lon"], &[2, 2, 2], json!({"_FillValue": 3, "units": "mm"}), numbers),
                variable("time", &["time"], &[2], json!({"units": "days since 2020-01-01"}), floats(&[1.0, 0.0])),
                variable("lat", &["lat"], &[2], degrees("north"), floats(&[10.0, 11.0])),
                variable("lon", &["lon"], &[2], degrees("east"), floats(&[5.0, 6.0])),
            ],
        }
    }

    #[test]
    fn steps_are_sorted_and_rows_run_southward() {
        let (spec, schema) = attach("$v", dataset()).expect("it is a cube");
        assert_eq!(schema.time.label(0), "2020-01-01");
        assert_eq!(schema.bands[0].unit.as_deref(), Some("mm"));
        assert_eq!((schema.grid.y(0), schema.grid.y(1)), (11.0, 10.0));
        let source = open(&spec, &Arc::new(schema.clone())).expect("it is held");
        let chunk = source.read(&schema.all(), &ReadCx::default()).expect("it is there");
        assert_eq!(chunk.bands[0].to_f64(), [6.0, 7.0, 4.0, 5.0, 2.0, 3.0, 0.0, 1.0]);
        assert_eq!(schema.bands[0].nodata, Some(3.0));
    }

    #[test]
    fn what_nobody_holds_is_gone() {
        let (spec, schema) = attach("$v", dataset()).expect("it is a cube");
        let told: SourceSpec = serde_json::from_str(&serde_json::to_string(&spec).expect("JSON")).expect("a spec");
        let schema = Arc::new(schema);
        assert!(open(&told, &schema).is_ok());
        drop(spec);
        let why = open(&told, &schema).err().expect("nobody holds it");
        assert_eq!(why.code, codes::NOT_FOUND);
    }
}

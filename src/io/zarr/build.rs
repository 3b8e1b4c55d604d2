//! A new store: which arrays it has, and their documents.

use super::chunking;
use super::config::{Config, Layout};
use super::coordinates::{self, Coordinate};
use super::document::{self, Element, Spec};
use super::encode::Storage;
use super::georeference::{self, MAPPING};
use super::store::Store;
use super::writer::{Target, Writer};
use crate::cube::dates::DateUnit;
use crate::cube::{Band, DType, Region, Schema};
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::Tile;
use crate::io::cf::coordinates::{Axis, pixel_place};
use crate::io::places::{self, PixelCoordinates};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use zarrs::array::Array;

/// Everything of a store but its pixels.
pub(super) struct Blueprint {
    version: u8,
    attributes: Map<String, Value>,
    coordinates: Vec<Coordinate>,
    arrays: Vec<(Spec, Vec<usize>, Storage)>,
    /// Longitude and latitude of each pixel, where rows and columns are only counted.
    located: Vec<(Spec, Storage)>,
    /// What is one object.
    outer: Tile,
}

type Documents = Vec<(String, Vec<(&'static str, Value)>)>;

impl Blueprint {
    /// # Errors
    /// E0503 for options that do not go together, E0502 for bands whose names a store cannot have.
    pub(super) fn new(schema: &Schema, config: &Config) -> Result<Blueprint> {
        let storage: Vec<Storage> = schema.bands.iter().map(|band| Storage::of(band, config)).collect();
        let pixel = storage.iter().map(|s| s.dtype.bytes()).max().unwrap_or(1);
        let (inner, shards) = chunking::choose(schema, config, pixel)?;
        let names: Vec<String> = schema.band_names().map(String::from).collect();
        let is_cube = config.layout == Layout::Cube;
        let coordinates = coordinates::all(schema, config.version, is_cube.then_some(&names[..]));
        let located = located(schema, config, inner)?;
        check_names(if is_cube { &[] } else { &names }, &coordinates, &located, schema)?;
        let array = |name: &str, bands: Vec<usize>| {
            let (first, storage) = (&schema.bands[bands[0]], storage[bands[0]]);
            let mut dims: Vec<String> = coordinates::steps_dim(schema).map(String::from).into_iter().collect();
            let mut shape: Vec<usize> = dims.iter().map(|_| schema.time.len()).collect();
            let mut sizes: Vec<fn(Tile) -> usize> =
                dims.iter().map(|_| (|t: Tile| t.time) as fn(Tile) -> usize).collect();
            if is_cube {
                dims.push("band".into());
                shape.push(bands.len());
                sizes.push(|_| 1);
            }
            let (y, x) = georeference::dims(&schema.grid);
            dims.extend([y.to_string(), x.to_string()]);
            shape.extend([schema.grid.height, schema.grid.width]);
            sizes.extend([(|t: Tile| t.y) as fn(Tile) -> usize, |t: Tile| t.x]);
            let of = |tile: Tile| sizes.iter().map(|size| size(tile)).collect::<Vec<_>>();
            let spec = Spec {
                name: name.into(),
                dims,
                shape,
                chunks: of(inner),
                shards: shards.map(of),
                element: Element::Number(storage.dtype),
                codec: config.codec,
                fill: storage.nodata,
                masked: storage.nodata.is_some(),
                attributes: band_attributes(first, &storage, schema, is_cube, &located),
            };
            (spec, bands, storage)
        };
        let arrays = if is_cube {
            if let Some(at) = (1..storage.len()).find(|&at| !same(storage[at], storage[0])) {
                let message = format!(
                    "bands `{}` and `{}` differ in type or nodata and fit no common array",
                    names[0], names[at]
                );
                return Err(Diagnostic::new(codes::BAD_OPTION, message)
                    .help("leave out `layout cube`, or give all bands a `dtype` and a `nodata`")
                    .about("layout"));
            }
            vec![array("data", (0..names.len()).collect())]
        } else {
            names.iter().enumerate().map(|(band, name)| array(name, vec![band])).collect()
        };
        let attributes = coordinates::group_attributes(schema, &coordinates, located.iter().map(|(spec, _)| spec));
        let outer = shards.unwrap_or(inner);
        Ok(Blueprint { version: config.version, attributes, coordinates, arrays, located, outer })
    }

    /// What the store says of how it was made.
    pub(super) fn tell(&mut self, history: String) {
        self.attributes.insert("history".into(), history.into());
    }

    /// The types in which the bands are stored.
    pub(super) fn dtypes(&self) -> Vec<DType> {
        let mut of_bands: Vec<(usize, DType)> = self
            .arrays
            .iter()
            .flat_map(|(_, bands, storage)| bands.iter().map(|band| (*band, storage.dtype)))
            .collect();
        of_bands.sort_unstable_by_key(|(band, _)| *band);
        of_bands.into_iter().map(|(_, dtype)| dtype).collect()
    }

    /// The regions a store of this blueprint is written in.
    pub(super) fn tile(&self, schema: &Schema) -> Tile {
        Tile {
            time: self.outer.time.min(schema.time.len().max(1)),
            y: self.outer.y.min(schema.grid.height.max(1)),
            x: self.outer.x.min(schema.grid.width.max(1)),
        }
    }

    /// Opens the arrays for writing, without touching the store.
    pub(super) fn writer(&self, store: &Arc<Store>, schema: &Arc<Schema>) -> Result<Writer, Cause> {
        let mut targets = Vec::new();
        for (spec, bands, storage) in &self.arrays {
            let documents = spec.documents(self.version);
            let metadata = serde_json::from_value(documents[0].1.clone())?;
            let array = Array::new_with_metadata(store.clone(), &format!("/{}", spec.name), metadata)?;
            let (has_time, has_band) =
                (coordinates::steps_dim(schema).is_some(), spec.dims.iter().any(|d| d == "band"));
            targets.push(Target { array, bands: bands.clone(), storage: *storage, has_time, has_band });
        }
        Ok(Writer::new(schema.clone(), targets, self.outer, 0))
    }

    /// Writes coordinates and the arrays' own documents; there is no store yet, because it has no root.
    pub(super) fn lay_out(&self, store: &Store) -> Result<(), Cause> {
        for coordinate in &self.coordinates {
            store.put(&coordinate.spec.only_chunk(self.version), coordinate.bytes.clone())?;
        }
        for (name, documents) in self.documents() {
            for (key, document) in documents {
                store.put_document(&format!("{name}/{key}"), &document)?;
            }
        }
        Ok(())
    }

    /// Writes longitude and latitude of the pixels, chunk by chunk.
    pub(super) fn locate(&self, store: &Arc<Store>, places: &PixelCoordinates) -> Result<(), Cause> {
        let below = |e: Box<Diagnostic>| e.below();
        let mut targets = Vec::new();
        for (band, (spec, storage)) in self.located.iter().enumerate() {
            let metadata = serde_json::from_value(spec.documents(self.version)[0].1.clone())?;
            let array = Array::new_with_metadata(store.clone(), &format!("/{}", spec.name), metadata)?;
            targets.push(Target { array, bands: vec![band], storage: *storage, has_time: false, has_band: false });
        }
        let [y, x] = self.located.first().map_or([1, 1], |(spec, _)| [spec.chunks[0], spec.chunks[1]]);
        let writer = Writer::new(places.schema.clone(), targets, Tile { time: 1, y, x }, 0);
        let all = places.schema.all();
        for row in all.y.clone().step_by(y) {
            for column in all.x.clone().step_by(x) {
                let (y, x) = (row..all.y.end.min(row + y), column..all.x.end.min(column + x));
                let region = Region { y, x, ..all.clone() };
                writer.write(&region, places.read(&region).map_err(below)?)?;
            }
        }
        Ok(())
    }

    /// Writes the root, which makes it a store.
    pub(super) fn seal(&self, store: &Store) -> Result<(), Cause> {
        for (key, document) in document::root(self.version, &self.attributes, &self.documents()) {
            store.put_document(&key, &document)?;
        }
        Ok(())
    }

    fn documents(&self) -> Documents {
        let specs = self.arrays.iter().map(|(spec, ..)| spec).chain(self.coordinates.iter().map(|c| &c.spec));
        let specs = specs.chain(self.located.iter().map(|(spec, _)| spec));
        specs.map(|spec| (spec.name.clone(), spec.documents(self.version))).collect()
    }
}

fn same(a: Storage, b: Storage) -> bool {
    let nodata = a.nodata == b.nodata || matches!((a.nodata, b.nodata), (Some(a), Some(b)) if a.is_nan() && b.is_nan());
    a.dtype == b.dtype && a.packing == b.packing && nodata
}

/// The arrays of longitude and latitude, chunked as the bands are.
fn located(schema: &Schema, config: &Config, chunk: Tile) -> Result<Vec<(Spec, Storage)>> {
    let Some(places) = places::described(&schema.grid)? else { return Ok(Vec::new()) };
    let (y, x) = georeference::dims(&schema.grid);
    let array = |(band, axis): (&Band, Axis)| {
        let said = pixel_place(axis, None).into_iter();
        let spec = Spec {
            name: band.name.clone(),
            dims: vec![y.into(), x.into()],
            shape: vec![schema.grid.height, schema.grid.width],
            chunks: vec![chunk.y, chunk.x],
            shards: None,
            element: Element::Number(band.dtype),
            codec: config.codec,
            fill: band.nodata,
            masked: band.nodata.is_some(),
            attributes: said.map(|(name, text)| (name.to_string(), text.into())).collect(),
        };
        (spec, Storage { dtype: band.dtype, nodata: band.nodata, packing: None })
    };
    Ok(places.bands.iter().zip([Axis::X, Axis::Y]).map(array).collect())
}

fn band_attributes(
    band: &Band,
    storage: &Storage,
    schema: &Schema,
    is_cube: bool,
    located: &[(Spec, Storage)],
) -> Map<String, Value> {
    let mut held = Map::new();
    if !is_cube || schema.bands.iter().all(|b| b.cell_methods == band.cell_methods) {
        held.extend(band.cell_methods.iter().map(|methods| ("cell_methods".to_string(), methods.clone().into())));
    }
    if !is_cube {
        held.extend(band.long_name.iter().map(|name| ("long_name".to_string(), name.clone().into())));
    }
    // In one array with others the unit holds only if all have it.
    if !is_cube || schema.bands.iter().all(|b| b.unit == band.unit) {
        held.extend(band.unit.iter().map(|unit| ("units".to_string(), unit.clone().into())));
        let dates = DateUnit::of(band, &schema.time);
        held.extend(dates.map(|dates| ("calendar".to_string(), dates.calendar().cf_name().into())));
    }
    held.insert("grid_mapping".into(), MAPPING.into());
    if !located.is_empty() {
        let names: Vec<&str> = located.iter().map(|(spec, _)| spec.name.as_str()).collect();
        held.insert("coordinates".into(), names.join(" ").into());
    }
    if let Some((scale, offset)) = storage.packing {
        held.insert("scale_factor".into(), json!(scale));
        held.insert("add_offset".into(), json!(offset));
    }
    if let Some(crs) = &schema.grid.crs {
        held.insert("_CRS".into(), georeference::gdal(crs));
    }
    held
}

fn check_names(
    names: &[String],
    coordinates: &[Coordinate],
    located: &[(Spec, Storage)],
    schema: &Schema,
) -> Result<()> {
    let steps = coordinates::steps_dim(schema).unwrap_or_default();
    let known = coordinates.iter().map(|c| &c.spec).chain(located.iter().map(|(spec, _)| spec));
    let mut taken: HashSet<&str> = known.map(|spec| spec.name.as_str()).chain([steps, "bnds"]).collect();
    for name in names {
        let odd = name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') || name.starts_with("__");
        if odd || !taken.insert(name) {
            let why = if odd { "is no name of an array" } else { "is the name of a coordinate too" };
            return Err(Diagnostic::new(codes::CANNOT_WRITE, format!("the band `{name}` {why}"))
                .help(format!("rename it first: `rename value = `{name}``")));
        }
    }
    Ok(())
}

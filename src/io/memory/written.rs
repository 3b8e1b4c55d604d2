//! A cube that was computed as a data set, with the coordinates and attributes that a store of it would have.

use super::dataset::{Dataset, Values, Variable};
use crate::cube::dates::DateUnit;
use crate::cube::{Band, Chunk, DType, Pixels, Schema};
use crate::diagnostic::Result;
use crate::io::cf::coordinates::{Axis, pixel_place};
use crate::io::places::{Open, PixelCoordinates};
use crate::io::upward;
use crate::io::zarr::coordinates::{self, Coordinate, Element, MAPPING};
use crate::with_pixels;
use serde_json::{Map, Value, json};

/// A cube as a data set; `open` opens the source of the places of its pixels, where they have some.
///
/// # Errors
/// Where the longitudes and latitudes of a grid of counted rows cannot be read.
pub(crate) fn written(schema: &Schema, mut chunk: Chunk, open: Open) -> Result<Dataset> {
    let grid = &schema.grid;
    if grid.upward {
        (_, chunk) = upward::turned(&schema.all(), chunk, grid.height);
    }
    let (y, x) = coordinates::dims(grid);
    let coordinates = coordinates::all(schema, 3, None);
    // Those of no dimension of their own, such as a single time.
    let own = |coordinate: &&Coordinate| !coordinate.spec.dims.contains(&coordinate.spec.name);
    let others: Vec<&str> = coordinates.iter().filter(own).map(|coordinate| coordinate.spec.name.as_str()).collect();
    let mut attributes = Map::new();
    attributes.insert("Conventions".into(), "CF-1.8".into());
    attributes.insert("coordinates".into(), others.join(" ").into());
    let mut variables: Vec<Variable> = coordinates.into_iter().map(coordinate).collect();
    let places = places(schema, open)?;
    let auxiliary = places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(" ");
    variables.extend(places);
    let steps = coordinates::steps_dim(schema);
    for (band, pixels) in schema.bands.iter().zip(chunk.bands) {
        let dims = steps.into_iter().chain([y, x]).map(String::from).collect();
        let shape = steps.map(|_| schema.time.len()).into_iter().chain([grid.height, grid.width]).collect();
        let mut attributes = said(band, schema);
        if !auxiliary.is_empty() {
            attributes.insert("coordinates".into(), auxiliary.as_str().into());
        }
        let values = Values::Numbers(pixels);
        variables.push(Variable { name: band.name.clone(), dims, shape, attributes, chunks: None, values });
    }
    Ok(Dataset { attributes, variables })
}

/// What a band says of itself.
fn said(band: &Band, schema: &Schema) -> Map<String, Value> {
    let texts = [("long_name", &band.long_name), ("units", &band.unit), ("cell_methods", &band.cell_methods)];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name.to_string(), text.clone()?.into())));
    let mut attributes: Map<String, Value> = texts.collect();
    if let Some(dates) = DateUnit::of(band, &schema.time) {
        attributes.insert("calendar".into(), dates.calendar().cf_name().into());
    }
    attributes.insert("grid_mapping".into(), MAPPING.into());
    // NaN is missing without being said.
    if let Some(nodata) = band.nodata.filter(|nodata| !nodata.is_nan()) {
        attributes.insert("_FillValue".into(), crate::io::json::pixel(nodata, band.dtype));
    }
    attributes
}

/// A coordinate of a store, with the numbers that its chunk holds.
fn coordinate(Coordinate { spec, bytes }: Coordinate) -> Variable {
    let count = spec.shape.iter().product();
    let values = match spec.element {
        Element::Number(dtype) => Values::Numbers(numbers(dtype, &bytes, count)),
        Element::Text(_) => Values::Texts(texts(&bytes)),
    };
    let (name, dims, shape) = (spec.name, spec.dims, spec.shape);
    Variable { name, dims, shape, attributes: spec.attributes, chunks: None, values }
}

/// The first numbers of a chunk that is not compressed.
fn numbers(dtype: DType, bytes: &[u8], count: usize) -> Pixels {
    let mut all = Pixels::zeros(dtype, count);
    with_pixels!(&mut all, all => bytemuck::cast_slice_mut(all).copy_from_slice(&bytes[..count * dtype.bytes()]));
    all
}

/// The texts of a chunk in Zarr's `vlen-utf8`: how many, then each with its length before it.
fn texts(bytes: &[u8]) -> Vec<String> {
    let (mut texts, mut rest) = (Vec::new(), bytes.get(4..).unwrap_or_default());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (text, behind) = after.split_at(after.len().min(u32::from_le_bytes(*length) as usize));
        texts.push(String::from_utf8_lossy(text).into_owned());
        rest = behind;
    }
    texts
}

/// Longitude and latitude of each pixel, where rows and columns are only counted.
fn places(schema: &Schema, open: Open) -> Result<Vec<Variable>> {
    let Some(places) = PixelCoordinates::open(&schema.grid, open)? else { return Ok(Vec::new()) };
    let mut chunk = places.read(&places.schema.all())?;
    if schema.grid.upward {
        (_, chunk) = upward::turned(&places.schema.all(), chunk, schema.grid.height);
    }
    let (y, x) = coordinates::dims(&schema.grid);
    let one = |((band, axis), pixels): ((&Band, Axis), Pixels)| {
        let said = pixel_place(axis, None).into_iter();
        let mut attributes: Map<String, Value> = said.map(|(name, text)| (name.to_string(), text.into())).collect();
        if let Some(nodata) = band.nodata.filter(|nodata| !nodata.is_nan()) {
            attributes.insert("_FillValue".into(), json!(nodata));
        }
        let (dims, shape) = (vec![y.into(), x.into()], vec![schema.grid.height, schema.grid.width]);
        Variable { name: band.name.clone(), dims, shape, attributes, chunks: None, values: Values::Numbers(pixels) }
    };
    Ok(places.schema.bands.iter().zip([Axis::X, Axis::Y]).zip(chunk.bands).map(one).collect())
}

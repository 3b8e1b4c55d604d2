//! Where the chunks of NetCDF-4 files lie, for references to them.

use super::far::{self, Found};
use super::hdf5::{self, DataLocation, Filter, Hdf5Variable};
use super::header;
use super::source::Files;
use crate::cube::{DType, Schema};
use crate::diagnostic::{Cause, Result};
use crate::io::cf::{self, Attribute, Number, Variable};
use crate::io::json::of;
use crate::io::references::{Array, Axis, Form, Piece, refuse};
use crate::io::remote::address::without_secrets;
use crate::plan::SourceSlice;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Attributes that speak of other variables of the file, or that references say in their own way.
const LEFT_OUT: [&str; 6] = ["_FillValue", "bounds", "climatology", "coordinates", "grid_mapping", "calendar"];

/// The arrays of the bands that are referred to, and whether rows and columns are stored the other way round.
pub(crate) fn refer(referred: &SourceSlice, schema: &Schema) -> Result<(Vec<Array>, [bool; 2])> {
    let files = Files::of(&referred.source)?;
    let places: Vec<(usize, usize)> = referred.steps.iter().map(|step| files.place(*step)).collect();
    let Some(first) = places.first().map(|(file, _)| *file) else { return Ok((Vec::new(), [false; 2])) };
    let (path, layout) = files.file(first);
    let header = header::read(path)?;
    let mut described: Vec<(usize, Vec<Hdf5Variable>)> = Vec::new();
    let names: Vec<String> = referred.bands.iter().map(|band| layout.variables[*band].name.clone()).collect();
    for run in runs(&places) {
        if described.iter().any(|(file, _)| *file == run.file) {
            continue;
        }
        let (path, other) = files.file(run.file);
        if other != layout {
            return Err(refuse(path, format!("it is laid out in another way than `{}`", files.file(first).0))
                .help("load files of one kind, or `save zarr`"));
        }
        described.push((run.file, describe(path, &names)?));
    }
    let mut arrays = Vec::new();
    for (at, &band) in referred.bands.iter().enumerate() {
        let stored = &layout.variables[band];
        let variable = header.variables.iter().find(|v| v.name == stored.name);
        let variable = variable.ok_or_else(|| refuse(path, format!("`{}` is gone", stored.name)))?;
        let mut array: Option<Array> = None;
        let is_static = !stored.places.contains(&cf::DimIndex::Step);
        let all = runs(&places);
        for (position, run) in all.iter().enumerate().take(if is_static { 1 } else { all.len() }) {
            let path = files.file(run.file).0;
            let Some((_, held)) = described.iter().find(|(file, _)| *file == run.file) else { continue };
            let (form, pieces) = pieces(path, stored, variable, &held[at], run).map_err(|why| {
                refuse(path, format!("`{}` {why}", stored.name)).help("`save zarr` copies the pixels instead")
            })?;
            let form_of = form.clone();
            let array = array.get_or_insert_with(|| Array {
                name: schema.bands[at].name.clone(),
                form: form_of,
                steps: referred.steps.len(),
                pieces: Vec::new(),
            });
            if array.form != form {
                return Err(refuse(
                    path,
                    format!("it has {} than `{}`", form.difference(&array.form), files.file(first).0),
                )
                .help("load files of one kind, or `save zarr`"));
            }
            let chunk = form.axes.iter().position(|a| *a == Axis::Step).map_or(1, |d| form.chunks[d]);
            let is_last = position + 1 == all.len();
            if !is_static && (run.at % chunk != 0 || run.first % chunk != 0 || (!is_last && run.len % chunk != 0)) {
                let why = format!("chunks of `{}` hold {chunk} steps and cannot be cut", stored.name);
                let way = "keep whole chunks of steps; only the last file may end within one";
                return Err(refuse(path, why).help(way).help("`save zarr` copies the pixels instead"));
            }
            array.pieces.extend(pieces);
        }
        arrays.extend(array);
    }
    Ok((arrays, [layout.flip_y, layout.flip_x]))
}

/// Steps that lie one after another in one file.
struct Run {
    file: usize,
    /// The first in the file.
    first: usize,
    /// The first in the cube.
    at: usize,
    len: usize,
}

fn runs(places: &[(usize, usize)]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, &(file, index)) in places.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if run.file == file && run.first + run.len == index => run.len += 1,
            _ => runs.push(Run { file, first: index, at, len: 1 }),
        }
    }
    runs
}

fn describe(path: &str, names: &[String]) -> Result<Vec<Hdf5Variable>> {
    if far::is_far(path) {
        let one = |name: &String| match far::describe(path, name, usize::MAX, true) {
            Found::Variable(variable) => Ok(variable),
            Found::Later(_) | Found::Not => {
                let why = format!("where `{name}` lies in it cannot be told");
                Err(refuse(&without_secrets(path), why).help("`save zarr` copies the pixels instead"))
            }
        };
        return names.iter().map(one).collect();
    }
    let mut begin = [0u8; 8];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut begin));
    if read.is_ok() && begin.starts_with(b"CDF") {
        return Err(refuse(path, "it is a classic NetCDF file, which has no chunks")
            .help("`save netcdf` of the same cube makes a NetCDF-4 file, to which references can be made"));
    }
    hdf5::describe(path, names, usize::MAX)
        .map_err(|why| refuse(path, why).help("`save zarr` copies the pixels instead"))
}

/// The form of a band in one file, and the chunks that hold the steps of a run.
fn pieces(
    path: &str,
    stored: &cf::VariableLayout,
    variable: &Variable,
    held: &Hdf5Variable,
    run: &Run,
) -> Result<(Form, Vec<(Vec<usize>, Piece)>), Cause> {
    let places = &stored.places;
    let bytes = stored.raw.bytes() as u64;
    let (filters, compressor) = codecs(&held.filters, stored.raw)?;
    let target: Arc<str> =
        if far::is_far(path) { without_secrets(path).into() } else { format!("file://{path}").into() };
    let step = places.iter().position(|p| *p == cf::DimIndex::Step);
    // What is stored in one piece is cut as finely as the steps, and the choices along other dimensions, need.
    let (lengths, chunks): (Vec<usize>, Vec<(Vec<usize>, u64, u64)>) = match &held.place {
        DataLocation::Chunks(lengths, chunks) => (lengths.clone(), chunks.clone()),
        DataLocation::Whole(place) => {
            let cut =
                places.iter().rposition(|p| matches!(p, cf::DimIndex::Step | cf::DimIndex::At(_))).map_or(0, |d| d + 1);
            let lengths: Vec<usize> = (0..places.len()).map(|d| if d < cut { 1 } else { held.shape[d] }).collect();
            let size = lengths.iter().product::<usize>() as u64 * bytes;
            let count: usize = held.shape[..cut].iter().product();
            let chunks = place.iter().flat_map(|&(offset, _)| {
                let shape = &held.shape;
                (0..count).map(move |number| {
                    let mut index = hdf5::position(number, &shape[..cut]);
                    index.resize(shape.len(), 0);
                    (index, offset + number as u64 * size, size)
                })
            });
            (lengths.clone(), chunks.collect())
        }
    };
    for (place, length) in places.iter().zip(&lengths) {
        if matches!(place, cf::DimIndex::At(_)) && *length > 1 {
            return Err(format!("has chunks of {length} values along a dimension of which one is chosen").into());
        }
    }
    let (mut axes, mut kept) = (Vec::new(), Vec::new());
    for (d, place) in places.iter().enumerate() {
        match place {
            cf::DimIndex::Step => axes.push(Axis::Step),
            cf::DimIndex::Y => axes.push(Axis::Y(held.shape[d])),
            cf::DimIndex::X => axes.push(Axis::X(held.shape[d])),
            cf::DimIndex::At(_) => continue,
        }
        kept.push(d);
    }
    let along = step.map_or(1, |d| lengths[d]);
    let (from, to) = (run.first / along, (run.first + run.len).div_ceil(along));
    let is_wanted = |index: &[usize]| {
        let chosen = places.iter().zip(index).all(|(place, i)| match place {
            cf::DimIndex::At(wanted) => i == wanted,
            _ => true,
        });
        chosen && step.is_none_or(|d| (from..to).contains(&index[d]))
    };
    let wanted: Vec<_> = chunks.iter().filter(|(index, ..)| is_wanted(index)).collect();
    let pieces = wanted.iter().map(|(index, offset, length)| {
        let mut index = index.clone();
        if let Some(d) = step {
            index[d] = index[d] - from + run.at / along;
        }
        let kept = kept.iter().map(|d| index[*d]).collect();
        (kept, Piece { target: target.clone(), offset: *offset, length: *length })
    });
    let declared = variable.numbers("_FillValue").first().copied();
    let fill = match declared {
        Some(number) => number_json(number),
        // What was never written reads as the fill value of the file.
        None => {
            let spans =
                |d: &usize| if Some(*d) == step { to - from } else { held.shape[*d].div_ceil(lengths[*d].max(1)) };
            let all: usize = kept.iter().map(spans).product();
            if wanted.len() < all {
                Number::of_bytes(&held.fill, stored.raw, held.is_big).map_or(Value::Null, number_json)
            } else {
                Value::Null
            }
        }
    };
    let form = Form {
        axes,
        chunks: kept.iter().map(|d| lengths[*d]).collect(),
        dtype: stored.raw.typestr(held.is_big),
        filters,
        compressor,
        fill,
        attributes: attributes(variable),
    };
    Ok((form, pieces.collect()))
}

/// HDF5's pipeline as the codecs of numcodecs.
fn codecs(filters: &[Filter], dtype: DType) -> Result<(Vec<Value>, Option<Value>), Cause> {
    let mut codecs = Vec::new();
    for filter in filters {
        let value = |at: usize| filter.values.get(at).copied();
        codecs.push(match filter.number {
            1 => json!({"id": "zlib", "level": value(0).unwrap_or(1)}),
            2 => json!({"id": "shuffle", "elementsize": value(0).unwrap_or(dtype.bytes() as u32)}),
            32015 => json!({"id": "zstd", "level": value(0).unwrap_or(3)}),
            number => {
                let name = if filter.name.is_empty() { format!("filter {number}") } else { filter.name.clone() };
                return Err(format!("is packed by {name}, which readers of references cannot undo").into());
            }
        });
    }
    let packs = |codec: &Value| codec["id"] != "shuffle";
    let compressor = if codecs.last().is_some_and(packs) { codecs.pop() } else { None };
    Ok((codecs, compressor))
}

fn attributes(variable: &Variable) -> Map<String, Value> {
    let held = variable.attributes.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    held.map(|(name, value)| {
        let json = match value {
            Attribute::Text(text) => text.as_str().into(),
            Attribute::Numbers(numbers) => match numbers.as_slice() {
                [one] => number_json(*one),
                many => many.iter().map(|n| number_json(*n)).collect(),
            },
        };
        (name.clone(), json)
    })
    .collect()
}

fn number_json(number: Number) -> Value {
    match number {
        Number::Int(n) => n.into(),
        Number::Unsigned(n) => n.into(),
        Number::Single(n) => of(n.into()),
        Number::Float(n) => of(n),
    }
}

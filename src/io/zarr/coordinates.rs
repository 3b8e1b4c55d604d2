//! The coordinates of a cube as arrays of a store.

pub(crate) use super::document::Element;
use super::document::Spec;
use super::georeference::mapping;
pub(crate) use super::georeference::{MAPPING, dims};
use crate::cube::{DType, Label, Pixels, Schema, TimeAxis};
use crate::io::cf::coordinates::{self, Attributes, Axis, Times};
use serde_json::{Map, Value, json};

/// Times are chunked for this many, so that a store which is appended to day by day does not end in crumbs.
const TIMES: usize = 1024;

/// An array and the bytes of its only chunk.
pub(crate) struct Coordinate {
    pub spec: Spec,
    pub bytes: Vec<u8>,
}

/// Name of the dimension of steps; nothing where the cube has only one step that is no date and no group.
pub(crate) fn steps_dim(schema: &Schema) -> Option<&str> {
    match schema.time {
        TimeAxis::Reduced { .. } | TimeAxis::Positions(1) => None,
        _ => Some(schema.time.stored_dim_name()),
    }
}

/// Every coordinate of a cube. Those that belong to no dimension are named in the group's `coordinates`.
pub(crate) fn all(schema: &Schema, version: u8, bands: Option<&[String]>) -> Vec<Coordinate> {
    let mut all = Vec::new();
    let grid = &schema.grid;
    if !grid.is_rotated() {
        let (y, x) = dims(grid);
        for (name, axis) in [(y, Axis::Y), (x, Axis::X)] {
            let values = coordinates::values(grid, axis);
            let held = held(coordinates::place(grid, axis, name));
            let spec = Spec::coordinate(name, &[name], &[values.len()], Element::Number(values.dtype()), held);
            all.push(Coordinate { spec, bytes: little_endian(&values) });
        }
    }
    let held = Value::Object(mapping(grid));
    let spec = Spec::coordinate(MAPPING, &[], &[], Element::Number(DType::I32), held);
    all.push(Coordinate { spec, bytes: 0i32.to_le_bytes().into() });
    if let Some(names) = bands {
        all.push(texts("band", names, version, json!({"long_name": "band"})));
    }
    all.extend(steps(schema, version));
    all
}

/// Numbers as the arrays of a store hold them.
fn little_endian(values: &Pixels) -> Vec<u8> {
    crate::with_pixels!(values, values => values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

fn steps(schema: &Schema, version: u8) -> Vec<Coordinate> {
    match (Times::of(&schema.time), &schema.time) {
        (Some(found), _) => times(&found),
        (None, TimeAxis::Groups { key, labels, .. }) => vec![groups(key, labels, version)],
        (None, TimeAxis::Positions(_) | TimeAxis::Instants { .. } | TimeAxis::Reduced { .. }) => Vec::new(),
    }
}

fn times(found: &Times) -> Vec<Coordinate> {
    let (units, values, edges) = found.numbers();
    let (dims, shape): (&[&str], &[usize]) = if found.has_dim { (&["time"], &[values.len()]) } else { (&[], &[]) };
    let bytes = |numbers: &[i64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let mut made = Vec::new();
    if let Some(name) = found.bounds_name() {
        let more = held(found.attributes_of_bounds(&units));
        let (dims, shape) = ([dims, &["bnds"]].concat(), [shape, &[2]].concat());
        let spec = Spec::coordinate(name, &dims, &shape, Element::Number(DType::I64), more);
        made.push(Coordinate { spec, bytes: bytes(&edges) });
    }
    let spec = Spec::coordinate("time", dims, shape, Element::Number(DType::I64), held(found.attributes(&units)));
    made.push(Coordinate { spec, bytes: bytes(&values) });
    made.iter_mut().filter(|_| !dims.is_empty()).for_each(|c| lengthen(c, TIMES));
    made
}

fn held(said: Attributes) -> Value {
    said.into_iter().map(|(name, text)| (name.to_string(), Value::from(text))).collect::<Map<_, _>>().into()
}

/// Makes the chunk of a coordinate of times at least `least` long, padded with zeros.
fn lengthen(coordinate: &mut Coordinate, least: usize) {
    let row = coordinate.bytes.len() / coordinate.spec.shape[0].max(1);
    let chunk = coordinate.spec.shape[0].max(least);
    coordinate.spec.chunks[0] = chunk;
    coordinate.bytes.resize(chunk * row, 0);
}

fn groups(key: &str, labels: &[Label], version: u8) -> Coordinate {
    let held = json!({"long_name": key});
    let numbers: Option<Vec<f64>> = labels
        .iter()
        .map(|label| match label {
            Label::Number(number) => Some(*number),
            Label::Text(_) => None,
        })
        .collect();
    match numbers {
        Some(numbers) if numbers.iter().all(|n| DType::I64.holds(*n)) => {
            let spec = Spec::coordinate(key, &[key], &[numbers.len()], Element::Number(DType::I64), held);
            Coordinate { spec, bytes: numbers.iter().flat_map(|n| (*n as i64).to_le_bytes()).collect() }
        }
        Some(numbers) => {
            let spec = Spec::coordinate(key, &[key], &[numbers.len()], Element::Number(DType::F64), held);
            Coordinate { spec, bytes: numbers.iter().flat_map(|n| n.to_le_bytes()).collect() }
        }
        None => texts(key, &labels.iter().map(Label::to_string).collect::<Vec<_>>(), version, held),
    }
}

/// Text of variable length in v3, of fixed length (UTF-32) in v2, whose variable text is an object type of Python's.
fn texts(name: &str, values: &[String], version: u8, held: Value) -> Coordinate {
    let longest = values.iter().map(|v| v.chars().count()).max().unwrap_or(0).max(1);
    let mut bytes = Vec::new();
    if version == 2 {
        for value in values {
            let codes = value.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
            bytes.extend(codes.flat_map(u32::to_le_bytes));
        }
    } else {
        bytes.extend((values.len() as u32).to_le_bytes());
        for value in values {
            bytes.extend((value.len() as u32).to_le_bytes());
            bytes.extend(value.as_bytes());
        }
    }
    Coordinate { spec: Spec::coordinate(name, &[name], &[values.len()], Element::Text(longest), held), bytes }
}

/// Attributes of the group.
pub(crate) fn group_attributes<'a>(
    schema: &Schema,
    coordinates: &'a [Coordinate],
    located: impl Iterator<Item = &'a Spec>,
) -> Map<String, Value> {
    let mut held = Map::new();
    held.insert("Conventions".into(), "CF-1.8".into());
    let all = coordinates.iter().map(|c| &c.spec).chain(located);
    let auxiliary: Vec<&str> = all.filter(|s| !s.dims.contains(&s.name)).map(|s| s.name.as_str()).collect();
    held.insert("coordinates".into(), auxiliary.join(" ").into());
    held.extend(super::georeference::geozarr(&schema.grid));
    held
}

//! The header of a netCDF file, and the small variables that describe others.

use super::{far, library};
use crate::cube::DType;
use crate::diagnostic::{Cause, Diagnostic, Result, codes};
use crate::io::cf::{self, Attribute, DEFAULT_FILL, Dim, Header, Kind, Number, Values, Variable};
use netcdf::AttributeValue;
use netcdf::types::{FloatType, IntType, NcVariableType};
use std::collections::BTreeMap;

/// Attributes that are read; others may be of types the library cannot hand out, and nobody asks for them.
pub(super) const ATTRIBUTES: &[&str] = &[
    "axis",
    "standard_name",
    "long_name",
    "units",
    "calendar",
    "bounds",
    "climatology",
    "grouped_by",
    "cell_methods",
    "coordinates",
    "grid_mapping",
    "_CoordinateAxisType",
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "_Unsigned",
    "valid_range",
    "valid_min",
    "valid_max",
];

/// Attributes of the variable that a `grid_mapping` names.
pub(super) const MAPPING_ATTRIBUTES: &[&str] = &[
    "grid_mapping_name",
    "crs_wkt",
    "spatial_ref",
    "epsg_code",
    "proj4",
    "proj4_params",
    "GeoTransform",
    "semi_major_axis",
    "semi_minor_axis",
    "inverse_flattening",
    "earth_radius",
    "longitude_of_prime_meridian",
    "longitude_of_central_meridian",
    "longitude_of_projection_origin",
    "latitude_of_projection_origin",
    "straight_vertical_longitude_from_pole",
    "standard_parallel",
    "scale_factor_at_central_meridian",
    "scale_factor_at_projection_origin",
    "false_easting",
    "false_northing",
    "grid_north_pole_latitude",
    "grid_north_pole_longitude",
    "north_pole_grid_longitude",
    "perspective_point_height",
    "sweep_angle_axis",
];

/// Reads the header of a file; the small variables are read when they are asked for.
pub(super) fn read(path: &str) -> Result<Header> {
    if far::is_far(path) {
        return far::header(path);
    }
    let (variables, of_file, classic) = library::inspect(path, |file| {
        let mut found = Vec::new();
        for variable in file.variables() {
            found.push(variable_header(&variable, "")?);
        }
        // Classic files have no groups, and say so by an error.
        for group in file.groups().into_iter().flatten() {
            group_header(&group, "", &mut found)?;
        }
        let history = file.attribute("history").and_then(|held| attribute(held.value().ok()?));
        let attributes = history.map(|history| ("history".to_string(), history)).into_iter().collect();
        Ok((found, attributes, file.root().is_none()))
    })?;
    let values = Box::new(Reader { path: path.to_string() });
    let mut header = Header { path: path.to_string(), variables, attributes: of_file, values };
    if classic && let Ok(seen) = std::fs::metadata(path) {
        check_length(&header, seen.len())?;
    }
    let of = path.to_string();
    with_mappings(&mut header, |name| {
        let name = name.to_string();
        library::inspect(&of, move |file| {
            let variable = file.variable(&name).ok_or("the variable is gone")?;
            Ok(attributes(&variable, MAPPING_ATTRIBUTES))
        })
    })?;
    Ok(header)
}

struct Reader {
    path: String,
}

impl Values for Reader {
    fn numbers(&self, variable: &Variable) -> Result<Vec<f64>> {
        let name = variable.name.clone();
        library::inspect(&self.path, move |file| {
            let found = file.variable(&name).ok_or("the variable is gone")?;
            found.get_values::<f64, _>(..).map_err(Cause::from)
        })
    }

    /// The strings of a variable of strings, or of characters with a row each.
    fn strings(&self, variable: &Variable) -> Result<Vec<String>> {
        let variable = variable.clone();
        library::inspect(&self.path, move |file| {
            let found = file.variable(&variable.name).ok_or("the variable is gone")?;
            match variable.kind {
                Kind::Characters => {
                    let bytes = found.get_raw_values(..)?;
                    Ok(Variable::rows_of_text(&bytes, &variable.dims))
                }
                _ => (0..found.len()).map(|i| found.get_string([i]).map_err(Cause::from)).collect(),
            }
        })
    }
}

/// Refuses a classic file that is cut short: the library would read zeros behind its end.
pub(super) fn check_length(header: &Header, size: u64) -> Result<()> {
    let bytes = |v: &Variable| {
        let value = match v.kind {
            Kind::Number(dtype) => dtype.bytes(),
            _ => 1,
        };
        v.dims.iter().map(|d| d.len as u64).product::<u64>() * value as u64
    };
    // Without the header and the padding, whose lengths the library does not tell.
    let least: u64 = header.variables.iter().map(bytes).sum();
    if size < least {
        let message = format!("`{}` is cut short: {size} of at least {least} bytes are there", header.path);
        return Err(Diagnostic::new(codes::DAMAGED, message));
    }
    Ok(())
}

/// Adds the attributes of grid mappings: they have many, and few variables are one.
pub(super) fn with_mappings(
    header: &mut Header,
    read: impl Fn(&str) -> Result<BTreeMap<String, Attribute>>,
) -> Result<()> {
    let mut names: Vec<String> = Vec::new();
    for variable in &header.variables {
        for word in variable.text("grid_mapping").unwrap_or("").split([' ', ':']).filter(|w| !w.is_empty()) {
            if let Some(mapping) = header.near(variable, word)
                && !names.contains(&mapping.name)
            {
                names.push(mapping.name.clone());
            }
        }
    }
    for name in names {
        let attributes = read(&name)?;
        if let Some(mapping) = header.variables.iter_mut().find(|v| v.name == name) {
            mapping.attributes.extend(attributes);
        }
    }
    Ok(())
}

fn group_header(group: &netcdf::Group, outer: &str, found: &mut Vec<Variable>) -> Result<(), Cause> {
    let path = format!("{outer}{}/", group.name());
    for variable in group.variables() {
        found.push(variable_header(&variable, &path)?);
    }
    for inner in group.groups() {
        group_header(&inner, &path, found)?;
    }
    Ok(())
}

fn variable_header(variable: &netcdf::Variable, group: &str) -> Result<Variable, Cause> {
    let kind = match variable.vartype() {
        NcVariableType::Int(int) => Kind::Number(match int {
            IntType::U8 => DType::U8,
            IntType::I8 => DType::I8,
            IntType::U16 => DType::U16,
            IntType::I16 => DType::I16,
            IntType::U32 => DType::U32,
            IntType::I32 => DType::I32,
            IntType::U64 => DType::U64,
            IntType::I64 => DType::I64,
        }),
        NcVariableType::Float(FloatType::F32) => Kind::Number(DType::F32),
        NcVariableType::Float(FloatType::F64) => Kind::Number(DType::F64),
        NcVariableType::Char => Kind::Characters,
        NcVariableType::String => Kind::Strings,
        _ => Kind::Other,
    };
    let dims = variable.dimensions().iter().map(|d| Dim { name: d.name(), len: d.len() }).collect();
    let chunks = variable.chunking()?;
    let mut attributes = attributes(variable, ATTRIBUTES);
    if let (Kind::Number(dtype), false) = (kind, attributes.contains_key("_FillValue"))
        && let Some(fill) = default_fill(variable, dtype)
    {
        attributes.insert(DEFAULT_FILL.into(), Attribute::Numbers(vec![fill]));
    }
    Ok(Variable { name: format!("{group}{}", variable.name()), dims, kind, attributes, chunks })
}

/// What the library puts into cells that were never written, if it does: every value of a byte is one that is measured,
/// and a writer can ask for none.
fn default_fill(variable: &netcdf::Variable, dtype: DType) -> Option<Number> {
    fn fill<T: netcdf::NcTypeDescriptor + Copy>(variable: &netcdf::Variable) -> Option<T> {
        variable.fill_value().ok().flatten()
    }
    match dtype {
        DType::U8 | DType::I8 => None,
        DType::U16 => fill::<u16>(variable).map(|v| Number::Int(v.into())),
        DType::I16 => fill::<i16>(variable).map(|v| Number::Int(v.into())),
        DType::U32 => fill::<u32>(variable).map(|v| Number::Int(v.into())),
        DType::I32 => fill::<i32>(variable).map(|v| Number::Int(v.into())),
        DType::U64 => fill::<u64>(variable).map(Number::Unsigned),
        DType::I64 => fill::<i64>(variable).map(Number::Int),
        DType::F32 => fill::<f32>(variable).map(Number::Single),
        DType::F64 => fill::<f64>(variable).map(Number::Float),
    }
}

/// All that a file says of itself and of some of its variables, for people.
pub(super) fn said(file: &netcdf::File, variables: &[String]) -> Vec<(String, String)> {
    let text = |held: netcdf::Attribute| Some((held.name().to_string(), attribute(held.value().ok()?)?.written()));
    let mut said: Vec<(String, String)> =
        file.attributes().filter_map(text).filter(|(name, _)| cf::is_told(name)).collect();
    for name in variables {
        let held = file.variable(name).map(|variable| variable.attributes().filter_map(text).collect::<Vec<_>>());
        let told = held.into_iter().flatten().filter(|(attribute, _)| cf::is_told(attribute));
        said.extend(told.map(|(attribute, value)| (format!("{name}.{attribute}"), value)));
    }
    said
}

fn attributes(variable: &netcdf::Variable, names: &[&str]) -> BTreeMap<String, Attribute> {
    let read = |name: &&str| {
        let value = variable.attribute_value(name)?.ok()?;
        Some((name.to_string(), attribute(value)?))
    };
    names.iter().filter_map(read).collect()
}

fn attribute(value: AttributeValue) -> Option<Attribute> {
    use AttributeValue as A;
    fn ints<T: Into<i64>>(values: Vec<T>) -> Vec<Number> {
        values.into_iter().map(|v| Number::Int(v.into())).collect()
    }
    Some(Attribute::Numbers(match value {
        A::Str(text) => return Some(Attribute::Text(text)),
        A::Strs(texts) => return Some(Attribute::Text(texts.into_iter().next()?)),
        A::Uchar(v) => ints(vec![v]),
        A::Uchars(v) => ints(v),
        A::Schar(v) => ints(vec![v]),
        A::Schars(v) => ints(v),
        A::Ushort(v) => ints(vec![v]),
        A::Ushorts(v) => ints(v),
        A::Short(v) => ints(vec![v]),
        A::Shorts(v) => ints(v),
        A::Uint(v) => ints(vec![v]),
        A::Uints(v) => ints(v),
        A::Int(v) => ints(vec![v]),
        A::Ints(v) => ints(v),
        A::Longlong(v) => ints(vec![v]),
        A::Longlongs(v) => ints(v),
        A::Ulonglong(v) => vec![Number::Unsigned(v)],
        A::Ulonglongs(v) => v.into_iter().map(Number::Unsigned).collect(),
        A::Float(v) => vec![Number::Single(v)],
        A::Floats(v) => v.into_iter().map(Number::Single).collect(),
        A::Double(v) => vec![Number::Float(v)],
        A::Doubles(v) => v.into_iter().map(Number::Float).collect(),
    }))
}

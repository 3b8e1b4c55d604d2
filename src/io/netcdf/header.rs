//! What a netCDF file says about itself, as plain data: variables, their dimensions and the attributes that matter.

use super::library;
use super::number::Number;
use crate::cube::DType;
use crate::diagnostic::{Diagnostic, Result, codes};
use netcdf::AttributeValue;
use netcdf::types::{FloatType, IntType, NcVariableType};
use std::collections::BTreeMap;

/// Attributes that are read; others may be of types the library cannot hand out, and nobody asks for them.
const ATTRIBUTES: &[&str] = &[
    "axis",
    "standard_name",
    "long_name",
    "units",
    "calendar",
    "bounds",
    "climatology",
    "coordinates",
    "grid_mapping",
    "_CoordinateAxisType",
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "_Unsigned",
];

/// Attributes of the variable that a `grid_mapping` names.
const MAPPING_ATTRIBUTES: &[&str] = &[
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

#[derive(Clone, Debug)]
pub struct Header {
    pub path: String,
    pub variables: Vec<Variable>,
}

#[derive(Clone, Debug)]
pub struct Variable {
    /// With the groups it lies in: `Grid/precipitation`.
    pub name: String,
    pub dims: Vec<Dim>,
    pub kind: Kind,
    pub attributes: BTreeMap<String, Attribute>,
    /// Chunk lengths, one a dimension; nothing where it is stored in one piece.
    pub chunks: Option<Vec<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Dim {
    pub name: String,
    pub len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Number(DType),
    /// Characters, the last dimension counting them, or strings.
    Characters,
    Strings,
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    Text(String),
    Numbers(Vec<Number>),
}

impl Variable {
    pub fn text(&self, attribute: &str) -> Option<&str> {
        match self.attributes.get(attribute)? {
            Attribute::Text(text) => Some(text.trim()),
            Attribute::Numbers(_) => None,
        }
    }

    /// The numbers of an attribute; some files write them as text.
    pub fn numbers(&self, attribute: &str) -> Vec<Number> {
        match self.attributes.get(attribute) {
            Some(Attribute::Numbers(numbers)) => numbers.clone(),
            Some(Attribute::Text(text)) => {
                text.split([' ', ',']).filter(|word| !word.is_empty()).filter_map(Number::parse).collect()
            }
            None => Vec::new(),
        }
    }

    pub fn number(&self, attribute: &str) -> Option<f64> {
        self.numbers(attribute).first().map(|n| n.to_f64())
    }

    /// The name without its groups.
    pub fn stem(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    fn group(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(group, _)| group)
    }

    pub fn dim(&self, name: &str) -> Option<usize> {
        self.dims.iter().position(|d| d.name == name)
    }

    /// `t2m (time 744, level 3, lat 33, lon 49)`.
    pub fn describe(&self) -> String {
        let dims: Vec<String> = self.dims.iter().map(|d| format!("{} {}", d.name, d.len)).collect();
        format!("`{}` ({})", self.name, dims.join(", "))
    }
}

impl Header {
    pub fn read(path: &str) -> Result<Header> {
        let (variables, classic) = library::inspect(path, |file| {
            let mut found = Vec::new();
            for variable in file.variables() {
                found.push(variable_header(&variable, "")?);
            }
            // Classic files have no groups, and say so by an error.
            for group in file.groups().into_iter().flatten() {
                group_header(&group, "", &mut found)?;
            }
            Ok((found, file.root().is_none()))
        })?;
        let mut header = Header { path: path.to_string(), variables };
        if classic {
            header.check_length()?;
        }
        header.read_mappings()?;
        Ok(header)
    }

    /// The variable of that name as seen from the groups `from` lies in.
    pub fn near(&self, from: &Variable, name: &str) -> Option<&Variable> {
        let mut group = from.group();
        loop {
            let full = if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
            if let Some(found) = self.variables.iter().find(|v| v.name == full) {
                return Some(found);
            }
            if group.is_empty() {
                return None;
            }
            group = group.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
    }

    /// All values of a variable as physical numbers, missing ones as NaN.
    pub fn values(&self, variable: &Variable) -> Result<Vec<f64>> {
        let mut values = library::inspect(&self.path, |file| {
            let found = file.variable(&variable.name).ok_or("the variable is gone")?;
            found.get_values::<f64, _>(..).map_err(|e| e.to_string())
        })?;
        let missing: Vec<f64> = ["_FillValue", "missing_value"]
            .iter()
            .flat_map(|name| variable.numbers(name))
            .map(|n| n.to_f64())
            .collect();
        let scale = variable.number("scale_factor").unwrap_or(1.0);
        let offset = variable.number("add_offset").unwrap_or(0.0);
        for value in &mut values {
            *value = if missing.contains(value) { f64::NAN } else { *value * scale + offset };
        }
        Ok(values)
    }

    /// The strings of a variable of strings, or of characters with a row each.
    pub fn strings(&self, variable: &Variable) -> Result<Vec<String>> {
        library::inspect(&self.path, |file| {
            let found = file.variable(&variable.name).ok_or("the variable is gone")?;
            match variable.kind {
                Kind::Characters => {
                    let bytes = found.get_raw_values(..).map_err(|e| e.to_string())?;
                    let width = variable.dims.last().map_or(1, |d| d.len).max(1);
                    let trim = |row: &[u8]| String::from_utf8_lossy(row).trim_end_matches(['\0', ' ']).to_string();
                    Ok(bytes.chunks(width).map(trim).collect())
                }
                _ => (0..found.len()).map(|i| found.get_string([i]).map_err(|e| e.to_string())).collect(),
            }
        })
    }

    /// Refuses a classic file that is cut short: the library would read zeros behind its end.
    fn check_length(&self) -> Result<()> {
        let bytes = |v: &Variable| {
            let value = match v.kind {
                Kind::Number(dtype) => dtype.bytes(),
                _ => 1,
            };
            v.dims.iter().map(|d| d.len as u64).product::<u64>() * value as u64
        };
        // Without the header and the padding, whose lengths the library does not tell.
        let least: u64 = self.variables.iter().map(bytes).sum();
        match std::fs::metadata(&self.path) {
            Ok(seen) if seen.len() < least => {
                let message =
                    format!("`{}` is cut short: {} of at least {least} bytes are there", self.path, seen.len());
                Err(Diagnostic::new(codes::UNREADABLE, message))
            }
            _ => Ok(()),
        }
    }

    /// Grid mappings have many attributes, and few variables are one.
    fn read_mappings(&mut self) -> Result<()> {
        let mut names: Vec<String> = Vec::new();
        for variable in &self.variables {
            for word in variable.text("grid_mapping").unwrap_or("").split([' ', ':']).filter(|w| !w.is_empty()) {
                if let Some(mapping) = self.near(variable, word)
                    && !names.contains(&mapping.name)
                {
                    names.push(mapping.name.clone());
                }
            }
        }
        for name in names {
            let attributes = library::inspect(&self.path, |file| {
                let variable = file.variable(&name).ok_or("the variable is gone")?;
                Ok(attributes(&variable, MAPPING_ATTRIBUTES))
            })?;
            if let Some(mapping) = self.variables.iter_mut().find(|v| v.name == name) {
                mapping.attributes.extend(attributes);
            }
        }
        Ok(())
    }
}

fn group_header(group: &netcdf::Group, outer: &str, found: &mut Vec<Variable>) -> Result<(), String> {
    let path = format!("{outer}{}/", group.name());
    for variable in group.variables() {
        found.push(variable_header(&variable, &path)?);
    }
    for inner in group.groups() {
        group_header(&inner, &path, found)?;
    }
    Ok(())
}

fn variable_header(variable: &netcdf::Variable, group: &str) -> Result<Variable, String> {
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
    let chunks = variable.chunking().map_err(|e| e.to_string())?;
    let attributes = attributes(variable, ATTRIBUTES);
    Ok(Variable { name: format!("{group}{}", variable.name()), dims, kind, attributes, chunks })
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
    fn floats<T: Into<f64>>(values: Vec<T>) -> Vec<Number> {
        values.into_iter().map(|v| Number::Float(v.into())).collect()
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
        A::Float(v) => floats(vec![v]),
        A::Floats(v) => floats(v),
        A::Double(v) => floats(vec![v]),
        A::Doubles(v) => floats(v),
    }))
}

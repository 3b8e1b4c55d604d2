//! How the bands of a cube lie in one file: what travels in the spec, so that reading needs no header.

use super::axes::Role;
use super::grid::{self, FileGrid};
use super::header::{Attribute, Header, Kind, Variable};
use super::number::Number;
use super::packing;
use super::reading::CfReading;
use super::select::{self, DataVar};
use super::steps::{self, DimIndex};
use super::valid::{Stated, ValidRange};
use crate::cube::{Band, Crs, DType, Packing, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::dimensions::{Dimensions, band_at};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Files of one kind share a layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layout {
    pub variables: Vec<VariableLayout>,
    pub flip_y: bool,
    pub flip_x: bool,
}

/// A variable as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VariableLayout {
    pub name: String,
    /// In the file.
    pub raw: DType,
    /// After `_Unsigned`.
    pub dtype: DType,
    /// One a dimension.
    pub places: Vec<DimIndex>,
    /// Scale and offset.
    pub packing: Option<(f64, f64)>,
    /// Values that mean "missing", as pixels of `dtype` hold them; NaN always does.
    pub missing: Vec<Number>,
    /// The least and the greatest stored value that is valid, where the file says so.
    #[serde(default, skip_serializing_if = "ValidRange::is_everything")]
    pub valid: ValidRange,
    /// Steps, rows and columns that are decoded together; 1, a few and all of them where there are no chunks.
    pub tile: [usize; 3],
}

impl Layout {
    /// The same without what is applied on reading: packing and valid ranges.
    pub(crate) fn as_stored(&mut self) {
        for variable in &mut self.variables {
            (variable.packing, variable.valid) = (None, ValidRange::default());
        }
    }
}

/// A file, read as far as its header says.
pub(crate) struct Survey {
    pub layout: Layout,
    pub bands: Vec<Band>,
    pub placed: FileGrid,
    pub axis: TimeAxis,
    pub notes: Vec<String>,
    /// What the file says of how it was made.
    pub history: Option<String>,
}

/// What the user asked for.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    /// The variables, all if there are none.
    pub names: &'a [String],
    pub dimensions: Dimensions,
    pub crs: Option<&'a Crs>,
    pub how: CfReading,
}

/// Finds the cube in a file.
///
/// # Errors
/// E0307 for a name that is not there, E0310 for a dimension that needs an `at`, E0309 for coordinates that are no regular
/// grid, E0308 for times that are not of CF.
pub(crate) fn survey(header: &Header, wanted: &Wanted) -> Result<Survey> {
    let mut notes = Vec::new();
    let given = &wanted.dimensions;
    let chosen = select::choose(header, wanted.names, given, &mut notes)?;
    let first = &chosen[0];
    // Before the coordinates: a variable that needs an `at` is the more useful news.
    let mut fields: Vec<(&DataVar, Vec<DimIndex>, String)> = Vec::new();
    for c in &chosen {
        for (at, name) in per_band(header, c, given, chosen.len() > 1)? {
            fields.push((c, steps::places(header, c.variable, &c.roles, c.step.as_deref(), &at)?, name));
        }
    }
    let placed = grid::place(header, first.variable, &first.roles, wanted.crs, &wanted.how)?;
    notes.extend(placed.notes.iter().cloned());
    tell_apart(&mut fields, &mut notes);
    let leading = chosen.iter().find(|c| c.step.is_some()).unwrap_or(first);
    let axis = steps::axis(header, leading.variable, leading.step.as_deref(), &mut notes)?;
    let mut variables: Vec<VariableLayout> = Vec::new();
    let mut bands: Vec<Band> = Vec::new();
    for (c, places, name) in fields {
        let stored = stored(c, places, wanted.how.raw, &mut notes);
        bands.push(band(&stored, c.variable, name, wanted.how.raw));
        variables.push(stored);
    }
    let layout = Layout { variables, flip_y: placed.flip_y, flip_x: placed.flip_x };
    let history = header.attributes.get("history").and_then(Attribute::text).map(str::to_string);
    Ok(Survey { layout, bands, placed, axis, notes, history })
}

/// Bands of one name, from several groups, get the name of their group too.
fn tell_apart(fields: &mut [(&DataVar, Vec<DimIndex>, String)], notes: &mut Vec<String>) {
    let names: Vec<String> = fields.iter().map(|(.., name)| name.clone()).collect();
    for (chosen, _, name) in fields.iter_mut().filter(|(.., name)| names.iter().filter(|n| *n == name).count() > 1) {
        let Some((group, _)) = chosen.variable.name.rsplit_once('/') else { continue };
        let full = format!("{}_{name}", group.replace('/', "_"));
        notes.push(format!("`{}` is the band `{full}`: other groups have a `{name}` too", chosen.variable.name));
        *name = full;
    }
}

/// The bands of a variable: one, or those along a dimension of bands.
fn per_band(
    header: &Header,
    chosen: &DataVar,
    given: &Dimensions,
    many: bool,
) -> Result<Vec<(BTreeMap<String, String>, String)>> {
    let (variable, at) = (chosen.variable, &given.at);
    let spread: Vec<&String> = given.spread.iter().filter(|dim| variable.dim(dim).is_some()).collect();
    if !spread.is_empty() {
        let mut bands = vec![(at.clone(), variable.stem().to_string())];
        for dim in spread {
            let role = variable.dim(dim).map(|i| chosen.roles[i]);
            if role.is_some_and(|role| role != Role::Other) || chosen.step.as_deref() == Some(dim.as_str()) {
                let message = format!("`{dim}` of {} is no further dimension to spread", variable.describe());
                return Err(Diagnostic::new(codes::CHOOSE_DIMENSION, message).about("spread"));
            }
            let coordinates = steps::coordinates(header, variable, dim)?;
            let along = |(at, name): &(BTreeMap<String, String>, String)| {
                let one = |coordinate: &String| {
                    let mut at = at.clone();
                    at.insert(dim.to_string(), coordinate.clone());
                    (at, band_at(name, coordinate))
                };
                coordinates.iter().map(one).collect::<Vec<_>>()
            };
            bands = bands.iter().flat_map(along).collect();
        }
        return Ok(bands);
    }
    let is_free = |dim: &&str| {
        !at.contains_key(*dim)
            && chosen.step.as_deref() != Some(*dim)
            && steps::is_bands(header, variable, &chosen.roles, dim)
    };
    let Some(dim) = variable.dims.iter().map(|d| d.name.as_str()).find(is_free) else {
        return Ok(vec![(at.clone(), variable.stem().to_string())]);
    };
    let bands = match steps::bands(header, variable, dim)? {
        // The only one of a variable needs no number.
        bands if bands.len() == 1 && bands[0].1 == format!("{dim}_{}", bands[0].0) => {
            return Ok(vec![(at.clone(), variable.stem().to_string())]);
        }
        bands => bands,
    };
    let with = |(value, name): (String, String)| {
        let mut at = at.clone();
        at.insert(dim.to_string(), value);
        (at, if many { format!("{}_{name}", variable.stem()) } else { name })
    };
    Ok(bands.into_iter().map(with).collect())
}

/// How a variable is stored; with `as_stored` its values are neither unpacked nor held against a range.
fn stored(chosen: &DataVar, places: Vec<DimIndex>, as_stored: bool, notes: &mut Vec<String>) -> VariableLayout {
    let variable = chosen.variable;
    let raw = match variable.kind {
        Kind::Number(dtype) => dtype,
        // Only variables of numbers are chosen.
        _ => DType::F64,
    };
    let range = Stated::of(variable);
    let dtype = match (variable.text("_Unsigned").map(str::to_ascii_lowercase).as_deref(), raw) {
        (Some("true"), DType::I8) => DType::U8,
        (Some("true"), DType::I16) => DType::U16,
        (Some("true"), DType::I32) => DType::U32,
        (Some("true"), DType::I64) => DType::U64,
        (Some("false"), DType::U8) => DType::I8,
        (None, DType::I8) if range.as_ref().is_some_and(Stated::is_unsigned) => DType::U8,
        _ => raw,
    };
    let mut missing: Vec<Number> = Vec::new();
    for number in variable.missing() {
        let number = if dtype == raw { number } else { number.reinterpret(dtype) };
        if let Some(number) = number.as_stored(dtype)
            && !missing.contains(&number)
        {
            missing.push(number);
        }
    }
    let scale = variable.number("scale_factor").unwrap_or(1.0);
    let offset = variable.number("add_offset").unwrap_or(0.0);
    let packing = (scale != 1.0 || offset != 0.0).then_some((scale, offset)).filter(|_| !as_stored);
    let mut valid = ValidRange::default();
    if let Some((found, words)) = range.filter(|_| !as_stored).and_then(|range| range.among(raw, dtype, packing)) {
        valid = found;
        let note = format!("values of `{}` outside of {words} are missing; `load .. raw` shows them", variable.name);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let tile = tile(variable, &chosen.roles, &places, raw);
    VariableLayout { name: variable.name.clone(), raw, dtype, places, packing, missing, valid, tile }
}

fn tile(variable: &Variable, roles: &[Role], places: &[DimIndex], raw: DType) -> [usize; 3] {
    let along = |place: DimIndex| places.iter().position(|p| *p == place);
    if let Some(chunks) = &variable.chunks {
        return [DimIndex::Step, DimIndex::Y, DimIndex::X]
            .map(|p| along(p).map_or(1, |at| chunks[at].min(variable.dims[at].len).max(1)));
    }
    let len = |role: Role| roles.iter().position(|r| *r == role).map_or(1, |at| variable.dims[at].len.max(1));
    // A record is read as whole rows; about a MB of them is worth a call.
    let rows = (1 << 20) / (len(Role::X) * raw.bytes()).max(1);
    [1, rows.clamp(1, len(Role::Y)), len(Role::X)]
}

fn band(stored: &VariableLayout, variable: &Variable, name: String, as_stored: bool) -> Band {
    let nodata = stored.missing.first().map(|n| n.to_f64());
    let mut band = match stored.packing {
        Some((scale, offset)) => {
            let mut band = Band::unpacked(name, Packing { dtype: stored.dtype, scale, offset, nodata });
            band.dtype = band.dtype.promote(packing::unpacked_type(variable, stored.dtype));
            band
        }
        None => Band::new(name, stored.dtype, nodata),
    };
    if !stored.valid.is_everything() {
        band = band.with_nodata();
    }
    let words = |name: &str| variable.text(name).filter(|text| !text.is_empty()).map(str::to_string);
    // Packed numbers have no unit.
    let is_packed = as_stored && ["scale_factor", "add_offset"].iter().any(|name| variable.number(name).is_some());
    band.unit = words("units").filter(|_| !is_packed);
    band.long_name = words("long_name").or_else(|| words("standard_name"));
    band.cell_methods = words("cell_methods");
    band
}

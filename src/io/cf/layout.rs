//! How the bands of a cube lie in one file: what travels in the spec, so that reading needs no header.

use super::axes::Role;
use super::grid::{self, FileGrid};
use super::header::{Header, Kind, Variable};
use super::number::Number;
use super::select::{self, DataVar};
use super::steps::{self, At, DimIndex};
use crate::cube::{Band, Crs, DType, Packing, TimeAxis};
use crate::diagnostic::Result;
use serde::{Deserialize, Serialize};

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
    /// Steps, rows and columns that are decoded together; 1, a few and all of them where there are no chunks.
    pub tile: [usize; 3],
}

/// A file, read as far as its header says.
pub(crate) struct Survey {
    pub layout: Layout,
    pub bands: Vec<Band>,
    pub placed: FileGrid,
    pub axis: TimeAxis,
    pub notes: Vec<String>,
}

/// Finds the cube in a file; `names` are the variables wanted, all if there are none.
///
/// # Errors
/// E0307 for a name that is not there, E0310 for a dimension that needs an `at`, E0309 for coordinates that are no regular
/// grid, E0308 for times that are not of CF.
pub(crate) fn survey(header: &Header, names: &[String], at: &At, crs: Option<&Crs>) -> Result<Survey> {
    let mut notes = Vec::new();
    let chosen = select::choose(header, names, at, &mut notes)?;
    let first = &chosen[0];
    // Before the coordinates: a variable that needs an `at` is the more useful news.
    let mut fields: Vec<(&DataVar, Vec<DimIndex>, String)> = Vec::new();
    for c in &chosen {
        for (at, name) in per_band(header, c, at, chosen.len() > 1)? {
            fields.push((c, steps::places(header, c.variable, &c.roles, c.step.as_deref(), &at)?, name));
        }
    }
    let placed = grid::place(header, first.variable, &first.roles, crs)?;
    notes.extend(placed.notes.iter().cloned());
    let leading = chosen.iter().find(|c| c.step.is_some()).unwrap_or(first);
    let axis = steps::axis(header, leading.variable, leading.step.as_deref(), &mut notes)?;
    let mut variables: Vec<VariableLayout> = Vec::new();
    let mut bands: Vec<Band> = Vec::new();
    for (c, places, name) in fields {
        let stored = stored(c, places);
        bands.push(band(&stored, c.variable, name));
        variables.push(stored);
    }
    let layout = Layout { variables, flip_y: placed.flip_y, flip_x: placed.flip_x };
    Ok(Survey { layout, bands, placed, axis, notes })
}

/// The bands of a variable: one, or those along a dimension of bands.
fn per_band(header: &Header, chosen: &DataVar, at: &At, many: bool) -> Result<Vec<(At, String)>> {
    let variable = chosen.variable;
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

fn stored(chosen: &DataVar, places: Vec<DimIndex>) -> VariableLayout {
    let variable = chosen.variable;
    let raw = match variable.kind {
        Kind::Number(dtype) => dtype,
        // Only variables of numbers are chosen.
        _ => DType::F64,
    };
    let dtype = match (variable.text("_Unsigned").map(str::to_ascii_lowercase).as_deref(), raw) {
        (Some("true"), DType::I8) => DType::U8,
        (Some("true"), DType::I16) => DType::U16,
        (Some("true"), DType::I32) => DType::U32,
        (Some("true"), DType::I64) => DType::U64,
        (Some("false"), DType::U8) => DType::I8,
        _ => raw,
    };
    // The valid_* attributes are not looked at, as xarray does not either: files disagree on whether they hold packed or
    // physical values.
    let mut missing: Vec<Number> = Vec::new();
    for number in ["_FillValue", "missing_value"].iter().flat_map(|name| variable.numbers(name)) {
        let number = if dtype == raw { number } else { number.reinterpret(dtype) };
        if let Some(number) = number.as_stored(dtype)
            && !missing.contains(&number)
        {
            missing.push(number);
        }
    }
    let scale = variable.number("scale_factor").unwrap_or(1.0);
    let offset = variable.number("add_offset").unwrap_or(0.0);
    let packing = (scale != 1.0 || offset != 0.0).then_some((scale, offset));
    let tile = tile(variable, &chosen.roles, &places, raw);
    VariableLayout { name: variable.name.clone(), raw, dtype, places, packing, missing, tile }
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

fn band(stored: &VariableLayout, variable: &Variable, name: String) -> Band {
    let nodata = stored.missing.first().map(|n| n.to_f64());
    let mut band = match stored.packing {
        Some((scale, offset)) => Band::unpacked(name, Packing { dtype: stored.dtype, scale, offset, nodata }),
        None => Band::new(name, stored.dtype, nodata),
    };
    let words = |name: &str| variable.text(name).filter(|text| !text.is_empty()).map(str::to_string);
    band.unit = words("units");
    band.long_name = words("long_name").or_else(|| words("standard_name"));
    band
}

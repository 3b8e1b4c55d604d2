//! How the bands of a cube lie in one file: what travels in the spec, so that reading needs no header.

use super::axes::Role;
use super::header::{Kind, Variable};
use super::number::Number;
use super::packing;
use super::select::DataVar;
use super::steps::DimIndex;
use super::valid::{Stated, ValidRange};
use crate::cube::dates::calendar_named;
use crate::cube::{Band, DType, GeoBox, Packing};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Files of one kind share a layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layout {
    pub variables: Vec<VariableLayout>,
    pub flip_y: bool,
    pub flip_x: bool,
}

impl Layout {
    /// Rows and columns of the north-up grid where they are stored, and the reverse.
    pub(crate) fn turned(&self, grid: &GeoBox, y: &Range<usize>, x: &Range<usize>) -> (Range<usize>, Range<usize>) {
        let turn = |range: &Range<usize>, len: usize, flip: bool| {
            if flip { len - range.end..len - range.start } else { range.clone() }
        };
        (turn(y, grid.height, self.flip_y), turn(x, grid.width, self.flip_x))
    }

    /// A box of stored steps, and of rows and columns of the north-up grid, in the dimensions of the variable of a band.
    pub(crate) fn stored_box(&self, grid: &GeoBox, band: usize, at: &[Range<usize>; 3]) -> Vec<Range<usize>> {
        let (y, x) = self.turned(grid, &at[1], &at[2]);
        let of = |place: &DimIndex| match place {
            DimIndex::Step => at[0].clone(),
            DimIndex::Y => y.clone(),
            DimIndex::X => x.clone(),
            DimIndex::At(position) => *position..position + 1,
        };
        self.variables[band].places.iter().map(of).collect()
    }
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
    /// How many numbers a chunk holds for each of its tile, along dimensions that are no axes of the cube.
    #[serde(default = "crate::plan::one", skip_serializing_if = "crate::plan::is_one")]
    pub deep: usize,
}

/// Steps of a cube as ranges of stored steps, where `order` says at which place each is stored.
pub(crate) fn stored_runs(order: Option<&[usize]>, time: Range<usize>) -> Vec<Range<usize>> {
    let Some(order) = order else { return vec![time] };
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &step in &order[time] {
        match runs.last_mut() {
            Some(run) if run.end == step => run.end += 1,
            _ => runs.push(step..step + 1),
        }
    }
    runs
}

impl VariableLayout {
    /// Whether it is the same for every step.
    pub(crate) fn is_static(&self) -> bool {
        !self.places.contains(&DimIndex::Step)
    }

    /// Bytes that are decoded together.
    pub(crate) fn chunk_bytes(&self) -> u64 {
        (self.tile.iter().product::<usize>() * self.deep * self.raw.bytes()) as u64
    }
}

impl Layout {
    /// The same without what is applied on reading: packing and valid ranges.
    pub(crate) fn as_stored(&mut self) {
        for variable in &mut self.variables {
            (variable.packing, variable.valid) = (None, ValidRange::default());
        }
    }
}

/// How a variable is stored; with `as_stored` its values are neither unpacked nor held against a range.
pub(super) fn stored(
    chosen: &DataVar,
    places: Vec<DimIndex>,
    as_stored: bool,
    notes: &mut Vec<String>,
) -> VariableLayout {
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
    let is_other = |(_, place): &(&usize, &DimIndex)| matches!(place, DimIndex::At(_));
    let lengths = variable.chunks.iter().flatten().zip(&places);
    let deep = lengths.filter(is_other).map(|(length, _)| *length).product();
    VariableLayout { name: variable.name.clone(), raw, dtype, places, packing, missing, valid, tile, deep }
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

pub(super) fn band(stored: &VariableLayout, variable: &Variable, name: String, as_stored: bool) -> Band {
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
    band.calendar = calendar_named(band.unit.as_deref(), variable.text("calendar"));
    band.long_name = words("long_name").or_else(|| words("standard_name"));
    band.cell_methods = words("cell_methods");
    band
}

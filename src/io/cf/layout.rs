//! The cube in a file: its bands, grid, steps, and how they are stored.

use super::axes::Role;
use super::grid::{self, FileGrid};
use super::header::{Attribute, Header};
use super::places::{self, Located};
use super::reading::{CfReading, Placing};
use super::select::{self, DataVar};
use super::steps::{self, DimIndex};
use super::stored::{Layout, VariableLayout, band, stored};
use crate::cube::{Band, Crs, TimeAxis};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::dimensions::{Dimensions, band_at};
use std::collections::BTreeMap;

/// A file, read as far as its header says.
pub(crate) struct Survey {
    pub layout: Layout,
    pub bands: Vec<Band>,
    pub placed: FileGrid,
    pub axis: TimeAxis,
    /// Longitude and latitude of each pixel, where rows and columns are only counted.
    pub located: Option<Located>,
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
        for (at, name) in per_band(header, c, given, chosen.len() > 1, &mut notes)? {
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
    let is_counted = wanted.how.grid == Some(Placing::Index) && placed.grid.places.is_none();
    let located = if is_counted { places::located(header, first, &placed, &mut notes) } else { None };
    Ok(Survey { layout, bands, placed, axis, located, notes, history })
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
    notes: &mut Vec<String>,
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
    // A dimension that is called so holds bands.
    if bands.len() > 1 && !["band", "bands"].contains(&dim) {
        let (n_bands, first) = (bands.len(), &bands[0].0);
        let note = format!("each of the {n_bands} coordinates along `{dim}` is a band: `at {dim} {first}` takes one");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let with = |(value, name): (String, String)| {
        let mut at = at.clone();
        at.insert(dim.to_string(), value);
        (at, if many { format!("{}_{name}", variable.stem()) } else { name })
    };
    Ok(bands.into_iter().map(with).collect())
}

//! Which variables of a file are the bands of one cube, and what each of their dimensions is.

use super::axes::{Role, coordinate, role};
use super::{Choice, Coding, Cube, Dim, File, Layer, Variable, crs, grid, select, time};
use crate::cube::{Band, Schema, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use std::collections::HashSet;

/// Finds the cube in a file: the variables asked for, or every one on the main grid.
///
/// # Errors
/// E0307 for a name that is not there or no raster, E0310 for a dimension that needs a choice, E0309 for coordinates
/// that are no regular grid, E0304 for variables that do not share grid or steps, E0308 for time units outside CF.
pub fn describe(file: &dyn File, choice: &Choice) -> Result<Cube> {
    let mut notes = Vec::new();
    let mut rasters = pick(file, choice, &mut notes)?;
    let steps = steps_dim(file, &mut rasters, choice, &mut notes)?;
    let main = &rasters[0];
    let (y, x) = (main.dim(main.y), main.dim(main.x));
    let found = grid::find(file, main.v, y, x, choice, &mut notes)?;
    select::check(choice, &rasters.iter().map(|r| r.v).collect::<Vec<_>>())?;

    let mut bands: Vec<Band> = Vec::new();
    let mut layers = Vec::new();
    let many = rasters.iter().filter(|r| band_dim(file, r, steps.as_deref(), choice).is_some()).count() > 1;
    for raster in &rasters {
        let v = raster.v;
        let along = band_dim(file, raster, steps.as_deref(), choice);
        let mut dims = Vec::new();
        for (i, name) in v.dims.iter().enumerate() {
            dims.push(match () {
                _ if i == raster.y => Dim::Y,
                _ if i == raster.x => Dim::X,
                _ if steps.as_ref().is_some_and(|s| s == name) => Dim::Time,
                // Replaced below, once for each band.
                _ if along == Some(i) => Dim::At(0),
                _ => Dim::At(select::position(file, v, name, v.shape[i], choice)?),
            });
        }
        let coding = Coding::of(v).ok_or_else(|| not_a_raster(file, v))?;
        let labels = along.map(|i| band_labels(file, &v.dims[i], v.shape[i])).transpose()?;
        for (position, label) in labels.map_or(vec![(0, None)], |l| l.into_iter().map(Some).enumerate().collect()) {
            let mut dims = dims.clone();
            if let Some(i) = along {
                dims[i] = Dim::At(position);
            }
            let name = match label {
                None => v.name.clone(),
                Some(label) if many => format!("{}_{label}", v.name),
                Some(label) => label,
            };
            if bands.iter().any(|b| b.name == name) {
                return Err(Diagnostic::new(codes::BAND_TWICE, format!("`{}` has two bands `{name}`", file.name()))
                    .help("choose the variables with `var`"));
            }
            bands.push(coding.band(&name, v));
            layers.push(Layer { variable: v.name.clone(), dims, coding: coding.clone() });
        }
    }

    let (axis, stored_steps) = match &steps {
        Some(dim) => {
            let len = rasters.iter().find_map(|r| r.len_of(dim)).unwrap_or(0);
            if len == 0 {
                return Err(Diagnostic::new(
                    codes::EMPTY_SELECTION,
                    format!("`{}` has no steps along `{dim}`", file.name()),
                ));
            }
            time::axis(file, dim, len, &mut notes)?
        }
        None => (time::scalar(file)?.unwrap_or(TimeAxis::Positions(1)), None),
    };
    let mut schema = Schema::new(axis, bands, found.grid);
    schema.notes = notes;
    Ok(Cube { schema, layers, flip_y: found.flip_y, flip_x: found.flip_x, stored_steps })
}

/// A variable with rows and columns.
struct Raster<'a> {
    v: &'a Variable,
    y: usize,
    x: usize,
}

impl Raster<'_> {
    fn dim(&self, i: usize) -> (&str, usize) {
        (&self.v.dims[i], self.v.shape[i])
    }

    fn len_of(&self, dim: &str) -> Option<usize> {
        self.v.dims.iter().position(|d| d == dim).map(|i| self.v.shape[i])
    }

    fn grid(&self) -> ((&str, usize), (&str, usize)) {
        (self.dim(self.y), self.dim(self.x))
    }
}

fn raster<'a>(file: &dyn File, v: &'a Variable) -> Option<Raster<'a>> {
    v.dtype?;
    // Dimensions without a name, or with one twice, cannot be told apart.
    let names: HashSet<&String> = v.dims.iter().collect();
    if v.dims.len() < 2 || names.len() < v.dims.len() {
        return None;
    }
    let of = |wanted| v.dims.iter().rposition(|dim| role(file, dim) == wanted);
    match (of(Role::Y), of(Role::X)) {
        (Some(y), Some(x)) => Some(Raster { v, y, x }),
        (None, None) => {
            // Nothing says which are rows and columns; the last two always are, if they have no other meaning.
            let n = v.dims.len();
            let plain = v.dims[n - 2..].iter().all(|dim| coordinate(file, dim).is_none());
            (plain && n >= 2).then_some(Raster { v, y: n - 2, x: n - 1 })
        }
        _ => None,
    }
}

/// The variables to read, all on one grid.
fn pick<'a>(file: &'a dyn File, choice: &Choice, notes: &mut Vec<String>) -> Result<Vec<Raster<'a>>> {
    let helpers = helpers(file);
    let all: Vec<Raster> = file
        .variables()
        .iter()
        .filter(|v| !helpers.contains(v.name.as_str()))
        .filter_map(|v| raster(file, v))
        .collect();
    if !choice.vars.is_empty() {
        let mut chosen: Vec<Raster> = Vec::new();
        for name in &choice.vars {
            let v = file.variable(name).ok_or_else(|| {
                let names = || all.iter().map(|r| r.v.name.as_str());
                Diagnostic::new(codes::UNKNOWN_ARRAY, format!("`{}` has no variable `{name}`", file.name()))
                    .help_if(diagnostic::did_you_mean(name, names()))
                    .help(format!("variables with rows and columns: {}", diagnostic::list_some(names(), 24)))
            })?;
            let found = raster(file, v).ok_or_else(|| not_a_raster(file, v))?;
            if let Some(first) = chosen.first().filter(|first| first.grid() != found.grid()) {
                let message = format!("`{}` and `{name}` of `{}` are not on one grid", first.v.name, file.name());
                return Err(Diagnostic::new(codes::FILES_DIFFER, message).help("load them one by one and `align` them"));
            }
            chosen.push(found);
        }
        return Ok(chosen);
    }
    // The grid that most variables share; the first of those that tie.
    let shared = |r: &Raster| all.iter().filter(|other| other.grid() == r.grid()).count();
    let Some(main) = all.iter().rev().max_by_key(|r| shared(r)) else {
        let names = file.variables().iter().map(|v| v.name.as_str());
        return Err(Diagnostic::new(
            codes::UNKNOWN_ARRAY,
            format!("`{}` has no variable with rows and columns", file.name()),
        )
        .help(format!("it has {}", diagnostic::list_some(names, 24))));
    };
    let key = |r: &Raster| {
        let ((y, h), (x, w)) = r.grid();
        (y.to_string(), h, x.to_string(), w)
    };
    let main = key(main);
    let (chosen, others): (Vec<Raster>, Vec<Raster>) = all.into_iter().partition(|r| key(r) == main);
    if !others.is_empty() {
        let names = diagnostic::list_some(others.iter().map(|r| r.v.name.as_str()), 8);
        notes.push(format!("not loaded, because on another grid: {names}"));
    }
    Ok(chosen)
}

/// Variables that only describe others: coordinates, bounds, grid mappings.
fn helpers(file: &dyn File) -> HashSet<&str> {
    let mut names = HashSet::new();
    let lists = ["bounds", "coordinates", "grid_mapping", "ancillary_variables_of", "climatology"];
    for attributes in file.variables().iter().map(|v| &v.attributes).chain([file.attributes()]) {
        for key in lists {
            let text = super::attributes::text(attributes, key).unwrap_or_default();
            names.extend(text.split_whitespace().map(|word| word.trim_end_matches(':')));
        }
    }
    names.extend(
        file.variables().iter().filter(|v| v.dims.contains(&v.name) || crs::is_mapping(v)).map(|v| v.name.as_str()),
    );
    names
}

/// The dimension along which the steps lie. Unless the user named them, variables with other steps than most are dropped.
fn steps_dim(
    file: &dyn File,
    rasters: &mut Vec<Raster>,
    choice: &Choice,
    notes: &mut Vec<String>,
) -> Result<Option<String>> {
    let of = |r: &Raster| -> Option<(String, usize)> {
        let free = |i: &usize| *i != r.y && *i != r.x && !choice.at.contains_key(&r.v.dims[*i]);
        let free: Vec<(&str, usize)> = (0..r.v.dims.len()).filter(free).map(|i| r.dim(i)).collect();
        let with = |wanted: Role| free.iter().find(|(dim, _)| role(file, dim) == wanted);
        // A dimension nobody describes is taken for steps if it is the only one left to explain.
        let bare = free.iter().find(|(dim, _)| role(file, dim) == Role::Unknown).filter(|_| free.len() == 1);
        with(Role::Time).or_else(|| with(Role::Groups)).or(bare).map(|(dim, len)| (dim.to_string(), *len))
    };
    let all: Vec<_> = rasters.iter().map(of).collect();
    let shared = |steps: &(String, usize)| all.iter().flatten().filter(|other| *other == steps).count();
    let Some(main) = all.iter().flatten().rev().max_by_key(|steps| shared(steps)).cloned() else { return Ok(None) };
    let differs = |steps: &Option<(String, usize)>| steps.as_ref().is_some_and(|steps| *steps != main);
    let name_of = |at: usize| rasters[at].v.name.as_str();
    if let Some(other) = all.iter().position(&differs) {
        if !choice.vars.is_empty() {
            let first = all.iter().position(|steps| steps.as_ref() == Some(&main)).unwrap_or(0);
            let (first, other) = (name_of(first), name_of(other));
            let message = format!("`{first}` and `{other}` of `{}` have different steps", file.name());
            return Err(Diagnostic::new(codes::FILES_DIFFER, message)
                .help(format!("load one of them: `var {first}` or `var {other}`")));
        }
        let names = (0..all.len()).filter(|&at| differs(&all[at])).map(name_of);
        notes.push(format!("not loaded, because of other steps: {}", diagnostic::list_some(names, 8)));
        let mut kept = all.iter().map(|steps| !differs(steps));
        rasters.retain(|_| kept.next().unwrap_or(true));
    }
    Ok(Some(main.0))
}

/// The dimension of a variable whose positions are bands.
fn band_dim(file: &dyn File, r: &Raster, steps: Option<&str>, choice: &Choice) -> Option<usize> {
    (0..r.v.dims.len()).filter(|&i| i != r.y && i != r.x).find(|&i| {
        let dim = &r.v.dims[i];
        if choice.at.contains_key(dim) || Some(dim.as_str()) == steps {
            return false;
        }
        // Beside a time axis, names label bands.
        let named = coordinate(file, dim).is_some_and(|c| c.dtype.is_none());
        role(file, dim) == Role::Band || named
    })
}

fn band_labels(file: &dyn File, dim: &str, len: usize) -> Result<Vec<String>> {
    Ok(match coordinate(file, dim) {
        Some(c) if c.dtype.is_none() => file.texts(c)?,
        // A number is no name that an expression could use.
        Some(c) => file.numbers(c)?.iter().map(|n| format!("{dim}_{n}")).collect(),
        None => (1..=len).map(|n| format!("{dim}_{n}")).collect(),
    })
}

fn not_a_raster(file: &dyn File, v: &Variable) -> Box<Diagnostic> {
    let why = match v.dtype {
        None => "does not hold numbers a pixel can have".to_string(),
        Some(_) => {
            format!("has no rows and columns, only {}", diagnostic::list_some(v.dims.iter().map(String::as_str), 6))
        }
    };
    Diagnostic::new(codes::UNKNOWN_ARRAY, format!("`{}` of `{}` {why}", v.name, file.name()))
}

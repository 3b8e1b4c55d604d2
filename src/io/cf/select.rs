//! Which variables of a file become bands.

use super::axes::{self, Role};
use super::grid;
use super::header::{Attribute, Header, Kind, Variable};
use super::reading::CfReading;
use super::steps;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::dimensions::Dimensions;

/// A variable that becomes a band.
pub(super) struct DataVar<'a> {
    pub variable: &'a Variable,
    pub roles: Vec<Role>,
    /// The dimension whose indices are steps; without it every step is the same.
    pub step: Option<String>,
}

/// The variables asked for, or every data variable on the one grid of the file.
///
/// Where nothing is asked for, variables that need an `at` or a `spread`, and those without time are left out if there are others, and
/// `notes` says so.
pub(super) fn choose<'a>(
    header: &'a Header,
    names: &[String],
    given: &Dimensions,
    notes: &mut Vec<String>,
) -> Result<Vec<DataVar<'a>>> {
    let gridded: Vec<DataVar> =
        header.variables.iter().filter_map(|variable| chosen(header, variable, given)).collect();
    let auxiliary = auxiliary(header);
    let chosen = if names.is_empty() {
        let data = gridded.into_iter().filter(|c| !auxiliary.contains(&c.variable.name.as_str())).collect();
        main_grid(header, data, given, notes)?
    } else {
        named(header, gridded, names)?
    };
    for dim in given.names() {
        if !chosen.iter().any(|c| c.variable.dim(dim).is_some()) {
            let dims: Vec<&str> = chosen[0].variable.dims.iter().map(|d| d.name.as_str()).collect();
            let message = format!("`{}`: {} has no dimension `{dim}`", header.path, chosen[0].variable.describe());
            return Err(Diagnostic::new(codes::CHOOSE_DIMENSION, message)
                .help_if(diagnostic::did_you_mean(dim, dims.iter().copied()))
                .help(format!("dimensions: {}", diagnostic::list_some(dims, 12))));
        }
    }
    Ok(chosen)
}

/// The variables a user may ask for, and what is known of each.
pub(crate) fn offered(header: &Header) -> Vec<(String, String)> {
    let (auxiliary, given) = (auxiliary(header), Dimensions::default());
    let gridded = header.variables.iter().filter_map(|variable| chosen(header, variable, &given));
    let data = gridded.map(|c| c.variable).filter(|v| !auxiliary.contains(&v.name.as_str()));
    let help = |v: &Variable| {
        let dims: Vec<String> = v.dims.iter().map(|d| format!("{} {}", d.name, d.len)).collect();
        let named = v.text("long_name").or(v.text("standard_name")).map_or(String::new(), |name| format!(": {name}"));
        format!("{}{named}", dims.join(", "))
    };
    data.map(|v| (v.name.clone(), help(v))).collect()
}

/// A variable with a west-east and a south-north dimension.
fn chosen<'a>(header: &Header, variable: &'a Variable, given: &Dimensions) -> Option<DataVar<'a>> {
    if !matches!(variable.kind, Kind::Number(_)) || variable.dims.len() < 2 {
        return None;
    }
    let roles = axes::roles(header, variable);
    let gridded = roles.contains(&Role::X) && roles.contains(&Role::Y);
    let step = steps::step_dim(header, variable, &roles, given).map(str::to_string);
    gridded.then_some(DataVar { variable, roles, step })
}

/// Variables that only describe others: bounds, and coordinates that are not of one dimension.
fn auxiliary(header: &Header) -> Vec<&str> {
    let mut names = Vec::new();
    for variable in &header.variables {
        for attribute in ["bounds", "climatology", "coordinates", "grid_mapping"] {
            let words = variable.text(attribute).unwrap_or("").split_whitespace();
            names.extend(words.filter_map(|word| header.near(variable, word)).map(|v| v.name.as_str()));
        }
    }
    // Stores name them once for all.
    let all = header.attributes.get("coordinates").and_then(Attribute::text).unwrap_or("").split_whitespace();
    names.extend(all.filter_map(|word| header.variables.iter().find(|v| v.name == word)).map(|v| v.name.as_str()));
    names
}

/// What tells the grid of a variable from others: its rows and columns, and what says where they lie.
fn plane(header: &Header, chosen: &DataVar) -> Vec<String> {
    let dims = chosen.variable.dims.iter().zip(&chosen.roles);
    let mut plane: Vec<String> = dims
        .filter(|(_, role)| matches!(role, Role::X | Role::Y))
        .map(|(dim, role)| format!("{role:?} {} {}", dim.name, dim.len))
        .collect();
    plane.extend(grid::wide(header, chosen.variable).iter().map(|wide| wide.name.clone()));
    plane.sort();
    plane
}

fn main_grid<'a>(
    header: &Header,
    data: Vec<DataVar<'a>>,
    given: &Dimensions,
    notes: &mut Vec<String>,
) -> Result<Vec<DataVar<'a>>> {
    let planes: Vec<Vec<String>> = data.iter().map(|c| plane(header, c)).collect();
    let shared = |of: &Vec<String>| planes.iter().filter(|other| *other == of).count();
    let Some(main) = planes.iter().rev().max_by_key(|of| shared(of)) else { return Err(no_grid(header)) };
    if planes.iter().any(|of| of != main && shared(of) == shared(main)) {
        return Err(several(header, &data, "grids"));
    }
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for (c, of) in data.into_iter().zip(&planes) {
        if of == main { own.push(c) } else { others.push(c) }
    }
    let data = own;
    if !others.is_empty() {
        let names = diagnostic::list_some(others.iter().map(|c| c.variable.name.as_str()), 8);
        notes.push(format!("left out because they lie on another grid than most: {names}"));
    }
    let (ready, waiting): (Vec<DataVar>, Vec<DataVar>) = data
        .into_iter()
        .partition(|c| steps::undecided(header, c.variable, &c.roles, c.step.as_deref(), given).is_empty());
    if ready.is_empty() {
        // Reading the places of any of them says what to add.
        return Ok(waiting);
    }
    let (stepped, still): (Vec<DataVar>, Vec<DataVar>) = ready.into_iter().partition(|c| c.step.is_some());
    let left = |which: &[DataVar]| diagnostic::list_some(which.iter().map(|c| c.variable.name.as_str()), 8);
    if !waiting.is_empty() {
        let dim = steps::undecided(header, waiting[0].variable, &waiting[0].roles, waiting[0].step.as_deref(), given)
            [0]
        .to_string();
        notes.push(format!("left out for want of an `at {dim} ..` or a `spread {dim}`: {}", left(&waiting)));
    }
    if stepped.is_empty() {
        return Ok(still);
    }
    if !still.is_empty() {
        notes
            .push(format!("left out because they do not change from step to step: {}; `var` reads them", left(&still)));
    }
    if stepped.iter().any(|c| c.step != stepped[0].step) {
        return Err(several(header, &stepped, "kinds of steps"));
    }
    Ok(stepped)
}

fn named<'a>(header: &Header, gridded: Vec<DataVar<'a>>, names: &[String]) -> Result<Vec<DataVar<'a>>> {
    let known = || gridded.iter().map(|c| c.variable.name.as_str());
    let mut found: Vec<DataVar<'a>> = Vec::new();
    for name in names {
        let exact = |c: &&DataVar| c.variable.name == *name;
        let mut named = gridded.iter().filter(|c| c.variable.stem() == name);
        let (first, second) = (named.next(), named.next());
        let whole = gridded.iter().find(exact);
        if let (None, Some(first), Some(second)) = (whole, first, second) {
            let message = format!("`{}` has a variable `{name}` in several groups", header.path);
            return Err(Diagnostic::new(codes::UNKNOWN_ARRAY, message).help(format!(
                "name the group too: `var \"{}\"` or `var \"{}\"`",
                first.variable.name, second.variable.name
            )));
        }
        match whole.or(first) {
            Some(c) => found.push(DataVar { variable: c.variable, roles: c.roles.clone(), step: c.step.clone() }),
            None => {
                if let Some(other) = header.variables.iter().find(|v| v.name == *name || v.stem() == name) {
                    return Err(grid::place(header, other, &axes::roles(header, other), None, &CfReading::default())
                        .err()
                        .unwrap_or_else(|| {
                            Diagnostic::new(
                                codes::UNKNOWN_ARRAY,
                                format!("`{}`: {} holds no numbers", header.path, other.describe()),
                            )
                        }));
                }
                return Err(Diagnostic::new(
                    codes::UNKNOWN_ARRAY,
                    format!("`{}` has no variable `{name}`", header.path),
                )
                .help_if(diagnostic::did_you_mean(name, known()))
                .help(format!("variables on a grid: {}", diagnostic::list_some(known(), 40))));
            }
        }
    }
    if found.iter().any(|c| plane(header, c) != plane(header, &found[0])) {
        return Err(several(header, &found, "grids"));
    }
    let steps: Vec<&String> = found.iter().filter_map(|c| c.step.as_ref()).collect();
    if steps.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(several(header, &found, "kinds of steps"));
    }
    Ok(found)
}

fn several(header: &Header, data: &[DataVar], what: &str) -> Box<Diagnostic> {
    let message = format!("`{}` has variables on several {what}", header.path);
    let error = Diagnostic::new(codes::UNKNOWN_ARRAY, message);
    let lines = data.iter().take(20).map(|c| c.variable.describe());
    let error = lines.fold(error, |error, line| error.help(line));
    error.help(format!("name those to load: `var {}`", data[0].variable.name))
}

fn no_grid(header: &Header) -> Box<Diagnostic> {
    if let Some(wide) = header.variables.iter().find(|v| grid::curvilinear(header, v).is_some())
        && let Err(error) = grid::place(header, wide, &axes::roles(header, wide), None, &CfReading::default())
    {
        return error;
    }
    let error = Diagnostic::new(codes::BAD_COORDINATES, format!("`{}` has no variable on a grid", header.path));
    let lines: Vec<String> = header.variables.iter().map(Variable::describe).collect();
    if lines.is_empty() { error } else { error.help(format!("variables: {}", lines.join(", "))) }
}

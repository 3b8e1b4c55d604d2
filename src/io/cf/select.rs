//! Dimensions beyond time, band, rows and columns: which position of them is read.

use super::axes::coordinate;
use super::{Choice, File, Variable, attributes};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use serde_json::Value;

/// Coordinate values shown when a choice is asked for.
const SHOWN: usize = 8;

/// The position along `dim` of variable `v`: the one the user chose, or the only one.
pub fn position(file: &dyn File, v: &Variable, dim: &str, len: usize, choice: &Choice) -> Result<usize> {
    match choice.at.get(dim) {
        Some(wanted) => find(file, dim, len, wanted),
        None if len == 1 => Ok(0),
        None => {
            let message = format!("`{}` has {len} values of `{dim}` for every pixel", v.name);
            let (shown, first) = values(file, dim, len)?;
            Err(Diagnostic::new(codes::CHOOSE_DIMENSION, message)
                .help(format!("add `at [{dim} {first}]` to take one of them"))
                .help(format!("values of `{dim}`: {shown}")))
        }
    }
}

/// Refuses a choice along a dimension that none of the variables has.
pub fn check(choice: &Choice, variables: &[&Variable]) -> Result<()> {
    let dims = || variables.iter().flat_map(|v| v.dims.iter()).map(String::as_str);
    match choice.at.keys().find(|key| !dims().any(|dim| dim == *key)) {
        None => Ok(()),
        Some(key) => {
            let mut names: Vec<&str> = dims().collect();
            names.sort_unstable();
            names.dedup();
            Err(Diagnostic::new(codes::CHOOSE_DIMENSION, format!("no variable that is read has a dimension `{key}`"))
                .help_if(diagnostic::did_you_mean(key, names.iter().copied()))
                .help(format!("dimensions: {}", diagnostic::list_some(names.iter().copied(), 12))))
        }
    }
}

fn find(file: &dyn File, dim: &str, len: usize, wanted: &Value) -> Result<usize> {
    let text = wanted.as_str().map_or_else(|| wanted.to_string(), String::from);
    let found = match coordinate(file, dim) {
        Some(v) if v.dtype.is_none() => file.texts(v)?.iter().position(|label| *label == text),
        Some(v) => {
            let number = attributes::value(wanted);
            // Levels are often stored as f32.
            let near = |value: f64, number: f64| (value - number).abs() <= 1e-6 * number.abs().max(1e-6);
            let values = file.numbers(v)?;
            number.and_then(|number| values.iter().position(|&value| near(value, number)))
        }
        None => attributes::value(wanted)
            .filter(|at| at.fract() == 0.0 && (0.0..len as f64).contains(at))
            .map(|at| at as usize),
    };
    match found {
        Some(position) => Ok(position),
        None => Err(Diagnostic::new(codes::CHOOSE_DIMENSION, format!("`{dim}` has no value {text}"))
            .help(format!("values of `{dim}`: {}", values(file, dim, len)?.0))),
    }
}

/// The values along a dimension for a message, and the first of them.
fn values(file: &dyn File, dim: &str, len: usize) -> Result<(String, String)> {
    let all: Vec<String> = match coordinate(file, dim) {
        Some(v) if v.dtype.is_none() => file.texts(v)?.iter().map(|t| format!("\"{t}\"")).collect(),
        Some(v) => file.numbers(v)?.iter().map(f64::to_string).collect(),
        None => (0..len).map(|i| i.to_string()).collect(),
    };
    let mut shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > SHOWN {
        shown += &format!(" .. {}", all[all.len() - 1]);
    }
    Ok((shown, all.first().cloned().unwrap_or_else(|| "0".into())))
}

//! Tables as files: written whole, to a hidden neighbour of the target that is then moved to its place.

mod csv;
mod json;
mod parquet_file;

use super::sink::{self, Output};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Existing, SinkSpec};
use crate::table::Table;
use std::io::Write;
use std::path::Path;

/// A format that a table can be written in.
pub struct TableFormat {
    pub name: &'static str,
    /// Options by name, with a line of help each.
    pub options: &'static [(&'static str, &'static str)],
    /// Refuses bad values of options.
    pub check: fn(spec: &SinkSpec) -> Result<()>,
    pub write: fn(spec: &SinkSpec, table: &Table, to: &mut (dyn Write + Send)) -> std::io::Result<()>,
}

/// Every format that tables can be written in.
pub const TABLE_SINKS: &[&TableFormat] = &[&csv::FORMAT, &json::FORMAT, &parquet_file::FORMAT];

fn format(name: &str) -> Result<&'static TableFormat> {
    TABLE_SINKS.iter().find(|f| f.name == name).copied().ok_or_else(|| {
        Diagnostic::new(codes::CANNOT_WRITE, format!("this build writes no tables as `{name}`"))
            .help("save it as one of `csv`, `json`, `parquet`")
    })
}

/// Everything that can be refused before a pixel is read.
pub fn check(spec: &SinkSpec) -> Result<()> {
    let format = format(&spec.format)?;
    super::check_extension(&spec.format, &spec.path)?;
    super::known_options(&spec.format, &spec.options, format.options)?;
    sink::check_file(Path::new(&spec.path), spec.existing)?;
    debug_assert!(matches!(spec.existing, Existing::Refuse | Existing::Overwrite), "tables are written whole");
    (format.check)(spec)
}

/// Writes the whole table; the target appears when it is complete.
pub fn write(spec: &SinkSpec, table: &Table) -> Result<Output> {
    let format = format(&spec.format)?;
    let path = Path::new(&spec.path);
    sink::write_whole(path, |to| (format.write)(spec, table, to).map_err(|e| sink::cannot_write(path, e)))
}

/// A text option that must be one of some words.
fn choice<'a>(spec: &'a SinkSpec, name: &str, words: &[&'a str]) -> Result<&'a str> {
    let Some(value) = spec.options.get(name) else { return Ok(words[0]) };
    let written = value.as_str().unwrap_or_default();
    words.iter().find(|w| **w == written).copied().ok_or_else(|| {
        Diagnostic::new(codes::BAD_OPTION, format!("`{name}` cannot be {value}"))
            .help(format!("choose {}", crate::diagnostic::list_some(words.iter().copied(), 9)))
    })
}

#[cfg(test)]
mod tests;

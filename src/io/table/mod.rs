//! Tables as files: written whole, to a hidden neighbour of the target that is then moved to its place.

mod csv;
mod json;
mod parquet_file;

use super::sink::{self, Output, Partial};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Existing, SinkSpec};
use crate::table::Table;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// A format that a table can be written in.
pub struct TableFormat {
    pub name: &'static str,
    /// Options by name, with a line of help each.
    pub options: &'static [(&'static str, &'static str)],
    /// Refuses bad values of options.
    pub check: fn(spec: &SinkSpec) -> Result<()>,
    pub write: fn(spec: &SinkSpec, table: &Table, to: BufWriter<File>) -> std::io::Result<()>,
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
    let path = Path::new(&spec.path);
    if path.is_dir() {
        return Err(sink::cannot_write(path, "it is a folder"));
    }
    sink::check_target(path, spec.existing)?;
    super::place::check(path)?;
    debug_assert!(matches!(spec.existing, Existing::Refuse | Existing::Overwrite), "tables are written whole");
    (format.check)(spec)
}

/// Writes the whole table; the target appears when it is complete.
pub fn write(spec: &SinkSpec, table: &Table) -> Result<Output> {
    let format = format(&spec.format)?;
    let path = Path::new(&spec.path);
    sink::make_parent(path)?;
    let mut partial = Partial::new(sink::partial_path(path));
    let file = File::create(&partial.path).map_err(|e| sink::cannot_write(path, e))?;
    (format.write)(spec, table, BufWriter::new(file)).map_err(|e| sink::cannot_write(path, e))?;
    let bytes = std::fs::metadata(&partial.path).map_or(0, |m| m.len());
    sink::publish(&partial.path, path)?;
    partial.disarm();
    Ok(Output { paths: vec![path.to_path_buf()], bytes })
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

//! Tables as files: written whole, to a hidden neighbor of the target that is then moved to its place.

mod csv;
mod geoparquet;
mod json;
mod parquet_file;

use super::place;
use super::sink::Output;
use super::target::{self, Target};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::SinkSpec;
use crate::signature::Signature;
use crate::table::Table;
use std::io::Write;
use std::path::Path;

/// A format that a table can be written in.
pub(crate) struct TableFormat {
    /// As plans name it.
    pub name: &'static str,
    /// The stage that writes it, whose parameters are what it can be told.
    pub stage: &'static Signature,
    /// What its files are called; the first is proposed.
    pub extensions: &'static [&'static str],
    /// Refuses bad values of options.
    pub check: fn(spec: &SinkSpec) -> Result<()>,
    pub write: fn(spec: &SinkSpec, table: &Table, to: &mut (dyn Write + Send)) -> std::io::Result<()>,
}

/// Every format that tables can be written in.
pub(crate) const TABLE_SINKS: &[&TableFormat] = &[&csv::FORMAT, &json::FORMAT, &parquet_file::FORMAT];

pub(crate) fn format(name: &str) -> Result<&'static TableFormat> {
    TABLE_SINKS.iter().find(|f| f.name == name).copied().ok_or_else(|| {
        Diagnostic::new(codes::CANNOT_WRITE, format!("this build writes no tables as `{name}`"))
            .help("save it as one of `csv`, `json`, `parquet`")
    })
}

/// What of a table's own can be refused before a pixel is read.
pub(crate) fn check(spec: &SinkSpec) -> Result<()> {
    let format = format(&spec.format)?;
    place::refuse_template(&spec.path)?;
    target::check_stream(Path::new(&spec.path), spec.existing)?;
    (format.check)(spec)
}

/// Holds the target of a table that is going to be computed.
pub(crate) fn hold(spec: &SinkSpec) -> Result<Target> {
    Target::hold(Path::new(&spec.path), spec.existing)
}

/// Writes the whole table; the target appears when it is complete.
pub(crate) fn write(spec: &SinkSpec, table: &Table, target: Target) -> Result<Output> {
    let format = format(&spec.format)?;
    target.write(|to| (format.write)(spec, table, to).map_err(|e| place::cannot_write(Path::new(&spec.path), e)))
}

#[cfg(test)]
mod tests;

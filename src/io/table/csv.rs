//! `save csv`: RFC 4180 with a line of names. Times are ISO 8601 in UTC, missing cells are empty.

use super::TableFormat;
use crate::diagnostic::Result;
use crate::io::saving;
use crate::plan::SinkSpec;
use crate::signature::{Example, Param, Shape, Signature};
use crate::table::Table;
use serde::Deserialize;
use std::io::{self, Write};

pub(super) const FORMAT: TableFormat =
    TableFormat { name: "csv", stage: &SAVE, extensions: &["csv"], check: |spec| delimiter(spec).map(|_| ()), write };

const SAVE: Signature = Signature {
    name: "save csv",
    summary: "Write a table as CSV: a line of names, times in UTC, missing cells empty.",
    params: &[
        saving::PATH,
        saving::OVERWRITE,
        Param::option(
            "delimiter",
            Shape::Text,
            "what stands between cells: \",\" (default), \";\", \"tab\" or another character",
        ),
    ],
    seek: &["to_csv", "text", "excel", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | reduce mean over space | save csv \"series.csv\" delimiter \";\" overwrite",
        output: "",
    }],
};

/// What `save csv` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaveCsv {
    delimiter: Option<String>,
}

fn delimiter(spec: &SinkSpec) -> Result<char> {
    let SaveCsv { delimiter } = saving::read(&spec.options)?;
    let Some(text) = delimiter else { return Ok(',') };
    if text == "tab" {
        return Ok('\t');
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if !c.is_alphanumeric() && !"\"\r\n.-+".contains(c) => Ok(c),
        _ => Err(saving::bad("delimiter", "one character", text).help("such as `delimiter \";\"`, or `delimiter tab`")),
    }
}

fn write(spec: &SinkSpec, table: &Table, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let delimiter = delimiter(spec).unwrap_or(',');
    let mut line = String::new();
    let mut names = table.columns.iter().map(|c| c.name.as_str());
    put(&mut line, delimiter, &mut names);
    to.write_all(line.as_bytes())?;
    for row in 0..table.rows() {
        line.clear();
        let cells: Vec<String> = table.cells.iter().map(|cells| cells.text(row)).collect();
        put(&mut line, delimiter, &mut cells.iter().map(String::as_str));
        to.write_all(line.as_bytes())?;
    }
    to.flush()
}

fn put(line: &mut String, delimiter: char, cells: &mut dyn Iterator<Item = &str>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            line.push(delimiter);
        }
        if cell.contains(|c| c == delimiter || "\"\r\n".contains(c)) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push('\n');
}

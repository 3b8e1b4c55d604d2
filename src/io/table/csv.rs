//! `save csv`: RFC 4180 with a line of names. Times are ISO 8601 in UTC, missing cells are empty.

use super::TableFormat;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::SinkSpec;
use crate::table::Table;
use std::io::{self, Write};

pub const FORMAT: TableFormat = TableFormat {
    name: "csv",
    options: &[("delimiter", "what stands between cells: \",\" (default), \";\", \"tab\" or another character")],
    check: |spec| delimiter(spec).map(|_| ()),
    write,
};

fn delimiter(spec: &SinkSpec) -> Result<char> {
    let Some(value) = spec.options.get("delimiter") else { return Ok(',') };
    let wrong = || {
        Diagnostic::new(codes::BAD_OPTION, format!("`delimiter` cannot be {value}"))
            .help("one character, such as `delimiter \";\"`, or `delimiter tab`")
    };
    match value.as_str() {
        Some("tab") => Ok('\t'),
        Some(text) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if !c.is_alphanumeric() && !"\"\r\n.-+".contains(c) => Ok(c),
                _ => Err(wrong()),
            }
        }
        None => Err(wrong()),
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

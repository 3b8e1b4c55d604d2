//! `save json`: an array of records, one a line. Times are ISO 8601 in UTC, missing cells `null`.

use super::{TableFormat, choice};
use crate::plan::SinkSpec;
use crate::table::{Cells, Table};
use serde_json::Value;
use std::io::{self, Write};

/// The first is the default.
const LAYOUTS: &[&str] = &["records", "lines"];

pub const FORMAT: TableFormat = TableFormat {
    name: "json",
    options: &[("layout", "records (default): an array of records; lines: a record a line, without the array")],
    check: |spec| choice(spec, "layout", LAYOUTS).map(|_| ()),
    write,
};

fn write(spec: &SinkSpec, table: &Table, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let array = choice(spec, "layout", LAYOUTS).unwrap_or(LAYOUTS[0]) == LAYOUTS[0];
    let names: Vec<String> = table.columns.iter().map(|c| Value::from(c.name.as_str()).to_string()).collect();
    if array {
        to.write_all(b"[\n")?;
    }
    let rows = table.rows();
    for row in 0..rows {
        let cells = names.iter().zip(&table.cells).map(|(name, cells)| format!("{name}:{}", cell(cells, row)));
        let comma = if array && row + 1 < rows { "," } else { "" };
        writeln!(to, "{{{}}}{comma}", cells.collect::<Vec<_>>().join(","))?;
    }
    if array {
        to.write_all(b"]\n")?;
    }
    to.flush()
}

/// JSON has neither NaN nor infinity; both are `null`.
fn cell(cells: &Cells, row: usize) -> String {
    let infinite = match cells {
        Cells::Float32(v) => v[row].is_infinite(),
        Cells::Float64(v) => v[row].is_infinite(),
        _ => false,
    };
    match cells {
        _ if infinite || cells.is_missing(row) => "null".into(),
        Cells::Time(_) | Cells::Text(_) => Value::from(cells.text(row)).to_string(),
        _ => cells.text(row),
    }
}

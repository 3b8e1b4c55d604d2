//! `save json`: an array of records, one a line. Times are ISO 8601 in UTC, missing cells `null`.

use super::TableFormat;
use crate::io::saving;
use crate::plan::SinkSpec;
use crate::signature::{Example, Param, Shape, Signature};
use crate::table::{Cells, Table};
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, Write};

pub(super) const FORMAT: TableFormat = TableFormat {
    name: "json",
    stage: &SAVE,
    extensions: &["json"],
    check: |spec| saving::read::<SaveJson>(&spec.options).map(|_| ()),
    write,
};

const SAVE: Signature = Signature {
    name: "save json",
    summary: "Write a table as JSON: a record a row, times in UTC, missing cells `null`.",
    params: &[
        saving::PATH,
        saving::OVERWRITE,
        Param::option(
            "layout",
            Shape::Choice(&["records", "lines"]),
            "records (default): an array of records; lines: a record a line, without the array",
        ),
    ],
    seek: &["to_json", "records", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | reduce mean over space | save json \"series.json\" layout lines overwrite",
        output: "",
    }],
};

/// What `save json` can be told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SaveJson {
    layout: Layout,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Layout {
    #[default]
    Records,
    Lines,
}

fn write(spec: &SinkSpec, table: &Table, to: &mut (dyn Write + Send)) -> io::Result<()> {
    let SaveJson { layout } = saving::read(&spec.options).map_err(|d| io::Error::other(d.message))?;
    let array = layout == Layout::Records;
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

//! What a table is: its columns, and their cells once they are computed. The second kind of result beside the cube.
//!
//! ```
//! use rastra::Session;
//!
//! let mut session = Session::new();
//! let plan = session.table_plan("ramp 2 4 | reduce [mean count] over space").expect("the program is right");
//! assert_eq!(plan.schema.rows, Some(2));
//!
//! let table = session.tabulate(&plan).expect("it fits in memory");
//! let mean = table.column("mean").and_then(|cells| cells.reals()).expect("means are floats");
//! assert_eq!(mean, [16.5, 116.5]);
//! let count = table.column("count").and_then(|cells| cells.integers()).expect("counts are integers");
//! assert_eq!(count, [Some(16), Some(16)]);
//! ```

mod axis;
mod cells;
mod features;
pub(crate) mod geometry;
mod listing;
mod values;

pub(crate) use axis::steps;
pub use cells::Cells;
pub(crate) use features::{Ids, Ring, Sites, Zones};
pub(crate) use listing::listing;
pub(crate) use values::cells as cells_of;

use crate::cube::time::Instant;
use crate::cube::{Crs, DType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the cells of a column are. Every column may have missing cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Instants of the calendar that clocks follow, in UTC; dates of other calendars are text.
    Time,
    /// Texts.
    Text,
    /// Whole numbers of 64 bits.
    Int64,
    /// Whole numbers of 64 bits without a sign.
    UInt64,
    /// Numbers of 32 bits.
    Float32,
    /// Numbers of 64 bits.
    Float64,
}

impl ColumnType {
    /// As Arrow calls it.
    pub fn name(self) -> &'static str {
        match self {
            ColumnType::Time => "timestamp",
            ColumnType::Text => "text",
            ColumnType::Int64 => "int64",
            ColumnType::UInt64 => "uint64",
            ColumnType::Float32 => "float32",
            ColumnType::Float64 => "float64",
        }
    }

    /// The column that holds pixels of a type.
    pub fn of(dtype: DType) -> ColumnType {
        match dtype {
            DType::F32 => ColumnType::Float32,
            DType::F64 => ColumnType::Float64,
            DType::U64 => ColumnType::UInt64,
            _ => ColumnType::Int64,
        }
    }

    /// Whether its cells are numbers.
    pub fn is_number(self) -> bool {
        match self {
            ColumnType::Time | ColumnType::Text => false,
            ColumnType::Int64 | ColumnType::UInt64 | ColumnType::Float32 | ColumnType::Float64 => true,
        }
    }

    /// The column that holds cells of both, for numbers.
    pub fn promote(self, other: ColumnType) -> ColumnType {
        if self == other { self } else { ColumnType::Float64 }
    }
}

/// What is known of a column without computing a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// The type of its cells.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// As UDUNITS writes it, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Of texts that are shapes on the ground, in well-known text: where they lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Geometry>,
    /// Of dates that are the ends of intervals: each with the start of its interval, to whose month and day rows belong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Arc<BTreeMap<Instant, Instant>>>,
}

/// Where shapes lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geometry {
    /// The reference system of the coordinates, if it is known.
    pub crs: Option<Crs>,
}

impl Column {
    /// What its cells are, for people: `float64`, `geometry`.
    pub(crate) fn type_name(&self) -> &'static str {
        if self.geometry.is_some() { "geometry" } else { self.kind.name() }
    }

    /// A column without a unit.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Column {
        Column { name: name.into(), kind, unit: None, geometry: None, intervals: None }
    }
}

/// What is known of a table before it is computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Its columns, from the left.
    pub columns: Vec<Column>,
    /// Where that can be known without reading a pixel.
    pub rows: Option<usize>,
    /// Decisions that were made for the user: features that were repaired, or lie outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl TableSchema {
    /// Where the column of that name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// `24 rows, 3 columns (time: timestamp, district: text, mean: float64)`.
    pub fn summary(&self) -> String {
        let rows = match self.rows {
            Some(1) => "1 row, ".to_string(),
            Some(n) => format!("{n} rows, "),
            None => String::new(),
        };
        let columns: Vec<String> = self.columns.iter().map(|c| format!("{}: {}", c.name, c.type_name())).collect();
        let count = if columns.len() == 1 { "1 column".to_string() } else { format!("{} columns", columns.len()) };
        format!("{rows}{count} ({})", columns.join(", "))
    }
}

/// A table in memory, column by column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its columns, from the left.
    pub columns: Vec<Column>,
    /// As many as there are columns, all of one length, each of its column's type.
    pub cells: Vec<Cells>,
}

impl Table {
    /// # Panics
    /// If the cells are not those of the columns.
    pub fn new(columns: Vec<Column>, cells: Vec<Cells>) -> Table {
        assert_eq!(columns.len(), cells.len(), "every column has cells");
        assert!(columns.iter().zip(&cells).all(|(column, cells)| column.kind == cells.kind()), "of its type");
        assert!(cells.windows(2).all(|w| w[0].len() == w[1].len()), "columns are of one length");
        Table { columns, cells }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.cells.first().map_or(0, Cells::len)
    }

    /// The cells of the column of that name.
    pub fn column(&self, name: &str) -> Option<&Cells> {
        Some(&self.cells[self.columns.iter().position(|c| c.name == name)?])
    }

    /// Some of the rows.
    pub fn slice(&self, rows: std::ops::Range<usize>) -> Table {
        Table { columns: self.columns.clone(), cells: self.cells.iter().map(|c| c.slice(rows.clone())).collect() }
    }
}

/// A table that was read, with what it holds and what was decided when it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTable {
    pub table: Arc<Table>,
    pub title: String,
    pub notes: Vec<String>,
}

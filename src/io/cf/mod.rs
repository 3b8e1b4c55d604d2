//! The CF conventions as Rastra reads them: which arrays of a file are the bands of a cube, on what grid, at what times.
//!
//! A format lists its arrays as [`Variable`]s and answers [`File`]. [`describe`] gives the schema and for each band a
//! [`Layer`]: which variable, what each of its dimensions is, and how stored numbers become pixels ([`Coding`]). Whoever
//! reads takes the stored values of a region, brings them into the order time, row, column, reverses the rows and columns
//! that [`Cube::flip_y`] and [`Cube::flip_x`] say are stored backwards, and passes them through [`Coding::decode`].
//! [`Cube::stored_steps`] gives the stored position of each step where the file is not in order of time.

pub mod attributes;
mod axes;
mod coding;
mod crs;
mod grid;
mod layout;
mod select;
mod time;

#[cfg(test)]
mod tests;

pub use axes::GROUPS_MARK;
pub use coding::Coding;
pub use layout::describe;

use crate::cube::{DType, Schema};
use crate::diagnostic::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An array of a file: what is known without reading it.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    /// One name a dimension, slowest first.
    pub dims: Vec<String>,
    pub shape: Vec<usize>,
    /// Nothing where the values are not numbers a pixel can have (text, for one).
    pub dtype: Option<DType>,
    /// NaN and the infinities, which JSON lacks, are the strings `NaN`, `Infinity` and `-Infinity`.
    pub attributes: Map<String, Value>,
}

impl Variable {
    pub fn text(&self, key: &str) -> Option<&str> {
        attributes::text(&self.attributes, key)
    }

    pub fn is_scalar(&self) -> bool {
        self.shape.iter().all(|&n| n == 1)
    }
}

/// What a format must answer about a file, or a group of one.
pub trait File {
    /// For messages: the path.
    fn name(&self) -> &str;

    fn variables(&self) -> &[Variable];

    /// Attributes of the file or group.
    fn attributes(&self) -> &Map<String, Value>;

    /// Every value of a (small) variable as it is stored.
    fn numbers(&self, variable: &Variable) -> Result<Vec<f64>>;

    /// Every value of a text variable.
    fn texts(&self, variable: &Variable) -> Result<Vec<String>>;

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables().iter().find(|v| v.name == name)
    }
}

/// What a user says about which arrays are meant.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Names of data variables; all that share the main grid where none is given.
    pub vars: Vec<String>,
    /// Coordinate value by dimension, for dimensions beyond time, band, rows and columns.
    pub at: Map<String, Value>,
    /// Overrides what the file says or does not say.
    pub crs: Option<String>,
}

impl Choice {
    /// The user's `var` (a name or a list), `at` and `crs`.
    pub fn from_options(options: &Value) -> Choice {
        let vars = match options.get("var") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names.iter().filter_map(|n| n.as_str().map(String::from)).collect(),
            _ => Vec::new(),
        };
        Choice {
            vars,
            at: options.get("at").and_then(Value::as_object).cloned().unwrap_or_default(),
            crs: options.get("crs").and_then(Value::as_str).map(String::from),
        }
    }
}

/// What a dimension of a variable is to the cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dim {
    Time,
    Y,
    X,
    /// Only this position is read.
    At(usize),
}

/// Where a band is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub variable: String,
    /// One a dimension of the variable, in its order. Without [`Dim::Time`] the layer is the same at every step.
    pub dims: Vec<Dim>,
    pub coding: Coding,
}

/// The cube in a file.
#[derive(Clone, Debug)]
pub struct Cube {
    pub schema: Schema,
    /// One a band of the schema.
    pub layers: Vec<Layer>,
    /// Rows are stored from south to north.
    pub flip_y: bool,
    /// Columns are stored from east to west.
    pub flip_x: bool,
    /// The stored position of each step, where that is not the step itself.
    pub stored_steps: Option<Vec<usize>>,
}

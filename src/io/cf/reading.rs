//! What reading files of the CF conventions can be told beside what all sources can.

use crate::signature::{Param, Shape};
use serde::Deserialize;

pub(crate) const RES: Param = Param::named(
    "res",
    Shape::Number,
    "Size of pixels along an axis of one value that has no bounds, in its own units.",
);
pub(crate) const GRID: Param = Param::named(
    "grid",
    Shape::Choice(&["index"]),
    "`index` counts rows and columns, where coordinates form no regular grid; they are kept, and `reproject` and `align` use them.",
);
pub(crate) const RAW: Param =
    Param::flag("raw", "Values as they are stored: without scale and offset, and with those outside of `valid_range`.");

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CfReading {
    /// The pixel size of a grid of one cell.
    pub res: Option<f64>,
    pub grid: Option<Placing>,
    /// Values are neither unpacked nor held against the range that is valid.
    pub raw: bool,
}

/// How pixels are placed, if not by their coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Placing {
    /// By rows and columns.
    Index,
}

impl CfReading {
    /// The fields, as they are called among the options of a format.
    pub(crate) const NAMES: [&str; 3] = ["res", "grid", "raw"];
}

//! The coordinates of columns and rows as a file states them, kept beside the grid that was made of them.
//!
//! A grid is a transform, whose centers differ from what is stored by the rounding of the file. What is written must be
//! what was read, or other tools find no coordinate in both: so the stored values are cut with the grid, and whatever
//! makes another grid leaves them behind.

use super::DType;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The coordinates along one axis, in the order of the grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredAxis {
    pub dtype: DType,
    /// One a column or row; every value is one of the type.
    pub values: Arc<[f64]>,
    /// The unit, where it is not that of the reference system: `km`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How far from the center of its pixel a number may lie that stands for it, in the unit of the reference system.
    pub precision: f64,
}

/// The coordinates of columns and of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredAxes {
    pub x: StoredAxis,
    pub y: StoredAxis,
}

impl StoredAxes {
    /// Those of some rows and columns.
    pub(super) fn cut(&self, y: &Range<usize>, x: &[Range<usize>]) -> StoredAxes {
        StoredAxes { x: self.x.cut(x), y: self.y.cut(std::slice::from_ref(y)) }
    }
}

impl StoredAxis {
    /// The coordinates of some pixels, piece by piece.
    fn cut(&self, pieces: &[Range<usize>]) -> StoredAxis {
        if let [all] = pieces
            && *all == (0..self.values.len())
        {
            return self.clone();
        }
        let values = pieces.iter().flat_map(|piece| self.values[piece.clone()].iter().copied()).collect();
        StoredAxis { values, ..self.clone() }
    }

    /// The coordinates in the other order.
    pub(crate) fn reversed(&self) -> StoredAxis {
        StoredAxis { values: self.values.iter().rev().copied().collect(), ..self.clone() }
    }

    /// The longitudes with whole turns added, so that each is near the center of its pixel. Nothing where they are
    /// counted in another unit than degrees.
    pub(super) fn turned(&self, center: impl Fn(usize) -> f64) -> Option<StoredAxis> {
        if self.unit.is_some() {
            return None;
        }
        let turn = |(i, v): (usize, &f64)| v + 360.0 * ((center(i) - v) / 360.0).round();
        let values: Arc<[f64]> = self.values.iter().enumerate().map(turn).collect();
        // Type by type: -10 is none of a file that counts from 0 to 350 in bytes without a sign.
        let fits = self.dtype.is_float() || values.iter().all(|v| self.dtype.holds(*v));
        Some(StoredAxis { dtype: if fits { self.dtype } else { DType::F64 }, values, ..self.clone() })
    }
}

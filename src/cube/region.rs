//! A block of a cube: half-open ranges of steps, rows and columns, and the bands wanted.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A part of a cube, half open, in steps, bands and pixels from the north-west corner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// Steps.
    pub time: Range<usize>,
    /// Numbers of bands, in the order they are wanted.
    pub bands: Vec<usize>,
    /// Rows, from the north.
    pub y: Range<usize>,
    /// Columns, from the west.
    pub x: Range<usize>,
}

impl Region {
    /// Steps, rows, columns.
    pub fn shape(&self) -> [usize; 3] {
        [self.time.len(), self.y.len(), self.x.len()]
    }

    /// Pixels of one band.
    pub fn pixels(&self) -> usize {
        self.shape().iter().product()
    }

    pub(crate) fn with_time(&self, time: Range<usize>) -> Region {
        Region { time, ..self.clone() }
    }

    pub(crate) fn with_bands(&self, bands: Vec<usize>) -> Region {
        Region { bands, ..self.clone() }
    }
}

//! A block of a cube: half-open ranges of steps, rows and columns, and the bands wanted.

use serde::{Deserialize, Serialize};
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    pub time: Range<usize>,
    pub bands: Vec<usize>,
    pub y: Range<usize>,
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

    pub fn with_time(&self, time: Range<usize>) -> Region {
        Region { time, ..self.clone() }
    }

    pub fn with_bands(&self, bands: Vec<usize>) -> Region {
        Region { bands, ..self.clone() }
    }
}

//! Where pixels lie whose rows and columns are only counted: coordinates that no transform gives.

use super::crs::Crs;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// Coordinates beside a grid of rows and columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Places {
    /// Along rows and along columns, at unequal distances: those of the grid's axes, in this system.
    Axes(Crs),
    /// A longitude and a latitude a pixel.
    Pixels(PixelPlaces),
}

/// The longitudes and latitudes of pixels. They may be as many as the pixels of a step, so they stay in their file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PixelPlaces {
    /// A cube of one step and two bands, longitude and latitude, as data that `plan::PlacesSource` reads.
    pub source: Arc<Value>,
    /// The rows and columns of that cube on which the grid lies.
    pub y: Range<usize>,
    pub x: Range<usize>,
}

impl Places {
    /// Those of some rows and columns.
    pub(super) fn cut(&self, y: &Range<usize>, x: &Range<usize>) -> Places {
        match self {
            Places::Axes(crs) => Places::Axes(crs.clone()),
            Places::Pixels(all) => {
                let part = |all: &Range<usize>, part: &Range<usize>| all.start + part.start..all.start + part.end;
                Places::Pixels(PixelPlaces { source: all.source.clone(), y: part(&all.y, y), x: part(&all.x, x) })
            }
        }
    }
}

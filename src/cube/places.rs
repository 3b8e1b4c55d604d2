//! Where pixels lie whose rows and columns are only counted: coordinates that no transform gives.

use super::crs::Crs;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
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
    /// By points or polynomials, of which GDAL makes a transformation.
    Ties(Ties),
}

/// What ties pixels to the ground in a file that has no transform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ties {
    /// Control points in a system.
    Points { crs: Crs, points: Arc<[ControlPoint]> },
    /// Rational polynomials, as GDAL's metadata have them.
    Polynomials(BTreeMap<String, String>),
}

/// A place in the image, in pixels from its upper left corner, and on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ControlPoint {
    pub column: f64,
    pub row: f64,
    pub x: f64,
    pub y: f64,
    pub z: f64,
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
            Places::Ties(ties) => Places::Ties(ties.counted_from(y.start as f64, x.start as f64)),
        }
    }
}

impl Ties {
    /// The same for an image that begins at a later row and column.
    fn counted_from(&self, row: f64, column: f64) -> Ties {
        match self {
            Ties::Points { crs, points } => {
                let moved = |p: &ControlPoint| ControlPoint { column: p.column - column, row: p.row - row, ..*p };
                Ties::Points { crs: crs.clone(), points: points.iter().map(moved).collect() }
            }
            Ties::Polynomials(items) => {
                let mut items = items.clone();
                for (name, by) in [("LINE_OFF", row), ("SAMP_OFF", column)] {
                    if let Some(offset) = items.get(name).and_then(|text| text.trim().parse::<f64>().ok()) {
                        items.insert(name.into(), (offset - by).to_string());
                    }
                }
                Ties::Polynomials(items)
            }
        }
    }
}

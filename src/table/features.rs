//! Polygons and points of vector files as data: in the system of the cube, beside the field that names them.

use super::{Cells, Column, Geometry};
use crate::cube::BBox;
use serde::{Deserialize, Serialize};

/// The column that tells features apart, one cell a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ids {
    pub column: Column,
    pub cells: Cells,
}

/// A closed line of corners, the first not repeated.
pub(crate) type Ring = Vec<[f64; 2]>;

/// Polygons whose pixels are reduced, one row a feature of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zones {
    /// For people: the file.
    pub title: String,
    pub ids: Ids,
    /// The rings of each zone in the system of the cube; none for a feature without area.
    ///
    /// Outer rings run one way round and holes the other, and no two cross: zones are valid polygons.
    pub shapes: Vec<Vec<Ring>>,
    /// What was done to features, and which have no area.
    pub notes: Vec<String>,
    /// Where they lie, if a column is to show them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Geometry>,
}

impl Zones {
    /// Some of them, in this order.
    pub(crate) fn pick(&self, zones: &[usize]) -> Zones {
        Zones {
            title: self.title.clone(),
            ids: Ids { column: self.ids.column.clone(), cells: self.ids.cells.pick(zones.iter().copied()) },
            shapes: zones.iter().map(|zone| self.shapes[*zone].clone()).collect(),
            notes: self.notes.clone(),
            geometry: self.geometry.clone(),
        }
    }

    /// The box around a zone, where it has an area.
    pub fn bounds(&self, zone: usize) -> Option<BBox> {
        let corners = || self.shapes[zone].iter().flatten();
        let around = |a: BBox, b: BBox| a.union(b);
        corners().map(|c| BBox::new(c[0], c[1], c[0], c[1])).reduce(around)
    }
}

/// Points whose pixels are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sites {
    pub title: String,
    /// Nothing for points that were typed.
    pub ids: Option<Ids>,
    /// What the coordinates are called: `lon lat` or `x y`.
    pub axes: [String; 2],
    /// As they were given.
    pub given: Vec<[f64; 2]>,
    /// In the system of the cube.
    pub points: Vec<[f64; 2]>,
    pub notes: Vec<String>,
    /// Where they lie, if a column is to show them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Geometry>,
}

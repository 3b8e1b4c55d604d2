//! Reference systems as data.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A reference system as data: no handle of a projection library.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Crs {
    /// `EPSG:32618` where an authority is known, else the system's own name.
    pub name: String,
    /// As well-known text, WKT 2.
    pub wkt: Arc<str>,
    /// Coordinates are degrees of longitude and latitude on the earth; those of a rotated pole are not.
    pub geographic: bool,
    /// `metre`, `degree`.
    pub unit: String,
}

impl Crs {
    /// Whether coordinates are degrees of a sphere: longitudes and latitudes, of the earth or of a rotated pole.
    pub(crate) fn is_angular(&self) -> bool {
        self.geographic || self.unit == "degree"
    }
}

impl PartialEq for Crs {
    fn eq(&self, other: &Crs) -> bool {
        self.wkt == other.wkt || (self.name == other.name && self.name.starts_with("EPSG:"))
    }
}

impl std::fmt::Display for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

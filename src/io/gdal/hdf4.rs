//! What GDAL leaves open in HDF4 files of MODIS: a scale that divides, and attributes that it does not give to the bands.

use crate::cube::DType;
use gdal::{Dataset, Metadata};

/// A stated scale from this on divides. Products over land state 10000 and mean `value = stored / 10000`, as their user
/// guides have it (MOD13: "NDVI, scale factor 10000"); scales that multiply are small (0.02 for temperatures, 25 meters
/// for ranges).
const DIVIDES_FROM: f64 = 1000.0;

/// The attributes of an array in an HDF4 file, which GDAL gives to its bands for some kinds of file only.
pub(super) struct ArrayAttributes {
    pub fill: Option<f64>,
    pub scale: Option<f64>,
    pub offset: Option<f64>,
}

impl ArrayAttributes {
    /// Nothing for files of other formats.
    pub(super) fn of(dataset: &Dataset) -> Option<ArrayAttributes> {
        let number = |attribute: &str| dataset.metadata_item(attribute, "")?.trim().parse().ok();
        dataset.driver().short_name().starts_with("HDF4").then(|| ArrayAttributes {
            fill: number("_FillValue"),
            scale: number("scale_factor"),
            offset: number("add_offset"),
        })
    }
}

/// Whether stored integers of an HDF4 file are to be divided by the scale that it states.
pub(super) fn divides(dtype: DType, scale: f64) -> bool {
    scale >= DIVIDES_FROM && !dtype.is_float()
}

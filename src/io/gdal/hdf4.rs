//! What GDAL leaves open in HDF4 files of MODIS: a scale that divides, and attributes that it does not give to the bands.

use crate::cube::DType;
use gdal::{Dataset, Metadata};

/// A stated scale from this on divides. Products over land state 10000 and mean `value = stored / 10000`, as their user
/// guides have it (MOD13: "NDVI, scale factor 10000"); scales that multiply are small (0.02 for temperatures, 25 meters
/// for ranges).
const DIVIDES_FROM: f64 = 1000.0;

fn is_hdf4(dataset: &Dataset) -> bool {
    dataset.driver().short_name().starts_with("HDF4")
}

/// Whether stored integers are to be divided by the scale that the file states.
pub(super) fn divides(dataset: &Dataset, dtype: DType, scale: f64) -> bool {
    scale >= DIVIDES_FROM && !dtype.is_float() && is_hdf4(dataset)
}

/// A number among the attributes of an array, which GDAL gives to its bands for some kinds of file only.
pub(super) fn number(dataset: &Dataset, attribute: &str) -> Option<f64> {
    is_hdf4(dataset).then(|| dataset.metadata_item(attribute, ""))??.trim().parse().ok()
}

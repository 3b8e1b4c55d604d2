//! Everything that touches GDAL: handles, reading windows, reference systems, vectors, warping.

pub mod crs;
pub mod handles;
pub mod warp;

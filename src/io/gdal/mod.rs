//! Everything that touches GDAL: handles, reading windows, reference systems, vectors, warping.

pub mod handles;

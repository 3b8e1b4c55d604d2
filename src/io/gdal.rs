//! Everything that touches GDAL: handles, reading windows, reference systems, vectors, warping.

pub mod crs;
pub mod features;
pub mod handles;
pub mod message;
pub mod object;
pub mod quiet;
pub mod raster_io;
pub mod read;
pub mod settings;
pub mod signed;
pub mod subdatasets;
#[cfg(test)]
pub mod tests;
pub mod tiff;
pub mod vector;
pub mod vsi;
pub mod warp;
pub mod window;

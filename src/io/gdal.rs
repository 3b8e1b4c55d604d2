//! Rasters through GDAL: open files, windows of them, and remote objects.

pub mod cache;
pub mod handles;
pub mod message;
pub mod object;
pub mod raster_io;
pub mod read;
pub mod signed;
pub mod subdatasets;
#[cfg(test)]
pub mod tests;
pub mod tiff;
pub mod vsi;
pub mod window;

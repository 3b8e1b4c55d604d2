//! Rasters through GDAL: open files, windows of them, and remote objects.

mod ask;
pub(crate) mod cache;
pub(crate) mod driverless;
mod enter;
pub(crate) mod grib;
pub(crate) mod handles;
mod hdf4;
pub(crate) mod members;
pub(crate) mod message;
pub(crate) mod object;
mod opened;
pub(crate) mod outbox;
pub(crate) mod overviews;
pub(crate) mod points;
mod pooled;
pub(crate) mod raster_io;
pub(crate) mod read;
pub(crate) mod seekable;
pub(crate) mod signed;
pub(crate) mod subdatasets;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod ties;
pub(crate) mod tiff;
pub(crate) mod vsi;
pub(crate) mod way;
pub(crate) mod window;

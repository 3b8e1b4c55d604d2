//! Where things lie on the earth: reference systems, polygons and what they cover, pixels on another grid.
//!
//! Nothing here opens a file of the user's: grids, polygons and pixels come as data, and leave as data.

pub mod coverage;
pub mod crs;
pub mod polygon;
pub mod warp;

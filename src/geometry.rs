//! Where things lie on the earth: reference systems, polygons and what they cover, pixels on another grid.
//!
//! It opens no file of the user: grids, polygons and pixels come in and go out as data.

pub(crate) mod areas;
pub(crate) mod coverage;
pub mod crs;
pub(crate) mod curvilinear;
pub(crate) mod gaussian;
mod mend;
#[cfg(feature = "pictures")]
pub(crate) mod natural_earth;
pub(crate) mod polygon;
pub(crate) mod systems;
pub(crate) mod warp;

//! What is known of a cube without reading a pixel, and the pixels once they are read.

mod areas;
mod axes;
pub(crate) mod cast;
pub(crate) mod chunk;
mod crs;
pub(crate) mod dates;
pub(crate) mod dtype;
pub(crate) mod geobox;
pub(crate) mod lanes;
mod places;
pub(crate) mod region;
pub(crate) mod schema;
pub(crate) mod time;
mod touch;

pub(crate) use areas::PixelAreas;
pub(crate) use axes::{StoredAxes, StoredAxis};
pub(crate) use cast::Losses;
pub use chunk::{Chunk, Pixels};
pub use crs::Crs;
pub use dtype::DType;
pub use geobox::{BBox, GeoBox};
pub(crate) use places::{ControlPoint, PixelPlaces, Places, Ties};
pub use region::Region;
pub(crate) use schema::TRUTH_NODATA;
pub use schema::{Band, Packing, Schema};
pub use time::axis::{Label, TimeAxis};
pub(crate) use touch::Touch;

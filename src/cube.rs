//! What is known of a cube without reading a pixel, and the pixels once they are read.

mod areas;
pub(crate) mod cast;
pub(crate) mod chunk;
pub(crate) mod dates;
pub(crate) mod dtype;
pub(crate) mod geobox;
pub(crate) mod region;
pub(crate) mod schema;
pub(crate) mod time;
mod touch;

pub(crate) use areas::PixelAreas;
pub(crate) use cast::Losses;
pub use chunk::{Chunk, Pixels};
pub use dtype::DType;
pub use geobox::{BBox, Crs, GeoBox};
pub use region::Region;
pub(crate) use schema::TRUTH_NODATA;
pub use schema::{Band, Packing, Schema};
pub use time::axis::{Label, TimeAxis};
pub(crate) use touch::Touch;

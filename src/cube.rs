//! What is known of a cube without reading a pixel, and the pixels once they are read.

pub mod cast;
pub mod chunk;
pub mod dtype;
pub mod geobox;
pub mod region;
pub mod schema;
pub mod time;

pub use cast::Losses;
pub use chunk::{Chunk, Pixels};
pub use dtype::DType;
pub use geobox::{BBox, Crs, GeoBox};
pub use region::Region;
pub use schema::{Band, Packing, Schema, TRUTH_NODATA};
pub use time::axis::{Label, TimeAxis};

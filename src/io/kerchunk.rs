//! References of kerchunk: byte ranges in other files that together are a Zarr store of version 2.
//!
//! Reading: [`References`] answers for the keys of a store, and the Zarr source does the rest. Writing: rooms that know a
//! format say where the chunks of their files lie ([`Array`]); the sink writes that down, with coordinates of its own.

mod array;
mod json;
mod records;
mod references;
mod sink;

pub use array::{Array, Axis, Form, Piece, refuse};
pub use references::References;
pub use sink::FORMAT as SINK;

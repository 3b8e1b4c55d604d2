//! References: byte ranges in other files that together are a Zarr store of version 2, as kerchunk has them.
//!
//! Reading: [`References`] answers for the keys of a store, and the Zarr source does the rest. Writing: rooms that know a
//! format say where the chunks of their files lie ([`Array`]), and the sink `kerchunk` writes that down.

mod array;
mod entry;
pub(super) mod json;
pub(super) mod records;
mod store;

pub(super) use array::{Array, Axis, Form, Piece, refuse};
pub(super) use entry::Entry;
pub(super) use store::References;

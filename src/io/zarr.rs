//! Zarr v2 and v3, read and written through `zarrs`, on local disks and on object stores.

mod ahead;
mod append;
mod build;
mod cause;
mod checked;
mod chunking;
mod codecs;
mod config;
pub(super) mod coordinates;
mod document;
mod encode;
mod file;
mod georeference;
mod inherited;
mod into;
mod journal;
mod metadata;
mod numcodecs;
mod progress;
mod sink;
mod source;
mod store;
mod times;
mod writer;
mod zip;

pub(crate) use metadata::attributes;
pub(crate) use sink::FORMAT as SINK;
pub(crate) use source::FORMAT as SOURCE;
pub(crate) use source::REFERENCES;
pub(crate) use store::size;

#[cfg(test)]
mod tests;

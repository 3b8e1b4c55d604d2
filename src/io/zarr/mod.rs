//! Zarr v2 and v3, read and written through `zarrs`, on local disks and on object stores.

mod file;
mod json;
mod metadata;
mod source;
mod store;
mod vsi;

pub use source::FORMAT as SOURCE;

#[cfg(test)]
mod tests;

//! Data sets in the memory of the program that embeds Rastra, as sources and as results.
//!
//! They are described as CF describes files, so whatever is understood of a file is understood of them. A plan names one by
//! a number and keeps it alive; nothing of it is copied before a run reads a part.

mod dataset;
mod source;
mod written;

pub use dataset::{ArrayReader, Dataset, Values, Variable};
pub(crate) use source::{FORMAT, attach};
pub(super) use written::written;

//! What a run makes of the chunk of a region where that is computed: pixels as they are, or the little that is left of
//! them. It travels to where the run was asked for, and is put together there.

#[cfg(feature = "pictures")]
use super::bins::Bins;
use super::cx::RunCx;
use crate::cube::{Chunk, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::SharedTarget;
use crate::plan::TablePlan;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Makes something of each chunk of a run, from many threads.
pub(crate) trait Partial: Sync {
    type Made: Serialize + DeserializeOwned + Send;

    /// The same in words that travel, for a process that computes tasks of the run.
    fn wanted(&self) -> Wanted;

    fn make(&self, region: &Region, chunk: Chunk, cx: &RunCx) -> Result<Self::Made>;
}

/// What is to be made of the chunks of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wanted {
    /// The chunks themselves.
    Pixels,
    /// The statistics of each band.
    Statistics,
    /// How many values lie in bins, which are given empty, one list for each band.
    #[cfg(feature = "pictures")]
    Bins(Vec<Bins>),
    /// What the rows of a table are put together from.
    Rows(Arc<TablePlan>),
    /// That they are written to a target into which many processes write.
    Written(Box<SharedTarget>),
}

/// Chunks as they are.
pub(crate) struct Whole;

impl Partial for Whole {
    type Made = Chunk;

    fn wanted(&self) -> Wanted {
        Wanted::Pixels
    }

    fn make(&self, _: &Region, chunk: Chunk, _: &RunCx) -> Result<Chunk> {
        Ok(chunk)
    }
}

/// What was made, as bytes. Numbers are little-endian; versions of Rastra that differ do not understand one another.
pub(super) fn to_bytes<T: Serialize>(made: &T) -> Vec<u8> {
    postcard::to_allocvec(made).expect("what is made of chunks is plain data")
}

/// # Errors
/// `E0407` for bytes that are not of this version of Rastra, or were cut off.
pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes)
        .map_err(|e| Diagnostic::new(codes::BAD_JOB, "what a worker sent cannot be read").cause(e.to_string()))
}

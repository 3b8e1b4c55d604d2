//! An array as it lies in files: what a room that knows a format says of a band.

use crate::diagnostic::{Diagnostic, codes};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One array of the store.
pub(crate) struct Array {
    pub name: String,
    pub form: Form,
    /// Its length along [`Axis::Step`].
    pub steps: usize,
    /// By the position of the chunk in the grid of chunks; what is left out is all fill value.
    pub pieces: Vec<(Vec<usize>, Piece)>,
}

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub target: Arc<str>,
    pub offset: u64,
    pub length: u64,
}

/// What must be alike in all files of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    pub axes: Vec<Axis>,
    pub chunks: Vec<usize>,
    /// As numpy has it: `<f4`.
    pub dtype: String,
    pub filters: Vec<Value>,
    pub compressor: Option<Value>,
    /// Stands for missing; null where nothing does.
    pub fill: Value,
    pub attributes: Map<String, Value>,
}

/// What a dimension counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Axis {
    Step,
    Band(usize),
    Y(usize),
    X(usize),
}

impl Form {
    /// In what two files differ, for a message.
    pub(crate) fn difference(&self, other: &Form) -> &'static str {
        if self.dtype != other.dtype {
            "another type of numbers"
        } else if (&self.filters, &self.compressor) != (&other.filters, &other.compressor) {
            "another compression"
        } else if self.chunks != other.chunks {
            "chunks of another shape"
        } else if self.fill != other.fill {
            "another value for missing"
        } else {
            "another shape, scale or unit"
        }
    }
}

/// A file whose bytes cannot be referred to.
pub(crate) fn refuse(name: &str, why: impl std::fmt::Display) -> Box<Diagnostic> {
    Diagnostic::new(codes::CANNOT_WRITE, format!("`save kerchunk` cannot refer to `{name}`: {why}"))
}

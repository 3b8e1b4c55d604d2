//! What is to be warped, and what is said where GDAL refuses it.

use crate::cube::{DType, GeoBox, Pixels};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Resampling;
use std::ops::Range;

/// Rows and columns of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub y: Range<usize>,
    pub x: Range<usize>,
}

impl Part {
    pub(crate) fn pixels(&self) -> usize {
        self.y.len() * self.x.len()
    }
}

/// One band to be warped: all its steps, in its own type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layers<'a> {
    /// Steps, rows and columns of the job's `window`, with the wrapped ones.
    pub pixels: &'a Pixels,
    /// The nodata of the source; NaN is missing in any case.
    pub nodata: Option<f64>,
    /// Type and nodata of the result; a source without nodata must leave the latter free (`Band::with_nodata`).
    pub target: (DType, f64),
}

/// Some pixels of a source and the part of the target wanted of them.
#[derive(Clone, Debug)]
pub(crate) struct WarpJob<'a> {
    /// The grid of the whole source, of which `window` is held.
    pub source: &'a GeoBox,
    pub target: &'a GeoBox,
    /// The part of the source that `bands` hold; at least what [`source_window`](super::source_window) tells.
    pub window: Part,
    /// Columns from the other end of a grid of all longitudes that `bands` hold to the left and right of the window.
    pub wrapped: [usize; 2],
    pub tile: Part,
    pub method: Resampling,
    pub bands: &'a [Layers<'a>],
}

impl WarpJob<'_> {
    /// The columns that `bands` hold.
    pub(super) fn width(&self) -> usize {
        self.wrapped[0] + self.window.x.len() + self.wrapped[1]
    }

    /// The rows and columns that `bands` hold, in a grid that has the wrapped columns before and behind those of the
    /// source.
    pub(super) fn held(&self) -> Part {
        Part { y: self.window.y.clone(), x: self.window.x.start..self.window.x.start + self.width() }
    }

    /// The pixels of a layer of `bands`.
    pub(super) fn plane(&self) -> usize {
        self.window.y.len() * self.width()
    }
}

/// The error for a call that GDAL refused, with its message.
pub(super) fn failed(what: impl std::fmt::Display) -> Box<Diagnostic> {
    Diagnostic::new(codes::READ_FAILED, "the pixels cannot be resampled onto the target grid").cause(what.to_string())
}

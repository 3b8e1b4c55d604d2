//! Loops over pixels. Nothing here opens a file.

pub mod eval;
pub mod reduce;
pub mod series;

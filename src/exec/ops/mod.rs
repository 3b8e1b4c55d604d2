//! Loops over pixels. Nothing here opens a file.

pub mod eval;
pub mod fill;
pub mod reduce;
pub mod rolling;
pub mod sen;
pub mod series;
mod significance;

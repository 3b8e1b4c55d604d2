//! Loops over pixels. Nothing here opens a file.

pub mod coverage;
pub mod eval;
pub mod exact;
pub mod held;
pub mod reduce;
pub mod series;
pub mod tally;

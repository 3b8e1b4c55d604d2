//! Loops over pixels, which open no file.

pub mod eval;
pub mod exact;
pub mod fill;
pub mod gaps;
pub mod held;
pub mod reduce;
pub mod rolling;
pub mod sen;
pub mod series;
mod significance;
pub mod tally;

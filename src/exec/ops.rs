//! Loops over pixels, which open no file.

pub(crate) mod eval;
pub(crate) mod exact;
pub(crate) mod fill;
pub(crate) mod gaps;
pub(crate) mod held;
pub(crate) mod reduce;
pub(crate) mod rolling;
pub(crate) mod sen;
pub(crate) mod series;
pub(crate) mod tally;

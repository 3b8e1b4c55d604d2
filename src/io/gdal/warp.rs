//! Resampling onto another grid.

mod blank;

pub use blank::suggest;

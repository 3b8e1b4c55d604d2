//! Rasters of real data, and rasters made for one peculiarity each.

#![allow(clippy::unwrap_used)]

mod made;
mod real;

pub use real::{has_data, summary};

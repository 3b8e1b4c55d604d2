//! NetCDF: CF files of any age read as one cube, and cubes written as CF-1.8 files.
//!
//! Reading goes `paths` -> [`header`] -> `axes`, `select`, `grid`, `steps` -> `layout` -> `discover`, all of it before a
//! pixel is read; then `source` and `decode` read windows. Everything that touches the library holds the lock of
//! `library`.

mod axes;
mod decode;
mod discover;
mod grid;
mod header;
mod layout;
mod library;
mod mapping;
mod number;
mod paths;
mod select;
mod source;
mod steps;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use super::SourceFormat;

pub const SOURCE: SourceFormat =
    SourceFormat { name: "netcdf", discover: discover::discover, open: source::NetcdfSource::open };

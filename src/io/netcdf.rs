//! NetCDF: CF files of any age read as one cube, and cubes written as CF-1.8 files.
//!
//! Reading goes `paths` -> [`header`] -> `axes`, `select`, `grid`, `steps` -> `layout` -> `discover`, all of it before a
//! pixel is read; then `source` and `decode` read windows. Everything that touches the library holds the lock of
//! `library`.

mod chunks;
mod decode;
mod define;
mod discover;
mod form;
mod hdf5;
mod header;
mod library;
mod paths;
mod refer;
mod sink;
mod source;
#[cfg(test)]
mod tests;

use super::SourceFormat;
pub use refer::refer;
pub use sink::SINK;

/// The variables of the first file that a path names.
pub fn contents(path: &str) -> crate::diagnostic::Result<Vec<(String, String)>> {
    let paths = paths::expand(&serde_json::json!({ "path": path }))?;
    header::read(&paths[0]).map(|header| super::cf::offered(&header))
}

pub const SOURCE: SourceFormat =
    SourceFormat { name: "netcdf", discover: discover::discover, open: source::NetcdfSource::open };

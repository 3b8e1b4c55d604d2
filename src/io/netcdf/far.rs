//! NetCDF files that are on no disk: read by a reader that asks for bytes, since the library reads files only.
//!
//! The reader says what is in a file ([`header`]) and where the chunks of a variable lie ([`places`]); pixels then take
//! the same way as those of local files (`chunks`), and only what that does not know is left to the reader ([`values`]).

mod bytes;
mod header;
mod kept;
mod places;
mod values;

pub(super) use header::read as header;
pub(super) use places::{Found, describe};
pub(super) use values::fetch;

/// Whether a path is one of GDAL's names for what is on no disk.
pub(super) fn is_far(path: &str) -> bool {
    path.starts_with("/vsi")
}

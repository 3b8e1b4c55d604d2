//! Names as GDAL opens them to read: through the requests of this program where they can serve them.

use super::signed::{SignedName, enter_gdal, patiently_by_gdal, tried};
use super::{pooled, way};
use crate::diagnostic::Result;
use crate::gdal::library;
use crate::io::remote::address::is_behind_server;

/// Prepares this thread to read a name; one that nobody signs costs nothing.
///
/// # Errors
/// Where there is no token, and the token server gives none.
pub(crate) fn enter(name: &str) -> Result<SignedName<'_>> {
    library::init();
    match is_behind_server(name).then(|| way::through_pool(name)).flatten() {
        Some(path) => {
            pooled::init();
            Ok(SignedName::elsewhere(name, path))
        }
        None => enter_gdal(name),
    }
}

/// Runs `f`, which reads a name, until it succeeds, fails for good, or has been tried often enough; the failure is told as
/// a server's where it was one.
pub(crate) fn patiently<R>(name: &str, mut f: impl FnMut() -> Result<R>) -> Result<R> {
    if way::through_pool(name).is_none() {
        return patiently_by_gdal(name, f);
    }
    tried(name, true, || {
        pooled::take_failure();
        // The request that failed below knows more of it than what it was made for.
        f().map_err(|e| pooled::take_failure().unwrap_or(e))
    })
}

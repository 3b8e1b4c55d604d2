//! What can be read at all: files and folders, whose parts are read in any order and again.

use super::remote::address::{gdal_name, local_path};
use crate::diagnostic::{Diagnostic, Result, codes};
use std::path::Path;

/// Refuses what gives its bytes once, or without end.
///
/// # Errors
/// `E0302` for devices, pipes and sockets.
pub(super) fn check(address: &str, base: &Path) -> Result<()> {
    if gdal_name(address).is_some() {
        return Ok(());
    }
    let path = base.join(local_path(address).as_deref().unwrap_or(address));
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            Err(Diagnostic::new(codes::UNREADABLE, format!("`{address}` cannot be read"))
                .cause("it is a device, a pipe or a socket, and what is loaded is read in any order")
                .help("save what comes from there to a file, and load that"))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_refused() {
        for path in ["/dev/zero", "/dev/null", "zero"] {
            assert_eq!(check(path, Path::new("/dev")).expect_err(path).code, codes::UNREADABLE);
        }
        for path in [".", "/", "/no/such/file", "https://host/dev/zero"] {
            check(path, Path::new("")).unwrap_or_else(|e| panic!("{path}: {e:?}"));
        }
    }
}

//! What can be read at all: files and folders, whose parts are read in any order and again.

use super::remote::address::on_disk;
use crate::diagnostic::{Diagnostic, Result, codes};
use std::path::Path;

/// Refuses what gives its bytes once, or without end.
///
/// # Errors
/// `E0302` for devices, pipes and sockets.
pub(super) fn check(address: &str, base: &Path) -> Result<()> {
    match on_disk(address, base).and_then(|path| std::fs::metadata(path).ok()) {
        Some(found) if !found.is_file() && !found.is_dir() => {
            Err(Diagnostic::new(codes::UNREADABLE, format!("`{address}` cannot be read"))
                .cause("it is a device, a pipe or a socket, and what is loaded is read in any order")
                .help("save what comes from there to a file, and load that"))
        }
        Some(_) | None => Ok(()),
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

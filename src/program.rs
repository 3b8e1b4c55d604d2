//! Where the command `rastra` of this process lies, which kernels and workers are started by.

use std::path::PathBuf;
use std::sync::OnceLock;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Says where the command `rastra` lies, for programs that embed Rastra and are another one themselves. The first call
/// counts.
pub fn set_program(path: PathBuf) {
    let _ = PROGRAM.set(path);
}

/// The command that was named, if one was.
pub(crate) fn named() -> Option<PathBuf> {
    PROGRAM.get().cloned()
}

//! Real stores, and round trips.

mod existing;
mod made;
mod read;
mod write;

use crate::io::ReadCx;
use std::path::PathBuf;

/// A file of the shared data, or nothing and the reason on stderr.
fn shared(path: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")).join(path);
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn cx() -> ReadCx {
    ReadCx::default()
}

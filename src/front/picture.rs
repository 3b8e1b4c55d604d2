//! Pictures at the prompt and in scripts, where there is no page for them: a file, and what the terminal can show of it.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes a picture among the temporary files of this process.
pub fn keep(png: &[u8]) -> io::Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let folder = std::env::temp_dir().join(format!("rastra-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("picture-{}.png", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, png)?;
    Ok(path)
}

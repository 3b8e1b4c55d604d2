//! Bringing what was written to the disk, so that a loss of power does not take what was said to be saved.

use rustix::io::Errno;
use std::fs::File;
use std::io::Result;
use std::path::{Path, PathBuf};

/// Up to so many files are waited for one by one; of more, each would wait for the journal of the file system anew.
const FEW: usize = 16;

/// Of less it is not worth asking for.
const MUCH: usize = 256 << 10;

/// Lets the disk take what was written to a file, while the run goes on: less is left to wait for at its end.
pub(in crate::io) fn begin(file: &File, bytes: usize) {
    // On Linux the way to say so of a file that is not read again; what is on its way to the disk stays in memory.
    #[cfg(target_os = "linux")]
    if bytes >= MUCH {
        let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    }
}

/// Waits until all files below a folder, or a file, lie on the disk.
pub(in crate::io) fn settle(root: &Path) -> Result<()> {
    let mut found = vec![root.to_path_buf()];
    let mut next = 0;
    while next < found.len() && found.len() <= FEW {
        let path = &found[next];
        next += 1;
        if path.is_dir() {
            let below = std::fs::read_dir(path)?.take(FEW + 1).map(|entry| entry.map(|entry| entry.path()));
            found.extend(below.collect::<Result<Vec<PathBuf>>>()?);
        }
    }
    if found.len() > FEW {
        return whole_system(root);
    }
    found.iter().try_for_each(|path| one(path))
}

/// Waits for one file, or for the names in one folder.
pub(super) fn one(path: &Path) -> Result<()> {
    // A folder may be written to by those who may not look into it.
    unless_unknown(File::open(path).and_then(|file| file.sync_all()))
}

#[cfg(target_os = "linux")]
fn whole_system(root: &Path) -> Result<()> {
    unless_unknown(rustix::fs::syncfs(File::open(root)?).map_err(Into::into))
}

#[cfg(not(target_os = "linux"))]
fn whole_system(root: &Path) -> Result<()> {
    if root.is_dir() {
        for entry in std::fs::read_dir(root)? {
            whole_system(&entry?.path())?;
        }
    }
    one(root)
}

/// Some file systems of networks and of user programs have no such wait.
fn unless_unknown(result: Result<()>) -> Result<()> {
    let unknown = [Errno::INVAL, Errno::NOTSUP, Errno::NOSYS, Errno::ROFS, Errno::ACCESS];
    result.or_else(|e| {
        if unknown.iter().any(|errno| e.raw_os_error() == Some(errno.raw_os_error())) { Ok(()) } else { Err(e) }
    })
}

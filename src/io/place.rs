//! The place a target is to be written to: what can be refused before, and what was wrong with it after a failure.

use super::remote::trouble;
use crate::diagnostic::{Diagnostic, Result, codes};
use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};
use std::path::{Path, PathBuf};

/// With less room than this a write that failed for no better reason failed for want of room.
const LITTLE: u64 = 1 << 20;

/// Refuses a target whose folder cannot be made or written to.
///
/// # Errors
/// `E0502`, with the folder that is in the way.
pub fn check(path: &Path) -> Result<()> {
    let refuse = |why: String| Err(cannot_write(path, why));
    let folder = folder(path);
    match std::fs::metadata(&folder) {
        Err(e) => refuse(e.to_string()),
        Ok(data) if !data.is_dir() => refuse(no_folder(&folder)),
        Ok(_) => match access(&folder, Access::WRITE_OK) {
            Ok(()) => Ok(()),
            Err(e) => refuse(e.to_string()),
        },
    }
}

/// A target that cannot be written, with what is wrong with its place.
pub fn cannot_write(path: &Path, cause: impl std::fmt::Display) -> Box<Diagnostic> {
    let cause = cause.to_string();
    let error = Diagnostic::new(codes::CANNOT_WRITE, format!("`{}` cannot be written", path.display()));
    match trouble_of(path, &cause) {
        Some((plainly, way_out)) if plainly == cause => error.cause(cause).help(way_out),
        Some((plainly, way_out)) => error.cause(format!("{plainly} ({cause})")).help(way_out),
        None => trouble::advised(error.cause(cause), &path.to_string_lossy()),
    }
}

/// What is wrong with the place of a target, said plainly, and a way out, where a library's words hide or misname it.
fn trouble_of(path: &Path, cause: &str) -> Option<(String, String)> {
    if path.to_str().is_none_or(|p| p.contains("://") || p.starts_with("/vsi")) {
        return None;
    }
    let folder = folder(path);
    let shown = folder.display();
    let says = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if says(&["Disk quota exceeded"]) {
        let way = format!("remove what is not needed below `{shown}`, or choose a target on another disk");
        return Some(("the quota of the disk is used up".into(), way));
    }
    let disk = statvfs(&folder).ok();
    // A file system of the kernel's own, such as `/proc`, counts no blocks.
    let free = disk.as_ref().filter(|disk| disk.f_blocks > 0).map(|disk| disk.f_bavail * disk.f_frsize);
    let denied = says(&["Permission denied", "Operation not permitted", "Read-only file system"]);
    if says(&["No space left"]) || !denied && free.is_some_and(|free| free < LITTLE) {
        let left = free.map_or(String::new(), |free| format!(": {} KiB left", free / 1024));
        let way = format!("make room where `{shown}` lies, or choose a target on another disk");
        return Some((format!("the disk is full{left}"), way));
    }
    let way = || "choose a folder that can be written to".to_string();
    if !folder.is_dir() {
        return Some((no_folder(&folder), way()));
    }
    if disk.is_some_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY)) {
        return Some((format!("the disk of `{shown}` is mounted read-only"), way()));
    }
    // The folder is there, so what is not found is what was to be made in it.
    if denied || says(&["No such file or directory"]) {
        return Some((format!("nothing can be made in `{shown}`"), way()));
    }
    None
}

/// The nearest thing above a target that exists.
fn folder(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find(|p| p.as_os_str().is_empty() || p.exists());
    let above = above.filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    above.canonicalize().unwrap_or_else(|_| above.into())
}

fn no_folder(path: &Path) -> String {
    format!("`{}` is not a folder", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles() {
        let here = tempfile::tempdir().expect("a folder");
        let folder = here.path().canonicalize().expect("it is there");
        let file = folder.join("file");
        std::fs::write(&file, "x").expect("it is written");
        let target = folder.join("a/b.nc");
        let shown = folder.display();
        for (path, cause, expected) in [
            (&target, "_tiffWriteProc:No space left on device; TIFFAppendToStrip:Write error", "the disk is full: "),
            (&target, "Disk quota exceeded (os error 122)", "the quota of the disk is used up"),
            (&target, "netcdf error(13): Permission denied", &format!("nothing can be made in `{shown}`")),
            (&target, "No such file or directory (os error 2)", &format!("nothing can be made in `{shown}`")),
            (&file.join("b.nc"), "File exists (os error 17)", &format!("`{}` is not a folder", file.display())),
        ] {
            let (why, help) = trouble_of(path, cause).expect(cause);
            assert!(why.starts_with(expected) && !help.is_empty(), "{cause}: {why}");
        }
        // As HDF5 and GDAL say it of a place without blocks.
        if Path::new("/proc/self").exists() {
            let (why, _) =
                trouble_of(Path::new("/proc/x.zarr"), "No such file or directory (os error 2)").expect("said");
            assert_eq!(why, "nothing can be made in `/proc`");
        }
        assert_eq!(trouble_of(&target, "an attribute is too long"), None);
        assert_eq!(trouble_of(Path::new("s3://bucket/a.zarr"), "Permission denied"), None);
        assert!(check(&target).is_ok());
        assert!(check(&file.join("b.nc")).is_err());
    }
}

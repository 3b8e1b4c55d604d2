//! The place a target is to be written to: what can be refused before, and what was wrong with it after a failure.

use super::remote::refusal;
use crate::diagnostic::{Cause, Diagnostic, DiskFault, Result, codes};
use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};
use std::path::{Path, PathBuf};

/// With less room than this a write that failed for no better reason failed for want of room.
const LITTLE: u64 = 1 << 20;

/// What tells this process from all others that write in a folder, on whatever machine they are; part of a name of a file.
pub(crate) fn process_name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().replace('/', "_");
    format!("{host}-{}", std::process::id())
}

/// Refuses a target whose folder cannot be made or written to.
///
/// # Errors
/// `E0502`, with the folder that is in the way.
pub(crate) fn check(path: &Path) -> Result<()> {
    let refuse = |why: Cause| Err(cannot_write(path, why));
    let folder = folder(path);
    match std::fs::metadata(&folder) {
        Err(e) => refuse(e.into()),
        Ok(data) if !data.is_dir() => refuse(no_folder(&folder).into()),
        Ok(_) => match access(&folder, Access::WRITE_OK) {
            Ok(()) => Ok(()),
            Err(e) => refuse(std::io::Error::from(e).into()),
        },
    }
}

/// # Errors
/// `E0502` for a name with parts in braces, for a format that writes all steps and bands into one target.
pub(crate) fn refuse_template(path: &str) -> Result<()> {
    let part = path.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(part, _)| part);
    let name = part.map(|part| part.split(':').next().unwrap_or(part));
    if name.is_some_and(|name| ["time", "band", "step", "name", "id", "month", "season", "year"].contains(&name)) {
        return Err(cannot_write(
            Path::new(path),
            "all steps and bands go into one target, so its name has no parts in braces",
        )
        .help("`save tif` and `save cog` write a file for each: `save tif \"out/{time:%Y%m%d}.tif\"`"));
    }
    Ok(())
}

/// A target that is there and may not be replaced.
pub(crate) fn taken(path: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::TARGET_EXISTS, format!("`{path}` exists"))
        .help("add `overwrite` to replace it, or choose another path")
}

/// A target that is there now and was not when the run began.
pub(crate) fn came_to_be(path: &str) -> Box<Diagnostic> {
    let mut error = taken(path);
    error.message += ", since this run began";
    error
}

/// A target that cannot be written, with what is wrong with its place.
pub(crate) fn cannot_write(path: &Path, cause: impl Into<Cause>) -> Box<Diagnostic> {
    let cause = cause.into();
    let error = Diagnostic::new(codes::CANNOT_WRITE, format!("`{}` cannot be written", path.display()));
    match fault_of(path, &cause) {
        Some((plainly, way_out)) if plainly == cause.text => error.cause(cause).help(way_out),
        Some((plainly, way_out)) => error.cause(Cause { text: format!("{plainly} ({cause})"), ..cause }).help(way_out),
        None => refusal::advised(error.cause(cause), &path.to_string_lossy()),
    }
}

/// What is wrong with the place of a target, said plainly, and a way out, where a library's words hide or misname it.
fn fault_of(path: &Path, cause: &Cause) -> Option<(String, String)> {
    if path.to_str().is_none_or(|p| p.contains("://") || p.starts_with("/vsi")) {
        return None;
    }
    // What a device or a pipe says has nothing to do with the disk that its name lies on.
    if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return None;
    }
    let folder = folder(path);
    let shown = folder.display();
    let disk = statvfs(&folder).ok();
    // A file system of the kernel's own, such as `/proc`, counts no blocks.
    let free = disk.as_ref().filter(|disk| disk.f_blocks > 0).map(|disk| disk.f_bavail * disk.f_frsize);
    let elsewhere = || "choose a folder that can be written to".to_string();
    let no_room = || {
        let left = free.map_or(String::new(), |free| format!(": {} KiB left", free / 1024));
        let way = format!("make room where `{shown}` lies, or choose a target on another disk");
        Some((format!("the disk is full{left}"), way))
    };
    match cause.disk_fault() {
        Some(DiskFault::QuotaUsed) => {
            let way = format!("remove what is not needed below `{shown}`, or choose a target on another disk");
            return Some(("the quota of the disk is used up".into(), way));
        }
        Some(DiskFault::Limited) => {
            let way = "raise the limit with `ulimit -f unlimited`, or write several smaller files";
            return Some(("no file may be as large here".into(), way.into()));
        }
        Some(DiskFault::Full) => return no_room(),
        Some(DiskFault::Denied) => {}
        Some(DiskFault::Absent) | None if free.is_some_and(|free| free < LITTLE) => return no_room(),
        Some(DiskFault::Absent) | None => {}
    }
    if !folder.is_dir() {
        return Some((no_folder(&folder), elsewhere()));
    }
    if disk.is_some_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY)) {
        return Some((format!("the disk of `{shown}` is mounted read-only"), elsewhere()));
    }
    // The folder is there, so what is not found is what was to be made in it.
    cause.disk_fault().map(|_| (format!("nothing can be made in `{shown}`"), elsewhere()))
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
        let said = crate::gdal::said::cause;
        let system = |number| Cause::from(std::io::Error::from_raw_os_error(number));
        let nothing_made = format!("nothing can be made in `{shown}`");
        for (path, cause, expected) in [
            (
                &target,
                said("_tiffWriteProc:No space left on device; TIFFAppendToStrip:Write error"),
                "the disk is full: ",
            ),
            (&target, system(libc::EDQUOT), "the quota of the disk is used up"),
            (&target, system(libc::EACCES), &nothing_made),
            (&target, system(libc::ENOENT), &nothing_made),
            (&file.join("b.nc"), system(libc::EEXIST), &format!("`{}` is not a folder", file.display())),
        ] {
            let (why, help) = fault_of(path, &cause).expect(&cause.text);
            assert!(why.starts_with(expected) && !help.is_empty(), "{cause}: {why}");
        }
        // As HDF5 and GDAL say it of a place without blocks.
        if Path::new("/proc/self").exists() {
            let (why, _) = fault_of(Path::new("/proc/x.zarr"), &system(libc::ENOENT)).expect("said");
            assert_eq!(why, "nothing can be made in `/proc`");
        }
        assert_eq!(fault_of(&target, &"an attribute is too long".into()), None);
        assert_eq!(fault_of(Path::new("s3://bucket/a.zarr"), &system(libc::EACCES)), None);
        assert!(check(&target).is_ok() && check(&file).is_ok() && check(&folder).is_ok());
        assert!(check(&file.join("b.nc")).is_err());
    }
}

//! Memory, threads, open files, the temporary folder, and the locks of the file system.

use super::finding::Finding;
use crate::exec::{Limits, bytes, control_group};
use rustix::process::{Resource, getrlimit};

/// Less room is soon full: what is sent to a server or drawn lies there first.
const ROOM: u64 = 2 << 30;

/// Threads keep many inputs open, and every connection is a file, too.
const FILES: u64 = 1024;

pub(super) fn look() -> Vec<Finding> {
    let limits = Limits::default();
    vec![memory(&limits), threads(&limits), files(), temporary(), locks()]
}

fn memory(limits: &Limits) -> Finding {
    let what = "memory";
    let allowed = control_group().map(|most| format!(" ({} are allowed to this process)", bytes(most)));
    let holds = format!("a run holds at most {}{}", bytes(limits.memory), allowed.unwrap_or_default());
    match available() {
        Some(free) if free < limits.memory => Finding::note(what, format!("{holds}, and {} are free now", bytes(free)))
            .cure("run with a smaller `--memory` while others need so much"),
        Some(_) | None => Finding::ok(what, holds),
    }
}

fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
}

fn threads(limits: &Limits) -> Finding {
    Finding::ok("threads", format!("{} compute, {} requests wait for servers", limits.threads, limits.requests))
}

fn files() -> Finding {
    let what = "open files";
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < FILES => Finding::note(what, format!("at most {most}; fewer inputs are kept open"))
            .cure(format!("before a run: `ulimit -n {}`", 4 * FILES)),
        Some(most) => Finding::ok(what, format!("at most {most}")),
        None => Finding::ok(what, "no limit"),
    }
}

fn temporary() -> Finding {
    let folder = std::env::temp_dir();
    let what = "temporary folder";
    let cure = "set TMPDIR to a folder with room on a disk of this machine";
    let probe = folder.join(format!("rastra-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"probe");
    // What could not be written need not be removed.
    let _ = std::fs::remove_file(&probe);
    let shown = folder.display();
    match (written, rustix::fs::statvfs(&folder)) {
        (Err(e), _) => Finding::fails(what, format!("{shown} cannot be written: {e}")).cure(cure),
        (Ok(()), Ok(seen)) if seen.f_bavail * seen.f_frsize < ROOM => {
            Finding::note(what, format!("{shown} has room for {}", bytes(seen.f_bavail * seen.f_frsize))).cure(cure)
        }
        (Ok(()), Ok(seen)) => {
            Finding::ok(what, format!("{shown} has room for {}", bytes(seen.f_bavail * seen.f_frsize)))
        }
        (Ok(()), Err(_)) => Finding::ok(what, shown.to_string()),
    }
}

/// File systems of other machines, by the numbers of the kernel (`statfs`, section 2 of the manual), where locks may not
/// be kept.
const FAR: [(u64, &str); 5] =
    [(0x6969, "NFS"), (0x0bd0_0bd0, "Lustre"), (0xff53_4d42, "SMB"), (0x4750_4653, "GPFS"), (0x1983_0326, "BeeGFS")];

fn locks() -> Finding {
    let what = "HDF5's file locks";
    let said = std::env::var("HDF5_USE_FILE_LOCKING").unwrap_or_default();
    if !said.is_empty() {
        return Finding::ok(what, format!("HDF5_USE_FILE_LOCKING={said}"));
    }
    let here = rustix::fs::statfs(".").ok().map(|seen| seen.f_type as u64 & 0xffff_ffff);
    match FAR.iter().find(|(number, _)| Some(*number) == here) {
        Some((_, name)) => Finding::note(what, format!("in use, and this folder is on {name}, which may refuse them"))
            .cure("where netCDF files cannot be opened: `export HDF5_USE_FILE_LOCKING=FALSE`"),
        None => Finding::ok(what, "in use"),
    }
}

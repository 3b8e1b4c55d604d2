//! Before files are read: completing what a run that was killed had begun to move among them, so that no set of files is
//! read half old and half new.

use super::leftovers::{self, Completed};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::find::{MATCHING, has_wildcards};
use crate::io::remote::address::on_disk;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Moving files takes a moment; so long a run that is at it is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// Looks into the folders that addresses lead to. Answers with what is to be told.
///
/// # Errors
/// `E0302` where files are being moved and it takes long, and where they are another user's to move.
pub(in crate::io) fn recover(addresses: &[String], base: &Path, cancel: &AtomicBool) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    let is_set = addresses.len() > 1;
    let mut folders: Vec<PathBuf> = addresses.iter().flat_map(|address| folders_of(address, base, is_set)).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        let unfinished = |why: String| {
            Diagnostic::new(codes::UNREADABLE, format!("the files in `{}` are not whole", folder.display())).cause(why)
        };
        let began = Instant::now();
        loop {
            match leftovers::complete(&folder).map_err(|e| unfinished(e.to_string()))? {
                Completed::Nothing => break,
                Completed::All => {
                    let folder = folder.display();
                    notes.push(format!(
                        "a run that was killed had not moved all its files into `{folder}`: they are there now"
                    ));
                    break;
                }
                Completed::TakenBack => {
                    let folder = folder.display();
                    notes.push(format!(
                        "files that a run was killed over could not be moved into `{folder}`: the ones before are there again"
                    ));
                    break;
                }
                Completed::Busy if began.elapsed() < PATIENCE && !cancel.load(Ordering::Relaxed) => sleep(PAUSE),
                Completed::Busy => {
                    return Err(unfinished("another run is moving finished files into it".into())
                        .help("try again when that run is over"));
                }
                Completed::Foreign(room) => {
                    let room = room.display();
                    return Err(unfinished("a run of another user was killed while it moved them".into())
                        .help("let that user load or save anything there with Rastra, which completes it")
                        .help(format!("or remove `{room}`, if nobody knows of it")));
                }
            }
        }
    }
    Ok(notes)
}

/// Where files of an address may be on their way. One that is there alone is whole, whatever became of its neighbors.
fn folders_of(address: &str, base: &Path, is_set: bool) -> Vec<PathBuf> {
    let Some(path) = on_disk(address, base) else { return Vec::new() };
    if path.is_dir() {
        return vec![path];
    }
    // A name alone lies where this process is.
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    let pattern = above.to_string_lossy();
    if !has_wildcards(&pattern) {
        return if path.exists() && !is_set && !has_wildcards(address) { Vec::new() } else { vec![above] };
    }
    let found = glob::glob_with(&pattern, MATCHING).into_iter().flatten().flatten();
    found.filter(|path| path.is_dir()).collect()
}

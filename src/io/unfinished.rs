//! Targets that lie unfinished for whoever goes on with them: what they are, and how other processes write to them.

use super::SharedTarget;
use super::place::{cannot_write, process_name};
use super::source::Tile;
use super::target::{self, PROGRESS, Staging, settle};
use crate::cube::Schema;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{SinkSpec, fingerprint};
use serde_json::{Value, json};
use std::fs::{create_dir_all, read_to_string, rename, write};
use std::path::{Path, PathBuf};

/// What is built, in parts that can be named when they differ.
pub(super) fn identity(spec: &SinkSpec, schema: &Schema) -> Value {
    let print = |value: Option<Value>| format!("{:016x}", fingerprint::of(&value.unwrap_or_default().to_string()));
    json!({
        "run": spec.fingerprint,
        "options": spec.options,
        "steps": print(serde_json::to_value(&schema.time).ok()),
        "bands": print(serde_json::to_value(&schema.bands).ok()),
        "grid": print(serde_json::to_value(&schema.grid).ok()),
    })
}

/// Refuses to go on with a target on a disk if it is another that lies there unfinished.
///
/// # Errors
/// As [`check`].
pub(super) fn check_on_disk(path: &Path, identity: &Value) -> Result<()> {
    let room = target::beside(path)?;
    match read_to_string(room.join(PROGRESS)) {
        Ok(said) => check(&said, identity, &room.to_string_lossy()),
        Err(_) => Ok(()),
    }
}

/// Refuses to go on with something else than what was begun. `said` begins with the line that tells what that was; `place`
/// is where it lies.
///
/// # Errors
/// `E0505`, with the first part that is another.
pub(super) fn check(said: &str, identity: &Value, place: &str) -> Result<()> {
    let found: Value = said.lines().next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let parts = [
        ("options", "options"),
        ("steps", "steps"),
        ("bands", "bands"),
        ("grid", "grid"),
        ("run", "program or inputs"),
    ];
    match parts.into_iter().find(|(key, _)| found.get(key) != identity.get(key)) {
        None => Ok(()),
        Some((_, what)) => {
            Err(Diagnostic::new(codes::CANNOT_APPEND, format!("the unfinished run in `{place}` has other {what}"))
                .help("leave out `resume` to start again"))
        }
    }
}

/// Writes down what is being built, where nobody has, and lets it lie there.
pub(super) fn begin(staging: &Staging, identity: &Value) -> std::io::Result<()> {
    if !staging.aside(PROGRESS).exists() {
        write_down(staging, &format!("{identity}\n"))?;
    }
    staging.keep();
    Ok(())
}

/// Writes down what is being built, and how far it is, whole or not at all; answers with the file.
pub(super) fn write_down(staging: &Staging, text: &str) -> std::io::Result<PathBuf> {
    let (path, new) = (staging.aside(PROGRESS), staging.aside("progress.new"));
    write(&new, text)?;
    settle(&new)?;
    rename(new, &path)?;
    Ok(path)
}

/// The name of the file that tells a laying out from any other.
const TOKEN: &str = "token";

/// A target on a disk for those who write parts of it, whole tiles of this size; nothing where no word can be left for them.
/// `aside` names the folder of its staging in which they make files.
pub(super) fn share(spec: &SinkSpec, staging: &Staging, aside: &str, tile: Tile) -> Option<SharedTarget> {
    let token = token(&staging.aside(TOKEN)).ok()?;
    let (at, aside) = (Some(staging.at(0).to_path_buf()), Some(staging.aside(aside)));
    Some(SharedTarget { spec: spec.clone(), at, aside, token, tile })
}

/// What tells this laying out from any other; made where it is asked for first.
fn token(file: &Path) -> std::io::Result<String> {
    read_to_string(file).or_else(|_| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let token = format!("{} {}", std::process::id(), now.as_nanos());
        write(file, &token)?;
        Ok(token)
    })
}

/// The places of a target on a disk that this process has come to write to: where it is built, and the folder for what is
/// made first. Nothing for one on a server.
///
/// # Errors
/// `E0502` where that is not what was laid out.
pub(super) fn joined(target: &SharedTarget) -> Result<Option<(&Path, &Path)>> {
    let (Some(at), Some(aside)) = (&target.at, &target.aside) else { return Ok(None) };
    if read_to_string(aside.with_file_name(TOKEN)).is_ok_and(|token| token == target.token) {
        return Ok(Some((at, aside)));
    }
    let why = format!("`{}` is not there for this worker", at.display());
    Err(cannot_write(Path::new(&target.spec.path), why)
        .help("save to a folder that all workers share, or to an object store"))
}

/// A folder of this process's own, for what it makes before it is moved: others may be making the same.
pub(super) fn own_folder(aside: &Path) -> std::io::Result<PathBuf> {
    let own = aside.join(process_name());
    create_dir_all(&own)?;
    Ok(own)
}

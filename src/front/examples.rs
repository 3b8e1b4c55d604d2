//! `rastra examples`: the examples and their data, which this program carries with it, as files.

use super::terminal::Terminal;
use super::{FAILED, OK};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::place::cannot_write;
use crate::session::Session;
use std::fs;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The folder in which they are written, because programs of the examples and of the documentation name their data by it:
/// `load files "examples/data/rain/*.tif"`.
const FOLDER: &str = "examples";

/// The program to begin with.
const FIRST: &str = "quickstart.rastra";

/// Writes the examples below a folder and says what to do next; returns the exit code.
pub(super) fn write(folder: &Path) -> u8 {
    let terminal = Terminal::new();
    match lay_out(&folder.join(FOLDER)) {
        Ok(()) => {
            let enter = if folder == Path::new(".") { String::new() } else { format!("cd {}; ", folder.display()) };
            let written = folder.join(FOLDER);
            terminal.result(&format!(
                "{} files in {}\nnext: {enter}rastra run {FOLDER}/{FIRST}\n",
                FILES.len(),
                written.display()
            ));
            OK
        }
        Err(diagnostic) => {
            terminal.diagnostics(&Session::new(), &[diagnostic]);
            FAILED
        }
    }
}

fn lay_out(folder: &Path) -> Result<()> {
    let failed = |path: &Path, e: std::io::Error| cannot_write(path, e);
    fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    let mut entries = fs::read_dir(folder).map_err(|e| failed(folder, e))?;
    if entries.next().is_some() {
        let message = format!("`{}` holds something already", folder.display());
        return Err(Diagnostic::new(codes::TARGET_EXISTS, message)
            .help("name another folder, in which `examples` is made: `rastra examples tour`"));
    }
    for (name, bytes) in FILES {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|e| failed(parent, e))?;
        fs::write(&path, bytes).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

//! Pictures as files: written whole, to a hidden neighbour of the target that is then moved to its place.

use super::sink::{self, Output};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::plan::SinkSpec;
use std::io::Write;
use std::path::Path;

/// What a picture can be saved as.
pub const FORMATS: &[&str] = &["png", "svg", "gif", "apng", "html"];

/// Pictures of other programs: a file called so would be misread.
const ELSEWHERE: &[&str] = &["jpg", "jpeg", "webp", "bmp", "pdf", "mp4", "mov", "avi", "webm"];

/// Everything that can be refused before a pixel is read.
pub fn check(spec: &SinkSpec) -> Result<()> {
    super::check_extension(&spec.format, &spec.path)?;
    let extension = Path::new(&spec.path).extension().and_then(|e| e.to_str()).unwrap_or_default();
    if ELSEWHERE.contains(&extension.to_ascii_lowercase().as_str()) {
        return Err(Diagnostic::new(codes::CANNOT_WRITE, format!("no picture is written as `.{extension}`"))
            .help(format!("a picture is saved as {}", diagnostic::list_some(FORMATS.iter().copied(), 9))));
    }
    sink::check_file(Path::new(&spec.path), spec.existing)
}

/// Lets `draw` write the picture; the target appears when it is complete.
pub fn write(spec: &SinkSpec, draw: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<Output> {
    sink::write_whole(Path::new(&spec.path), draw)
}

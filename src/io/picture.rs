//! Pictures as files: written whole, to a hidden neighbour of the target that is then moved to its place.

use super::sink::{self, Output};
use crate::diagnostic::Result;
use crate::plan::SinkSpec;
use std::io::Write;
use std::path::Path;

/// What a picture can be saved as.
pub const FORMATS: &[&str] = &["png", "svg", "gif", "apng", "html"];

/// Everything that can be refused before a pixel is read.
pub fn check(spec: &SinkSpec) -> Result<()> {
    super::check_extension(&spec.format, &spec.path)?;
    sink::check_file(Path::new(&spec.path), spec.existing)
}

/// Lets `draw` write the picture; the target appears when it is complete.
pub fn write(spec: &SinkSpec, draw: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<Output> {
    sink::write_whole(Path::new(&spec.path), draw)
}

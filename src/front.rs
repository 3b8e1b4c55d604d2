//! The doors to a session: scripts, the prompt and notebooks. They carry text in and answers out and know nothing of rasters.

mod command;
mod doctor;
mod examples;
mod job;
#[cfg(feature = "kernel")]
pub(crate) mod kernel;
#[cfg(has_licenses)]
mod licenses;
#[cfg(feature = "lsp")]
pub(crate) mod lsp;
pub(crate) mod meta;
mod origin;
#[cfg(feature = "pictures")]
mod picture;
mod progress;
pub(crate) mod repl;
pub(crate) mod script;
mod shell;
mod signal;
mod terminal;
mod version;

pub use command::command;

/// The run did what it was asked.
pub(crate) const OK: u8 = 0;
/// The program is right, but data, machine or server were not.
pub(crate) const FAILED: u8 = 1;
/// The program is wrong; nothing has run.
pub(crate) const WRONG: u8 = 2;
/// The run ended with inputs left out, as `on_error skip` allows.
pub(crate) const SKIPPED: u8 = 3;

/// The version of this program and of the GDAL it runs with.
pub(crate) fn version() -> String {
    crate::cluster::version()
}

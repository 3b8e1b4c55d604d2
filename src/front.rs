//! The doors to a [`Session`]: scripts, the prompt and notebooks. They carry text in and answers out, and know nothing
//! of rasters.

mod command;
#[cfg(feature = "kernel")]
pub mod kernel;
pub mod meta;
#[cfg(feature = "pictures")]
mod picture;
mod progress;
pub mod repl;
pub mod script;
mod signal;
mod terminal;

pub use command::command;

use crate::lang::complete::Candidate;
use crate::session::{Session, Settings};

pub use crate::settings::parse_bytes;

/// The run did what it was asked.
pub const OK: u8 = 0;
/// The program is right, but data, machine or server were not.
pub const FAILED: u8 = 1;
/// The program is wrong; nothing has run.
pub const WRONG: u8 = 2;
/// The run ended with inputs left out, as `on_error skip` allows.
pub const SKIPPED: u8 = 3;

/// A session with the settings of the command line, which reports the progress of its runs.
fn session(settings: &Settings) -> Session {
    let mut session = Session::new();
    session.settings = settings.clone();
    let cancel = session.cancel_flag();
    session.observe(move |telling| progress::observer(telling, cancel.clone()));
    session
}

/// The version of this program and of the GDAL it runs with.
pub fn version() -> String {
    format!("{} (GDAL {})", env!("CARGO_PKG_VERSION"), crate::gdal::library::version())
}

/// The byte from which a candidate replaces the text up to `cursor`, and the candidates, for program text and meta
/// lines.
pub fn complete(text: &str, cursor: usize, session: &Session) -> (usize, Vec<Candidate>) {
    meta::complete(text, cursor, session).unwrap_or_else(|| session.complete(text, cursor))
}

//! The doors to a [`Session`]: scripts, the prompt and notebooks. They carry text in and answers out and know nothing of rasters.

pub mod kernel;
pub mod meta;
mod picture;
mod progress;
pub mod repl;
pub mod script;
mod signal;
mod terminal;

use crate::lang::complete::Candidate;
use crate::session::{Session, Telling};
use std::collections::BTreeMap;

pub use crate::settings::parse_bytes;

/// The run did what it was asked.
pub const OK: u8 = 0;
/// The program is right, but data, machine or server were not.
pub const FAILED: u8 = 1;
/// The program is wrong; nothing has run.
pub const WRONG: u8 = 2;
/// The run ended with inputs left out, as `on_error skip` allows.
pub const SKIPPED: u8 = 3;

/// What the command line says beside the program.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub params: BTreeMap<String, String>,
    pub dry_run: bool,
    pub explain: bool,
    pub memory: Option<u64>,
    pub threads: Option<usize>,
    pub progress: Telling,
    pub skip_errors: bool,
}

impl Config {
    fn session(&self) -> Session {
        let mut session = Session::new();
        let options = &mut session.options;
        options.params = self.params.clone();
        (options.dry_run, options.explain, options.skip_errors) = (self.dry_run, self.explain, self.skip_errors);
        options.limits.memory = self.memory.unwrap_or(options.limits.memory);
        options.limits.threads = self.threads.unwrap_or(options.limits.threads);
        options.progress = self.progress;
        let cancel = session.cancel_flag();
        session.observe(move |telling| progress::observer(telling, cancel.clone()));
        session
    }
}

/// The version of this program and of the GDAL it runs with.
pub fn version() -> String {
    format!("{} (GDAL {})", env!("CARGO_PKG_VERSION"), crate::gdal::library::version())
}

/// Where candidates are to be put (from there up to `cursor`, both in bytes), and the candidates, for program text and
/// meta lines alike.
pub fn complete(text: &str, cursor: usize, session: &Session) -> (usize, Vec<Candidate>) {
    meta::complete(text, cursor, session).unwrap_or_else(|| session.complete(text, cursor))
}

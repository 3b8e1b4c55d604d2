//! `rastra licenses`: the licenses of all code in a program that carries its libraries with it.

use super::terminal::Terminal;
use super::{FAILED, OK};
use flate2::read::GzDecoder;
use std::io::read_to_string;

/// The file that `native/licenses.py` has written.
const TEXT: &[u8] = include_bytes!(env!("RASTRA_LICENSES"));

/// Prints them; returns the exit code.
pub(super) fn print() -> u8 {
    match read_to_string(GzDecoder::new(TEXT)) {
        Ok(text) => {
            Terminal::new().result(&text);
            OK
        }
        Err(error) => {
            eprintln!("error: the licenses in this program are damaged: {error}");
            FAILED
        }
    }
}

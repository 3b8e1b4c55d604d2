//! Stores written and read again, and stores that are there already.

mod codecs;
mod existing;
mod made;
mod write;
mod zip;

use crate::io::ReadCx;

fn cx() -> ReadCx {
    ReadCx::default()
}

//! Stores written and read again, and stores that are there already.

mod codecs;
mod existing;
mod made;
mod write;

use crate::io::ReadCx;

fn cx() -> ReadCx {
    ReadCx::default()
}

//! Files made for one peculiarity each, and files written and read again.

#![allow(clippy::unwrap_used)]

mod axes;
mod climatology;
mod coordinates;
mod made;
mod missing;
mod sink;

use crate::cube::{Pixels, Region};
use crate::io::{ReadCx, Source};

fn read(source: &dyn Source, region: &Region) -> Vec<Pixels> {
    source.read(region, &ReadCx::default()).unwrap().bands
}

//! The whole room on rasters made for the purpose, from files and from a server.

#![allow(clippy::unwrap_used)]

mod made;
mod served;

use super::*;
use crate::cube::{Pixels, Region};
use crate::io::ReadCx;
use crate::plan::Payload;
use serde_json::Value;

fn discover(format: &str, options: &Value) -> Result<Arc<dyn Source>> {
    crate::io::discover(format, &Payload::of(options), &AtomicBool::new(false))
}

fn values(source: &Arc<dyn Source>, region: &Region) -> Vec<Vec<f64>> {
    let chunk = source.read(region, &ReadCx::default()).unwrap();
    chunk.bands.iter().map(Pixels::to_f64).collect()
}

fn error(options: Value) -> Box<Diagnostic> {
    match discover("stac", &options) {
        Err(e) => e,
        Ok(_) => panic!("{options} was accepted"),
    }
}

/// Cuts the cube into odd regions and puts them together again.
fn in_pieces(source: &Arc<dyn Source>, high: usize, wide: usize) -> Vec<Pixels> {
    let schema = source.schema();
    let all = schema.all();
    let full = all.shape();
    let mut out: Vec<Pixels> = schema.bands.iter().map(|b| Pixels::zeros(b.dtype, all.pixels())).collect();
    for y in (0..full[1]).step_by(high) {
        for x in (0..full[2]).step_by(wide) {
            let region = Region { y: y..(y + high).min(full[1]), x: x..(x + wide).min(full[2]), ..all.clone() };
            let chunk = source.read(&region, &ReadCx::default()).unwrap();
            for (whole, part) in out.iter_mut().zip(&chunk.bands) {
                whole.paste(full, part, chunk.shape, [0, y, x]);
            }
        }
    }
    out
}

//! Cuts what GDAL's methods over areas give to target pixels that lie outside of the source.
//!
//! GDAL widens the source pixels under a target pixel to at least one, also where there is none: target pixels that are
//! smaller than those of the source then take values over the west and the north edge (in GDAL 3.6 as in 3.10).

use super::job::WarpJob;
use super::transform::Transformer;
use super::types;
use crate::cube::Pixels;

/// The part of a source pixel that a target pixel must cover to lie on the source at all; coordinates are no more exact.
const SLIVER: f64 = 1e-6;

/// Makes the pixels of the tile missing that lie beside the source.
pub(super) fn cut(job: &WarpJob, transformer: &Transformer, out: &mut [Pixels]) {
    let (height, width) = (job.source.height, job.source.width);
    let inside = job.window.y.start > 0 && job.window.y.end < height;
    let goes_round = job.source.is_global();
    if inside && (goes_round || (job.window.x.start > 0 && job.window.x.end < width)) {
        // The window has a margin around the tile, so that a tile over an edge has a window that ends there.
        return;
    }
    let size = job.tile.pixels();
    let mut above = Corners::of(job, transformer, job.tile.y.start);
    for (row, y) in job.tile.y.clone().enumerate() {
        let below = Corners::of(job, transformer, y + 1);
        for column in 0..job.tile.x.len() {
            let four = [&above, &below].map(|line| line.pair(column));
            let Some([x, y]) = around(four) else { continue };
            let beside = |(low, high): (f64, f64), len: usize| high <= SLIVER || low >= len as f64 - SLIVER;
            if beside(y, height) || (!goes_round && beside(x, width)) {
                let at = row * job.tile.x.len() + column;
                for (pixels, band) in out.iter_mut().zip(job.bands) {
                    for start in (0..pixels.len()).step_by(size) {
                        types::fill(pixels, start + at..start + at + 1, band.target.1);
                    }
                }
            }
        }
        above = below;
    }
}

/// The corners of target pixels along one line between rows, in pixels of the source.
struct Corners {
    xs: Vec<f64>,
    ys: Vec<f64>,
    ok: Vec<i32>,
}

impl Corners {
    fn of(job: &WarpJob, transformer: &Transformer, y: usize) -> Corners {
        let mut xs: Vec<f64> = (job.tile.x.start..=job.tile.x.end).map(|x| x as f64).collect();
        let mut ys = vec![y as f64; xs.len()];
        let mut ok = Vec::new();
        transformer.to_source(&mut xs, &mut ys, &mut ok);
        Corners { xs, ys, ok }
    }

    /// The corners to the left and right of a column; nothing where one has no place in the source's system.
    fn pair(&self, column: usize) -> Option<[(f64, f64); 2]> {
        let known = self.ok[column] != 0 && self.ok[column + 1] != 0;
        known.then(|| [column, column + 1].map(|i| (self.xs[i], self.ys[i])))
    }
}

/// The ranges of x and y of four corners.
fn around(corners: [Option<[(f64, f64); 2]>; 2]) -> Option<[(f64, f64); 2]> {
    let [Some([a, b]), Some([c, d])] = corners else { return None };
    let range = |of: fn((f64, f64)) -> f64| {
        let values = [a, b, c, d].map(of);
        (values.into_iter().fold(f64::INFINITY, f64::min), values.into_iter().fold(f64::NEG_INFINITY, f64::max))
    };
    Some([range(|p| p.0), range(|p| p.1)])
}

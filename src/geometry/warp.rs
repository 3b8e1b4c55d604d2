//! Resampling onto another grid by the rules of GDAL's warp kernel: the answers of `gdalwarp -et 0`, tile by tile.
//!
//! Methods that weigh pixels around a place are computed in `direct`, except for rare cases. These and the methods that
//! look at all pixels under one of the target use GDAL's kernel.
//!
//! Three things make the pixels of a tile independent of how the target is cut: coordinates are computed by a
//! transformer of the whole grids, or by polynomials cut at fixed columns of the target; the kernel's scale is that of
//! the whole grids; and every output has a nodata, so that GDAL never uses its other arithmetic for blocks without
//! missing pixels. Where gdalwarp splits a large target to save memory, it estimates the scale for each part; a
//! shrinking `bilinear`, `cubic` or
//! `lanczos` then has another width of the kernel than here.
//!
//! Most of the time goes to projecting: EPSG:4647 to EPSG:4326 took 0.3 microseconds for each target pixel in one
//! thread, as in gdalwarp. Methods that use the corners of pixels project each corner twice, and `mode` takes ten times
//! as long. Coordinates are therefore computed once for all layers of one type, or remembered from layer to layer where
//! each is warped alone; where no corners are needed, `rows` projects only some points of each row.

mod batch;
mod blank;
mod direct;
mod footprint;
mod job;
mod kept;
mod kernel;
mod memo;
mod overlap;
mod rows;
mod shrinkage;
#[cfg(test)]
mod tests;
mod transform;
mod turns;
mod types;
mod window;

pub(crate) use blank::suggest_grid;
pub(crate) use direct::keeps_plans;
pub(crate) use job::{Layers, Part, WarpJob};
pub(crate) use shrinkage::shrinkage;
pub(crate) use window::{source_window, wrapped};

use crate::cube::Pixels;
use crate::diagnostic::Result;
use crate::plan::Resampling;

/// The tile of every band, with the steps of its source, in the target's type; pixels without a source are nodata.
///
/// The nearest of 64-bit integers is moved as it is; the other methods compute in f64, which is exact up to 2^53.
pub(crate) fn warp(job: &WarpJob) -> Result<Vec<Pixels>> {
    if let Some(done) = overlap::sum(job)? {
        return Ok(done);
    }
    if let Some(wide) = widened(job.method, &job.tile) {
        return Ok(narrowed(warp(&WarpJob { tile: wide.clone(), ..job.clone() })?, &wide, &job.tile));
    }
    if let Some(done) = direct::warp(job)? {
        return Ok(done);
    }
    if job.method == Resampling::Sum && job.source.is_geographic() && job.target.is_geographic() {
        return turns::sum(job);
    }
    batch::warp(job)
}

/// The tile that must be computed in place of `tile`, if it is another.
///
/// It differs for sums, where the kernel of GDAL 3.6 is wrong at the right edge of tiles that do not begin at the first
/// column.
fn widened(method: Resampling, tile: &Part) -> Option<Part> {
    (method == Resampling::Sum && tile.x.start > 0).then(|| Part { x: 0..tile.x.end, ..tile.clone() })
}

fn narrowed(bands: Vec<Pixels>, wide: &Part, tile: &Part) -> Vec<Pixels> {
    let (height, width) = (wide.y.len(), wide.x.len());
    let cut = |p: Pixels| p.crop([p.len() / (height * width).max(1), height, width], 0..height, tile.x.clone());
    bands.into_iter().map(cut).collect()
}

//! `Warp`: the source window a target region needs, resampled by GDAL onto the target's grid.

use super::pull::{self, blank};
use super::{Op, TaskCx};
use crate::cube::{Chunk, Pixels, Region};
use crate::diagnostic::Result;
use crate::io::gdal::warp;
use crate::plan::Resampling;
use std::sync::Arc;

pub fn pull(op: &Arc<Op>, method: Resampling, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let (source, target) = (input.schema(), op.schema());
    let target_grid = target.grid.crop(region.y.clone(), region.x.clone());
    let Some((y, x)) = warp::source_window(&source.grid, &target_grid, method)? else {
        return Ok(blank(op, region));
    };
    let source_grid = source.grid.crop(y.clone(), x.clone());
    let size = source_grid.pixels();
    let chunk = pull::pull(input, &Region { y, x, ..region.clone() }, cx)?;
    let mut bands = Vec::with_capacity(region.bands.len());
    for (pixels, &b) in chunk.bands.iter().zip(&region.bands) {
        let (from, to) = (&source.bands[b], &target.bands[b]);
        let layers: Vec<Pixels> = (0..region.time.len()).map(|t| pixels.slice(t * size..(t + 1) * size)).collect();
        let job = warp::WarpJob {
            source: &layers,
            source_grid: &source_grid,
            target_grid: &target_grid,
            method,
            nodata: from.nodata,
            target_dtype: to.dtype,
            target_nodata: to.nodata,
        };
        let warped = warp::warp(&job).map_err(|d| d.or_at(op.plan.span, "resampled here"))?;
        let mut out = Pixels::zeros(to.dtype, region.pixels());
        let [t, h, w] = region.shape();
        for (step, layer) in warped.iter().enumerate() {
            out.paste([t, h, w], layer, [1, h, w], [step, 0, 0]);
        }
        bands.push(out);
    }
    Ok(Chunk { shape: region.shape(), bands })
}

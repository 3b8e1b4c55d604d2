//! `Warp`: the source window a target region needs, resampled by GDAL onto the target's grid.

use super::pull::{self, blank};
use super::{Op, TaskCx};
use crate::cube::{Chunk, Region};
use crate::diagnostic::Result;
use crate::geometry::warp::{self, Layers, Part, WarpJob};
use crate::plan::Resampling;
use std::sync::Arc;

pub fn pull(op: &Arc<Op>, method: Resampling, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let (source, target) = (input.schema(), op.schema());
    let tile = Part { y: region.y.clone(), x: region.x.clone() };
    let Some(window) = warp::source_window(&source.grid, &target.grid, &tile, method)? else {
        return Ok(blank(op, region));
    };
    let chunk = pull::pull(input, &Region { y: window.y.clone(), x: window.x.clone(), ..region.clone() }, cx)?;
    let layers = |(pixels, &b): (_, &usize)| {
        let (from, to) = (&source.bands[b], &target.bands[b]);
        // Every band of a warp has a nodata: `Plan::warp` sees to it.
        Layers { pixels, nodata: from.nodata, target: (to.dtype, to.nodata.unwrap_or(f64::NAN)) }
    };
    let bands: Vec<Layers> = chunk.bands.iter().zip(&region.bands).map(layers).collect();
    let job = WarpJob { source: &source.grid, target: &target.grid, window, tile, method, bands: &bands };
    let bands = warp::warp(&job).map_err(|d| d.or_at(op.plan.span, "resampled here"))?;
    Ok(Chunk { shape: region.shape(), bands })
}

//! `Warp`: pulls the window of the source that a region needs, and resamples it onto the target's grid.

use super::prelude::*;
use crate::geometry::warp::{self, Layers, Part, WarpJob};
use crate::plan::Resampling;

pub(super) struct Warp {
    pub method: Resampling,
}

impl Operator for Warp {
    fn pull(&self, op: &Op, region: &Region, cx: &TaskCx) -> Result<Chunk> {
        let input = op.input();
        let (source, target) = (input.schema(), op.schema());
        let tile = Part { y: region.y.clone(), x: region.x.clone() };
        let Some(window) = warp::source_window(&source.grid, &target.grid, &tile, self.method)? else {
            return Ok(op.blank(region));
        };
        let wrapped = warp::wrapped(&source.grid, &target.grid, &window, self.method)?;
        let chunk = pull_around(input, &window, wrapped, region, cx)?;
        let layers = |(pixels, &b): (_, &usize)| {
            let (from, to) = (&source.bands[b], &target.bands[b]);
            // `Plan::warp` gives every band a nodata.
            Layers { pixels, nodata: from.nodata, target: (to.dtype, to.nodata.unwrap_or(f64::NAN)) }
        };
        let bands: Vec<Layers> = chunk.bands.iter().zip(&region.bands).map(layers).collect();
        let method = self.method;
        let job = WarpJob { source: &source.grid, target: &target.grid, window, wrapped, tile, method, bands: &bands };
        let bands = warp::warp(&job).map_err(|d| d.or_at(op.plan.span, "resampled here"))?;
        Ok(Chunk { shape: region.shape(), bands })
    }

    fn announce(&self, op: &Op, region: &Region, cx: &TaskCx) {
        let (source, target) = (&op.input().schema().grid, &op.schema().grid);
        let tile = Part { y: region.y.clone(), x: region.x.clone() };
        if let Ok(Some(Part { y, x })) = warp::source_window(source, target, &tile, self.method) {
            op.input().announce(&Region { y, x, ..region.clone() }, cx);
        }
    }

    /// The exact window needs a transformation of coordinates; for sizes the ratio of the two grids' areas is enough.
    fn peak(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let input = op.input();
        let (source, target) = (&input.schema().grid, &op.schema().grid);
        let ratio = source.pixels() as f64 / target.pixels().max(1) as f64;
        let rows = ((region.y.len() as f64 * ratio.sqrt()) as usize + 8).min(source.height);
        let columns = ((region.x.len() as f64 * ratio.sqrt()) as usize + 8).min(source.width);
        let window = Region { y: 0..rows, x: 0..columns, ..region.clone() };
        // GDAL gets a copy of each layer and holds a chunk of floats besides.
        let layers = op.schema().region_bytes(region) + input.schema().region_bytes(&window);
        op.result_bytes(region) + input.peak(&window, keep) + layers + (16 << 20)
    }

    fn bytes_read(&self, op: &Op, region: &Region, keep: u64) -> u64 {
        let (source, target) = (&op.input().schema().grid, &op.schema().grid);
        let share = (region.y.len() * region.x.len()) as f64 / target.pixels().max(1) as f64;
        let whole = Region { y: 0..source.height, x: 0..source.width, ..region.clone() };
        (op.input().bytes_read(&whole, keep) as f64 * share) as u64
    }

    /// Coordinates are transformed once for all steps that are warped together, or for all there are.
    fn grain(&self, op: &Op) -> Tile {
        let together = if warp::keeps_plans(self.method, op.schema().grid.pixels()) { 1 } else { 16 };
        Tile { time: op.input().grain().time.max(together), y: 256, x: 256 }
    }

    /// Blocks lie askew under the target, so that an edge of a task goes through the midst of some.
    fn origin(&self, _: &Op) -> (usize, usize) {
        (128, 128)
    }
}

/// The window of the source, between the columns from the other end of its rows.
fn pull_around(input: &Op, window: &Part, [left, right]: [usize; 2], region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let part = |x| Region { y: window.y.clone(), x, ..region.clone() };
    if left + right == 0 {
        return input.pull(&part(window.x.clone()), cx);
    }
    let width = input.schema().grid.width;
    let mut all = input.blank(&part(0..left + window.x.len() + right));
    let mut at = 0;
    for columns in [width - left..width, window.x.clone(), 0..right] {
        if !columns.is_empty() {
            let len = columns.len();
            all.paste(&input.pull(&part(columns), cx)?, [0, 0, at]);
            at += len;
        }
    }
    Ok(all)
}

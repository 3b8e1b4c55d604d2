//! `fill space`: missing pixels from their neighbours in the same step, looked for as far outside the region as need be.

use super::ops::gaps::Gaps;
use super::pull::{blank, pull as pull_input};
use super::reduce::steps_in_runs;
use super::{Op, TaskCx};
use crate::cube::chunk::Stored;
use crate::cube::dtype::Missing;
use crate::cube::{Chunk, GeoBox, Losses, Pixels, Region};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::{Footprint, Nearby};
use crate::with_pixels;
use std::ops::Range;
use std::sync::Arc;

pub fn pull(op: &Arc<Op>, reach: usize, from: Nearby, region: &Region, cx: &TaskCx) -> Result<Chunk> {
    let input = op.input();
    let around = with_margin(reach, region, &input.schema().grid);
    let size = around.y.len() * around.x.len();
    let inside = |whole: &Range<usize>, part: &Range<usize>| whole.start - part.start..whole.end - part.start;
    let (rows, columns) = (inside(&region.y, &around.y), inside(&region.x, &around.x));
    let stop = || cx.run.read.is_cancelled();
    let mut out = blank(op, region);
    let steps: Vec<usize> = region.time.clone().collect();
    for time in steps_in_runs(&steps, input.grain().time.max(1)) {
        let chunk = pull_input(input, &around.with_time(time.clone()), cx)?;
        for (slot, (pixels, &b)) in chunk.bands.iter().zip(&region.bands).enumerate() {
            let nodata = input.schema().bands[b].nodata;
            for (i, step) in time.clone().enumerate() {
                let (filled, lost) = with_pixels!(pixels, v => one(Gaps {
                    values: &v[i * size..(i + 1) * size],
                    width: around.x.len(),
                    missing: Missing::new(nodata),
                    reach,
                    from,
                    rows: rows.clone(),
                    columns: columns.clone(),
                }, &stop));
                cx.run.add_losses(Losses { missing: lost, clamped: 0 });
                let shape = [1, region.y.len(), region.x.len()];
                out.bands[slot].paste(out.shape, &filled, shape, [step - region.time.start, 0, 0]);
            }
            if stop() {
                return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
            }
        }
    }
    Ok(out)
}

fn one<T: Stored>(gaps: Gaps<T>, stop: &dyn Fn() -> bool) -> (Pixels, u64) {
    let (filled, lost) = gaps.fill(stop);
    (T::wrap(filled), lost)
}

/// The pixels that a region's fillings may come from.
pub fn with_margin(reach: usize, region: &Region, grid: &GeoBox) -> Region {
    let around = Footprint::around(2 * reach + 1);
    let y = around.reach(&region.y, &around.rows, grid.height);
    let x = around.reach(&region.x, &around.columns, grid.width);
    Region { y, x, ..region.clone() }
}

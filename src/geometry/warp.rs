//! Resampling onto another grid by the rules of GDAL's warp kernel: the answers of `gdalwarp -et 0`, tile by tile.
//!
//! Nearest and bilinear are computed in `direct`, except for rare cases. These and the other methods use GDAL's kernel.
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

mod blank;
mod direct;
mod footprint;
mod job;
mod kernel;
mod memo;
mod rows;
#[cfg(test)]
mod tests;
mod transform;
mod turns;
mod types;
mod window;

pub(crate) use blank::suggest_grid;
pub(crate) use job::{Layers, Part, WarpJob};
pub(crate) use window::{source_window, wrapped};

use crate::cube::{DType, Pixels};
use crate::diagnostic::Result;
use crate::plan::Resampling;
use kernel::{Kernel, Memory};
use memo::Memo;
use transform::Transformer;

/// The most bytes of source pixels that one operation copies. The next layers need another, which projects again.
const GROUP_BYTES: usize = 256 << 20;

/// The tile of every band, with the steps of its source, in the target's type; pixels without a source are nodata.
///
/// 64-bit integers go through f64, which is exact up to 2^53.
pub(crate) fn warp(job: &WarpJob) -> Result<Vec<Pixels>> {
    if let Some(wide) = widened(job.method, &job.tile) {
        return Ok(narrowed(warp(&WarpJob { tile: wide.clone(), ..job.clone() })?, &wide, &job.tile));
    }
    if let Some(done) = direct::warp(job)? {
        return Ok(done);
    }
    if job.method == Resampling::Sum && job.source.is_geographic() && job.target.is_geographic() {
        return turns::sum(job);
    }
    warp_by_kernel(job)
}

/// The same by GDAL's kernel.
fn warp_by_kernel(job: &WarpJob) -> Result<Vec<Pixels>> {
    let plane = job.plane();
    if alone(job.method) && (job.bands.len() > 1 || job.bands.iter().any(|b| b.pixels.len() > plane)) {
        return one_by_one(job);
    }
    let transformer = Transformer::between(job.source, job.target)?;
    let steps = |band: &Layers| band.pixels.len() / plane.max(1);
    let mut out: Vec<Option<Pixels>> = vec![None; job.bands.len()];
    for working in types::WORKING {
        let wanted = |&i: &usize| types::working(job.bands[i].target.0) == working;
        let members: Vec<usize> = (0..job.bands.len()).filter(wanted).collect();
        let layer_bytes = plane * working.bytes();
        let mut rest = members.as_slice();
        while let [first, ..] = rest {
            let mut taken = 1;
            let mut layers = steps(&job.bands[*first]);
            while taken < rest.len() && (layers + steps(&job.bands[rest[taken]])) * layer_bytes <= GROUP_BYTES {
                layers += steps(&job.bands[rest[taken]]);
                taken += 1;
            }
            let (group, next) = rest.split_at(taken);
            let bands: Vec<Layers> = group.iter().map(|&i| job.bands[i]).collect();
            for (&i, pixels) in group.iter().zip(warp_group(job, &transformer, None, &bands, working)?) {
                out[i] = Some(pixels);
            }
            rest = next;
        }
    }
    let mut out: Vec<Pixels> = out.into_iter().flatten().collect();
    if kernel::looks_at_corners(job.method) && job.method != Resampling::Sum {
        footprint::cut(job, &transformer, &mut out);
    }
    Ok(out)
}

/// Whether layers must be warped one at a time. With several, GDAL weights neighbors of a pixel that is missing in one
/// of them differently, so the result would depend on which layers are read together.
fn alone(method: Resampling) -> bool {
    matches!(method, Resampling::Bilinear | Resampling::Cubic | Resampling::CubicSpline | Resampling::Lanczos)
}

fn one_by_one(job: &WarpJob) -> Result<Vec<Pixels>> {
    let transformer = Transformer::between(job.source, job.target)?;
    let mut memo = Memo::new(&transformer, job.wrapped[0]);
    let plane = job.plane().max(1);
    let size = job.tile.pixels();
    let mut out = Vec::with_capacity(job.bands.len());
    for band in job.bands {
        let steps = band.pixels.len() / plane;
        let mut layers = Pixels::zeros(band.target.0, steps * size);
        for step in 0..steps {
            let pixels = band.pixels.slice(step * plane..(step + 1) * plane);
            let layer = [Layers { pixels: &pixels, ..*band }];
            memo.rewind();
            let working = types::working(band.target.0);
            for warped in warp_group(job, &transformer, Some(&mut memo), &layer, working)? {
                layers.paste([steps, 1, size], &warped, [1, 1, size], [step, 0, 0]);
            }
        }
        out.push(layers);
    }
    Ok(out)
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

/// Warps bands of one working type in one operation.
fn warp_group<'t>(
    job: &WarpJob,
    transformer: &'t Transformer,
    memo: Option<&mut Memo<'t>>,
    bands: &[Layers],
    working: DType,
) -> Result<Vec<Pixels>> {
    let (plane, held) = (job.tile.pixels(), job.held());
    let steps: Vec<usize> = bands.iter().map(|b| b.pixels.len() / held.pixels().max(1)).collect();
    let mut out = Pixels::zeros(working, steps.iter().sum::<usize>() * plane);
    let mut at = 0;
    for (band, &steps) in bands.iter().zip(&steps) {
        types::fill(&mut out, at..at + steps * plane, band.target.1);
        at += steps * plane;
    }
    if held.pixels() > 0 && plane > 0 && !out.is_empty() {
        let sources: Vec<_> = bands.iter().map(|b| types::prepare(b.pixels, b.nodata, b.target.1, working)).collect();
        let width = job.source.width + job.wrapped[0] + job.wrapped[1];
        let mut memory = Memory::new(width, job.source.height, held.clone())?;
        let (mut source_nodata, mut target_nodata) = (Vec::new(), Vec::new());
        for ((band, source), &steps) in bands.iter().zip(&sources).zip(&steps) {
            for step in 0..steps {
                memory.add_band(source, step * held.pixels())?;
                source_nodata.push(types::marker(band));
                target_nodata.push(band.target.1);
            }
        }
        let mut kernel = Kernel {
            transformer,
            memo,
            method: job.method,
            dataset: memory.dataset(),
            bands: (1..=source_nodata.len()).collect(),
            source_nodata,
            target_nodata,
            window: held,
            before: job.wrapped[0],
            tile: job.tile.clone(),
        };
        kernel.run(&mut out)?;
    }
    let mut at = 0;
    let parts = bands.iter().zip(&steps).map(|(band, &steps)| {
        let range = at..at + steps * plane;
        at = range.end;
        (range, band.target)
    });
    Ok(types::split(out, parts.collect()))
}

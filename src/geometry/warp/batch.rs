//! GDAL's kernel over the layers of a job: many in one operation, or one by one where layers would change each other.

use super::job::{Layers, Part, WarpJob};
use super::kernel::{Kernel, Memory, looks_at_corners};
use super::memo::Memo;
use super::transform::Transformer;
use super::{footprint, types};
use crate::cube::{DType, Pixels};
use crate::diagnostic::Result;
use crate::plan::Resampling;
use std::borrow::Cow;

/// The most bytes of source pixels that one operation copies. The next layers need another, which projects again.
const GROUP_BYTES: usize = 256 << 20;

/// The tile of every band by GDAL's kernel.
pub(super) fn warp(job: &WarpJob) -> Result<Vec<Pixels>> {
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
    if looks_at_corners(job.method) && job.method != Resampling::Sum {
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

/// How many missing columns a window needs behind its own for methods that look at all source pixels of a target pixel.
///
/// Where a target pixel has more than a third of the columns of a window, GDAL takes it for one that goes round the
/// globe, and computes it from the other columns (seen with GDAL 3.6: 12 of 36 columns are right, 12 of 30 are not).
fn narrow(method: Resampling, transformer: &Transformer, columns: usize) -> usize {
    if !looks_at_corners(method) {
        return 0;
    }
    // Pixels differ in size where the projection bends.
    let of_one = (1.0 / transformer.scale.0).ceil() as usize + 1;
    (4 * of_one).saturating_sub(columns)
}

/// The layers of a window with columns behind them that hold one value.
fn widened(pixels: &Pixels, held: &Part, more: usize, value: f64) -> Pixels {
    let (rows, columns) = (held.y.len(), held.x.len());
    let steps = pixels.len() / held.pixels().max(1);
    let mut out = Pixels::filled(pixels.dtype(), steps * rows * (columns + more), value);
    out.paste([steps, rows, columns + more], pixels, [steps, rows, columns], [0, 0, 0]);
    out
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
        let more = narrow(job.method, transformer, held.x.len());
        let sources = bands.iter().map(|b| {
            let pixels = types::prepare(b.pixels, b.nodata, b.target.1, working);
            if more == 0 { pixels } else { Cow::Owned(widened(&pixels, &held, more, types::marker(b))) }
        });
        let sources: Vec<Cow<Pixels>> = sources.collect();
        let width = job.source.width + job.wrapped[0] + job.wrapped[1] + more;
        let held = Part { y: held.y, x: held.x.start..held.x.end + more };
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

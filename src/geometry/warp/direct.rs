//! Nearest, bilinear, cubic and lanczos by the rules of GDAL's kernel but without it, with one plan of the pixels' origins for all
//! layers.
//!
//! GDAL takes 80 nanoseconds for a pixel where some may be missing, and most of that is not arithmetic. Rare cases are
//! left to it: very wide kernels of shrinking pixels, sources one pixel wide, and results that happen to equal the
//! nodata.

mod around;
mod number;
mod wide;

use super::job::{Layers, WarpJob};
use super::kept::{Kept, Key};
use super::transform::Transformer;
use super::{rows, types};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::lanes::{Loop, side_by_side};
use crate::cube::{DType, Pixels};
use crate::diagnostic::Result;
use crate::plan::Resampling;
use crate::with_pixels;
use around::{AT_EDGE, Around, LANES, NOWHERE};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use wide::{WIDENED, Wide};

/// The number of target pixels in a plan: few enough that it stays in the caches while the layers are resampled.
const PLANNED: usize = 1 << 14;

/// Bytes of plans that are kept for each thread.
const KEPT_BYTES: usize = 32 << 20;

/// All threads share them: several may be at the layers of one tile.
static KEPT: LazyLock<Mutex<Kept<Arc<[Plan]>>>> = LazyLock::new(|| {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Mutex::new(Kept::new(threads * KEPT_BYTES))
});

fn kept() -> MutexGuard<'static, Kept<Arc<[Plan]>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A point this far beyond the edge of a pixel still belongs to it, as in GDAL.
const EDGE: f64 = 1e-10;

/// The most weights of a pixel; wider kernels are left to GDAL.
const MOST_WEIGHTS: usize = 64;

/// The tile of every band, or nothing where GDAL's kernel is needed.
pub(super) fn warp(job: &WarpJob) -> Result<Option<Vec<Pixels>>> {
    let (columns, rows) = (job.width(), job.window.y.len());
    let small = columns >= 2 && rows >= 2 && u32::try_from(columns * rows).is_ok_and(|n| n < AT_EDGE);
    if !small || !is_ours(job.method) {
        return Ok(None);
    }
    let transformer = Transformer::between(job.source, job.target)?;
    let (sx, sy) = transformer.scale;
    if leaves_to_gdal(job.method, &transformer) {
        return Ok(None);
    }
    let wide = Wide::new(job.method, sx, sy);
    if wide.as_ref().is_some_and(|wide| wide.stride() > MOST_WEIGHTS) {
        return Ok(None);
    }
    let (plane, size) = (job.plane(), job.tile.pixels());
    let sources: Vec<Cow<Pixels>> = job.bands.iter().map(|band| source(job, band)).collect();
    let mut out: Vec<Pixels> = job
        .bands
        .iter()
        .map(|band| Pixels::filled(working(job, band), band.pixels.len() / plane * size, band.target.1))
        .collect();
    let mut resample = |plan: &Plan| {
        let at = (plan.first - job.tile.y.start) * job.tile.x.len();
        job.bands.iter().zip(&sources).zip(&mut out).all(|((band, source), out)| {
            (0..band.pixels.len() / plane).all(|step| {
                let from = step * plane..(step + 1) * plane;
                let to = step * size + at..step * size + at + plan.nearest.len();
                let nodata = (types::marker(band), band.target.1);
                with_pixels!(&mut *out, v => plan.run(source, from, nodata, &mut v[to]))
            })
        })
    };
    let high = (PLANNED / job.tile.x.len().max(1)).max(1);
    let parts = job.tile.y.clone().step_by(high).map(|start| start..job.tile.y.end.min(start + high));
    let bytes = size * Plan::bytes_per_pixel(job.method, wide.as_ref());
    let has_room = kept().has_room_for(bytes);
    let is_done = match has_room {
        true => {
            let held = Some((job.window.clone(), job.wrapped));
            let key = Key { grids: transformer.grids.clone(), tile: job.tile.clone(), held, method: job.method };
            let known = kept().get(&key);
            let plans = known.unwrap_or_else(|| {
                let plan = |rows| Plan { wide: wide.clone(), ..Plan::default() }.filled(job, &transformer, rows);
                let plans: Arc<[Plan]> = parts.map(plan).collect();
                kept().keep(key, plans.clone(), bytes);
                plans
            });
            plans.iter().all(&mut resample)
        }
        false => {
            let mut plan = Plan { wide, ..Plan::default() };
            parts.into_iter().all(|rows| {
                plan = std::mem::take(&mut plan).filled(job, &transformer, rows);
                resample(&plan)
            })
        }
    };
    if !is_done {
        return Ok(None);
    }
    let typed = out.into_iter().zip(job.bands).flat_map(|(pixels, band)| {
        let all = 0..pixels.len();
        types::split(pixels, vec![(all, band.target)])
    });
    Ok(Some(typed.collect()))
}

/// Whether what is found out for the tiles of a target of so many pixels serves for all layers that come, by this method
/// where pixels do not shrink.
pub(crate) fn keeps_plans(method: Resampling, pixels: usize) -> bool {
    let wide = Wide::new(method, 1.0, 1.0);
    is_ours(method) && kept().has_room_for(pixels * Plan::bytes_per_pixel(method, wide.as_ref()))
}

/// Whether a method weighs pixels around a place; the others look at all pixels under that of the target.
fn is_ours(method: Resampling) -> bool {
    match method {
        Resampling::Nearest
        | Resampling::Bilinear
        | Resampling::Cubic
        | Resampling::CubicSpline
        | Resampling::Lanczos => true,
        Resampling::Average
        | Resampling::Rms
        | Resampling::Mode
        | Resampling::Max
        | Resampling::Min
        | Resampling::Med
        | Resampling::Q1
        | Resampling::Q3
        | Resampling::Sum => false,
    }
}

/// Whether GDAL does something of its own with a method: it widens two kernels in a way that differs between versions, and
/// copies pixels that are only moved, which the spline would smooth.
fn leaves_to_gdal(method: Resampling, transformer: &Transformer) -> bool {
    let shrinks = transformer.scale.0 < WIDENED || transformer.scale.1 < WIDENED;
    method == Resampling::CubicSpline && (shrinks || !transformer.projects) || method == Resampling::Lanczos && shrinks
}

/// The type that a band is computed in. The nearest pixel is moved as it is, so that every digit stays.
fn working(job: &WarpJob, band: &Layers) -> DType {
    if job.method == Resampling::Nearest { band.target.0 } else { types::working(band.target.0) }
}

/// The layers in the type they are computed in.
fn source<'a>(job: &WarpJob, band: &Layers<'a>) -> Cow<'a, Pixels> {
    let working = working(job, band);
    match band.pixels.dtype() == working {
        true => Cow::Borrowed(band.pixels),
        false => Cow::Owned(band.pixels.cast(band.nodata, working, Some(types::marker(band)))),
    }
}

/// The pixels of the source from which some rows of the tile are resampled.
#[derive(Default)]
struct Plan {
    /// The first of the rows.
    first: usize,
    /// For each target pixel the pixel of a layer in which it lies, or [`NOWHERE`].
    nearest: Vec<u32>,
    /// For bilinear and cubic: the four pixels around it, and whether those around these count, too.
    around: Around,
    is_cubic: bool,
    /// The weights of a bilinear kernel that is wider than four pixels.
    wide: Option<Wide>,
    /// Columns and rows of a layer.
    width: usize,
    height: usize,
}

impl Plan {
    /// The plan for some rows, in the memory of another.
    fn filled(mut self, job: &WarpJob, transformer: &Transformer, rows: Range<usize>) -> Plan {
        (self.width, self.height, self.first) = (job.width(), job.window.y.len(), rows.start);
        self.is_cubic = job.method == Resampling::Cubic;
        self.nearest.clear();
        self.around.clear();
        self.wide.iter_mut().for_each(Wide::clear);
        let (x0, y0) = (job.window.x.start as f64 - job.wrapped[0] as f64, job.window.y.start as f64);
        let (right, bottom) = (self.width as f64 - EDGE, self.height as f64 - EDGE);
        let (mut xs, mut ys, mut oks) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            xs.clear();
            xs.extend(job.tile.x.clone().map(|x| x as f64 + 0.5));
            ys.clear();
            ys.resize(xs.len(), row as f64 + 0.5);
            oks.clear();
            oks.resize(xs.len(), 0);
            if !rows::project(transformer, &mut xs, &mut ys, &mut oks) {
                transformer.to_source(&mut xs, &mut ys, &mut oks);
            }
            let points = xs.iter().zip(&ys).zip(&oks).map(|((x, y), ok)| (x - x0, y - y0, *ok != 0));
            let pixel = |v: f64, len: usize| ((v + EDGE) as usize).min(len - 1);
            let from = self.nearest.len();
            self.nearest.extend(points.clone().map(|(x, y, ok)| {
                let inside = ok && x >= 0.0 && y >= 0.0 && x <= right && y <= bottom;
                if inside { (pixel(y, self.height) * self.width + pixel(x, self.width)) as u32 } else { NOWHERE }
            }));
            if let Some(wide) = &mut self.wide {
                points.for_each(|(x, y, _)| wide.push(x, y, self.width, self.height));
            } else if matches!(job.method, Resampling::Bilinear | Resampling::Cubic) {
                for ((x, y, _), &nearest) in points.zip(&self.nearest[from..]) {
                    self.around.push(x, y, nearest != NOWHERE, self.width, self.height);
                }
            }
        }
        self
    }

    /// Bytes that a plan takes for each pixel of the target.
    fn bytes_per_pixel(method: Resampling, wide: Option<&Wide>) -> usize {
        let weights = match (method, wide) {
            (_, Some(wide)) => size_of::<[(u32, u32); 2]>() + wide.stride() * size_of::<f64>(),
            (Resampling::Bilinear | Resampling::Cubic, None) => size_of::<u32>() + 2 * size_of::<f64>(),
            (_, None) => 0,
        };
        size_of::<u32>() + weights
    }

    /// Resamples one layer; `false` if a result happens to equal the nodata.
    fn run<T: PixelType>(
        &self,
        source: &Pixels,
        layer: Range<usize>,
        (marker, nodata): (f64, f64),
        out: &mut [T],
    ) -> bool {
        let Some(source) = T::view(source).map(|all| &all[layer]) else { return false };
        let missing = Missing::<T>::new(Some(marker));
        let taken = T::from_f64(nodata);
        side_by_side(Layer { plan: self, source, missing, taken, out })
    }
}

/// One layer, which goes by a plan.
struct Layer<'a, T> {
    plan: &'a Plan,
    source: &'a [T],
    missing: Missing<T>,
    /// The number that stands for missing in the result.
    taken: T,
    out: &'a mut [T],
}

impl<T: PixelType> Loop for Layer<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        let Layer { plan, source, missing, taken, out } = self;
        // As in GDAL, a pixel is missing if the nearest one is, even where others around it are valid.
        let nearest = |i: usize| source.get(plan.nearest[i] as usize).copied().filter(|&v| !missing.is(v));
        match &plan.wide {
            Some(wide) => put(out, taken, |i| nearest(i).and_then(|_| wide.weigh(i, source, plan.width, missing))),
            None if plan.around.corner.is_empty() => put(out, taken, nearest),
            None if plan.is_cubic => {
                put(out, taken, |i| nearest(i).and_then(|_| plan.around.cubic(i, source, plan.width, missing)))
            }
            None => {
                let mut free = true;
                for (n, out) in out.chunks_mut(LANES).enumerate() {
                    let at = n * LANES;
                    free &= match plan.around.whole(at, source, plan.width, missing) {
                        Some(values) if out.len() == LANES => put(out, taken, |i| Some(values[i])),
                        _ => put(out, taken, |i| {
                            nearest(at + i).and_then(|_| plan.around.weigh(at + i, source, plan.width, missing))
                        }),
                    };
                }
                free
            }
        }
    }
}

/// Writes the values that are not missing; `false` if one of them equals `taken`.
#[inline(always)]
fn put<T: PixelType>(out: &mut [T], taken: T, value: impl Fn(usize) -> Option<T>) -> bool {
    let mut free = true;
    for (i, out) in out.iter_mut().enumerate() {
        if let Some(value) = value(i) {
            free &= value != taken;
            *out = value;
        }
    }
    free
}

//! Nearest and bilinear by the rules of GDAL's kernel but without it, with one plan of the pixels' origins for all
//! layers.
//!
//! GDAL takes 80 nanoseconds for a pixel where some may be missing, and most of that is not arithmetic. Rare cases are
//! left to it: very wide kernels of shrinking pixels, sources one pixel wide, and results that happen to equal the
//! nodata.

use super::job::{Layers, WarpJob};
use super::transform::Transformer;
use super::{rows, types};
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{DType, Pixels};
use crate::diagnostic::Result;
use crate::plan::Resampling;
use crate::with_pixels;
use std::borrow::Cow;
use std::ops::Range;

/// The number of target pixels in a plan: few enough that it stays in the caches while the layers are resampled.
const PLANNED: usize = 1 << 14;

/// A point this far beyond the edge of a pixel still belongs to it, as in GDAL.
const EDGE: f64 = 1e-10;

/// The result is missing if the weights of the valid pixels add up to less than this, as in GDAL: one limit for the
/// four pixels of bilinear, and one for a wider kernel.
const LEAST: f64 = 1e-5;
const LEAST_WIDE: f64 = 1e-6;

/// A sum of weights this close to one counts as one, and the result is not divided by it.
const ONE: f64 = 1e-5;

/// GDAL widens a kernel below this scale.
const WIDENED: f64 = 0.95;

/// The most weights of a pixel; wider kernels are left to GDAL.
const MOST_WEIGHTS: usize = 64;

/// The tile of every band, or nothing where GDAL's kernel is needed.
pub(super) fn warp(job: &WarpJob) -> Result<Option<Vec<Pixels>>> {
    let (columns, rows) = (job.width(), job.window.y.len());
    let small = columns >= 2 && rows >= 2 && u32::try_from(columns * rows).is_ok_and(|n| n < NOWHERE);
    if !small || !matches!(job.method, Resampling::Nearest | Resampling::Bilinear) {
        return Ok(None);
    }
    let transformer = Transformer::between(job.source, job.target)?;
    let (sx, sy) = transformer.scale;
    let wide = (job.method == Resampling::Bilinear && (sx < WIDENED || sy < WIDENED)).then(|| Wide::new(sx, sy));
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
    let high = (PLANNED / job.tile.x.len().max(1)).max(1);
    let mut plan = Plan { wide, ..Plan::default() };
    for start in job.tile.y.clone().step_by(high) {
        plan.fill(job, &transformer, start..job.tile.y.end.min(start + high));
        let at = (start - job.tile.y.start) * job.tile.x.len();
        for ((band, source), out) in job.bands.iter().zip(&sources).zip(&mut out) {
            for step in 0..band.pixels.len() / plane {
                let from = step * plane..(step + 1) * plane;
                let to = step * size + at..step * size + at + plan.nearest.len();
                let nodata = (types::marker(band), band.target.1);
                if !with_pixels!(out, v => plan.run(source, from, nodata, &mut v[to])) {
                    return Ok(None);
                }
            }
        }
    }
    let typed = out.into_iter().zip(job.bands).flat_map(|(pixels, band)| {
        let all = 0..pixels.len();
        types::split(pixels, vec![(all, band.target)])
    });
    Ok(Some(typed.collect()))
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
    /// For each target pixel the pixel of a layer in which it lies, or [`NOWHERE`].
    nearest: Vec<u32>,
    /// For bilinear: the four pixels around it.
    around: Vec<Around>,
    /// The weights of a bilinear kernel that is wider than four pixels.
    wide: Option<Wide>,
    /// Columns and rows of a layer.
    width: usize,
    height: usize,
    /// Coordinates of the current row.
    xs: Vec<f64>,
    ys: Vec<f64>,
    ok: Vec<i32>,
}

const NOWHERE: u32 = u32::MAX;

/// Four pixels of a layer.
#[derive(Clone, Copy)]
struct Around {
    /// Column and row of the upper left one.
    column: u32,
    row: u32,
    /// The weights of the left and of the upper ones.
    left: f64,
    upper: f64,
}

impl Plan {
    fn fill(&mut self, job: &WarpJob, transformer: &Transformer, rows: Range<usize>) {
        (self.width, self.height) = (job.width(), job.window.y.len());
        self.nearest.clear();
        self.around.clear();
        self.wide.iter_mut().for_each(Wide::clear);
        let (x0, y0) = (job.window.x.start as f64 - job.wrapped[0] as f64, job.window.y.start as f64);
        let (right, bottom) = (self.width as f64 - EDGE, self.height as f64 - EDGE);
        for row in rows {
            self.xs.clear();
            self.xs.extend(job.tile.x.clone().map(|x| x as f64 + 0.5));
            self.ys.clear();
            self.ys.resize(self.xs.len(), row as f64 + 0.5);
            self.ok.clear();
            self.ok.resize(self.xs.len(), 0);
            if !rows::project(transformer, &mut self.xs, &mut self.ys, &mut self.ok) {
                transformer.to_source(&mut self.xs, &mut self.ys, &mut self.ok);
            }
            let points = self.xs.iter().zip(&self.ys).zip(&self.ok).map(|((x, y), ok)| (x - x0, y - y0, *ok != 0));
            let pixel = |v: f64, len: usize| ((v + EDGE) as usize).min(len - 1);
            self.nearest.extend(points.clone().map(|(x, y, ok)| {
                let inside = ok && x >= 0.0 && y >= 0.0 && x <= right && y <= bottom;
                if inside { (pixel(y, self.height) * self.width + pixel(x, self.width)) as u32 } else { NOWHERE }
            }));
            if let Some(wide) = &mut self.wide {
                points.for_each(|(x, y, _)| wide.push(x, y, self.width, self.height));
            } else if job.method == Resampling::Bilinear {
                self.around.extend(points.map(|(x, y, _)| Around::new(x, y)));
            }
        }
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
        // As in GDAL, a pixel is missing if the nearest one is, even where others around it are valid.
        let nearest = |i: usize| source.get(self.nearest[i] as usize).copied().filter(|&v| !missing.is(v));
        match (&self.wide, self.around.as_slice()) {
            (Some(wide), _) => put(out, taken, |i| nearest(i).and_then(|_| wide.weigh(i, source, self.width, missing))),
            (None, []) => put(out, taken, nearest),
            (None, around) => put(out, taken, |i| nearest(i).and_then(|_| self.weigh(&around[i], source, missing))),
        }
    }

    /// The weighted mean of the valid ones among four neighbors.
    #[inline]
    fn weigh<T: PixelType>(&self, around: &Around, source: &[T], missing: Missing<T>) -> Option<T> {
        let (right, lower) = (1.0 - around.left, 1.0 - around.upper);
        let weights = [around.left * around.upper, right * around.upper, around.left * lower, right * lower];
        let (column, row) = (around.column as usize, around.row as usize);
        let (has_right, has_lower) = (column + 1 < self.width, row + 1 < self.height);
        let there = [true, has_right, has_lower, has_right && has_lower];
        let at = row * self.width + column;
        let (mut sum, mut weight) = (0.0, 0.0);
        for (i, offset) in [0, 1, self.width, self.width + 1].into_iter().enumerate() {
            if there[i]
                && let value = source[at + offset]
                && !missing.is(value)
            {
                weight += weights[i];
                sum += value.to_f64() * weights[i];
            }
        }
        if weight < LEAST {
            return None;
        }
        Some(stored(if weight == 1.0 { sum } else { sum / weight }))
    }
}

/// Writes the values that are not missing; `false` if one of them equals `taken`.
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

/// A value in the type of the pixels, rounded for integers.
fn stored<T: PixelType>(value: f64) -> T {
    T::from_f64(if T::DTYPE.is_float() { value } else { floor(value + 0.5) })
}

/// Kernels that reach over more than four pixels.
struct Wide {
    /// Along x and y, the target pixels for each source pixel, and the pixels that the kernel covers on either side.
    scale: [f64; 2],
    reach: [usize; 2],
    /// The pixels that have a weight: along x and y, the first of them and their number.
    windows: Vec<[(u32, u32); 2]>,
    /// For each window the weights of its columns, then those of its rows.
    weights: Vec<f64>,
}

impl Wide {
    fn new(sx: f64, sy: f64) -> Wide {
        let reach = |scale: f64| if scale < WIDENED { (1.0 / scale).ceil() as usize } else { 1 };
        Wide { scale: [sx, sy], reach: [reach(sx), reach(sy)], windows: Vec::new(), weights: Vec::new() }
    }

    /// The number of places for the weights of one window.
    fn stride(&self) -> usize {
        2 * (self.reach[0] + self.reach[1]) + 2
    }

    fn clear(&mut self) {
        self.windows.clear();
        self.weights.clear();
    }

    fn push(&mut self, x: f64, y: f64, width: usize, height: usize) {
        let start = self.weights.len();
        self.weights.resize(start + self.stride(), 0.0);
        let (columns, rows) = self.weights[start..].split_at_mut(2 * self.reach[0] + 1);
        let x = along(x, width, self.scale[0], self.reach[0], columns);
        let y = along(y, height, self.scale[1], self.reach[1], rows);
        self.windows.push([x, y]);
    }

    /// The weighted mean of the valid pixels in window number `i`.
    #[inline]
    fn weigh<T: PixelType>(&self, i: usize, source: &[T], width: usize, missing: Missing<T>) -> Option<T> {
        let [(column, columns), (row, rows)] = self.windows[i];
        let (across, down) = self.weights[i * self.stride()..(i + 1) * self.stride()].split_at(2 * self.reach[0] + 1);
        let (mut sum, mut weight) = (0.0, 0.0);
        for (row, by) in (row..row + rows).zip(down) {
            let from = row as usize * width + column as usize;
            let (mut row_sum, mut row_weight) = (0.0, 0.0);
            for (&value, by) in source[from..from + columns as usize].iter().zip(across) {
                if !missing.is(value) {
                    row_sum += value.to_f64() * by;
                    row_weight += by;
                }
            }
            sum += row_sum * by;
            weight += row_weight * by;
        }
        if weight < LEAST_WIDE {
            return None;
        }
        Some(stored(if (weight - 1.0).abs() > ONE { sum / weight } else { sum }))
    }
}

/// The pixels along one axis that have a weight at `v`. Their weights, which form a triangle, are written.
fn along(v: f64, len: usize, scale: f64, reach: usize, weights: &mut [f64]) -> (u32, u32) {
    let (len, reach) = (len as i64, reach as i64);
    let before = floor(v - 0.5);
    let beyond = v - 0.5 - before;
    if !(-1.0..len as f64).contains(&before) {
        return (0, 0);
    }
    let before = before as i64;
    let weight = |i: i64| (1.0 - ((i as f64 - beyond) * scale).abs()).max(0.0);
    let mut taps = (-reach).max(-before)..reach.min(len - before - 1) + 1;
    while taps.start < taps.end && weight(taps.start) == 0.0 {
        taps.start += 1;
    }
    while taps.end > taps.start && weight(taps.end - 1) == 0.0 {
        taps.end -= 1;
    }
    for (to, i) in weights.iter_mut().zip(taps.clone()) {
        *to = weight(i);
    }
    ((before + taps.start).max(0) as u32, (taps.end - taps.start).max(0) as u32)
}

impl Around {
    fn new(x: f64, y: f64) -> Around {
        // Beyond the centers of the outermost pixels there is no second pixel to interpolate with.
        let pair = |v: f64| match floor(v - 0.5) {
            before if before < 0.0 => (0, 1.0),
            before => (before as u32, 1.5 - (v - before)),
        };
        let ((column, left), (row, upper)) = (pair(x), pair(y));
        Around { column, row, left, upper }
    }
}

/// `floor` of numbers within the range of an `i64`: `f64::floor` is a function call on processors without SSE 4.1.
fn floor(v: f64) -> f64 {
    let whole = v as i64 as f64;
    if whole > v { whole - 1.0 } else { whole }
}

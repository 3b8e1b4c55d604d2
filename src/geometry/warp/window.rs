//! Computes which part of the source a tile of the target needs, and by how much the source shrinks.

use super::Part;
use super::transform::Transformer;
use crate::diagnostic::Result;
use crate::plan::Resampling;
use std::ops::Range;

/// The number of points along an edge of the target from which gdalwarp estimates the scale.
const STEPS: usize = 21;

/// The number of points along an edge of a tile. They form a grid, so that poles and folds inside a tile are noticed.
const SAMPLES: usize = 33;

/// Half the width of the kernel in source pixels, when nothing shrinks.
fn radius(method: Resampling) -> f64 {
    match method {
        Resampling::Bilinear => 1.0,
        Resampling::Cubic | Resampling::CubicSpline => 2.0,
        Resampling::Lanczos => 3.0,
        _ => 0.0,
    }
}

/// Smallest and largest x and y.
#[derive(Clone, Copy)]
struct Extent {
    x: (f64, f64),
    y: (f64, f64),
}

impl Extent {
    fn of(xs: &[f64], ys: &[f64], ok: &[i32]) -> Option<Extent> {
        let empty = (f64::INFINITY, f64::NEG_INFINITY);
        let mut extent = Extent { x: empty, y: empty };
        for ((&x, &y), _) in xs.iter().zip(ys).zip(ok).filter(|(_, ok)| **ok != 0) {
            extent.x = (extent.x.0.min(x), extent.x.1.max(x));
            extent.y = (extent.y.0.min(y), extent.y.1.max(y));
        }
        (extent.x.0 <= extent.x.1).then_some(extent)
    }

    fn union(self, other: Extent) -> Extent {
        let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Extent { x: both(self.x, other.x), y: both(self.y, other.y) }
    }
}

/// The scale that gdalwarp gives its kernel for the whole target. It is at most 1, as growing pixels need no wider
/// kernel.
pub fn kernel_scale(transformer: &Transformer) -> (f64, f64) {
    let (source, target) = (&transformer.source, &transformer.target);
    let (width, height) = (target.width as f64, target.height as f64);
    let (mut xs, mut ys, mut ok) = (Vec::new(), Vec::new(), Vec::new());
    let step = 1.0 / (STEPS - 1) as f64;
    // The ratio is summed up, as in gdalwarp: a product would differ from its scale in the last digit.
    let mut ratio = 0.0;
    while ratio <= 1.0 + step * 0.5 {
        for (x, y) in [(ratio * width, 0.0), (ratio * width, height), (0.0, ratio * height), (width, ratio * height)] {
            xs.push(x);
            ys.push(y);
        }
        ratio += step;
    }
    transformer.to_source(&mut xs, &mut ys, &mut ok);
    let mut extent = Extent::of(&xs, &ys, &ok);
    if ok.contains(&0) || transformer.has_pole() {
        // The edges do not give the extent, so points inside are projected in both directions.
        (xs, ys) = inner_points(width, height, target.width);
        transformer.to_source(&mut xs, &mut ys, &mut ok);
        extent = Extent::of(&xs, &ys, &ok);
        let (w, h) = (source.width as f64, source.height as f64);
        let (from_x, from_y) = inner_points(w, h, source.width);
        (xs, ys) = (from_x.clone(), from_y.clone());
        transformer.to_target(&mut xs, &mut ys, &mut ok);
        for (ok, (x, y)) in ok.iter_mut().zip(xs.iter().zip(&ys)) {
            *ok *= i32::from((0.0..=width).contains(x) && (0.0..=height).contains(y));
        }
        extent = match (extent, Extent::of(&from_x, &from_y, &ok)) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (a, b) => a.or(b),
        };
    }
    let Some(extent) = extent else { return (1.0, 1.0) };
    let x = axis_scale(extent.x, target.width, source.width);
    let y = axis_scale(extent.y, target.height, source.height);
    // Gdalwarp cuts a target that is far larger than its source into parts, for which it has the ratio without the
    // limit.
    let filled = x.filled * y.filled >= 0.5 || (target.width <= 100 && target.height <= 100);
    let (x, y) = if filled { (x.clamped, y.clamped) } else { (x.free, y.free) };
    // Where the antimeridian runs through the source, its extent in x seems to be the whole globe.
    let x = if y / x > 100.0 { y } else { x };
    (tidy(x), tidy(y))
}

struct AxisScale {
    clamped: f64,
    free: f64,
    /// The share of the target's extent that lies within the source.
    filled: f64,
}

fn axis_scale((low, high): (f64, f64), target: usize, source: usize) -> AxisScale {
    let tidy = |v: f64| if (v - v.round()).abs() < 1e-6 { v.round() } else { v };
    let (low, high) = (tidy(low), tidy(high));
    let (target, source) = (target as f64, source as f64);
    let span = (high - low).max(1e-9);
    let start = low.max(0.0).floor();
    let within = (source - start).min(span).max(1e-9);
    let inside = high.ceil().min(source) - start;
    AxisScale { clamped: target / within, free: target / span, filled: (inside / span).clamp(0.0, 1.0) }
}

/// A ratio of pixel sizes that is nearly a whole number is taken for that number.
fn tidy(scale: f64) -> f64 {
    if scale >= 1.0 {
        return 1.0;
    }
    let shrink = 1.0 / scale;
    let whole = (shrink + 0.5).floor();
    if (shrink - whole).abs() < 0.05 { 1.0 / whole } else { scale }
}

/// gdalwarp's grid of points over a raster: evenly spread, and once more half a pixel inside the edges, as measured in
/// its columns.
fn inner_points(width: f64, height: f64, columns: usize) -> (Vec<f64>, Vec<f64>) {
    let half = 0.5 / columns as f64;
    let step = 1.0 / (STEPS - 1) as f64;
    let ratio = |i: usize| match i {
        0 => half,
        i if i <= STEPS => (i - 1) as f64 * step,
        _ => 1.0 - half,
    };
    (0..(STEPS + 2) * (STEPS + 2)).map(|i| (ratio(i % (STEPS + 2)) * width, ratio(i / (STEPS + 2)) * height)).unzip()
}

/// A grid of `n` by `n` points over ranges of x and y, row by row.
fn grid_points(x: Range<f64>, y: Range<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let at = |r: &Range<f64>, i: usize| r.start + (r.end - r.start) * i as f64 / (n - 1) as f64;
    let points = (0..n * n).map(|i| (at(&x, i % n), at(&y, i / n)));
    points.unzip()
}

pub fn source_window(transformer: &Transformer, tile: &Part, method: Resampling) -> Result<Option<Part>> {
    let float = |r: &Range<usize>| r.start as f64..r.end as f64;
    let (mut xs, mut ys) = grid_points(float(&tile.x), float(&tile.y), SAMPLES);
    let mut ok = Vec::new();
    transformer.to_source(&mut xs, &mut ys, &mut ok);
    let mut bend = (0.0, 0.0);
    if ok.contains(&0) {
        // The limit of the projection runs through the tile, so every pixel that the kernel uses is projected.
        (xs, ys) = every_point(tile);
        transformer.to_source(&mut xs, &mut ys, &mut ok);
    } else {
        bend = (bending(&xs), bending(&ys));
    }
    let Some(extent) = Extent::of(&xs, &ys, &ok) else { return Ok(None) };
    let (sx, sy) = transformer.scale;
    let margin = |scale: f64, bend: f64| (radius(method) / scale).ceil() + (1.0 / scale).ceil() + 1.0 + bend;
    let (width, height) = (transformer.source.width, transformer.source.height);
    let x = clip(extent.x, margin(sx, bend.0), width);
    let y = clip(extent.y, margin(sy, bend.1), height);
    Ok(x.zip(y).map(|(x, y)| Part { y, x }))
}

/// How far a curve may stray from straight lines between the points it is known at: its largest second difference.
///
/// For a smooth curve that is eight times the error of joining the points by lines; at a fold or a break it is the step
/// itself.
fn bending(values: &[f64]) -> f64 {
    let at = |row: usize, column: usize| values[row * SAMPLES + column];
    let mut most = 0f64;
    for i in 0..SAMPLES {
        for j in 1..SAMPLES - 1 {
            most = most.max((at(i, j - 1) - 2.0 * at(i, j) + at(i, j + 1)).abs());
            most = most.max((at(j - 1, i) - 2.0 * at(j, i) + at(j + 1, i)).abs());
        }
    }
    most
}

/// Corners and centers of every pixel.
fn every_point(tile: &Part) -> (Vec<f64>, Vec<f64>) {
    let mut points = (Vec::new(), Vec::new());
    for (y, x) in (tile.y.start..=tile.y.end).flat_map(|y| (tile.x.start..=tile.x.end).map(move |x| (y, x))) {
        for half in [0.0, 0.5] {
            if half == 0.0 || (x < tile.x.end && y < tile.y.end) {
                points.0.push(x as f64 + half);
                points.1.push(y as f64 + half);
            }
        }
    }
    points
}

fn clip((low, high): (f64, f64), margin: f64, len: usize) -> Option<Range<usize>> {
    let (start, end) = ((low - margin).floor(), (high + margin).ceil());
    if start >= len as f64 || end <= 0.0 {
        return None;
    }
    let (start, end) = (start.max(0.0) as usize, end.min(len as f64) as usize);
    // Nearly the whole axis is needed, so all of it is taken, which includes what lies across the antimeridian.
    if (end - start) as f64 > 0.9 * len as f64 { Some(0..len) } else { (start < end).then_some(start..end) }
}

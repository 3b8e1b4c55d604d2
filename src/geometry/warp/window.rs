//! Which part of the source a tile of the target needs.

use super::job::Part;
use super::kept::{Kept, Key};
use super::transform::{Extent, Transformer};
use crate::cube::GeoBox;
use crate::diagnostic::Result;
use crate::plan::Resampling;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// The number of windows that a thread keeps.
const WINDOWS: usize = 64;

thread_local! {
    static KEPT: RefCell<Kept<Option<Part>>> = const { RefCell::new(Kept::new(WINDOWS)) };
}

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

/// A grid of `n` by `n` points over ranges of x and y, row by row.
fn grid_points(x: Range<f64>, y: Range<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let at = |r: &Range<f64>, i: usize| r.start + (r.end - r.start) * i as f64 / (n - 1) as f64;
    let points = (0..n * n).map(|i| (at(&x, i % n), at(&y, i / n)));
    points.unzip()
}

/// The rows and columns of `source` that `tile` of `target` needs, with the margin of the kernel; `None` where the tile
/// lies outside the source. It is never too small, and larger than needed only where the projection bends or breaks.
pub(crate) fn source_window(source: &GeoBox, target: &GeoBox, tile: &Part, method: Resampling) -> Result<Option<Part>> {
    let transformer = Transformer::between(source, target)?;
    let key = Key { grids: transformer.grids.clone(), tile: tile.clone(), held: None, method };
    if let Some(known) = KEPT.with(|kept| kept.borrow().get(&key)) {
        return Ok(known);
    }
    let window = find(&transformer, tile, method);
    KEPT.with(|kept| kept.borrow_mut().keep(key, window.clone(), 1));
    Ok(window)
}

fn find(transformer: &Rc<Transformer>, tile: &Part, method: Resampling) -> Option<Part> {
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
    let extent = Extent::of(&xs, &ys, &ok)?;
    let (sx, sy) = transformer.scale;
    let margin = |scale: f64, bend: f64| (radius(method) / scale).ceil() + (1.0 / scale).ceil() + 1.0 + bend;
    let (width, height) = (transformer.grids.source.width, transformer.grids.source.height);
    let x = clip(extent.x, margin(sx, bend.0), width);
    let y = clip(extent.y, margin(sy, bend.1), height);
    x.zip(y).map(|(x, y)| Part { y, x })
}

/// How many columns from the other end of a grid of all longitudes belong to the left and to the right of a window,
/// as neighbors of its outermost columns: as many as the kernel reaches over. Methods that look at the source under a
/// target pixel need none.
pub(crate) fn wrapped(source: &GeoBox, target: &GeoBox, window: &Part, method: Resampling) -> Result<[usize; 2]> {
    if radius(method) == 0.0 || !source.is_global() {
        return Ok([0, 0]);
    }
    let scale = Transformer::between(source, target)?.scale.0;
    let beyond = ((radius(method) / scale).ceil() as usize + 1).min(source.width);
    let at = |edge: bool| if edge { beyond } else { 0 };
    Ok([at(window.x.start == 0), at(window.x.end == source.width)])
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

//! Sums between two grids of one system, whose pixels are rectangles in it: each pixel of the source is shared out by
//! the area that lies in each pixel of the target, so that what is added up over the target is what was there.
//!
//! GDAL's kernel shares by corners that it projects, one source after another; over two turns of the earth that made a
//! hundredth too much.

use super::job::WarpJob;
use super::types;
use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::cube::{GeoBox, Pixels};
use crate::diagnostic::Result;
use crate::geometry::crs;
use crate::plan::Resampling;
use crate::with_pixels;
use std::ops::Range;

/// A smaller part of a pixel is what rounding made of an edge that both grids have.
const LEAST: f64 = 1e-9;

/// Degrees by which two systems of longitudes and latitudes may differ and still have the same pixels.
const SAME: f64 = 1e-9;

/// The tile of every band, or nothing where the pixels of one grid are no rectangles on the other.
pub(super) fn sum(job: &WarpJob) -> Result<Option<Vec<Pixels>>> {
    let (from, to) = (&job.source.transform, &job.target.transform);
    let upright = [from[2], from[4], to[2], to[4]] == [0.0; 4];
    if job.method != Resampling::Sum || !upright || !same_system(job.source, job.target)? {
        return Ok(None);
    }
    let columns = Shares::along((from[0], from[1]), &job.held().x, (to[0], to[1]), &job.tile.x, job.source.turns());
    let rows = Shares::along((from[3], from[5]), &job.held().y, (to[3], to[5]), &job.tile.y, &[0.0]);
    let bands = job.bands.iter().map(|band| {
        let layers = band.pixels.len() / job.plane().max(1);
        let mut sums = Vec::with_capacity(layers * job.tile.pixels());
        for layer in 0..layers {
            let held = layer * job.plane()..(layer + 1) * job.plane();
            with_pixels!(band.pixels, v => add(&v[held], job.width(), band.nodata, &rows, &columns, &mut sums));
        }
        types::round(sums, band.target)
    });
    Ok(Some(bands.collect()))
}

/// Whether a coordinate means the same in both, as in two systems of degrees whose difference PROJ does not know.
fn same_system(source: &GeoBox, target: &GeoBox) -> Result<bool> {
    let (Some(from), Some(to)) = (&source.crs, &target.crs) else { return Ok(source.crs == target.crs) };
    if from == to || !source.is_geographic() || !target.is_geographic() {
        return Ok(from == to);
    }
    let bounds = target.bounds();
    let (xs, ys) = (vec![bounds.west, bounds.east, 0.0], vec![bounds.south, bounds.north, 45.0]);
    let (mut x, mut y) = (xs.clone(), ys.clone());
    crs::points(to, from, &mut x, &mut y)?;
    // A longitude may come back a turn away.
    let near = |a: f64, b: f64| (a - b - 360.0 * ((a - b) / 360.0).round()).abs() < SAME;
    Ok(xs.iter().zip(&x).chain(ys.iter().zip(&y)).all(|(a, b)| near(*a, *b)))
}

/// For each row or column of a tile, which of the source lie in it, and with what part of themselves.
struct Shares(Vec<Vec<(usize, f64)>>);

impl Shares {
    /// Along one axis: where the first pixel of each grid begins, and the signed size of its pixels.
    fn along(
        (first, size): (f64, f64),
        held: &Range<usize>,
        (start, step): (f64, f64),
        tile: &Range<usize>,
        turns: &[f64],
    ) -> Shares {
        let of = |pixel: usize| {
            let edges = turns.iter().map(|turn| {
                let at = |edge: usize| (start + edge as f64 * step + turn - first) / size;
                let (a, b) = (at(pixel), at(pixel + 1));
                (a.min(b).max(held.start as f64), a.max(b).min(held.end as f64))
            });
            let within = |(low, high): (f64, f64)| {
                let touched = if low < high { low.floor() as usize..high.ceil() as usize } else { 0..0 };
                touched.map(move |i| (i - held.start, high.min(i as f64 + 1.0) - low.max(i as f64)))
            };
            edges.flat_map(within).filter(|(_, share)| *share > LEAST).collect()
        };
        Shares(tile.clone().map(of).collect())
    }
}

/// Appends the sums of one layer, NaN where no valid pixel has a part.
fn add<T: PixelType>(
    layer: &[T],
    width: usize,
    nodata: Option<f64>,
    rows: &Shares,
    columns: &Shares,
    sums: &mut Vec<f64>,
) {
    let missing = Missing::<T>::new(nodata);
    for of_row in &rows.0 {
        for of_column in &columns.0 {
            let (mut sum, mut any) = (0.0, false);
            for &(y, height) in of_row {
                for &(x, part) in of_column {
                    let value = layer[y * width + x];
                    if !missing.is(value) {
                        sum += value.to_f64() * (height * part);
                        any = true;
                    }
                }
            }
            sums.push(if any { sum } else { f64::NAN });
        }
    }
}

//! From rows and columns whose places are only listed to a regular grid: which of them each pixel of the target takes.
//!
//! Places are compared as points of a sphere, by the straight line through it, so that neither poles nor meridians are
//! special. A pixel takes the nearest center, or what a bilinear surface through the four centers around it says. The
//! grid ends half a cell beyond its outermost centers; pixels beyond are missing, and nothing is guessed across gaps.

mod bilinear;
mod outline;
mod search;
mod sheet;

#[cfg(test)]
mod tests;

pub(crate) use bilinear::Surface;
pub(crate) use outline::{BLOCK, Outline};
pub(crate) use search::{MARGIN, NOWHERE, around, nearest_cells};
pub(crate) use sheet::Sheet;

/// A point of the sphere of radius 1.
type Point = [f64; 3];

/// Four cells of the source and how much of each a pixel takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Around {
    /// As row times columns plus column.
    pub cells: [usize; 4],
    pub weights: [f64; 4],
}

/// Neighbors that both lie at 0 degrees east and north are cells without a place: models leave them where all is land.
pub(crate) fn forget_zeros(lon: &mut [f64], lat: &mut [f64], width: usize) {
    let is_zero: Vec<bool> = lon.iter().zip(lat.iter()).map(|(lon, lat)| *lon == 0.0 && *lat == 0.0).collect();
    let at = |cell: Option<usize>| cell.and_then(|cell| is_zero.get(cell)).copied().unwrap_or(false);
    for cell in (0..is_zero.len()).filter(|cell| is_zero[*cell]) {
        let left = at(cell.checked_sub(1)) && cell % width > 0;
        let right = at(cell.checked_add(1)) && (cell + 1) % width > 0;
        if left || right || at(cell.checked_sub(width)) || at(cell.checked_add(width)) {
            (lon[cell], lat[cell]) = (f64::NAN, f64::NAN);
        }
    }
}

/// Where degrees lie on the sphere; not a number for what is no place.
fn point(lon: f64, lat: f64) -> Point {
    if !lon.is_finite() || !lat.is_finite() || lat.abs() > 90.0 + 1e-6 {
        return [f64::NAN; 3];
    }
    let (lon, lat) = (lon.to_radians(), lat.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn distance(a: Point, b: Point) -> f64 {
    let d = minus(a, b);
    dot(d, d).sqrt()
}

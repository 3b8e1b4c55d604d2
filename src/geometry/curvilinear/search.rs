//! The cells that a pixel of the target takes.

use super::outline::Outline;
use super::sheet::Sheet;
use super::{Around, Point, bilinear, distance, dot, minus};

/// Neighbors beyond a cell that a search looks at.
pub(crate) const MARGIN: usize = 2;

/// Rows and columns of pixels for which the blocks are chosen together.
const TOGETHER: usize = 16;

/// What stands for no cell.
pub(crate) const NOWHERE: usize = usize::MAX;

/// The nearest cells of pixels in rows of `columns`, given in degrees, as row times columns of the source plus column.
pub(crate) fn nearest_cells(sheet: &Sheet, outline: &Outline, lon: &[f64], lat: &[f64], columns: usize) -> Vec<usize> {
    let points = Sheet::points(lon, lat);
    let rows = points.len() / columns.max(1);
    let mut cells = vec![NOWHERE; points.len()];
    for top in (0..rows).step_by(TOGETHER) {
        for left in (0..columns).step_by(TOGETHER) {
            let places = (top..rows.min(top + TOGETHER))
                .flat_map(|row| (left..columns.min(left + TOGETHER)).map(move |column| row * columns + column));
            let group: Vec<Point> = places.clone().map(|at| points[at]).collect();
            let blocks = outline.near(&group);
            for at in places {
                cells[at] = nearest(sheet, outline, &blocks, points[at]).unwrap_or(NOWHERE);
            }
        }
    }
    cells
}

/// The cell whose center is nearest to a point, of those of some blocks; nothing where the point lies outside of the
/// grid.
pub(super) fn nearest(sheet: &Sheet, outline: &Outline, blocks: &[usize], at: Point) -> Option<usize> {
    if !at[0].is_finite() {
        return None;
    }
    let mut order: Vec<(f64, usize)> =
        blocks.iter().filter_map(|&block| Some((outline.ball(block)?.least(at), block))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Cells at one place, as where a grid overlaps itself, differ in whether they reach the point.
    let same = |best: f64| best * (1.0 + 1e-9) + 1e-12;
    let mut best = f64::INFINITY;
    let mut ties: Vec<(f64, usize, usize)> = Vec::new();
    for (least, block) in order {
        if least > same(best) {
            break;
        }
        let (rows, columns) = outline.cells(block);
        for row in rows {
            for column in columns.clone() {
                let far = distance(sheet.point(row, column), at);
                if far <= same(best) {
                    best = best.min(far);
                    ties.push((far, row, column));
                }
            }
        }
    }
    ties.retain(|(far, ..)| *far <= same(best));
    ties.sort_by_key(|(_, row, column)| (*row, *column));
    let found = ties.into_iter().find(|(_, row, column)| holds(sheet, *row, *column, at));
    found.map(|(_, row, column)| row * sheet.width + column)
}

/// The four centers around a point whose nearest cell is known, in the coordinates of the sheet's surface. Beyond the outermost centers, the two or the one at
/// the edge count.
pub(crate) fn around(sheet: &Sheet, nearest: usize, at: [f64; 2]) -> Around {
    let (row, column) = (nearest / sheet.width, nearest % sheet.width);
    let mut closest: Option<(f64, Around)> = None;
    for ring in 1..=MARGIN as isize {
        for down in -ring..ring {
            for right in -ring..ring {
                let corner = sheet.beside([row, column], down, right);
                let Some((off, around)) = corner.and_then(|corner| quad(sheet, corner, at)) else { continue };
                if off <= 0.0 {
                    return around;
                }
                if ring == 1 && closest.as_ref().is_none_or(|(least, _)| off < *least) {
                    closest = Some((off, around));
                }
            }
        }
    }
    let alone = Around { cells: [nearest; 4], weights: [1.0, 0.0, 0.0, 0.0] };
    closest.map_or(alone, |(_, around)| around)
}

/// The weights of four cells, the first of which is given, and how far the point lies outside of them.
fn quad(sheet: &Sheet, first: [usize; 2], at: [f64; 2]) -> Option<(f64, Around)> {
    let corner = |down, right| sheet.beside(first, down, right);
    let corners = [first, corner(0, 1)?, corner(1, 0)?, corner(1, 1)?];
    let mut places = [[0.0; 2]; 4];
    for (place, [row, column]) in places.iter_mut().zip(corners) {
        let cell = sheet.at(row, column).filter(|_| sheet.point(row, column)[0].is_finite())?;
        *place = [sheet.xs[cell], sheet.ys[cell]];
    }
    let [s, t] = bilinear::inverse(places, at, sheet.surface)?;
    // A point on the line between two cells belongs to both.
    const LINE: f64 = 1e-9;
    let off = [-s, s - 1.0, -t, t - 1.0].into_iter().fold(0.0, f64::max);
    let (s, t) = (s.clamp(0.0, 1.0), t.clamp(0.0, 1.0));
    let weights = [(1.0 - s) * (1.0 - t), s * (1.0 - t), (1.0 - s) * t, s * t];
    let cells = corners.map(|[row, column]| row * sheet.width + column);
    Some((if off <= LINE { 0.0 } else { off }, Around { cells, weights }))
}
/// Whether a point near a center belongs to the grid: where there is no neighbor, it ends after half a cell.
fn holds(sheet: &Sheet, row: usize, column: usize, at: Point) -> bool {
    let own = sheet.point(row, column);
    let (down, right) = (sheet.neighbors(row, column, true), sheet.neighbors(row, column, false));
    let along = |[before, after]: [Option<Point>; 2]| match (before, after) {
        (Some(before), Some(after)) => Some(minus(after, before).map(|v| v / 2.0)),
        (Some(before), None) => Some(minus(own, before)),
        (None, Some(after)) => Some(minus(after, own)),
        (None, None) => None,
    };
    // A single row or column, or a cell between gaps, has no width to speak of.
    let (Some(u), Some(v)) = (along(right), along(down)) else { return false };
    let d = minus(at, own);
    let (uu, uv, vv, du, dv) = (dot(u, u), dot(u, v), dot(v, v), dot(d, u), dot(d, v));
    let determinant = uu * vv - uv * uv;
    if determinant <= 1e-12 * uu * vv {
        return false;
    }
    const EDGE: f64 = 0.5 + 1e-9;
    let within = |part: f64, [before, after]: [Option<Point>; 2]| {
        let low = if before.is_some() { -1.0 } else { -EDGE };
        let high = if after.is_some() { 1.0 } else { EDGE };
        (low..=high).contains(&part)
    };
    within((du * vv - dv * uv) / determinant, right) && within((dv * uu - du * uv) / determinant, down)
}

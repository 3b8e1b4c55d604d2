//! Which pixels a polygon covers, and the share of each. They are runs along the rows, whose memory is proportional to
//! the length of the outline and not to the area.

use std::ops::Range;

/// Neighboring pixels of one row that are covered to the same share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Run {
    pub row: u32,
    pub start: u32,
    pub end: u32,
    /// More than 0, at most 1.
    pub cover: f64,
}

/// A share this near to 0 or 1 comes from an edge on the edge of a pixel and the rounding of large coordinates; it is
/// taken for 0 or 1.
const NOISE: f64 = 1e-9;

/// A ring in pixels: columns and rows, where whole numbers are the edges of pixels. The last corner joins the first.
pub(crate) type Line = Vec<[f64; 2]>;

/// The pixels of a grid whose center lies inside, each with a cover of 1, ordered by row and column.
///
/// It follows the rule of GDAL's rasterizer: a center on a western or southern edge of a polygon belongs to its
/// neighbor, so that polygons with a common edge have no pixel in common.
pub(crate) fn centers(rings: &[Line], width: usize, height: usize) -> Vec<Run> {
    let mut crossings: Vec<(u32, f64)> = Vec::new();
    for [a, b] in edges(rings) {
        let (top, bottom) = if a[1] < b[1] { (a, b) } else { (b, a) };
        // These are the rows whose line of centers the edge crosses: top <= row + 1/2 < bottom.
        let first = (top[1] - 0.5).ceil().max(0.0);
        let end = (bottom[1] - 0.5).ceil().min(height as f64);
        let slope = (bottom[0] - top[0]) / (bottom[1] - top[1]);
        let mut row = first;
        while row < end {
            crossings.push((row as u32, top[0] + (row + 0.5 - top[1]) * slope));
            row += 1.0;
        }
    }
    crossings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut runs = Vec::new();
    for pair in crossings.chunks_exact(2) {
        let column = |x: f64| (x + 0.5).floor().clamp(0.0, width as f64) as u32;
        let (start, end) = (column(pair[0].1), column(pair[1].1));
        if start < end {
            runs.push(Run { row: pair[0].0, start, end, cover: 1.0 });
        }
    }
    runs
}

/// The exact share of each pixel that a valid polygon covers. It is the sum of the signed areas between the edges and
/// the right end of the row, as font renderers compute it.
pub(crate) fn shares(rings: &[Line], width: usize, height: usize) -> Vec<Run> {
    let mut sweep = Sweep { width: width as f64, cells: Vec::new() };
    for [a, b] in edges(rings) {
        sweep.edge(a, b, height as f64);
    }
    sweep.runs(width as u32)
}

/// The edges without the horizontal ones, which change no row.
fn edges(rings: &[Line]) -> impl Iterator<Item = [[f64; 2]; 2]> {
    rings
        .iter()
        .flat_map(|ring| (0..ring.len()).map(move |i| [ring[i], ring[(i + 1) % ring.len()]]))
        .filter(|[a, b]| a[1] != b[1])
}

/// The sums over all edges in one pixel.
struct Cell {
    row: u32,
    column: u32,
    /// The signed height of the edges: the share by which they cover all pixels to the right.
    height: f64,
    /// The part of that height's area that lies left of the edges in this pixel, and so is not covered.
    left: f64,
}

struct Sweep {
    width: f64,
    cells: Vec<Cell>,
}

impl Sweep {
    /// Cuts an edge at the rows.
    fn edge(&mut self, a: [f64; 2], b: [f64; 2], rows: f64) {
        let (top, bottom, sign) = if a[1] < b[1] { (a, b, 1.0) } else { (b, a, -1.0) };
        let slope = (bottom[0] - top[0]) / (bottom[1] - top[1]);
        let x_at = |y: f64| match y {
            _ if y <= top[1] => top[0],
            _ if y >= bottom[1] => bottom[0],
            _ => top[0] + (y - top[1]) * slope,
        };
        let end = bottom[1].min(rows);
        let mut y = top[1].max(0.0);
        while y < end {
            let row = y.floor();
            let next = (row + 1.0).min(end);
            self.piece(row as u32, x_at(y), x_at(next), (next - y) * sign);
            y = next;
        }
    }

    /// Cuts a piece of an edge within a row at the columns. A part left of the grid covers the whole row, and a part
    /// right of it covers nothing.
    fn piece(&mut self, row: u32, a: f64, b: f64, height: f64) {
        let (west, east) = if a < b { (a, b) } else { (b, a) };
        let per_column = if east > west { height / (east - west) } else { 0.0 };
        if west >= self.width {
            return;
        }
        if east <= 0.0 {
            return self.cell(row, 0, height, 0.0);
        }
        if west.floor() == east.floor() || east <= west.floor() + 1.0 && west >= 0.0 {
            let column = west.floor().max(0.0);
            return self.cell(row, column as u32, height, height * ((west + east) / 2.0 - column));
        }
        if west < 0.0 {
            self.cell(row, 0, -west * per_column, 0.0);
        }
        let mut x = west.max(0.0);
        let end = east.min(self.width);
        while x < end {
            let column = x.floor();
            let next = (column + 1.0).min(end);
            let part = (next - x) * per_column;
            self.cell(row, column as u32, part, part * ((x + next) / 2.0 - column));
            x = next;
        }
    }

    fn cell(&mut self, row: u32, column: u32, height: f64, left: f64) {
        self.cells.push(Cell { row, column, height, left });
    }

    /// Adds up from the left end of each row.
    fn runs(mut self, width: u32) -> Vec<Run> {
        // The sort must be stable, because the rounding of a sum depends on its order.
        self.cells.sort_by_key(|cell| (cell.row, cell.column));
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while at < self.cells.len() {
            let row = self.cells[at].row;
            let mut turned = 0.0;
            while at < self.cells.len() && self.cells[at].row == row {
                let column = self.cells[at].column;
                let mut left = 0.0;
                while at < self.cells.len() && self.cells[at].row == row && self.cells[at].column == column {
                    turned += self.cells[at].height;
                    left += self.cells[at].left;
                    at += 1;
                }
                push(&mut runs, row, column..column + 1, turned - left);
                let next = match self.cells.get(at) {
                    Some(cell) if cell.row == row => cell.column,
                    _ => width,
                };
                push(&mut runs, row, column + 1..next, turned);
            }
        }
        runs
    }
}

fn push(runs: &mut Vec<Run>, row: u32, columns: Range<u32>, signed: f64) {
    let cover = match signed.abs() {
        none if none < NOISE => return,
        all if all > 1.0 - NOISE => 1.0,
        some => some,
    };
    if columns.is_empty() {
        return;
    }
    match runs.last_mut() {
        Some(last) if last.row == row && last.end == columns.start && last.cover == cover => last.end = columns.end,
        _ => runs.push(Run { row, start: columns.start, end: columns.end, cover }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(runs: &[Run], width: usize, height: usize) -> Vec<f64> {
        let mut out = vec![0.0; width * height];
        for run in runs {
            for column in run.start..run.end {
                let pixel = &mut out[run.row as usize * width + column as usize];
                assert_eq!(*pixel, 0.0, "runs do not meet");
                *pixel = run.cover;
            }
        }
        out
    }

    /// The part of a convex polygon inside a box, by Sutherland and Hodgman (1974).
    fn clipped_area(polygon: &[[f64; 2]], x: f64, y: f64) -> f64 {
        let mut points = polygon.to_vec();
        let sides: [(usize, f64, f64); 4] = [(0, x, 1.0), (0, x + 1.0, -1.0), (1, y, 1.0), (1, y + 1.0, -1.0)];
        for (axis, at, sign) in sides {
            let mut kept = Vec::new();
            for i in 0..points.len() {
                let (a, b) = (points[i], points[(i + 1) % points.len()]);
                let (da, db) = ((a[axis] - at) * sign, (b[axis] - at) * sign);
                if da >= 0.0 {
                    kept.push(a);
                }
                if da * db < 0.0 {
                    let t = da / (da - db);
                    kept.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
                }
            }
            points = kept;
        }
        let cross = |i: usize| {
            let (a, b) = (points[i], points[(i + 1) % points.len()]);
            a[0] * b[1] - b[0] * a[1]
        };
        ((0..points.len()).map(cross).sum::<f64>() / 2.0).abs()
    }

    #[test]
    fn shares_are_the_areas_of_clipped_polygons() {
        let polygons: [&[[f64; 2]]; 7] = [
            &[[1.0, 1.0], [3.0, 1.0], [3.0, 3.0], [1.0, 3.0]],
            &[[0.5, 0.25], [4.5, 0.5], [2.25, 4.75]],
            // Over every edge of the grid, and far beyond.
            &[[-2.0, 2.0], [2.5, -3.0], [9.0, 2.5], [2.0, 8.0]],
            &[[-1e6, -1e6], [1e6, -1e6], [1e6, 1e6], [-1e6, 1e6]],
            // Within one pixel, and through one row.
            &[[1.25, 1.25], [1.75, 1.5], [1.5, 1.9]],
            &[[0.1, 2.2], [4.9, 2.3], [4.8, 2.7], [0.3, 2.6]],
            // Beside the grid.
            &[[5.0, 0.0], [9.0, 0.0], [9.0, 5.0]],
        ];
        for polygon in polygons {
            for ring in [polygon.to_vec(), polygon.iter().rev().copied().collect()] {
                let covered = pixels(&shares(&[ring], 5, 5), 5, 5);
                for (i, share) in covered.iter().enumerate() {
                    let area = clipped_area(polygon, (i % 5) as f64, (i / 5) as f64);
                    assert!((share - area).abs() < 1e-9, "{polygon:?} at {i}: {share} instead of {area}");
                }
            }
        }
    }

    #[test]
    fn holes_and_parts() {
        let outer = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]];
        let hole = vec![[1.0, 1.0], [1.0, 3.0], [3.0, 3.0], [3.0, 1.0]];
        let part = vec![[5.5, 0.0], [6.0, 0.0], [6.0, 2.0], [5.5, 2.0]];
        let rings = [outer, hole, part];
        let row = |y: usize| [1.0, if (1..3).contains(&y) { 0.0 } else { 1.0 }];
        let covered = pixels(&shares(&rings, 6, 4), 6, 4);
        for y in 0..4 {
            let [edge, middle] = row(y);
            let last = if y < 2 { 0.5 } else { 0.0 };
            assert_eq!(covered[y * 6..y * 6 + 6], [edge, middle, middle, edge, 0.0, last], "row {y}");
        }
        // The last pixel has its center on a western edge, and belongs to the neighbor there.
        let centered = pixels(&centers(&rings, 6, 4), 6, 4);
        assert_eq!(centered[..6], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(centered[6..12], [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn neighbors_share_no_pixel() {
        // Edges through centers, on both axes.
        let square = |x: f64, y: f64| vec![[x, y], [x + 2.0, y], [x + 2.0, y + 2.0], [x, y + 2.0]];
        let mut seen = [0.0; 36];
        for (x, y) in [(0.5, 0.5), (2.5, 0.5), (0.5, 2.5), (2.5, 2.5)] {
            let covered = pixels(&centers(&[square(x, y)], 6, 6), 6, 6);
            assert_eq!(covered.iter().sum::<f64>(), 4.0);
            seen.iter_mut().zip(covered).for_each(|(a, b)| *a += b);
        }
        assert!(seen.iter().all(|n| *n <= 1.0));
        assert_eq!(seen.iter().sum::<f64>(), 16.0);
    }
}

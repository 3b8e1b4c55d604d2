//! Which pixels answer at a point.

use crate::cube::GeoBox;
use crate::plan::Sampling;

/// The row and column of a pixel, and its weight.
pub(super) type Part = ((usize, usize), f64);

/// The pixels that give the value at a point, with weights that sum to 1; none for a point outside of the grid.
///
/// The first is the pixel in which the point lies. A point on the last edge belongs to the last pixel. Between the outermost centers and the edge, bilinear sampling
/// takes the nearest pixels, except where the columns go round the globe.
pub(super) fn pixels_of(grid: &GeoBox, point: [f64; 2], sampling: Sampling) -> Vec<Part> {
    let Some(at) = grid.place(point) else { return Vec::new() };
    let last = [grid.width - 1, grid.height - 1];
    let [column, row] = [0, 1].map(|axis| (at[axis] as usize).min(last[axis]));
    match sampling {
        Sampling::Nearest | Sampling::Center => vec![((row, column), 1.0)],
        Sampling::Bilinear => {
            // Where the columns go round, the last is a neighbor of the first; elsewhere the axis ends at its last center.
            let between = |axis: usize, goes_round: bool| {
                let (center, len) = (at[axis] - 0.5, last[axis] + 1);
                let center = match goes_round {
                    true => center.rem_euclid(len as f64),
                    false => center.clamp(0.0, last[axis] as f64),
                };
                let (below, share) = (center.floor() as usize % len, center.fract());
                let above = if goes_round { (below + 1) % len } else { (below + 1).min(last[axis]) };
                [(below, 1.0 - share), (above, share)]
            };
            let [columns, rows] = [between(0, grid.is_global()), between(1, false)];
            let pair = |(row, a): (usize, f64)| columns.map(|(column, b)| ((row, column), a * b));
            let mut parts: Vec<Part> = rows.into_iter().flat_map(pair).filter(|(_, share)| *share > 0.0).collect();
            if let Some(nearest) = parts.iter().position(|(pixel, _)| *pixel == (row, column)) {
                parts.swap(0, nearest);
            }
            parts
        }
    }
}

/// The center of the pixel that a point lies in, in the system of the grid; NaN for a point outside.
pub(super) fn center_of(grid: &GeoBox, point: [f64; 2]) -> [f64; 2] {
    let Some(&((row, column), _)) = pixels_of(grid, point, Sampling::Nearest).first() else { return [f64::NAN; 2] };
    grid.center(column, row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_points() {
        let grid = GeoBox::new(None, [0.0, 10.0, 0.0, 30.0, 0.0, -10.0], 3, 3);
        let at = |x: f64, y: f64, sampling| pixels_of(&grid, [x, y], sampling);
        for (x, y, expected) in [(0.0, 30.0, (0, 0)), (9.9, 20.1, (0, 0)), (10.0, 20.0, (1, 1)), (30.0, 0.0, (2, 2))] {
            assert_eq!(at(x, y, Sampling::Nearest), [(expected, 1.0)], "{x} {y}");
        }
        assert!(at(30.1, 5.0, Sampling::Nearest).is_empty());
        assert!(at(f64::NAN, 5.0, Sampling::Nearest).is_empty());
        assert_eq!(at(5.0, 15.0, Sampling::Bilinear), [((1, 0), 1.0)]);
        assert_eq!(at(10.0, 15.0, Sampling::Bilinear), [((1, 1), 0.5), ((1, 0), 0.5)]);
        assert_eq!(at(1.0, 29.0, Sampling::Bilinear), [((0, 0), 1.0)]);
        let all = at(12.5, 10.0, Sampling::Bilinear);
        assert_eq!(all, [((2, 1), 0.375), ((1, 1), 0.375), ((2, 0), 0.125), ((1, 0), 0.125)]);
    }
}

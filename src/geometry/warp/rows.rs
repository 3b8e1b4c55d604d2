//! Coordinates of rows of the target in the source, by polynomials where the projection is smooth.
//!
//! PROJ takes about half a microsecond for a point, and its results along a row of pixels are smooth. So only some
//! points of each stretch of a row are projected, and a Chebyshev polynomial interpolates between them. At check points
//! it must agree with PROJ to [`TOLERANCE`]; a stretch where it does not is halved, and at last projected point by
//! point. Stretches are cut at fixed columns of the target, so that the coordinates of a pixel do not depend on the
//! tile that it is in.

use super::transform::Transformer;
use std::ffi::c_int;
use std::sync::LazyLock;

/// The columns of the longest and the shortest stretch for which a polynomial is tried.
const LONGEST: usize = 1024;
const SHORTEST: usize = 32;

const DEGREE: usize = 8;
const NODES: usize = DEGREE + 1;

/// After which nodes the polynomial is compared with PROJ: between these its error is largest.
const CHECKED: [usize; 4] = [0, 2, 5, 7];

/// The largest error in pixels of the source. It is less than that of PROJ, which is nanometers to micrometers.
const TOLERANCE: f64 = 1e-8;

/// Terms of a polynomial that are smaller than this are left out.
const NOTHING: f64 = 1e-10;

/// The nodes from 1 to -1, then the points at which the polynomial is checked.
static PLACES: LazyLock<[f64; NODES + CHECKED.len()]> = LazyLock::new(|| {
    let at = |j: f64| (std::f64::consts::PI * j / DEGREE as f64).cos();
    std::array::from_fn(|i| if i < NODES { at(i as f64) } else { at(CHECKED[i - NODES] as f64 + 0.5) })
});

/// Turns points of the target into points of the source, in place; `ok` is 0 where there is none. Returns `false` where
/// GDAL is needed because nothing is projected, or because the points are no row of pixels.
pub(super) fn project(transformer: &Transformer, xs: &mut [f64], ys: &mut [f64], ok: &mut [c_int]) -> bool {
    let Some((&first, &y)) = xs.first().zip(ys.first()) else { return true };
    let width = transformer.grids.target.width;
    let is_row = transformer.projects
        && first >= 0.0
        && first + (xs.len() - 1) as f64 <= width as f64
        && ys.iter().all(|&other| other == y)
        && xs.iter().enumerate().all(|(i, &x)| x == first + i as f64);
    if !is_row {
        return false;
    }
    let mut row = Row { transformer, y, first, xs, ys, ok };
    let last = first as usize + row.xs.len() - 1;
    for stretch in first as usize / LONGEST..=last.min(width - 1) / LONGEST {
        row.stretch(stretch * LONGEST, LONGEST.min(width - stretch * LONGEST), (stretch + 1) * LONGEST >= width);
    }
    true
}

struct Row<'a> {
    transformer: &'a Transformer,
    y: f64,
    /// The first point asked for; the others follow at a distance of one pixel.
    first: f64,
    xs: &'a mut [f64],
    ys: &'a mut [f64],
    ok: &'a mut [c_int],
}

impl Row<'_> {
    /// Fills in the points that lie in the columns from `start` on; the right edge of the last stretch belongs to it.
    fn stretch(&mut self, start: usize, columns: usize, is_last: bool) {
        let position = |x: f64| ((x - self.first).ceil().max(0.0) as usize).min(self.xs.len());
        let (from, to) = (position(start as f64), position((start + columns) as f64 + if is_last { 0.5 } else { 0.0 }));
        if from >= to {
            return;
        }
        if let Some([x, y]) = (columns >= SHORTEST).then(|| self.fit(start, columns)).flatten() {
            let (middle, half) = middle(start, columns);
            let first = self.first;
            let at = |i: usize| (first + i as f64 - middle) / half;
            evaluate(&x, from, &at, &mut self.xs[from..to]);
            evaluate(&y, from, &at, &mut self.ys[from..to]);
            self.ok[from..to].fill(1);
        } else if columns >= 2 * SHORTEST {
            self.stretch(start, columns / 2, false);
            self.stretch(start + columns / 2, columns - columns / 2, is_last);
        } else {
            let mut ok = Vec::new();
            self.transformer.to_source(&mut self.xs[from..to], &mut self.ys[from..to], &mut ok);
            self.ok[from..to].copy_from_slice(&ok);
        }
    }

    /// The polynomials of both coordinates, if they agree with PROJ.
    fn fit(&self, start: usize, columns: usize) -> Option<[Vec<f64>; 2]> {
        let (middle, half) = middle(start, columns);
        let mut xs = PLACES.map(|place| middle + half * place);
        let mut ys = [self.y; NODES + CHECKED.len()];
        let mut ok = Vec::new();
        self.transformer.to_source(&mut xs, &mut ys, &mut ok);
        if ok.contains(&0) {
            return None;
        }
        let polynomial = |values: &[f64]| {
            let made = coefficients(&values[..NODES]);
            let right =
                PLACES[NODES..].iter().zip(&values[NODES..]).all(|(&t, v)| (sum(&made, t) - v).abs() <= TOLERANCE);
            right.then_some(made)
        };
        Some([polynomial(&xs)?, polynomial(&ys)?])
    }
}

/// The cosines of the multiples of an eighth of a half turn.
static COSINES: LazyLock<[f64; 2 * DEGREE]> =
    LazyLock::new(|| std::array::from_fn(|j| (std::f64::consts::PI * j as f64 / DEGREE as f64).cos()));

/// The middle of the pixel centers of a stretch, and the distance from it to the outer ones.
fn middle(start: usize, columns: usize) -> (f64, f64) {
    (start as f64 + columns as f64 / 2.0, (columns - 1) as f64 / 2.0)
}

/// The terms of the polynomial through the values at Chebyshev's extreme points, without the last ones that are tiny.
fn coefficients(values: &[f64]) -> Vec<f64> {
    let halved = |j: usize| if j == 0 || j == DEGREE { 0.5 } else { 1.0 };
    let term = |k: usize| {
        let sum: f64 = values.iter().enumerate().map(|(j, v)| halved(j) * v * COSINES[j * k % (2 * DEGREE)]).sum();
        sum * 2.0 / DEGREE as f64 * halved(k)
    };
    let mut terms: Vec<f64> = (0..NODES).map(term).collect();
    while terms.len() > 2 && terms.last().is_some_and(|term| term.abs() < NOTHING) {
        terms.pop();
    }
    terms
}

/// Clenshaw's sum of the terms at `t`.
fn sum(terms: &[f64], t: f64) -> f64 {
    let (mut b1, mut b2) = (0.0, 0.0);
    for term in terms[1..].iter().rev() {
        (b1, b2) = (2.0 * t * b1 - b2 + term, b1);
    }
    t * b1 - b2 + terms[0]
}

/// Evaluates a polynomial at many points, from number `from` on.
fn evaluate(terms: &[f64], from: usize, at: &impl Fn(usize) -> f64, out: &mut [f64]) {
    const LANES: usize = 8;
    for (n, out) in out.chunks_mut(LANES).enumerate() {
        let t: [f64; LANES] = std::array::from_fn(|i| at(from + n * LANES + i));
        let (mut b1, mut b2) = ([0.0; LANES], [0.0; LANES]);
        for &term in terms[1..].iter().rev() {
            for i in 0..LANES {
                (b1[i], b2[i]) = (2.0 * t[i] * b1[i] - b2[i] + term, b1[i]);
            }
        }
        for (i, out) in out.iter_mut().enumerate() {
            *out = t[i] * b1[i] - b2[i] + terms[0];
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::cube::GeoBox;
    use crate::geometry::crs;

    fn grid(system: &str, [x, dx, y, dy]: [f64; 4], width: usize, height: usize) -> GeoBox {
        GeoBox::new(Some(crs::parse(system).unwrap()), [x, dx, 0.0, y, 0.0, -dy], width, height)
    }

    /// A row from column `from` on, `shift` to the right of the left edges.
    fn row(transformer: &Transformer, y: f64, from: usize, len: usize, shift: f64) -> (Vec<f64>, Vec<f64>, Vec<c_int>) {
        let mut xs: Vec<f64> = (0..len).map(|i| (from + i) as f64 + shift).collect();
        let (mut ys, mut ok) = (vec![y; len], vec![7; len]);
        assert!(project(transformer, &mut xs, &mut ys, &mut ok));
        (xs, ys, ok)
    }

    #[test]
    fn rows_are_where_proj_has_them() {
        let globe = grid("EPSG:4326", [-180.0, 0.25, 90.0, 0.25], 1440, 720);
        let pairs = [
            (
                grid("EPSG:32632", [600_000.0, 10.0, 5_300_000.0, 10.0], 3000, 2000),
                grid("EPSG:32633", [200_000.0, 10.0, 5_310_000.0, 10.0], 3000, 2000),
            ),
            (
                grid("EPSG:32632", [500_000.0, 30.0, 5_300_000.0, 30.0], 2000, 2000),
                grid("EPSG:4326", [9.0, 0.0003, 47.8, 0.0003], 2500, 1800),
            ),
            (globe.clone(), grid("EPSG:3035", [2_500_000.0, 1000.0, 5_500_000.0, 1000.0], 4000, 4000)),
            (globe.clone(), grid("EPSG:3857", [-20_037_508.0, 20_000.0, 20_037_508.0, 20_000.0], 2003, 2003)),
            // Most of the corners are not on the globe.
            (globe, grid("ESRI:54009", [-18_040_096.0, 20_000.0, 9_020_048.0, 20_000.0], 1804, 902)),
        ];
        for (source, target) in pairs {
            let transformer = Transformer::between(&source, &target).unwrap();
            for y in (0..target.height).step_by(target.height / 7) {
                let y = y as f64 + 0.5;
                let (xs, ys, ok) = row(&transformer, y, 0, target.width, 0.5);
                let mut exact: Vec<f64> = (0..target.width).map(|i| i as f64 + 0.5).collect();
                let (mut exact_ys, mut exact_ok) = (vec![y; target.width], Vec::new());
                transformer.to_source(&mut exact, &mut exact_ys, &mut exact_ok);
                assert_eq!(ok, exact_ok);
                for i in (0..target.width).filter(|&i| ok[i] != 0) {
                    let off = (xs[i] - exact[i]).abs().max((ys[i] - exact_ys[i]).abs());
                    assert!(off <= 2.0 * TOLERANCE, "{:?} {y} {i}: {off}", target.crs);
                }
                // The same bits, whatever part of a row is asked for.
                for (from, len) in [(0, 1), (31, 40), (250, 300), (700, target.width - 700)] {
                    let part = row(&transformer, y, from, len, 0.5);
                    assert_eq!(
                        part,
                        (xs[from..from + len].to_vec(), ys[from..from + len].to_vec(), ok[from..from + len].to_vec())
                    );
                }
            }
        }
    }

    #[test]
    fn points_anywhere_are_left_to_gdal() {
        let target = grid("EPSG:32633", [200_000.0, 10.0, 5_310_000.0, 10.0], 300, 200);
        let transformer =
            Transformer::between(&grid("EPSG:32632", [600_000.0, 10.0, 5_300_000.0, 10.0], 300, 200), &target).unwrap();
        let asked =
            |xs: &[f64], ys: &[f64]| project(&transformer, &mut xs.to_vec(), &mut ys.to_vec(), &mut vec![0; xs.len()]);
        assert!(asked(&[0.5, 1.5], &[3.0, 3.0]));
        for (xs, ys) in [
            ([0.5, 2.5], [3.0, 3.0]),
            ([0.5, 1.5], [3.0, 4.0]),
            ([299.5, 300.5], [3.0, 3.0]),
            ([-0.5, 0.5], [3.0, 3.0]),
        ] {
            assert!(!asked(&xs, &ys), "{xs:?} {ys:?}");
        }
    }
}

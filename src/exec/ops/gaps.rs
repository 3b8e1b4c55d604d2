//! Fills gaps of a raster from the valid pixels around them.
//!
//! The rule is that of GDAL's `GDALFillNodata`: the nearest valid pixel of each quadrant counts, weighted by the
//! inverse of its distance.

use crate::cube::chunk::PixelType;
use crate::cube::dtype::Missing;
use crate::plan::Nearby;
use std::ops::Range;

/// A raster of one step and where it is filled; every pixel within `reach` of a wanted one is in it.
pub(crate) struct Gaps<'a, T> {
    pub values: &'a [T],
    pub width: usize,
    pub missing: Missing<T>,
    pub reach: usize,
    pub from: Nearby,
    /// Rows and columns that are wanted.
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

/// Stands for a column that has no valid pixel within reach.
const NONE: usize = usize::MAX;

/// The nearest valid pixel of a quadrant so far.
#[derive(Clone, Copy)]
struct Nearest {
    distance: f64,
    at: usize,
}

impl<T: PixelType> Gaps<'_, T> {
    /// The wanted rows and columns, row by row, and the number of filled pixels whose value happens to be the nodata.
    pub(crate) fn fill(&self, stop: &dyn Fn() -> bool) -> (Vec<T>, u64) {
        let height = self.values.len() / self.width;
        // For each wanted row the last row above, or itself, in which each column has a valid pixel.
        let mut above = Vec::with_capacity(self.rows.len() * self.width);
        let mut line = vec![NONE; self.width];
        for row in 0..self.rows.end {
            self.advance(&mut line, row);
            if row >= self.rows.start {
                above.extend_from_slice(&line);
            }
        }
        let mut out = Vec::with_capacity(self.rows.len() * self.columns.len());
        self.rows.clone().for_each(|row| out.extend_from_slice(&self.values[row * self.width..][self.columns.clone()]));
        let mut lost = 0;
        // The same from below, where the row itself does not count.
        line.fill(NONE);
        for row in (self.rows.start..height).rev() {
            if row < self.rows.end && !stop() {
                let i = row - self.rows.start;
                let above = &above[i * self.width..][..self.width];
                for (p, column) in out[i * self.columns.len()..].iter_mut().zip(self.columns.clone()) {
                    if !self.missing.is(*p) {
                        continue;
                    }
                    if let Some(value) = self.around(row, column, above, &line) {
                        *p = stored(value);
                        if self.missing.is(*p) {
                            lost += 1;
                        }
                    }
                }
            }
            self.advance(&mut line, row);
        }
        (out, lost)
    }

    /// Notes the columns that are valid in a row.
    fn advance(&self, line: &mut [usize], row: usize) {
        for (last, &p) in line.iter_mut().zip(&self.values[row * self.width..]) {
            if !self.missing.is(p) {
                *last = row;
            } else if *last != NONE && last.abs_diff(row) > self.reach {
                *last = NONE;
            }
        }
    }

    /// The value of a missing pixel, if one of its quadrants has a valid pixel within reach.
    fn around(&self, row: usize, column: usize, above: &[usize], below: &[usize]) -> Option<f64> {
        let far = self.reach as f64;
        // Above and left, below and left, above and right, below and right. The pixel's own column counts as left.
        let mut quadrants = [Nearest { distance: far + 1.0, at: 0 }; 4];
        for step in 0..=self.reach {
            let left = column.saturating_sub(step);
            let right = (column + step).min(self.width - 1);
            let sides = [(above, left), (below, left), (above, right), (below, right)];
            // GDAL takes the last column of a raster for its own right neighbor as well.
            for (nearest, (rows, x)) in quadrants.iter_mut().zip(sides).take(if step == 0 { 2 } else { 4 }) {
                if rows[x] != NONE {
                    let (dx, dy) = (x.abs_diff(column) as f64, rows[x].abs_diff(row) as f64);
                    let square = dx * dx + dy * dy;
                    // GDAL compares roots, so which of two equally near pixels counts depends on rounding; we round as
                    // it does.
                    if square < nearest.distance * nearest.distance {
                        *nearest = Nearest { distance: square.sqrt(), at: rows[x] * self.width + x };
                    }
                }
            }
            // No pixel further out can be nearer.
            if quadrants.iter().all(|q| q.distance <= step as f64 + 1.0) {
                break;
            }
        }
        let found = || quadrants.iter().filter(|q| q.distance <= far);
        match self.from {
            Nearby::Weighted => {
                let weights: f64 = found().map(|q| 1.0 / q.distance).sum();
                let sum: f64 = found().map(|q| self.values[q.at].to_f64() / q.distance).sum();
                (weights > 0.0).then(|| sum / weights)
            }
            Nearby::Nearest => found()
                .reduce(|best, q| if q.distance < best.distance { q } else { best })
                .map(|q| self.values[q.at].to_f64()),
        }
    }
}

/// Rounds to integers, halves away from 0. Integers of up to 16 bits are rounded as f32, which GDAL computes in.
fn stored<T: PixelType>(value: f64) -> T {
    match (T::DTYPE.is_float(), T::DTYPE.arithmetic()) {
        (true, _) => T::from_f64(value),
        (false, crate::cube::DType::F32) => T::from_f64((value as f32).round() as f64),
        (false, _) => T::from_f64(value.round()),
    }
}

//! Least squares, one step at a time: a line through each pixel's valid values, and the significance of its slope.

use crate::cube::chunk::PixelType;
use crate::expr::significance::of_correlation;
use crate::reducers::LinePart;

/// Means and centered sums of squares and products, updated as Welford (1962) does, so that no large sums cancel.
pub(super) struct Lines {
    mean_x: Vec<f64>,
    mean_y: Vec<f64>,
    sxx: Vec<f64>,
    sxy: Vec<f64>,
    syy: Vec<f64>,
}

impl Lines {
    pub(super) fn new(pixels: usize) -> Lines {
        let zeros = || vec![0.0; pixels];
        Lines { mean_x: zeros(), mean_y: zeros(), sxx: zeros(), sxy: zeros(), syy: zeros() }
    }

    /// Takes in the pixels of a step at position `x`; `n` counts the valid values of a pixel, this one included.
    pub(super) fn add<T: PixelType>(&mut self, x: f64, v: &[T], valid: impl Fn(T) -> bool, n: impl Fn(usize) -> f64) {
        for (i, &p) in v.iter().enumerate() {
            if valid(p) {
                let (n, y) = (n(i), p.to_f64());
                let (dx, dy) = (x - self.mean_x[i], y - self.mean_y[i]);
                self.mean_x[i] += dx / n;
                self.mean_y[i] += dy / n;
                let rest = y - self.mean_y[i];
                self.sxx[i] += dx * (x - self.mean_x[i]);
                self.sxy[i] += dx * rest;
                self.syy[i] += dy * rest;
            }
        }
    }

    /// A number of the line, or NaN where there is none: one position has no line, and two values allow no test.
    pub(super) fn get(&self, i: usize, n: f64, part: LinePart) -> f64 {
        let (sxx, sxy, syy) = (self.sxx[i], self.sxy[i], self.syy[i]);
        if n < 2.0 || sxx <= 0.0 {
            return f64::NAN;
        }
        let slope = sxy / sxx;
        match part {
            LinePart::Slope => slope,
            LinePart::Intercept => self.mean_y[i] - slope * self.mean_x[i],
            LinePart::PValue if n < 3.0 => f64::NAN,
            // A series that never changes has a slope of 0, and chance would give it every time.
            LinePart::PValue if syy <= 0.0 => 1.0,
            LinePart::PValue => of_correlation((sxy / (sxx * syy).sqrt()).clamp(-1.0, 1.0), n),
        }
    }
}

//! Sen's slope of a series, and the test of Mann and Kendall for a trend.

use crate::expr::significance::normal;
use crate::reducers::quantile::Quantile;
use crate::reducers::{FromValues, LinePart};

/// Fits a line to one series after another, in buffers that are used again.
pub(crate) struct Sen {
    slope: f64,
    intercept: f64,
    pvalue: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    slopes: Vec<f64>,
}

impl Sen {
    /// Makes buffers for series of up to `steps` values.
    pub(crate) fn new(steps: usize) -> Sen {
        let slopes = Vec::with_capacity(pairs(steps));
        let room = || Vec::with_capacity(steps);
        Sen { slope: f64::NAN, intercept: f64::NAN, pvalue: f64::NAN, x: room(), y: room(), slopes }
    }

    /// Bytes of the buffers.
    pub(crate) fn bytes(steps: usize) -> u64 {
        (pairs(steps) + 2 * steps) as u64 * 8
    }

    /// Fits positions and values in the order of time.
    ///
    /// Sen (1968): the slope is the median of those of all pairs at different positions; the intercept is that of the
    /// medians, as in scipy. Mann (1945) and Kendall (1975), with the correction for ties and for continuity; fewer
    /// than two values have no line.
    pub(crate) fn fit(&mut self, series: impl Iterator<Item = (f64, f64)>) {
        let Sen { x, y, slopes, .. } = self;
        x.clear();
        y.clear();
        slopes.clear();
        series.for_each(|(at, value)| {
            x.push(at);
            y.push(value);
        });
        let n = x.len();
        let mut score = 0i64;
        for i in 0..n {
            for j in i + 1..n {
                let (dx, dy) = (x[j] - x[i], y[j] - y[i]);
                score += (dy > 0.0) as i64 - (dy < 0.0) as i64;
                if dx > 0.0 {
                    slopes.push(dy / dx);
                }
            }
        }
        if slopes.is_empty() {
            (self.slope, self.intercept, self.pvalue) = (f64::NAN, f64::NAN, f64::NAN);
            return;
        }
        self.slope = middle(slopes);
        self.intercept = middle(y) - self.slope * middle(x);
        y.sort_unstable_by(f64::total_cmp);
        let spread = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
        let ties: f64 = y.chunk_by(|a, b| a == b).map(|tied| spread(tied.len() as f64)).sum();
        let variance = (spread(n as f64) - ties) / 18.0;
        // The correction for continuity, because the score is an integer.
        let distance = (score.abs() - 1).max(0) as f64;
        self.pvalue = if distance > 0.0 { normal(distance / variance.sqrt()) } else { 1.0 };
    }

    pub(crate) fn get(&self, part: LinePart) -> f64 {
        match part {
            LinePart::Slope => self.slope,
            LinePart::Intercept => self.intercept,
            LinePart::PValue => self.pvalue,
        }
    }
}

/// The median. It changes the order of the values.
fn middle(values: &mut [f64]) -> f64 {
    Quantile::in_any_order(values, 0.5)
}

fn pairs(n: usize) -> usize {
    n * n.saturating_sub(1) / 2
}

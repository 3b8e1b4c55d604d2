//! A summary of the values of a band over all maps of a picture, which decides the range of its colors.

use std::collections::BTreeMap;

/// The most different values that are taken for classes.
pub(super) const CLASSES: usize = 40;
/// The most values that are kept for percentiles; of more, evenly spread ones are kept.
const SAMPLE: usize = 1 << 20;

#[derive(Clone, Debug)]
pub(crate) struct ValueSummary {
    pub low: f64,
    pub high: f64,
    /// The smallest value above zero.
    pub positive: f64,
    pub valid: u64,
    /// The number of values that have no place on a logarithmic scale.
    pub not_positive: u64,
    /// Different values with how often they occur; `None` once there are too many to be classes.
    pub classes: Option<BTreeMap<i64, u64>>,
    sample: Vec<f64>,
    stride: u64,
}

impl Default for ValueSummary {
    fn default() -> ValueSummary {
        ValueSummary {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            positive: f64::INFINITY,
            valid: 0,
            not_positive: 0,
            classes: Some(BTreeMap::new()),
            sample: Vec::new(),
            stride: 1,
        }
    }
}

impl ValueSummary {
    /// Takes in more values; those that are not finite are missing.
    pub(crate) fn look(&mut self, values: impl Iterator<Item = f64>, exclude: &[f64]) {
        for v in values.filter(|v| v.is_finite() && !exclude.contains(v)) {
            self.low = self.low.min(v);
            self.high = self.high.max(v);
            match v > 0.0 {
                true => self.positive = self.positive.min(v),
                false => self.not_positive += 1,
            }
            if let Some(classes) = &mut self.classes {
                if v.fract() == 0.0 && v.abs() < 9e15 {
                    *classes.entry(v as i64).or_default() += 1;
                }
                if v.fract() != 0.0 || classes.len() > CLASSES {
                    self.classes = None;
                }
            }
            if self.valid.is_multiple_of(self.stride) {
                self.sample.push(v);
                if self.sample.len() == SAMPLE {
                    let mut odd = false;
                    self.sample.retain(|_| {
                        odd = !odd;
                        odd
                    });
                    self.stride *= 2;
                }
            }
            self.valid += 1;
        }
    }

    /// The value below which a share `q` lies, with a straight line between two: numpy's `linear`.
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        if self.sample.is_empty() {
            return f64::NAN;
        }
        let mut sorted = self.sample.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = q * (sorted.len() - 1) as f64;
        let (i, f) = (at.floor() as usize, at.fract());
        sorted[i] + f * (sorted[(i + 1).min(sorted.len() - 1)] - sorted[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_values_are_like() {
        let mut seen = ValueSummary::default();
        seen.look([3.0, f64::NAN, -1.0, 0.0, 7.0].into_iter(), &[7.0]);
        assert_eq!((seen.low, seen.high, seen.positive, seen.valid, seen.not_positive), (-1.0, 3.0, 3.0, 3, 2));
        assert_eq!(seen.classes.as_ref().map(|c| c.len()), Some(3));
        assert_eq!(seen.quantile(0.75), 1.5);
        seen.look([0.5].into_iter(), &[]);
        assert!(seen.classes.is_none());
        // Of many, evenly spread ones give the same percentile.
        let mut many = ValueSummary::default();
        many.look((0..3_000_000).map(f64::from), &[]);
        assert!((many.quantile(0.02) - 60_000.0).abs() < 10.0, "{}", many.quantile(0.02));
    }
}

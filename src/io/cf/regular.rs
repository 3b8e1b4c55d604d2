//! Whether values lie one step apart, as far as the digits tell in which they are written.

/// By how much of a step a value may lie off its regular place. Gaussian latitudes, which must not pass, miss theirs by
/// 8 thousandths; coordinates in full digits stay below 2.
pub(super) const TOLERANCE: f64 = 2e-3;

/// No rounding may hide more of a step than this.
const MOST: f64 = 0.125;

/// Values `first`, `first + step`, ...
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Regular {
    pub first: f64,
    pub step: f64,
}

/// The regular values that these were before they were rounded; `digits` is the unit in which they are counted, where
/// that is known: the resolution of a type or of a packing. Nothing where they are not regular.
pub(super) fn regular(values: &[f64], digits: f64) -> Option<Regular> {
    let [first, .., last] = *values else { return None };
    let step = (last - first) / (values.len() - 1) as f64;
    let largest = first.abs().max(last.abs());
    let off = |line: Regular| values.iter().enumerate().map(move |(i, v)| (v - line.at(i)).abs()).fold(0.0, f64::max);
    let plain = Regular { first, step: rounded(step, largest) };
    let misfit = off(plain);
    if step == 0.0 || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    if misfit <= step.abs() * 1e-6 {
        return Some(plain);
    }
    let digits = digits.max(decimal_digits(values)).min(step.abs() * MOST);
    // The two ends are rounded as well, so that a line through them may be off by twice as much as one between.
    let allowed = digits * (0.5 + 1e-6);
    let found = steps(step).find_map(|step| {
        let (low, high) = band(values, step);
        let slack = allowed - (high - low) / 2.0;
        (slack >= 0.0).then(|| Regular { first: on_lattice((low + high) / 2.0, step, slack), step })
    });
    found.or_else(|| (misfit <= step.abs() * TOLERANCE).then_some(plain))
}

impl Regular {
    pub(super) fn at(self, i: usize) -> f64 {
        self.first + i as f64 * self.step
    }
}

/// What a step may have been before it was rounded, the plainest first: a fraction of one, few digits, itself.
fn steps(step: f64) -> impl Iterator<Item = f64> {
    let parts = (1.0 / step).round();
    let fraction = (parts != 0.0).then(|| 1.0 / parts);
    let short = (0..9).filter_map(move |n| format!("{step:.n$e}").parse().ok());
    fraction.into_iter().chain(short).chain([step])
}

/// The least and the greatest place at which a line of this step may begin by one of the values.
fn band(values: &[f64], step: f64) -> (f64, f64) {
    let starts = values.iter().enumerate().map(|(i, v)| v - i as f64 * step);
    starts.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// The first value on whole or half steps from zero, if that is as near as `slack`.
fn on_lattice(first: f64, step: f64, slack: f64) -> f64 {
    let near = (2.0 * first / step).round() * step / 2.0;
    if (near - first).abs() <= slack { near } else { first }
}

/// The unit of the last decimal, where all values have few of them: 0.001 for 0.083, 0.167, 0.25.
fn decimal_digits(values: &[f64]) -> f64 {
    let has = |digits: i32| {
        let scale = 10f64.powi(digits);
        values.iter().all(|v| ((v * scale).round() - v * scale).abs() <= v.abs() * scale * 1e-12)
    };
    (0..7).find(|digits| has(*digits)).map_or(0.0, |digits| 10f64.powi(-digits))
}

/// A step without the noise of the division that made it: 0.025 and not 0.025000000000000022.
fn rounded(step: f64, largest: f64) -> f64 {
    let short: f64 = format!("{step:.9e}").parse().unwrap_or(step);
    if (short - step).abs() <= largest * 4.0 * f64::EPSILON { short } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First value and step, to nine decimals.
    fn fit(values: &[f64], digits: f64) -> Option<[f64; 2]> {
        regular(values, digits).map(|found| [found.first, found.step].map(nano))
    }

    fn nano(v: f64) -> f64 {
        (v * 1e9).round() / 1e9
    }

    #[test]
    #[allow(clippy::unwrap_used)]
    fn rounded_values_are_regular() {
        let rounded = |n: usize, first: f64, step: f64, scale: f64| -> Vec<f64> {
            (0..n).map(|i| ((first + i as f64 * step) * scale).round() / scale).collect()
        };
        let twelfth = 1.0 / 12.0;
        assert_eq!(
            fit(&rounded(4320, -180.0 + twelfth / 2.0, twelfth, 1e3), 0.0),
            Some([-180.0 + twelfth / 2.0, twelfth].map(nano))
        );
        assert_eq!(
            fit(&rounded(2160, 90.0 - twelfth / 2.0, -twelfth, 1e2), 0.0),
            Some([90.0 - twelfth / 2.0, -twelfth].map(nano))
        );
        assert_eq!(fit(&rounded(49, 5.0, 1.0 / 3.0, 1e2), 0.0), Some([5.0, 1.0 / 3.0].map(nano)));
        // Whole meters of thirds of a kilometer.
        let thirds = fit(&rounded(300, 0.0, 1000.0 / 3.0, 1.0), 0.0).unwrap();
        assert!((thirds[1] - 1000.0 / 3.0).abs() < 1e-2, "{thirds:?}");
        // Sums in 32 bits drift, and lie within their digits.
        let single: Vec<f64> = (0..3600).map(|i| f64::from(i as f32 * 0.1f32)).collect();
        assert_eq!(fit(&single, 360.0 * f64::from(f32::EPSILON) * 2.0), Some([0.0, 0.1]));
        // Full digits stay as they are.
        assert_eq!(fit(&[0.125, 0.375, 0.625], 0.0), Some([0.125, 0.25]));
    }

    #[test]
    fn irregular_values_are_not() {
        // Gaussian latitudes of 32 rows, in full digits and in three.
        let gaussian = [
            85.760_587_120_444_97,
            80.268_779_072_253_95,
            74.744_540_368_635_13,
            69.212_976_169_370_85,
            63.678_635_560_968_68,
            58.142_954_049_203_28,
            52.606_526_034_352_65,
            47.069_642_059_687_61,
        ];
        assert_eq!(fit(&gaussian, 0.0), None);
        assert_eq!(fit(&gaussian.map(|v| (v * 1e3).round() / 1e3), 0.0), None);
        assert_eq!(fit(&[0.0, 1.0, 2.0, 4.0], 0.0), None);
        // Digits so coarse that nothing is left of the steps.
        assert_eq!(fit(&[0.0, 0.1, 0.1, 0.2, 0.2, 0.3], 0.0), None);
        assert_eq!(fit(&[1.0, 1.0], 0.0), None);
        assert_eq!(fit(&[1.0, f64::NAN, 3.0], 0.0), None);
        assert_eq!(fit(&[1.0], 0.0), None);
    }
}

//! Turns values into places on a color map, from 0 to 1, and back, by the formulas of matplotlib's norms.

use super::ticks;
use crate::plan::picture::{Colors, Levels, Scale};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Norm {
    Linear {
        low: f64,
        high: f64,
    },
    /// `((v - low) / (high - low)) ^ gamma`.
    Power {
        low: f64,
        high: f64,
        gamma: f64,
    },
    Log {
        low: f64,
        high: f64,
    },
    Symlog {
        low: f64,
        high: f64,
        threshold: f64,
        linear: f64,
    },
    /// Two straight lines that meet at the center.
    Midpoint {
        low: f64,
        center: f64,
        high: f64,
    },
    /// The number of the stretch between rising edges in which a value lies.
    Boundary {
        edges: Vec<f64>,
    },
}

impl Norm {
    /// The norm for values from `low` to `high`.
    pub(crate) fn new(colors: &Colors, low: f64, high: f64) -> Norm {
        // Where all data have one value, or there are none, a range is made up, so that they have a color.
        let (low, high) = match (low, high) {
            (a, b) if a < b => (a, b),
            (a, b) if a == b && a.is_finite() => {
                let half = if a == 0.0 { 0.5 } else { a.abs() * 0.01 };
                (a - half, a + half)
            }
            _ => (0.0, 1.0),
        };
        let (low, high) = match (colors.center, colors.scale) {
            (Some(center), Scale::Midpoint) => (low.min(center), high.max(center)),
            (Some(center), _) if colors.range == [None; 2] => {
                let reach = (high - center).abs().max((center - low).abs());
                (center - reach, center + reach)
            }
            (Some(center), _) => match colors.range {
                [Some(low), None] => (low, 2.0 * center - low),
                [None, Some(high)] => (2.0 * center - high, high),
                _ => (low, high),
            },
            (None, _) => (low, high),
        };
        if let Some(levels) = &colors.levels {
            let edges = match levels {
                Levels::At(edges) => edges.clone(),
                Levels::Count(n) => ticks::around(low, high, *n),
            };
            return Norm::Boundary { edges };
        }
        match colors.scale {
            Scale::Linear | Scale::Boundary => match colors.center {
                // With both ends given, the center is the value in the middle of the map, so each half has its own
                // slope.
                Some(center) if (high - center) != (center - low) && low < center && center < high => {
                    Norm::Midpoint { low, center, high }
                }
                _ => Norm::Linear { low, high },
            },
            Scale::Power { gamma } => Norm::Power { low, high, gamma },
            Scale::Log => {
                let high = if high > 0.0 { high } else { 1.0 };
                Norm::Log { low: if low > 0.0 { low } else { high * 1e-3 }, high }
            }
            Scale::Symlog { threshold, linear } => Norm::Symlog { low, high, threshold, linear },
            Scale::Midpoint => {
                let center = colors.center.unwrap_or(0.0).clamp(low, high);
                Norm::Midpoint { low, center, high }
            }
        }
    }

    /// The value at a share of the color map, by halving, because places rise with values.
    pub(crate) fn value(&self, place: f64) -> f64 {
        let [mut low, mut high] = self.ends();
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if self.place(middle) < place { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    }

    pub(crate) fn ends(&self) -> [f64; 2] {
        match self {
            Norm::Linear { low, high }
            | Norm::Power { low, high, .. }
            | Norm::Log { low, high }
            | Norm::Symlog { low, high, .. }
            | Norm::Midpoint { low, high, .. } => [*low, *high],
            Norm::Boundary { edges } => [edges[0], edges[edges.len() - 1]],
        }
    }

    /// The place of a value. It is below 0 or above 1 beyond the ends, and NaN for values without a place, such as 0 on
    /// a logarithmic scale.
    pub(crate) fn place(&self, value: f64) -> f64 {
        if value.is_nan() {
            // A search among edges would find NaN below the first one.
            return f64::NAN;
        }
        let share = |v: f64, low: f64, high: f64| (v - low) / (high - low);
        match self {
            Norm::Linear { low, high } => share(value, *low, *high),
            Norm::Power { low, high, gamma } => {
                let t = share(value, *low, *high);
                if t < 0.0 { t } else { t.powf(*gamma) }
            }
            Norm::Log { low, high } if value > 0.0 => share(value.ln(), low.ln(), high.ln()),
            Norm::Log { .. } => f64::NAN,
            Norm::Symlog { low, high, threshold, linear } => {
                let bend = |v| symlog(v, *threshold, *linear);
                share(bend(value), bend(*low), bend(*high))
            }
            Norm::Midpoint { low, center, high } => match value < *center {
                true if low < center => 0.5 * share(value, *low, *center),
                false if center < high => 0.5 + 0.5 * share(value, *center, *high),
                _ => 0.5,
            },
            Norm::Boundary { edges } => {
                let stretches = (edges.len() - 1) as f64;
                let after = edges.partition_point(|e| *e <= value);
                match after {
                    0 => -1.0,
                    // The last edge itself belongs to the last stretch.
                    n if n == edges.len() && value > edges[n - 1] => 2.0,
                    n => ((n.min(edges.len() - 1) - 1) as f64 + 0.5) / stretches,
                }
            }
        }
    }

    /// The values at which a key has ticks. `every` is the distance that the user asked for.
    pub(crate) fn ticks(&self, n: usize, every: Option<f64>) -> Vec<f64> {
        let [low, high] = self.ends();
        if let Some(every) = every
            && (high - low) / every <= 200.0
        {
            return ticks::every(low, high, every);
        }
        match self {
            Norm::Linear { .. } | Norm::Power { .. } => ticks::inside(low, high, n),
            Norm::Midpoint { center, .. } => {
                let mut both = ticks::inside(low, *center, n / 2);
                both.push(*center);
                both.extend(ticks::inside(*center, high, n / 2));
                both.sort_by(f64::total_cmp);
                both.dedup();
                both
            }
            Norm::Log { .. } => ticks::decades(low, high),
            Norm::Symlog { threshold, .. } => {
                let mut all = vec![0.0];
                all.extend(ticks::decades(*threshold, high.max(*threshold)));
                all.extend(ticks::decades(*threshold, (-low).max(*threshold)).into_iter().map(|v| -v));
                all.retain(|v| low <= *v && *v <= high);
                all.sort_by(f64::total_cmp);
                all
            }
            Norm::Boundary { edges } => edges.clone(),
        }
    }

    /// The place of a tick on the key: that of [`Norm::place`], except that the edges of levels lie at their borders.
    pub(crate) fn tick_place(&self, value: f64) -> f64 {
        match self {
            Norm::Boundary { edges } => {
                let after = edges.partition_point(|e| *e <= value).clamp(1, edges.len() - 1);
                let (a, b) = (edges[after - 1], edges[after]);
                ((after - 1) as f64 + (value - a) / (b - a)) / (edges.len() - 1) as f64
            }
            norm => norm.place(value),
        }
    }
}

/// matplotlib's `SymmetricalLogTransform` to base 10.
fn symlog(value: f64, threshold: f64, linear: f64) -> f64 {
    let straight = linear / (1.0 - 1.0 / 10.0);
    match value.abs() {
        size if size <= threshold => value * straight,
        size => value.signum() * threshold * (straight + (size / threshold).log10()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors(scale: Scale) -> Colors {
        Colors { scale, ..Colors::default() }
    }

    /// Values of matplotlib 3.10's norms.
    #[test]
    fn places() {
        let linear = Norm::new(&colors(Scale::Linear), 0.0, 10.0);
        let power = Norm::new(&colors(Scale::Power { gamma: 0.5 }), 0.0, 4.0);
        let log = Norm::new(&colors(Scale::Log), 1.0, 1000.0);
        let symlog = Norm::new(&colors(Scale::Symlog { threshold: 1.0, linear: 1.0 }), -100.0, 100.0);
        let midpoint = Norm::new(&Colors { center: Some(0.0), ..colors(Scale::Midpoint) }, -10.0, 40.0);
        for (norm, value, place) in [
            (&linear, 2.5, 0.25),
            (&linear, 12.0, 1.2),
            (&power, 1.0, 0.5),
            (&log, 10.0, 1.0 / 3.0),
            (&symlog, 0.0, 0.5),
            (&symlog, 1.0, 0.678_571_428_571_428_6),
            (&symlog, -10.0, 0.160_714_285_714_285_7),
            (&symlog, 100.0, 1.0),
            (&midpoint, -5.0, 0.25),
            (&midpoint, 20.0, 0.75),
        ] {
            assert!((norm.place(value) - place).abs() < 1e-12, "{norm:?} {value}: {}", norm.place(value));
        }
        assert!(log.place(0.0).is_nan() && log.place(-1.0).is_nan());
    }

    #[test]
    fn centers_and_edges() {
        let around = |center, low, high| Norm::new(&Colors { center: Some(center), ..Colors::default() }, low, high);
        assert_eq!(around(0.0, -1.0, 3.0), Norm::Linear { low: -3.0, high: 3.0 });
        let given = Colors { center: Some(0.0), range: [Some(-1.0), Some(3.0)], ..Colors::default() };
        assert_eq!(Norm::new(&given, -1.0, 3.0), Norm::Midpoint { low: -1.0, center: 0.0, high: 3.0 });
        let edges = Colors { levels: Some(Levels::At(vec![0.0, 1.0, 5.0])), ..Colors::default() };
        let norm = Norm::new(&edges, -9.0, 9.0);
        let places: Vec<f64> = [-0.1, 0.0, 1.0, 4.9, 5.0, 5.1].map(|v| norm.place(v)).to_vec();
        assert_eq!(places, [-1.0, 0.25, 0.75, 0.75, 0.75, 2.0]);
        assert_eq!(norm.tick_place(3.0), 0.75);
        for norm in [norm, Norm::Midpoint { low: 0.0, center: 1.0, high: 1.0 }] {
            assert!(norm.place(f64::NAN).is_nan(), "{norm:?}: what is missing has no place");
        }
        for value in [7.0, 0.0, f64::NAN, f64::INFINITY] {
            let [low, high] = Norm::new(&Colors::default(), value, value).ends();
            assert!(low < high, "{value}");
        }
    }
}

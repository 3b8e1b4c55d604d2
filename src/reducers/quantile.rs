//! `quantile`: a quantile, linear between values; `p90` is `quantile 0.9`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "quantile",
    help: "quantile of a share, linear between values, exact",
    written: ReducerSyntax::Share,
    finish: Finish::Series(Series::of::<Quantile>()),
    ..Definition::DEFAULT
};

/// Quantiles of type 7 of Hyndman and Fan (1996), which numpy calls `linear`.
pub(crate) struct Quantile;

impl FromValues for Quantile {
    fn in_order<T: PixelType>(values: &[T], share: f64) -> f64 {
        let position = share * (values.len() - 1) as f64;
        let (below, fraction) = (position.floor() as usize, position.fract());
        let low = values[below].to_f64();
        if fraction == 0.0 { low } else { low + (values[below + 1].to_f64() - low) * fraction }
    }

    /// Selects the two values it needs, which costs less than sorting all of them.
    fn in_any_order<T: PixelType>(values: &mut [T], share: f64) -> f64 {
        let position = share * (values.len() - 1) as f64;
        let (below, fraction) = (position.floor() as usize, position.fract());
        let (_, low, above) = values.select_nth_unstable_by(below, order);
        let low = low.to_f64();
        if fraction == 0.0 {
            return low;
        }
        let high = above.iter().map(|v| v.to_f64()).fold(f64::INFINITY, f64::min);
        low + (high - low) * fraction
    }

    /// The generalization to weights that exactextract uses (<https://stats.stackexchange.com/a/13223>): the k-th of n
    /// values stands at `k w_k + (n - 1) (w_0 + .. + w_k-1)`.
    fn of_parts(values: &[(f64, f64)], share: f64) -> f64 {
        let last = values.len() - 1;
        let between = |below: usize, fraction: f64| match fraction == 0.0 {
            true => values[below].0,
            false => values[below].0 + (values[below + 1].0 - values[below].0) * fraction,
        };
        let sought = share * values.iter().map(|v| v.1).sum::<f64>() * last as f64;
        let (mut before, mut below) = (0.0, 0.0);
        for k in 0..last {
            before += values[k].1;
            let next = (k + 1) as f64 * values[k + 1].1 + last as f64 * before;
            if next > sought {
                return between(k, ((sought - below) / (next - below)).max(0.0));
            }
            below = next;
        }
        values[last].0
    }
}

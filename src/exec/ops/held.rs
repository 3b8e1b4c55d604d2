//! Values that are held until all are there, for quantiles and the mode.

use crate::cube::DType;

/// The kind goes with the type of the pixels: an f32 holds those of 16 bits.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    Narrow(Vec<f32>),
    Wide(Vec<f64>),
    /// With the share that each counts.
    Shared(Vec<(f64, f64)>),
}

/// Whether an f32 holds every value.
fn narrow(dtype: DType) -> bool {
    dtype.bytes() <= 2 || dtype == DType::F32
}

impl Held {
    /// `shared` if values count in part.
    pub fn new(dtype: DType, shared: bool) -> Held {
        match (shared, narrow(dtype)) {
            (true, _) => Held::Shared(Vec::new()),
            (false, true) => Held::Narrow(Vec::new()),
            (false, false) => Held::Wide(Vec::new()),
        }
    }

    pub fn bytes_per_value(dtype: DType, shared: bool) -> usize {
        match (shared, narrow(dtype)) {
            (true, _) => 16,
            (false, true) => 4,
            (false, false) => 8,
        }
    }

    /// Values that all count the same.
    pub fn extend(&mut self, more: &[f64], share: f64) {
        match self {
            Held::Narrow(values) => values.extend(more.iter().map(|v| *v as f32)),
            Held::Wide(values) => values.extend_from_slice(more),
            Held::Shared(values) => values.extend(more.iter().map(|v| (*v, share))),
        }
    }

    /// Those of another of the same kind.
    pub fn append(&mut self, other: Held) {
        match (self, other) {
            (Held::Narrow(a), Held::Narrow(b)) => append(a, b),
            (Held::Wide(a), Held::Wide(b)) => append(a, b),
            (Held::Shared(a), Held::Shared(b)) => append(a, b),
            _ => unreachable!("tallies of one band hold values of one kind"),
        }
    }

    /// From the smallest to the largest, as the questions below want them.
    pub fn order(&mut self) {
        match self {
            Held::Narrow(v) => v.sort_unstable_by(f32::total_cmp),
            Held::Wide(v) => v.sort_unstable_by(f64::total_cmp),
            Held::Shared(v) => {
                v.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
                for equal in v.chunk_by_mut(|a, b| a.0 == b.0) {
                    let mean = equal.iter().map(|v| v.1).sum::<f64>() / equal.len() as f64;
                    equal.iter_mut().for_each(|v| v.1 = mean);
                }
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Held::Narrow(v) => v.len(),
            Held::Wide(v) => v.len(),
            Held::Shared(v) => v.len(),
        }
    }

    fn at(&self, i: usize) -> f64 {
        match self {
            Held::Narrow(v) => v[i] as f64,
            Held::Wide(v) => v[i],
            Held::Shared(v) => v[i].0,
        }
    }

    fn share(&self, i: usize) -> f64 {
        if let Held::Shared(v) = self { v[i].1 } else { 1.0 }
    }

    /// Type 7 of Hyndman and Fan (1996); with shares its generalisation that exactextract uses
    /// (<https://stats.stackexchange.com/a/13223>): the k-th of n values stands at `k w_k + (n - 1) (w_0 + .. + w_k-1)`.
    ///
    /// Equal values have even parts of what they count together, so that their order does not matter. exactextract makes
    /// one value of them, by which its median of 1, 1, 1, 2 is 1.5; here it is 1, with shares and without.
    pub fn quantile(&self, q: f64) -> f64 {
        let last = self.len() - 1;
        let between = |below: usize, fraction: f64| match fraction == 0.0 || below == last {
            true => self.at(below),
            false => self.at(below) + (self.at(below + 1) - self.at(below)) * fraction,
        };
        let Held::Shared(values) = self else {
            let position = q * last as f64;
            return between(position.floor() as usize, position.fract());
        };
        let sought = q * values.iter().map(|v| v.1).sum::<f64>() * last as f64;
        let (mut before, mut below) = (0.0, 0.0);
        for k in 0..last {
            before += values[k].1;
            let next = (k + 1) as f64 * values[k + 1].1 + last as f64 * before;
            if next > sought {
                return between(k, ((sought - below) / (next - below)).max(0.0));
            }
            below = next;
        }
        self.at(last)
    }

    /// The value with the greatest share; the smallest of several.
    pub fn mode(&self) -> f64 {
        let mut best = (0.0, f64::NAN);
        let mut start = 0;
        let mut share = 0.0;
        for i in 0..self.len() {
            if self.at(i) != self.at(start) {
                (start, share) = (i, 0.0);
            }
            share += self.share(i);
            if share > best.0 {
                best = (share, self.at(i));
            }
        }
        best.1
    }
}

/// Without a copy where there was nothing.
fn append<T>(own: &mut Vec<T>, more: Vec<T>) {
    if own.is_empty() {
        *own = more;
    } else {
        own.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(values: &[(f64, f64)]) -> Held {
        let mut held = Held::Shared(values.to_vec());
        held.order();
        held
    }

    #[test]
    fn whole_shares_are_none() {
        for values in [vec![1.0, 1.0, 1.0, 2.0], vec![3.0, 1.0, 2.0], vec![5.0], vec![4.0, 4.0, 4.0, 4.0, 0.0]] {
            let mut plain = Held::Wide(values.clone());
            plain.order();
            let shared = shared(&values.iter().map(|v| (*v, 1.0)).collect::<Vec<_>>());
            for q in [0.0, 0.1, 0.25, 0.5, 0.9, 1.0] {
                assert!((plain.quantile(q) - shared.quantile(q)).abs() < 1e-12, "{values:?} at {q}");
            }
            assert_eq!(plain.mode(), shared.mode());
        }
    }

    #[test]
    fn order_of_equal_values_does_not_matter() {
        let one = shared(&[(1.0, 0.2), (2.0, 0.1), (2.0, 1.0), (2.0, 0.6), (7.0, 0.3)]);
        let other = shared(&[(2.0, 0.6), (7.0, 0.3), (2.0, 1.0), (1.0, 0.2), (2.0, 0.1)]);
        for q in 0..=20 {
            let q = q as f64 / 20.0;
            assert_eq!(one.quantile(q), other.quantile(q));
        }
        assert_eq!((one.quantile(0.0), one.quantile(0.5), one.quantile(1.0)), (1.0, 2.0, 7.0));
    }
}

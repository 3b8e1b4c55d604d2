//! Values that are held until all have been read, for quantiles and the mode.

use crate::cube::DType;
use crate::reducers::{OfType, Series};
use serde::{Deserialize, Serialize};

/// The variant depends on the type of the pixels: an f32 holds every value of 16 bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum HeldValues {
    Narrow(Vec<f32>),
    Wide(Vec<f64>),
    /// Values with the share by which each counts.
    Shared(Vec<(f64, f64)>),
}

/// Whether an f32 holds every value of a type.
fn narrow(dtype: DType) -> bool {
    dtype.bytes() <= 2 || dtype == DType::F32
}

impl HeldValues {
    /// An empty list; `shared` if values count in part.
    pub(crate) fn new(dtype: DType, shared: bool) -> HeldValues {
        match (shared, narrow(dtype)) {
            (true, _) => HeldValues::Shared(Vec::new()),
            (false, true) => HeldValues::Narrow(Vec::new()),
            (false, false) => HeldValues::Wide(Vec::new()),
        }
    }

    pub(crate) fn bytes_per_value(dtype: DType, shared: bool) -> usize {
        match (shared, narrow(dtype)) {
            (true, _) => 16,
            (false, true) => 4,
            (false, false) => 8,
        }
    }

    /// Adds values that all count by the same share.
    pub(crate) fn extend(&mut self, more: &[f64], share: f64) {
        match self {
            HeldValues::Narrow(values) => values.extend(more.iter().map(|v| *v as f32)),
            HeldValues::Wide(values) => values.extend_from_slice(more),
            HeldValues::Shared(values) => values.extend(more.iter().map(|v| (*v, share))),
        }
    }

    /// Adds the values of another list of the same variant.
    pub(crate) fn append(&mut self, other: HeldValues) {
        match (self, other) {
            (HeldValues::Narrow(a), HeldValues::Narrow(b)) => append(a, b),
            (HeldValues::Wide(a), HeldValues::Wide(b)) => append(a, b),
            (HeldValues::Shared(a), HeldValues::Shared(b)) => append(a, b),
            _ => unreachable!("tallies of one band hold values of one kind"),
        }
    }

    /// Sorts the values from the smallest to the largest, as [`HeldValues::number`] needs them.
    pub(crate) fn order(&mut self) {
        match self {
            HeldValues::Narrow(v) => v.sort_unstable_by(f32::total_cmp),
            HeldValues::Wide(v) => v.sort_unstable_by(f64::total_cmp),
            HeldValues::Shared(v) => {
                v.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
                for equal in v.chunk_by_mut(|a, b| a.0 == b.0) {
                    let mean = equal.iter().map(|v| v.1).sum::<f64>() / equal.len() as f64;
                    equal.iter_mut().for_each(|v| v.1 = mean);
                }
            }
        }
    }

    /// The result of a reducer for the sorted values, of which there is at least one; `share` is that of a quantile.
    ///
    /// Equal values divide the sum of their shares evenly, so that their order does not matter. exactextract makes one
    /// value of them instead, so that its median of 1, 1, 1, 2 is 1.5; here it is 1, with shares and without.
    pub(crate) fn number(&self, of: &Series, share: f64) -> f64 {
        match self {
            HeldValues::Narrow(values) => (f32::functions(of).in_order)(values, share),
            HeldValues::Wide(values) => (f64::functions(of).in_order)(values, share),
            HeldValues::Shared(values) => (of.of_parts)(values, share),
        }
    }
}

/// Appends, without a copy where the list was empty.
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
    use crate::reducers::{Finish, Reducer};

    fn number(held: &HeldValues, word: &str) -> f64 {
        let reducer = Reducer::from_word(word).expect(word);
        let Finish::Series(series) = reducer.finish else { panic!("{word}") };
        held.number(&series, reducer.share())
    }

    fn shared(values: &[(f64, f64)]) -> HeldValues {
        let mut held = HeldValues::Shared(values.to_vec());
        held.order();
        held
    }

    #[test]
    fn whole_shares_are_none() {
        for values in [vec![1.0, 1.0, 1.0, 2.0], vec![3.0, 1.0, 2.0], vec![5.0], vec![4.0, 4.0, 4.0, 4.0, 0.0]] {
            let mut plain = HeldValues::Wide(values.clone());
            plain.order();
            let shared = shared(&values.iter().map(|v| (*v, 1.0)).collect::<Vec<_>>());
            for word in ["p0", "p10", "p25", "median", "p90", "p100", "mode"] {
                let (plain, shared) = (number(&plain, word), number(&shared, word));
                assert!((plain - shared).abs() < 1e-12, "{word} of {values:?}");
            }
        }
    }

    #[test]
    fn order_of_equal_values_does_not_matter() {
        let one = shared(&[(1.0, 0.2), (2.0, 0.1), (2.0, 1.0), (2.0, 0.6), (7.0, 0.3)]);
        let other = shared(&[(2.0, 0.6), (7.0, 0.3), (2.0, 1.0), (1.0, 0.2), (2.0, 0.1)]);
        for percent in (0..=100).step_by(5) {
            let word = format!("p{percent}");
            assert_eq!(number(&one, &word), number(&other, &word));
        }
        assert_eq!(["p0", "median", "p100"].map(|word| number(&one, word)), [1.0, 2.0, 7.0]);
    }
}

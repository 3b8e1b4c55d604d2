//! `mode`: the most frequent value.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "mode",
    help: "most frequent valid value; the smallest of several",
    result: ResultType::OfPixels,
    cell_method: Some("mode"),
    finish: Finish::Series(Series::of::<Mode>()),
    ..Definition::DEFAULT
};

struct Mode;

impl FromValues for Mode {
    fn in_order<T: PixelType>(values: &[T], _: f64) -> f64 {
        let mut best = (0, f64::NAN);
        for equal in values.chunk_by(|a, b| a == b) {
            if equal.len() > best.0 {
                best = (equal.len(), equal[0].to_f64());
            }
        }
        best.1
    }

    /// The value whose parts have the largest sum.
    fn of_parts(values: &[(f64, f64)], _: f64) -> f64 {
        let mut best = (0.0, f64::NAN);
        for equal in values.chunk_by(|a, b| a.0 == b.0) {
            let part = equal.iter().fold(0.0, |sum, value| sum + value.1);
            if part > best.0 {
                best = (part, equal[0].0);
            }
        }
        best.1
    }
}

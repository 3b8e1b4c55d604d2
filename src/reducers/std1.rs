//! `std1`: the standard deviation of a sample, which is missing for a single value.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "std1",
    help: "standard deviation of a sample (n - 1)",
    called: Some("standard deviation"),
    unit: Unit::OfDifferences,
    cell_method: Some("standard_deviation"),
    finish: Finish::Float(&[Statistic::SampleVariance], |statistics, out| {
        each(statistics, out, |[variance]| variance.sqrt())
    }),
    ..Definition::DEFAULT
};

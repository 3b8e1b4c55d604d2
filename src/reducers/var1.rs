//! `var1`: the variance of a sample, which is missing for a single value.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "var1",
    help: "variance of a sample (n - 1)",
    called: Some("variance"),
    unit: Unit::Squared,
    cell_method: Some("variance"),
    finish: Finish::Statistic(Statistic::SampleVariance),
    ..Definition::DEFAULT
};

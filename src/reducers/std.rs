//! `std`: the standard deviation of a population.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "std",
    help: "standard deviation of the population (n)",
    called: Some("standard deviation"),
    unit: Unit::OfDifferences,
    cell_method: Some("standard_deviation"),
    finish: Finish::Float(&[Statistic::Variance], |statistics, out| {
        each(statistics, out, |[variance]| variance.sqrt())
    }),
    ..Definition::DEFAULT
};

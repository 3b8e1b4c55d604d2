//! `var`: the variance of a population.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "var",
    help: "variance of the population (n)",
    called: Some("variance"),
    unit: Unit::Squared,
    cell_method: Some("variance"),
    finish: Finish::Statistic(Statistic::Variance),
    ..Definition::DEFAULT
};

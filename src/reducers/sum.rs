//! `sum`: the sum, which is exact for integers.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "sum",
    help: "sum of the valid values; integers exactly",
    called: Some("sum"),
    result: ResultType::Sum,
    unit: Unit::OfSums,
    cell_method: Some("sum"),
    finish: Finish::Statistic(Statistic::Sum),
    ..Definition::DEFAULT
};

//! `argmax`: when the values are largest.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "argmax",
    help: "when the largest valid value occurs first",
    called: Some("time of the maximum"),
    result: ResultType::Double,
    unit: Unit::Days,
    finish: Finish::Statistic(Statistic::TimeOfMaximum),
    ..Definition::DEFAULT
};

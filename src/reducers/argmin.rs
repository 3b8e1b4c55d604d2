//! `argmin`: when the values are smallest.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "argmin",
    help: "when the smallest valid value occurs first",
    called: Some("time of the minimum"),
    result: ResultType::Double,
    unit: Unit::Days,
    finish: Finish::Statistic(Statistic::TimeOfMinimum),
    ..Definition::DEFAULT
};

//! `count`: how many values there are.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "count",
    help: "number of valid values",
    called: Some("number of values"),
    result: ResultType::Count,
    unit: Unit::None,
    finish: Finish::Statistic(Statistic::Count),
    ..Definition::DEFAULT
};

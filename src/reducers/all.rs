//! `all`: whether every value is true.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "all",
    help: "1 where every valid value is not zero",
    result: ResultType::Truth,
    unit: Unit::None,
    finish: Finish::Statistic(Statistic::All),
    ..Definition::DEFAULT
};

//! `any`: whether a value is true.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "any",
    help: "1 where a valid value is not zero",
    result: ResultType::Truth,
    unit: Unit::None,
    finish: Finish::Statistic(Statistic::Any),
    ..Definition::DEFAULT
};

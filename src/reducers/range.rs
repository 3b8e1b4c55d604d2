//! `range`: the span of the values.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "range",
    help: "largest minus smallest valid value",
    called: Some("range"),
    result: ResultType::Sum,
    unit: Unit::OfDifferences,
    cell_method: Some("range"),
    finish: Finish::Difference(Pick::Maximum, Pick::Minimum),
    ..Definition::DEFAULT
};

//! `max`: the largest value.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "max",
    help: "largest valid value",
    result: ResultType::OfPixels,
    cell_method: Some("maximum"),
    finish: Finish::Statistic(Statistic::Pixel(Pick::Maximum)),
    ..Definition::DEFAULT
};

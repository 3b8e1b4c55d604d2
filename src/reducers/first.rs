//! `first`: the first value in time.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "first",
    help: "first valid value, in the order of the steps",
    result: ResultType::OfPixels,
    cell_method: Some("point"),
    finish: Finish::Statistic(Statistic::Pixel(Pick::First)),
    ..Definition::DEFAULT
};

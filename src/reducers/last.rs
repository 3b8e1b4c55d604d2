//! `last`: the last value in time.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "last",
    help: "last valid value, in the order of the steps",
    result: ResultType::OfPixels,
    cell_method: Some("point"),
    finish: Finish::Statistic(Statistic::Pixel(Pick::Last)),
    ..Definition::DEFAULT
};

//! `min`: the smallest value.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "min",
    help: "smallest valid value",
    result: ResultType::OfPixels,
    cell_method: Some("minimum"),
    finish: Finish::Statistic(Statistic::Pixel(Pick::Minimum)),
    ..Definition::DEFAULT
};

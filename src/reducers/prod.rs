//! `prod`: the product.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "prod",
    help: "product of the valid values",
    called: Some("product"),
    unit: Unit::OfSums,
    finish: Finish::Statistic(Statistic::Product),
    ..Definition::DEFAULT
};

//! `prod`: the product.

use super::prelude::*;

pub const REDUCER: Definition = Definition {
    name: "prod",
    help: "product of the valid values",
    finish: Finish::Statistic(Statistic::Product),
    ..Definition::DEFAULT
};

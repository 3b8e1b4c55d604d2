//! `mean`: the arithmetic mean, with weights where steps or pixels have some.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "mean",
    help: "arithmetic mean of the valid values",
    cell_method: Some("mean"),
    finish: Finish::Statistic(Statistic::Mean),
    ..Definition::DEFAULT
};

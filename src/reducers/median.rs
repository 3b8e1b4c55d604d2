//! `median`: the middle of the values, the quantile of a half.

use super::prelude::*;
use super::quantile::Quantile;

pub(crate) const REDUCER: Definition = Definition {
    name: "median",
    help: "median of the valid values, exact",
    share: 0.5,
    cell_method: Some("median"),
    finish: Finish::Series(Series::of::<Quantile>()),
    ..Definition::DEFAULT
};

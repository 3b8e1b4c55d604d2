//! `intercept`: the value of the line of least squares at position 0, for `trend`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "intercept",
    help: "the line of least squares at the first step",
    written: ReducerSyntax::ByStage,
    result: ResultType::Fit,
    finish: Finish::Statistic(Statistic::Line(LinePart::Intercept)),
    ..Definition::DEFAULT
};

//! `sen_intercept`: the value of Sen's line at position 0, for `trend sen`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "sen_intercept",
    help: "Sen's line at the first step",
    written: ReducerSyntax::ByStage,
    result: ResultType::Fit,
    finish: Finish::Statistic(Statistic::SenLine(LinePart::Intercept)),
    ..Definition::DEFAULT
};

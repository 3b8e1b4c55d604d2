//! `sen_slope`: Sen's slope, for `trend sen`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "sen_slope",
    help: "Sen's slope, the median of those of all pairs",
    called: Some("slope"),
    written: ReducerSyntax::ByStage,
    result: ResultType::Fit,
    finish: Finish::Statistic(Statistic::SenLine(LinePart::Slope)),
    ..Definition::DEFAULT
};

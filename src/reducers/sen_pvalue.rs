//! `sen_pvalue`: the test of Mann and Kendall, for `trend sen`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "sen_pvalue",
    help: "whether Sen's slope is more than chance",
    called: Some("p-value of the slope"),
    written: ReducerSyntax::ByStage,
    result: ResultType::Fit,
    unit: Unit::None,
    finish: Finish::Statistic(Statistic::SenLine(LinePart::PValue)),
    ..Definition::DEFAULT
};

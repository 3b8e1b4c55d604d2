//! `pvalue`: the t-test of the slope of least squares, for `trend`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "pvalue",
    help: "whether the slope of least squares is more than chance",
    called: Some("p-value of the slope"),
    written: ReducerSyntax::ByStage,
    result: ResultType::Fit,
    unit: Unit::None,
    finish: Finish::Statistic(Statistic::Line(LinePart::PValue)),
    ..Definition::DEFAULT
};

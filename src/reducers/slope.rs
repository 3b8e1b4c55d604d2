//! `slope`: how steep the line of least squares is, for `trend`.

use super::prelude::*;

pub(crate) const REDUCER: Definition = Definition {
    name: "slope",
    help: "change of the line of least squares from position to position",
    called: Some("slope"),
    written: ReducerSyntax::ByStage,
    result: ResultType::Fit,
    finish: Finish::Statistic(Statistic::Line(LinePart::Slope)),
    ..Definition::DEFAULT
};

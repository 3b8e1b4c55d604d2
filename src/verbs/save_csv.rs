//! `save csv`: write a table as CSV.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save csv",
    group: Group::Out,
    summary: "Write a table as CSV: a line of names, times in UTC, missing cells empty.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save csv` lists it."),
    ],
    seek: &["to_csv", "text", "excel", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | reduce mean over space | save csv \"series.csv\" delimiter \";\" overwrite",
        output: "",
    }],
    lower: Lower::TableSink(lower),
};

fn lower(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    call.save_table(input, "csv")
}

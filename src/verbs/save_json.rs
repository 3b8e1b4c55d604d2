//! `save json`: write a table as JSON.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save json",
    group: Group::Out,
    summary: "Write a table as JSON: a record a row, times in UTC, missing cells `null`.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save json` lists it."),
    ],
    seek: &["to_json", "records", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | reduce mean over space | save json \"series.json\" layout lines overwrite",
        output: "",
    }],
    lower: Lower::TableSink(lower),
};

fn lower(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    call.save_table(input, "json")
}

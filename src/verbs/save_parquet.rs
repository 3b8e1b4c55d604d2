//! `save parquet`: write a table as Parquet.

use super::prelude::*;

pub const VERB: Verb = Verb {
    name: "save parquet",
    group: Group::Out,
    summary: "Write a table as Parquet: typed columns, times in UTC, missing cells null.",
    params: &[
        Param::required("path", Shape::Path, "Where to."),
        Param::flag("overwrite", "Replace a target that is there."),
        Param::options("What the format can be told; `:help save parquet` lists it."),
    ],
    seek: &["to_parquet", "arrow", "feather", "write"],
    examples: &[Example {
        title: "With options",
        script: "load files \"*.tif\" | reduce mean over space | save parquet \"series.parquet\" compress zstd overwrite",
        output: "",
    }],
    lower: Lower::TableSink(lower),
};

fn lower(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    call.save_table(input, "parquet")
}

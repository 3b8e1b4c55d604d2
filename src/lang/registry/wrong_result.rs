//! The error where a stage for cubes is given a table, or one for tables a cube.

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::AnyPlan;

/// The error names the result that flows into the stage, and stages that may follow it.
pub(crate) fn wrong_result(stage: &str, place: Span, input: &AnyPlan) -> Box<Diagnostic> {
    let has = input.noun();
    let wants = match input {
        AnyPlan::Cube(_) => "a table",
        AnyPlan::Table(_) => "a cube",
        AnyPlan::Picture(_) => "a cube or a table",
    };
    let keeps = matches!(input, AnyPlan::Table(_)) && ["where", "mask", "crop", "time", "step"].contains(&stage);
    let saves = stage.starts_with("save ");
    let works = if saves { "writes" } else { "works on" };
    Diagnostic::new(codes::WRONG_RESULT, format!("`{stage}` {works} {wants}, and {has} flows in here"))
        .label(place, format!("{has} here"))
        .help(format!("what flows here is {}", input.describe()))
        .help(match input {
            AnyPlan::Cube(_) => {
                "make a table of it first: `reduce mean over space`, `zonal \"zones.gpkg\" mean`, \
                                 `extract \"points.csv\"`, `at lonlat 5.5 45.5`, `overlay \"classes.tif\" mean`, `counts`, `stats`, `steps`"
            }
            AnyPlan::Table(_) => {
                "a table can be worked on (`filter`, `sort`, `select`, `rename`, `derive`, `groupby`, `join`, `head`, `tail`, \
                 `mean` and other reducers), seen (`show`, `schema`, `describe`, `explain`, `plot`) and saved: \
                 `save parquet \"table.parquet\"`, `save csv`, `save json`"
            }
            AnyPlan::Picture(_) => {
                "a picture ends a pipeline, or is saved: `save png \"map.png\"`, `save svg`, `save gif`, `save html`; \
                                   bind what it is drawn of with `let` to go on with that"
            }
        })
        .help_if(
            (stage == "resample" && matches!(input, AnyPlan::Table(_)))
                .then(|| "rows are pooled by parts of their dates: `groupby [year month] mean`".into()),
        )
        .help_if(keeps.then(|| "rows are kept by a condition with `filter`".into()))
        .help_if(
            (saves && matches!(input, AnyPlan::Cube(_))).then(|| "or save the cube: `save zarr \"cube.zarr\"`".into()),
        )
}

//! `align`: the grid of another cube or raster.

use super::prelude::*;
use super::reproject::{OVERVIEWS, onto};

pub(super) const VERB: Verb = Verb {
    name: "align",
    group: Group::Space,
    summary: "Bring the cube onto the grid of another: its system, transform, rows and columns.",
    params: &[
        Param::required("to", Shape::CubeOrPath, "The cube or raster whose grid is taken."),
        Param::named("method", Shape::Choice(Resampling::WORDS), "How pixels are resampled; nearest unless given."),
        OVERVIEWS,
    ],
    seek: &["reproject_match", "regrid", "resample_cube_spatial", "like"],
    examples: &[Example {
        title: "Rain onto an elevation model",
        script: "let dem = ramp 1 4\nramp 2 2 | align $dem | schema",
        output: "2020-01-01 .. 2020-02-01, 2 steps, 1 band (v: int32), 4 x 4 pixels, EPSG:32631\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let Some(template) = call.cube_or_file("to")? else { return Ok(input.clone()) };
    if template.schema.grid == input.schema.grid {
        return Ok(input.clone());
    }
    onto(call, input, template.schema.grid.clone()).map_err(|d| d.or_at(call.span, "aligned here"))
}

//! `fill space`: give missing pixels a value from the pixels around them.

use super::prelude::*;
use crate::plan::Nearby;

pub(super) const VERB: Verb = Verb {
    name: "fill space",
    group: Group::Space,
    summary: "Fill gaps from the pixels around them: the nearest valid one of each quadrant, nearer ones counting more. What has none within reach stays missing.",
    params: &[
        Param::required("reach", Shape::Integer, "How far a value is looked for, in pixels."),
        Param::optional(
            "from",
            Shape::Choice(Nearby::WORDS),
            "`weighted` by the inverse of the distance, as gdal_fillnodata does; `nearest` takes one, which suits classes; `weighted` unless given.",
        ),
    ],
    seek: &["fillnodata", "interpolate_na", "inpaint", "idw", "gapfill", "fillmiss", "setmisstodis", "setmisstonn"],
    examples: &[
        Example {
            title: "A gap in the middle",
            script: "ramp 1 3 | where _ != 11 | fill space 1 | show",
            output: "2020-01-01 v\n 0  1  2\n10 11 12\n20 21 22\n",
        },
        Example {
            title: "The nearest, a pixel away at most",
            script: "ramp 1 4 | where _ < 20 | fill space 1 nearest | show",
            output: "2020-01-01 v\n     0      1      2      3\n    10     11     12     13\n    10     11     12     13\nnodata nodata nodata nodata\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    let reach = call.number("reach").unwrap_or(1.0);
    if reach < 1.0 {
        return Err(call.error(
            "reach",
            codes::OUT_OF_RANGE,
            "gaps are filled from at least 1 pixel away",
            "less than 1",
        ));
    }
    // No pixel lies further away than the grid is wide or high.
    let reach = reach.min(grid.width.max(grid.height) as f64) as usize;
    let from = match call.text("from").as_deref() {
        Some("nearest") => Nearby::Nearest,
        _ => Nearby::Weighted,
    };
    Plan::fill_space(input, reach, from, call.span)
}

//! `coarsen`: blocks of pixels to one.

use super::prelude::*;
use crate::plan::Footprint;

pub(super) const VERB: Verb = Verb {
    name: "coarsen",
    group: Group::Space,
    summary: "Reduce blocks of N x N pixels to one; blocks at the eastern and southern edge may be smaller.",
    params: &[
        Param::required("size", Shape::Integer, "Rows and columns of a block."),
        Param::required("reducers", Shape::Reducers, "`mean`, `p90`, `quantile 0.9`, or several: `[mean std]`."),
        Param::named(
            "min_count",
            Shape::MinCount,
            "Valid pixels a result needs, or their share of the block: `20`, `80%`; 1 unless given.",
        ),
        Param::flag("keepna", "One missing pixel makes the result missing; smaller blocks are missing too."),
        Param::flag("trim", "Leave out the smaller blocks at the edge."),
    ],
    seek: &["aggregate_space", "gridboxmean", "downscale", "resolution", "block", "upscale"],
    examples: &[
        Example {
            title: "Blocks of four",
            script: "ramp 1 4 | coarsen 2 mean | show",
            output: "2020-01-01 v\n 5.5  7.5\n25.5 27.5\n",
        },
        Example {
            title: "What is left at the edge",
            script: "ramp 1 3 | coarsen 2 max | show",
            output: "2020-01-01 v\n11 12\n21 22\n",
        },
    ],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let grid = &input.schema.grid;
    let n = size(call, grid)?;
    let grid = match call.has("trim") {
        true => GeoBox { width: grid.width / n, height: grid.height / n, ..grid.coarse(n) },
        false => grid.coarse(n),
    };
    if grid.pixels() == 0 {
        return Err(call.error("size", codes::EMPTY_SELECTION, "no whole block fits in the cube", "too large"));
    }
    let reduction = call.reduction("reducers")?;
    pixels_have_no_date(call, &reduction.reducers)?;
    Plan::reduce_space(input, grid, Footprint::block(n), reduction.reducers, reduction.options, call.span)
}

/// The edge of a block or window: at least a pixel, at most the grid.
pub(super) fn size(call: &Call, grid: &GeoBox) -> Result<usize> {
    let n = call.number("size").unwrap_or(1.0);
    if n < 1.0 || n > grid.width.max(grid.height) as f64 {
        let what = format!("{n} x {n} pixels of a cube that has {} x {}", grid.width, grid.height);
        return Err(call.error("size", codes::OUT_OF_RANGE, what, "too many or too few"));
    }
    Ok(n as usize)
}

/// Refuses reducers such as `argmin`, whose results are dates: pixels of one step have none.
pub(super) fn pixels_have_no_date(call: &Call, reducers: &[Reducer]) -> Result<()> {
    match reducers.iter().find(|r| r.answers_when()) {
        None => Ok(()),
        Some(arg) => Err(call
            .error(
                "reducers",
                codes::UNFIT_ARGUMENTS,
                format!("`{}` gives a time, and all pixels of a step have the same", arg.name()),
                "over pixels",
            )
            .help("`min` and `max` give the values")),
    }
}

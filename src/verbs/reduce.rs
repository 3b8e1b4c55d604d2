//! `reduce`: makes one step of many, or one band; every reducer is such a stage by its own name, too.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::lang::registry::Reduction;
use crate::plan::ReduceOptions;

pub(super) const VERB: Verb = Verb {
    name: "reduce",
    group: Group::Time,
    summary: "Reduce all steps, bands or pixels to one; every reducer is a stage too: `median` is `reduce median`.",
    params: &[
        Reduction::REDUCERS,
        Param::named(
            "over",
            Shape::Choice(&["time", "band", "space"]),
            "What is reduced; time unless given. Over space it gives a table, on grids of degrees with means and standard deviations weighted by area.",
        ),
        Reduction::MIN_COUNT,
        Reduction::KEEPNA,
        Param::named(
            "weights",
            Shape::Choice(&["days", "none"]),
            "Over time `days`: each step counts as many days as it stands for. Over space `none`: each pixel counts the \
             same, on grids of degrees, too.",
        ),
    ],
    seek: &["aggregate", "composite", "timmean", "reduce_time", "average", "fldmean", "fldsum", "aggregate_spatial"],
    examples: &[
        Example {
            title: "The mean of all steps",
            script: "ramp 3 2 | mean | show",
            output: "2020-01-01 .. 2020-03-01 v\n100 101\n110 111\n",
        },
        Example {
            title: "Two at once",
            script: "ramp 3 1 | reduce [min max] | show",
            output: "2020-01-01 .. 2020-03-01 v_min\n0\n2020-01-01 .. 2020-03-01 v_max\n200\n",
        },
        Example {
            title: "Over bands",
            script: "ramp 1 2 bands [a b] | max over band | show",
            output: "2020-01-01 max\n1000 1001\n1010 1011\n",
        },
        Example {
            title: "Over space, each pixel of a grid of degrees counting the same",
            script: "load files \"*.tif\" | reduce [mean std1] over space weights none",
            output: "",
        },
        Example {
            title: "Over space: a table of the steps",
            script: "ramp 2 4 | reduce [mean count] over space",
            output: "",
        },
    ],
    lower: Lower::Either(lower),
};

fn lower(call: &Call, input: &AnyPlan) -> Result<AnyPlan> {
    let input = call.cube_here(input)?;
    if call.text("over").as_deref() == Some("space") {
        return over_space(call, input).map(AnyPlan::Table);
    }
    over_steps_or_bands(call, input).map(AnyPlan::Cube)
}

fn over_space(call: &Call, input: &Arc<Plan>) -> Result<Arc<TablePlan>> {
    let grid = &input.schema.grid;
    let by_area = grid.is_angular() && call.text("weights").as_deref() != Some("none");
    if by_area && grid.is_rotated() {
        return Err(Diagnostic::new(
            codes::NOT_NORTH_UP,
            "the pixels of a rotated grid of degrees have no common area",
        )
        .label(call.span_of("over"), "cannot weigh by area")
        .help("bring it onto a grid that is north-up first: `reproject EPSG:4326`")
        .help("or let each pixel count the same: `reduce mean over space weights none`"));
    }
    let reduction = call.reduction("reducers")?.over_space(call, "reducers", by_area)?;
    Ok(TablePlan::new(input, Rows::Space { reduction, by_area }, call.span))
}

fn over_steps_or_bands(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let reduction = call.reduction("reducers")?;
    if call.text("over").as_deref() == Some("band") {
        if reduction.weights_days {
            return Err(call.error("weights", codes::UNFIT_ARGUMENTS, "bands have no days to weigh by", "over bands"));
        }
        return Plan::reduce_bands(input, reduction.reducers, reduction.options, call.span);
    }
    let options = reduction.options_for(&input.schema)?;
    all_steps(input, reduction.reducers, options, call.span)
}

/// Reduces all steps to one.
pub(super) fn all_steps(
    input: &Arc<Plan>,
    reducers: Vec<Reducer>,
    options: ReduceOptions,
    span: Span,
) -> Result<Arc<Plan>> {
    let time = &input.schema.time;
    let dates = time.instants().and_then(|(c, all)| Some((*c, *all.iter().min()?, *all.iter().max()?)));
    let axis = match dates {
        Some((calendar, start, end)) => TimeAxis::Reduced { calendar, start, end, steps: time.len() },
        None => TimeAxis::Positions(1),
    };
    Plan::reduce_time(input, axis, vec![Some(0); time.len()], reducers, options, span)
}

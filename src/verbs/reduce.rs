//! `reduce`: makes one step of many, one band, or one row; every reducer is such a stage by its own name, too.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::lang::registry::Reduction;
use crate::plan::table::{self, column_of};
use crate::plan::{self, ReduceOptions};
use crate::table::{Column, ColumnType};

pub(super) const VERB: Verb = Verb {
    name: "reduce",
    group: Group::Time,
    summary: "Reduce all steps, bands or pixels to one, or all rows of a table; every reducer is a stage too: `median` is \
              `reduce median`.",
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
    if let AnyPlan::Table(table) = input {
        for name in ["over", "weights"] {
            if call.has(name) {
                let message = format!("`{name}` is about the pixels of a cube");
                return Err(call.error(name, codes::UNFIT_ARGUMENTS, message, "a table flows in here"));
            }
        }
        return rows(call, table, Vec::new()).map(AnyPlan::Table);
    }
    let input = call.cube_here(input)?;
    if call.text("over").as_deref() == Some("space") {
        return over_space(call, input).map(AnyPlan::Table);
    }
    over_steps_or_bands(call, input).map(AnyPlan::Cube)
}

/// Reduces the rows of a table that have equal keys, or all of them, column by column.
pub(super) fn rows(call: &Call, input: &Arc<TablePlan>, keys: Vec<(String, Expr)>) -> Result<Arc<TablePlan>> {
    let Reduction { reducers, options, .. } = call.reduction("reducers")?;
    let takes_rows = |reducer: &Reducer| reducer.is_tallied(false) || reducer.takes_an_end();
    if let Some(reducer) = reducers.iter().find(|reducer| !takes_rows(reducer)) {
        let words: Vec<&str> =
            Reducer::words().filter(|word| takes_rows(&Reducer::from(*word))).map(|word| word.name).collect();
        let message = format!("`{}` has no meaning over the rows of a table", reducer.name());
        return Err(call
            .error("reducers", codes::UNKNOWN_CHOICE, message, "not here")
            .help(format!("take one of `{} p90`", words.join(" "))));
    }
    let columns = &input.schema.columns;
    let is_key = |column: &usize| keys.iter().any(|(_, key)| *key == Expr::Band(*column));
    // The numbers of zones, the places of points and parts of dates say what a row is about; their mean says nothing.
    let roles = input.roles();
    let is_name = |column: &usize| roles.about.contains(column) || roles.parts.contains(column);
    let others: Vec<usize> = (0..columns.len()).filter(|column| !is_key(column)).collect();
    let numbers: Vec<usize> =
        others.iter().copied().filter(|column| columns[*column].kind.is_number() && !is_name(column)).collect();
    let tells_apart = |column: &usize| {
        let own = &columns[*column];
        // What is listed of steps and items is no table of pixels, and each row of it another.
        let is_told = roles.about.contains(column) && !input.is_listing();
        is_told && own.geometry.is_none() && own.kind != ColumnType::Time && roles.along != Some(*column)
    };
    let pooled: Vec<usize> = others.iter().copied().filter(tells_apart).collect();
    if numbers.is_empty() {
        return Err(Diagnostic::new(codes::EMPTY_SELECTION, "the table has no numbers to reduce")
            .label(call.span, "nothing to reduce")
            .help("to count rows, give them a number first: `derive n = 1`"));
    }
    let mut made: Vec<Column> = Vec::new();
    for (name, key) in &keys {
        let mixed =
            || call.error("by", codes::WRONG_LABELS, "the expression gives keys of several kinds", "numbers and texts");
        made.push(column_of(name, key, columns).ok_or_else(mixed)?);
    }
    for &number in &numbers {
        for reducer in &reducers {
            let mut column = table::reduced(&columns[number], *reducer);
            // Two columns never have one name: `mean_max` of `mean` may be there already.
            while made.iter().any(|other| other.name == column.name) {
                column.name.push('_');
            }
            made.push(column);
        }
    }
    let edit = Edit::Group {
        keys: keys.into_iter().map(|(_, key)| key).collect(),
        columns: numbers,
        pooled,
        reduction: plan::Reduction { reducers, options },
    };
    Ok(input.edit(edit, made, call.span))
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

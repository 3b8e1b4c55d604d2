//! `sort`: put the steps in the order of a property, or the rows of a table in that of columns, or backwards.

use super::prelude::*;
use crate::expr::property_named;
use crate::plan::show::typed;
use serde_json::Value as Json;
use std::cmp::Ordering;

pub(super) const VERB: Verb = Verb {
    name: "sort",
    group: Group::Pick,
    summary: "Put the steps in order: by time, or by a property; or the rows of a table by columns.",
    params: &[
        Param::optional(
            "by",
            Shape::Names,
            "`time`, or a property such as `cloud_cover`; time unless given. Of tables a column, or several: `[zone time]`.",
        ),
        Param::flag("descending", "Largest first. Missing cells of a table come last either way."),
    ],
    seek: &["order", "sortby"],
    examples: &[
        Example {
            title: "Latest first",
            script: "ramp 2 1 | sort time descending | show",
            output: "2020-02-01 v\n100\n2020-01-01 v\n0\n",
        },
        Example {
            title: "The largest of a table",
            script: "ramp 3 2 | mean over space | sort mean descending | head 1",
            output: "time        band     mean\ntimestamp   text  float64\n2020-03-01  v       205.5\n1 row\n",
        },
    ],
    lower: Lower::Both(steps, rows),
};

fn rows(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    let by = match call.has("by") {
        true => call.positions("by", input)?,
        false => vec![input.schema.position("time").ok_or_else(|| {
            Diagnostic::new(codes::MISSING_ARGUMENT, "the table has no column `time`, so say by which")
                .label(call.span, "by what?")
                .help(format!("`sort {}`", typed(&input.schema.columns[0].name)))
        })?],
    };
    let sort = Edit::Sort { by, descending: call.has("descending") };
    Ok(input.edit(sort, input.schema.columns.clone(), call.span))
}

fn steps(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let schema = &input.schema;
    let by = match &call.names("by")[..] {
        [] => "time".to_string(),
        [(by, _)] => by.clone(),
        [_, (_, second), ..] => {
            return Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, "steps are put in the order of one property")
                .label(*second, "a second one"));
        }
    };
    let mut steps: Vec<usize>;
    if by == "time" {
        steps = schema.time.sort_order();
    } else {
        let key = property_named(&by, schema.properties.keys().map(String::as_str));
        let Some(values) = key.and_then(|k| schema.properties.get(k)) else {
            let known: Vec<&str> = schema.properties.keys().map(String::as_str).chain(["time"]).collect();
            return Err(call.unknown("by", "property of the steps", &by, &known));
        };
        steps = (0..values.len()).collect();
        steps.sort_by(|&a, &b| order(&values[a], &values[b]));
    }
    if call.has("descending") {
        steps.reverse();
    }
    Plan::select(input, Selection { steps, ..Selection::all(schema) }, call.span)
}

fn order(a: &Json, b: &Json) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.to_string().cmp(&b.to_string()),
    }
}

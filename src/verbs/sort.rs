//! `sort`: put the steps in the order of a property, or backwards.

use super::prelude::*;
use crate::expr::property_named;
use serde_json::Value as Json;
use std::cmp::Ordering;

pub(super) const VERB: Verb = Verb {
    name: "sort",
    group: Group::Pick,
    summary: "Put the steps in order: by time, or by a property.",
    params: &[
        Param::optional("by", Shape::Text, "`time`, or a property such as `cloud_cover`; time unless given."),
        Param::flag("descending", "Largest first."),
    ],
    seek: &["order", "sortby"],
    examples: &[Example {
        title: "Latest first",
        script: "ramp 2 1 | sort time descending | show",
        output: "2020-02-01 v\n100\n2020-01-01 v\n0\n",
    }],
    lower: Lower::Stage(lower),
};

fn lower(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let schema = &input.schema;
    let by = call.text("by").unwrap_or_else(|| "time".into());
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

//! Plans as HTML: each node with its schema and its inputs folded below it, and the cost of a run.

use super::html::{CARD, escape, row};
use super::{table, text};
use crate::exec::bytes;
use crate::exec::{Job, Limits, TableJob, TableOp};
use crate::plan::show::{line, summary, tree};
use crate::plan::{Plan, TablePlan};
use std::fmt::Write as _;

/// The line on the left shows in light and dark notebooks.
const NODE: &str = "border-left:2px solid rgba(128,128,128,0.4);padding-left:0.7em;margin:0.15em 0 0.15em 0.15em";
const SCHEMA: &str = "opacity:0.7;font-size:0.92em";

pub(crate) fn explain(logical: &Plan, optimized: &Plan, job: &Job, limits: &Limits) -> String {
    let mut out = node(logical, true);
    if tree(optimized, false) != tree(logical, false) {
        let _ = write!(
            out,
            "<details style=\"margin-top:0.5em\"><summary style=\"cursor:pointer\">optimized</summary>{}</details>",
            node(optimized, false)
        );
    }
    let mut rows = text::cost_rows(job, limits.threads);
    rows.push(("result", bytes(optimized.schema.bytes())));
    card(&(out + &cost(&rows)))
}

pub(crate) fn explain_table(plan: &TablePlan, computed: &[(TableOp, TableJob)]) -> String {
    let inputs: String = table::cubes(plan, computed).into_iter().map(|cube| node(cube, true)).collect();
    let mut out = one(&table::made_by(plan), Some(&plan.schema.summary()), &inputs);
    if let Some(sink) = &plan.sink {
        out = one(&format!("write {} {}", sink.format, sink.path), None, &out);
    }
    if computed.is_empty() {
        return card(&(out + &cost(&[("read", "headers alone, no pixels".into())])));
    }
    for (_, planned) in computed {
        let mut rows = text::cost_rows(&planned.job, planned.threads);
        rows.push(("held", format!("{} beside the tasks", bytes(planned.held))));
        out.push_str(&cost(&rows));
    }
    card(&out)
}

fn card(page: &str) -> String {
    format!("<div style=\"{CARD}\">{page}</div>")
}

fn node(plan: &Plan, schemas: bool) -> String {
    let inputs: String = plan.node.inputs().into_iter().map(|input| node(input, schemas)).collect();
    one(&line(plan), schemas.then(|| summary(&plan.schema)).as_deref(), &inputs)
}

fn one(line: &str, schema: Option<&str>, inputs: &str) -> String {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let schema = schema.map_or(String::new(), |s| format!("<div style=\"{SCHEMA}\">{}</div>", escape(s)));
    let title = format!("<b>{}</b> {}", escape(word), escape(rest));
    match inputs {
        "" => format!("<div style=\"{NODE}\">{title}{schema}</div>"),
        _ => format!(
            "<details open style=\"{NODE}\"><summary style=\"cursor:pointer\">{title}</summary>{schema}{inputs}</details>"
        ),
    }
}

fn cost(rows: &[(&str, String)]) -> String {
    let mut out = String::from("<table style=\"border-collapse:collapse;margin:0.5em 0 0\">");
    for (name, value) in rows {
        out.push_str(&row(name, &escape(value)));
    }
    out + "</table>"
}

//! `map`: bands computed from bands; only those named stay.

use super::prelude::*;
use crate::diagnostic::Span;
use crate::lang::ast;
use crate::lang::expr::{self, Cx};

pub(super) const VERB: Verb = Verb {
    name: "map",
    group: Group::Pixel,
    summary: "Compute bands from bands; only those named stay. Without a name: every band in turn, the pixel is `_`. A name that no band has may be used after it was given.",
    params: &[Param::required(
        "bands",
        Shape::AssignsOrExpr,
        "`name = expression`, several with commas, or one expression.",
    )],
    seek: &["apply", "calc", "expr", "math", "compute", "band_math"],
    examples: &[
        Example {
            title: "An index",
            script: "ramp 1 2 bands [red nir] | map nd = (nir - red) / (nir + red + 10) | show",
            output: "2020-01-01 nd\n0.990099 0.988142\n0.970874 0.968992\n",
        },
        Example {
            title: "One from another",
            script: "ramp 1 2 | map half = v / 2, more = half + 1 | show",
            output: "2020-01-01 half\n0 0.5\n5 5.5\n2020-01-01 more\n1 1.5\n6 6.5\n",
        },
        Example {
            title: "Every band",
            script: "ramp 1 2 | map _ * 2 + 1 | show",
            output: "2020-01-01 v\n 1  3\n21 23\n",
        },
    ],
    lower: Lower::Both(bands, columns),
};

fn columns(call: &Call, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
    let Some(Value::Assigns(assigns)) = call.get("bands").map(|a| &a.value) else {
        return Err(call
            .error("bands", codes::WRONG_TYPE, "columns of a table are computed by name", "without a name")
            .help("for example `derive anomaly = mean - 20`"));
    };
    let (input, outputs) = call.assigned(assigns, input)?;
    input.compute(outputs, call.span)
}

fn bands(call: &Call, input: &Arc<Plan>) -> Result<Arc<Plan>> {
    let outputs = match call.get("bands").map(|a| &a.value) {
        Some(Value::Assigns(assigns)) => {
            let (input, outputs) = call.assigned(assigns, input)?;
            return Plan::map(&input, outputs, call.span);
        }
        Some(Value::Expr(e)) => {
            refuse_slip(e, &input.schema)?;
            let each = |(i, band): (usize, &Band)| {
                Ok((band.name.clone(), expr::bind(e, &Cx::with_pixel(&input.schema, call.scope, i))?))
            };
            input.schema.bands.iter().enumerate().map(each).collect::<Result<_>>()?
        }
        _ => return Err(call.error("bands", codes::WRONG_TYPE, "`map` takes an expression", "none here")),
    };
    Plan::map(input, outputs, call.span)
}

/// Refuses `map x == red / nir`, where `=` was meant: it would compare the coordinate of every pixel.
fn refuse_slip(expr: &ast::Expr, schema: &Schema) -> Result<()> {
    let ast::ExprKind::Binary { op: ast::Binary::Eq, left, right } = &expr.value else { return Ok(()) };
    let ast::ExprKind::Band(name) = &left.value else { return Ok(()) };
    if schema.band_index(name).is_some() {
        return Ok(());
    }
    let between = Span { start: left.span.end, end: right.span.start, ..expr.span };
    Err(Diagnostic::new(codes::SYNTAX, "`==` compares, it does not bind")
        .label(between, "`=` expected here")
        .help(format!("`map {name} = ..` makes a band; a comparison that is meant stands in parentheses")))
}

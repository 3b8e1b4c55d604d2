//! Conditions and labels of steps and items: `month(time) in [6 7 8]`, `cloud_cover < 60`.

use super::ast;
use super::expr::{Cx, Domain, SEASONS, bind, bind_rows, is_season};
use super::scope::Scope;
use crate::cube::{Label, Schema};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::expr::{Binary, Cell, Expr, Steps, Value, values};
use crate::plan::show::typed;
use crate::table::{Column, ColumnType};

/// The steps of the cube for which the condition is true; it is not where it is missing. With them, whether a part of
/// their dates decided.
pub(crate) fn steps(expr: &ast::Expr, scope: &Scope, schema: &Schema) -> Result<(Vec<usize>, bool)> {
    let condition = bound(expr, Domain::Steps(schema), scope)?;
    if let Expr::Property(name) = &condition
        && !schema.properties.get(name).into_iter().flatten().any(serde_json::Value::is_boolean)
    {
        return Err(no_condition(expr, &format!("{name} < 20")));
    }
    let held = values(&condition, &Steps(schema), schema.time.len());
    let kept = held.into_iter().enumerate().filter(|(_, value)| value.is_true()).map(|(step, _)| step).collect();
    Ok((kept, condition.reads_calendar()))
}

/// A condition over items, bound before they are read.
pub(crate) fn items(expr: &ast::Expr, scope: &Scope) -> Result<Expr> {
    bound(expr, Domain::Items, scope)
}

/// A condition over the rows of a table.
pub(crate) fn rows(expr: &ast::Expr, scope: &Scope, columns: &[Column]) -> Result<Expr> {
    let condition = bind_rows(expr, columns, scope)?;
    if decides(&condition) {
        return Ok(condition);
    }
    let column = match &condition {
        Expr::Band(own) => Some(&columns[*own]),
        _ => columns.iter().find(|column| column.kind.is_number()),
    };
    let example = column.map_or("zone == \"north\"".to_string(), |column| match column.kind {
        ColumnType::Text => format!("{} == \"north\"", typed(&column.name)),
        ColumnType::Time => format!("year({}) == 2020", typed(&column.name)),
        ColumnType::Int64 | ColumnType::UInt64 => format!("{} == 1", typed(&column.name)),
        ColumnType::Float32 | ColumnType::Float64 => format!("{} > 5", typed(&column.name)),
    });
    Err(no_condition(expr, &example))
}

/// Binds a condition. A number or a date alone is none.
fn bound(expr: &ast::Expr, domain: Domain, scope: &Scope) -> Result<Expr> {
    let condition = bind(expr, &Cx::over(domain, scope))?;
    if decides(&condition) {
        return Ok(condition);
    }
    let Expr::Time(part) = &condition else {
        return Err(no_condition(expr, "month(time) in [6 7 8]"));
    };
    let example = match part.name {
        "time" => "time >= @2020-06".to_string(),
        "season" => "season(time) == \"DJF\"".to_string(),
        name => format!("{name}(time) in [1 2]"),
    };
    Err(no_condition(expr, &example))
}

fn decides(expr: &Expr) -> bool {
    match expr {
        // A property may be a truth.
        Expr::Truth(_) | Expr::Property(_) => true,
        Expr::If(_, yes, no) => decides(yes) && decides(no),
        Expr::Case { arms, otherwise } => {
            arms.iter().all(|(_, value)| decides(value)) && otherwise.as_deref().is_none_or(decides)
        }
        Expr::Binary(Binary::Coalesce, a, b) => decides(a) && decides(b),
        Expr::Number(_) | Expr::Text(_) | Expr::Missing | Expr::Band(_) | Expr::Time(_) | Expr::Coord(_) => false,
        Expr::Unary(..) | Expr::Binary(..) | Expr::In { .. } | Expr::IsValid(_) => expr.is_truth(),
        Expr::Bits { .. } | Expr::Call(..) => false,
    }
}

fn no_condition(expr: &ast::Expr, example: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::NO_CONDITION, "a filter needs a condition")
        .label(expr.span, "is neither true nor false")
        .help(format!("compare it: `filter {example}`"))
}

/// The label an expression gives each step, for `groupby`; seasons have names.
pub(crate) fn labels(expr: &ast::Expr, scope: &Scope, schema: &Schema) -> Result<Vec<Label>> {
    let tree = bind(expr, &Cx::over(Domain::Steps(schema), scope))?;
    let label = |(step, value)| match value {
        Value::Number(v) if is_season(&tree) => Ok(Label::Text(SEASONS[v as usize - 1].into())),
        Value::Number(v) => Ok(Label::Number(v)),
        Value::Truth(b) => Ok(Label::Text(b.to_string())),
        Value::Text(t) => Ok(Label::Text(t.into())),
        Value::Missing => {
            Err(Diagnostic::new(codes::WRONG_LABELS, format!("the expression gives step {step} no label"))
                .label(expr.span, "gives neither a number nor a text"))
        }
    };
    values(&tree, &Steps(schema), schema.time.len()).into_iter().enumerate().map(label).collect()
}

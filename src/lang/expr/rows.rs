//! Names in expressions over the rows of a table: its columns, and the parts of dates in them.

use super::{BoundExpr, Cx, Domain, bind};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::expr::{Expr, Function, Member};
use crate::lang::ast;
use crate::lang::scope::Scope;
use crate::plan::show::{expression, typed};
use crate::plan::table::{type_of, unfit};
use crate::table::{Column, ColumnType};

/// The error for a name that no column has, where an expression stands.
pub(super) fn unknown(name: &str, span: Span, columns: &[Column]) -> Box<Diagnostic> {
    let error = unknown_column(name, span, columns);
    if let Some(part) = part_named(name, columns) {
        return error.help(format!("write `{part}`"));
    }
    let is_near = diagnostic::did_you_mean(name, columns.iter().map(|column| column.name.as_str())).is_some();
    let is_place = ["_", "lon", "lat", "x", "y"].contains(&name);
    let text = columns.iter().find(|column| column.kind == ColumnType::Text && !is_near && !is_place);
    let quoted = |column: &Column| format!("a text stands in quotes: `{} == \"{name}\"`", typed(&column.name));
    error.help_if(text.map(quoted))
}

/// The error for a name that no column has.
pub(crate) fn unknown_column(name: &str, span: Span, columns: &[Column]) -> Box<Diagnostic> {
    let names = || columns.iter().map(|column| column.name.as_str());
    Diagnostic::new(codes::UNKNOWN_COLUMN, format!("the table has no column `{name}`"))
        .label(span, "not a column")
        .help_if(diagnostic::did_you_mean(name, names()))
        .help(format!("columns here: {}", diagnostic::list_some(names(), 20)))
}

/// The part of dates that a name may mean: `month(time)`.
pub(crate) fn part_named(name: &str, columns: &[Column]) -> Option<String> {
    let dated = columns.iter().find(|column| column.kind == ColumnType::Time)?;
    let part = Function::find(name).filter(|function| function.args == (0, 1))?;
    Some(format!("{}({})", part.name, typed(&dated.name)))
}

/// A part of the dates of a column: `month(time)`.
pub(super) fn part_of_date(
    function: &'static Function,
    args: &[ast::Expr],
    span: Span,
    columns: &[Column],
    cx: &Cx,
) -> Result<Expr> {
    let dates = columns.iter().filter(|column| column.kind == ColumnType::Time);
    let write = |column: &Column| format!("{}({})", function.name, typed(&column.name));
    let error = |place: Span| {
        let calls: Vec<String> = dates.clone().map(write).collect();
        let help = match calls.is_empty() {
            true => "the table has no column of dates; those of other calendars are texts".to_string(),
            false => format!("write {}", diagnostic::list_some(calls.iter().map(String::as_str), 4)),
        };
        Diagnostic::new(codes::WRONG_TYPE, format!("`{}` takes a column of dates", function.name))
            .label(place, "not one")
            .help(help)
    };
    let [arg] = args else { return Err(error(span)) };
    match bind(arg, cx)? {
        Expr::Band(column) if columns[column].kind == ColumnType::Time => {
            Ok(Expr::Call(function, vec![Expr::Band(column)]))
        }
        _ => Err(error(arg.span)),
    }
}

/// Binds an expression over the rows of a table. Arithmetic and conditions of texts and dates, whose results would all be
/// missing, are refused.
pub(crate) fn bind_rows(expr: &ast::Expr, columns: &[Column], scope: &Scope) -> Result<Expr> {
    let bound = bind(expr, &Cx::over(Domain::Rows(columns), scope))?;
    let Some(kind) = unfit(&bound, columns) else { return Ok(bound) };
    let help = match kind {
        ColumnType::Time => {
            "a date taken from another is a number of days: `time - @2020-01-01`; dates are compared: `time > @2020`"
        }
        _ => "texts are compared: `band == \"rain\"`, and chosen: `if(mean > 5, \"wet\", \"dry\")`",
    };
    Err(Diagnostic::new(codes::NO_NUMBER, format!("{} where a number or a condition is wanted", noun(kind)))
        .label(expr.span, "cannot be computed")
        .help(help))
}

/// What is compared, of which a date is written as one.
fn type_of_bound(bound: &BoundExpr, columns: &[Column]) -> Option<ColumnType> {
    match bound {
        BoundExpr::Date { .. } => Some(ColumnType::Time),
        BoundExpr::Expr(expr) if super::is_season(expr) => None,
        BoundExpr::Expr(expr) => type_of(expr, columns).flatten(),
    }
}

/// Refuses to compare texts with numbers or dates, and dates with numbers: it would hold for no row.
pub(super) fn comparable(left: (&BoundExpr, Span), right: (&BoundExpr, Span), columns: &[Column]) -> Result<()> {
    for ((this, place), (other, _)) in [(left, right), (right, left)] {
        if let (BoundExpr::Expr(Expr::Missing), BoundExpr::Expr(other)) = (this, other) {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            return Err(Diagnostic::new(codes::NO_CONDITION, "nothing equals what is missing")
                .label(place, "never true")
                .help(format!("write `isnodata({})`", expression(other, &names))));
        }
    }
    let (Some(a), Some(b)) = (type_of_bound(left.0, columns), type_of_bound(right.0, columns)) else { return Ok(()) };
    if a == b || a.is_number() && b.is_number() {
        return Ok(());
    }
    let written = |bound: &BoundExpr, other: ColumnType| match bound {
        BoundExpr::Expr(Expr::Text(text)) if other == ColumnType::Time => Some(format!("write the date as `@{text}`")),
        BoundExpr::Expr(Expr::Text(text)) if text.parse::<f64>().is_ok() => {
            Some(format!("write the number as `{text}`"))
        }
        BoundExpr::Expr(Expr::Number(number)) if other == ColumnType::Text => {
            Some(format!("write the text as `\"{number}\"`"))
        }
        BoundExpr::Expr(Expr::Number(_)) if other == ColumnType::Time => {
            Some("a date is written `@2020-06-01`, and its year is a part of it: `year(time) == 2020`".into())
        }
        _ => None,
    };
    let (place, help) = match written(right.0, a) {
        Some(help) => (right.1, Some(help)),
        None => (left.1, written(left.0, b)),
    };
    Err(unlike(a, b, place).help_if(help))
}

fn unlike(a: ColumnType, b: ColumnType, place: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::NO_NUMBER, format!("{} cannot be compared with {}", noun(a), noun(b)))
        .label(place, "of another kind")
}

/// The same for the members of a set.
pub(super) fn members_fit(operand: &Expr, set: &[Member], columns: &[Column], span: Span) -> Result<()> {
    let Some(own) = type_of(operand, columns).flatten() else { return Ok(()) };
    let strange = set.iter().find_map(|member| match member {
        Member::Text(text) if own != ColumnType::Text => {
            Some((ColumnType::Text, (own == ColumnType::Time).then(|| format!("write the date as `@{text}`"))))
        }
        Member::Range { low, high, .. } if own == ColumnType::Text => {
            Some((ColumnType::Float64, (low == high).then(|| format!("write the text as `\"{low}\"`"))))
        }
        // Ranges of dates leave their ends out.
        Member::Range { half_open: false, .. } if own == ColumnType::Time => {
            Some((ColumnType::Float64, Some("dates in a set are written `[@2020-01..@2020-02 @2020-06]`".into())))
        }
        Member::Text(_) | Member::Range { .. } => None,
    });
    match strange {
        Some((other, help)) => Err(unlike(own, other, span).help_if(help)),
        None => Ok(()),
    }
}

fn noun(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Time => "a date",
        ColumnType::Text => "a text",
        ColumnType::Int64 | ColumnType::UInt64 | ColumnType::Float32 | ColumnType::Float64 => "a number",
    }
}

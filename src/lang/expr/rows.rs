//! Names in expressions over the rows of a table: its columns, and the parts of dates in them.

use super::{BoundExpr, Cx, bind};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::expr::{Expr, Function, Member};
use crate::lang::ast;
use crate::plan::show::typed;
use crate::plan::table::type_of;
use crate::table::{Column, ColumnType};

pub(crate) fn unknown_column(name: &str, span: Span, columns: &[Column]) -> Box<Diagnostic> {
    let names = || columns.iter().map(|column| column.name.as_str());
    let dated = columns.iter().find(|column| column.kind == ColumnType::Time);
    let is_part = |function: &Function| function.args == (0, 1);
    let part = Function::find(name).filter(|function| is_part(function)).zip(dated);
    Diagnostic::new(codes::UNKNOWN_COLUMN, format!("the table has no column `{name}`"))
        .label(span, "not a column")
        .help_if(part.map(|(function, column)| format!("write `{}({})`", function.name, typed(&column.name))))
        .help_if(diagnostic::did_you_mean(name, names()))
        .help(format!("columns here: {}", diagnostic::list_some(names(), 20)))
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
        Member::Range { low, .. } if own == ColumnType::Text => {
            Some((ColumnType::Float64, Some(format!("write the text as `\"{low}\"`"))))
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

//! The set of an `in`: numbers, texts, dates, and ranges of them.

use super::{BoundExpr, Cx, bound, calendar, variable};
use crate::cube::time::{Instant, interval};
use crate::diagnostic::{Diagnostic, Result, Span, codes};
use crate::expr::{Expr, Member};
use crate::lang::ast::{self, ExprKind, Literal};
use crate::lang::value::Value;

pub(super) fn members(set: &ast::Expr, cx: &Cx) -> Result<Vec<Member>> {
    match &set.value {
        ExprKind::Group(inner) => members(inner, cx),
        ExprKind::List(items) => {
            let lists: Vec<Vec<Member>> = items.iter().map(|i| members(i, cx)).collect::<Result<_>>()?;
            Ok(lists.into_iter().flatten().collect())
        }
        ExprKind::Literal(Literal::Range { start, end, half_open }) => {
            let value = Value::Range { start: *start, end: *end, half_open: *half_open };
            Ok(range(&value, set.span, cx)?.into_iter().collect())
        }
        ExprKind::Literal(Literal::DateRange { start, end, half_open }) => {
            let value = Value::DateRange { start: start.clone(), end: end.clone(), half_open: *half_open };
            Ok(range(&value, set.span, cx)?.into_iter().collect())
        }
        ExprKind::Range(ends) => Ok(range(&cx.scope.range(ends)?, set.span, cx)?.into_iter().collect()),
        ExprKind::Variable(name) => {
            let arg = cx.scope.variable(name, set.span)?;
            match &arg.value {
                Value::List(items) => {
                    items.iter().map(|i| member(variable(name, i, set.span, cx)?, set.span)).collect()
                }
                value => match range(value, set.span, cx)? {
                    Some(member) => Ok(vec![member]),
                    None => Ok(vec![member(variable(name, arg, set.span, cx)?, set.span)?]),
                },
            }
        }
        _ => Ok(vec![member(bound(set, cx)?, set.span)?]),
    }
}

/// A range as a member of a set, if the value is one.
fn range(value: &Value, span: Span, cx: &Cx) -> Result<Option<Member>> {
    let member = |low: Option<f64>, high: Option<f64>, half_open| {
        Some(Member::Range { low: low.unwrap_or(f64::NEG_INFINITY), high: high.unwrap_or(f64::INFINITY), half_open })
    };
    Ok(match value {
        Value::Range { start, end, half_open } => member(*start, *end, *half_open),
        Value::DateRange { start, end, half_open } => {
            let range = interval(start.as_deref(), end.as_deref(), *half_open, calendar(cx))
                .map_err(|d| d.or_at(span, "no such dates"))?;
            member(range.start.map(Instant::exact_days), range.end.map(Instant::exact_days), true)
        }
        _ => None,
    })
}

/// A single number.
pub(super) fn one(value: f64) -> Member {
    Member::Range { low: value, high: value, half_open: false }
}

fn member(bound: BoundExpr, span: Span) -> Result<Member> {
    match bound {
        BoundExpr::Date { start, end } => Ok(Member::Range { low: start, high: end, half_open: true }),
        BoundExpr::Expr(Expr::Number(v)) => Ok(one(v)),
        BoundExpr::Expr(Expr::Truth(v)) => Ok(one(v as u8 as f64)),
        BoundExpr::Expr(Expr::Text(text)) => Ok(Member::Text(text)),
        BoundExpr::Expr(_) => Err(Diagnostic::new(codes::NO_NUMBER, "a set holds numbers")
            .label(span, "not a number")
            .help("compare with `==` and `or` instead")),
    }
}

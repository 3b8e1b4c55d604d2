//! An argument: a value with its place in the text.

use super::ast;
use crate::diagnostic::Span;
use crate::plan::{AnyPlan, Picture, Plan, TablePlan};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub value: Value,
    pub span: Span,
}

/// The value of an atom, a `let` or a `param`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    /// `text` is how it was written.
    Quantity {
        value: f64,
        unit: String,
        text: String,
    },
    Text(String),
    Word(String),
    Date(String),
    DateRange {
        start: Option<String>,
        end: Option<String>,
        half_open: bool,
    },
    Range {
        start: Option<f64>,
        end: Option<f64>,
        half_open: bool,
    },
    List(Vec<Arg>),
    Bool(bool),
    Nodata,
    Cube(Arc<Plan>),
    Table(Arc<TablePlan>),
    Picture(Arc<Picture>),
    Expr(ast::Expr),
    Assigns(Vec<ast::Assign>),
}

impl From<AnyPlan> for Value {
    fn from(carried: AnyPlan) -> Value {
        match carried {
            AnyPlan::Cube(plan) => Value::Cube(plan),
            AnyPlan::Table(plan) => Value::Table(plan),
            AnyPlan::Picture(picture) => Value::Picture(picture),
        }
    }
}

impl Value {
    /// The value in words for messages: `the number 3`.
    pub fn describe(&self) -> String {
        match self {
            Value::Number(v) => format!("the number `{v}`"),
            Value::Quantity { text, .. } => format!("the quantity `{text}`"),
            Value::Text(t) => format!("the text \"{t}\""),
            Value::Word(w) => format!("the word `{w}`"),
            Value::Date(d) => format!("the date `{d}`"),
            Value::DateRange { .. } => "a range of dates".into(),
            Value::Range { .. } => "a range of numbers".into(),
            Value::List(_) => "a list".into(),
            Value::Bool(b) => format!("`{b}`"),
            Value::Nodata => "`nodata`".into(),
            Value::Cube(_) => "a cube".into(),
            Value::Table(_) => "a table".into(),
            Value::Picture(_) => "a picture".into(),
            Value::Expr(_) | Value::Assigns(_) => "an expression".into(),
        }
    }

    /// A string or a word, as text; numbers too, as `crs 3857` and labels are typed without quotes.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Value::Text(t) | Value::Word(t) | Value::Date(t) => Some(t.clone()),
            Value::Number(v) => Some(format!("{v}")),
            Value::Quantity { text, .. } => Some(text.clone()),
            _ => None,
        }
    }

    /// Start and end of a range of dates, and whether the end is excluded; a single date is both.
    pub fn ends(&self) -> (Option<String>, Option<String>, bool) {
        match self {
            Value::DateRange { start, end, half_open } => (start.clone(), end.clone(), *half_open),
            Value::Range { start, end, half_open } => {
                let year = |v: &Option<f64>| v.map(|v| format!("{v:04}"));
                (year(start), year(end), *half_open)
            }
            Value::Number(v) => (Some(format!("{v:04}")), Some(format!("{v:04}")), false),
            value => (value.as_text(), value.as_text(), false),
        }
    }

    /// The text one would type for it, if it has a short one.
    pub fn written(&self) -> Option<String> {
        match self {
            Value::Text(text) => Some(format!("\"{text}\"")),
            Value::DateRange { .. } | Value::Range { .. } => None,
            value => value.as_text(),
        }
    }
}

//! `param`: a value of the script that the command line can set.

use crate::cube::time::is_date;
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::lang::ast::Name;
use crate::lang::value::{Arg, Value};

pub(crate) const TYPES: [&str; 6] = ["number", "text", "date", "path", "bbox", "list"];

/// The value given on the command line, else the default, checked against the type.
pub(crate) fn value(
    name: &Name,
    type_name: Option<&Name>,
    default: Option<Value>,
    given: Option<&str>,
    doc: Option<&str>,
) -> Result<Value> {
    if let Some(t) = type_name
        && !TYPES.contains(&t.value.as_str())
    {
        return Err(Diagnostic::new(codes::UNKNOWN_CHOICE, format!("no type is named `{}`", t.value))
            .label(t.span, "not a type")
            .help_if(diagnostic::did_you_mean(&t.value, TYPES))
            .help(format!("types: {}", diagnostic::list_some(TYPES, 9))));
    }
    let kind = type_name.map_or("", |t| t.value.as_str());
    match (given, default) {
        (Some(text), default) => {
            let kind = if kind.is_empty() { kind_of(default.as_ref()) } else { kind };
            parse(text, kind, name).ok_or_else(|| {
                Diagnostic::new(codes::WRONG_TYPE, format!("`--set {}={text}` is no {kind}", name.value))
                    .label(name.span, format!("takes a {kind}"))
                    .help(format!("for example `--set {}={}`", name.value, example(kind)))
            })
        }
        // A year is written like a number.
        (None, Some(Value::Number(year))) if kind == "date" && is_date(&year.to_string()) => {
            Ok(Value::Date(year.to_string()))
        }
        (None, Some(default)) => match fits(&default, kind) {
            true => Ok(default),
            false => Err(Diagnostic::new(
                codes::WRONG_TYPE,
                format!("the default of `{}` is {}, not a {kind}", name.value, default.describe()),
            )
            .label(name.span, format!("declared a {kind}"))),
        },
        (None, None) => Err(Diagnostic::new(codes::MISSING_PARAM, format!("parameter `{}` has no value", name.value))
            .label(name.span, doc.map_or("needs one".to_string(), |d| d.trim().to_string()))
            .help(format!("run it with `--set {}={}`", name.value, example(kind)))),
    }
}

fn kind_of(default: Option<&Value>) -> &'static str {
    match default {
        Some(Value::Number(_)) => "number",
        Some(Value::Date(_)) => "date",
        Some(Value::List(_)) => "list",
        Some(Value::Bool(_)) => "truth",
        _ => "text",
    }
}

fn example(kind: &str) -> &'static str {
    match kind {
        "number" => "3",
        "date" => "2020-06",
        "path" => "data/a.tif",
        "bbox" => "\"5 45 6 46\"",
        "list" => "red,nir",
        "truth" => "true",
        _ => "text",
    }
}

fn fits(value: &Value, kind: &str) -> bool {
    match kind {
        "number" => matches!(value, Value::Number(_) | Value::Quantity { .. }),
        "text" | "path" => matches!(value, Value::Text(_) | Value::Word(_)),
        "date" => matches!(value, Value::Date(_) | Value::DateRange { .. }),
        "bbox" => matches!(value, Value::List(items) if items.len() == 4),
        "list" => matches!(value, Value::List(_)),
        _ => true,
    }
}

fn parse(text: &str, kind: &str, name: &Name) -> Option<Value> {
    let arg = |value| Arg { value, span: name.span };
    let numbers = || text.split([' ', ',']).filter(|t| !t.is_empty()).map(|t| t.parse::<f64>().ok());
    match kind {
        "number" => text.trim().parse().ok().map(Value::Number),
        "truth" => text.trim().parse().ok().map(Value::Bool),
        "date" => is_date(text).then(|| Value::Date(text.into())),
        "bbox" => {
            let values = numbers().collect::<Option<Vec<f64>>>().filter(|v| v.len() == 4)?;
            Some(Value::List(values.into_iter().map(|v| arg(Value::Number(v))).collect()))
        }
        "list" => {
            let item = |t: &str| arg(t.parse().map_or_else(|_| Value::Word(t.into()), Value::Number));
            Some(Value::List(text.split([' ', ',']).filter(|t| !t.is_empty()).map(item).collect()))
        }
        _ => Some(Value::Text(text.into())),
    }
}

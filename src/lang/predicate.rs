//! Predicates over steps and items, not pixels: `month(time) in [6 7 8]`, `cloud_cover < 60`.
//!
//! They are kept as a small JSON tree, so that a source can apply them to its items before anything is opened.

use super::ast::{Expr, ExprKind, Literal, UnaryOp};
use super::registry::Value as Arg;
use super::scope::Scope;
use crate::cube::Schema;
use crate::cube::time::{Calendar, Instant, date_period, interval};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use serde_json::{Value, json};

/// The tree: `{"op": "<", "args": [{"property": "eo:cloud_cover"}, 60]}`; `time` and its parts are `{"time": "month"}`.
pub fn to_json(expr: &Expr, scope: &Scope) -> Result<Value> {
    let go = |e: &Expr| to_json(e, scope);
    let op = |op: &str, args: Vec<Value>| json!({"op": op, "args": args});
    Ok(match &expr.value {
        ExprKind::Group(inner) => go(inner)?,
        ExprKind::Literal(literal) => match literal {
            Literal::Number(v) => json!(v),
            Literal::Text(text) => json!(scope.text(text)?),
            Literal::Bool(b) => json!(b),
            Literal::Date(date) => json!({"date": date}),
            Literal::Range { start, end, half_open } => range(*start, *end, *half_open),
            Literal::DateRange { start, end, half_open } => dates(start, end, *half_open),
            Literal::Quantity { value, unit, .. } if unit == "%" => json!(value),
            _ => return Err(not_here(expr)),
        },
        ExprKind::Variable(name) => given(&scope.variable(name, expr.span)?.value),
        ExprKind::Range(ends) => given(&scope.range(ends)?),
        ExprKind::Band(name) if name == "time" => json!({"time": "time"}),
        ExprKind::Band(name) => json!({"property": name}),
        ExprKind::Call { name, args } if PARTS.contains(&name.value.as_str()) && args.len() <= 1 => {
            json!({"time": name.value})
        }
        ExprKind::Unary { op: UnaryOp::Neg, operand } => match go(operand)?.as_f64() {
            Some(number) => json!(-number),
            None => op("*", vec![json!(-1), go(operand)?]),
        },
        ExprKind::Unary { op: UnaryOp::Not, operand } => op("not", vec![go(operand)?]),
        ExprKind::Binary { op: binary, left, right } => op(binary.symbol(), vec![go(left)?, go(right)?]),
        ExprKind::In { operand, set, negated } => {
            let members = match &set.value {
                ExprKind::List(items) => Value::Array(items.iter().map(go).collect::<Result<_>>()?),
                _ => go(set)?,
            };
            let inside = op("in", vec![go(operand)?, members]);
            if *negated { op("not", vec![inside]) } else { inside }
        }
        _ => return Err(not_here(expr)),
    })
}

fn range(start: Option<f64>, end: Option<f64>, half_open: bool) -> Value {
    json!({"range": [start, end], "half_open": half_open})
}

fn dates(start: &Option<String>, end: &Option<String>, half_open: bool) -> Value {
    json!({"dates": [start, end], "half_open": half_open})
}

/// What a variable holds.
fn given(value: &Arg) -> Value {
    match value {
        Arg::Date(date) => json!({"date": date}),
        Arg::Range { start, end, half_open } => range(*start, *end, *half_open),
        Arg::DateRange { start, end, half_open } => dates(start, end, *half_open),
        Arg::List(items) => items.iter().map(|item| given(&item.value)).collect(),
        Arg::Number(v) => json!(v),
        Arg::Bool(b) => json!(b),
        value => json!(value.as_text()),
    }
}

const PARTS: [&str; 7] = ["year", "month", "day", "dayofyear", "dekad", "season", "hour"];

fn not_here(expr: &Expr) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_TYPE, "a filter of steps compares times and properties")
        .label(expr.span, "neither")
        .help("for example `month(time) in [6 7 8]`, `cloud_cover < 20`, `time >= @2020-06`")
}

/// The tree of what is true or false: a number or a date alone is no condition.
pub fn condition(expr: &Expr, scope: &Scope) -> Result<Value> {
    let tree = to_json(expr, scope)?;
    let decides = match &tree {
        Value::Bool(_) => true,
        Value::Object(map) => match map.get("op").and_then(Value::as_str) {
            Some(op) => !ARITHMETIC.contains(&op),
            // Some properties are truths.
            None => map.contains_key("property"),
        },
        _ => false,
    };
    if decides {
        return Ok(tree);
    }
    let example = match tree.get("time").and_then(Value::as_str) {
        Some("time") => "time >= @2020-06".to_string(),
        Some("season") => "season(time) == \"DJF\"".to_string(),
        Some(part) => format!("{part}(time) in [1 2]"),
        None => "month(time) in [6 7 8]".to_string(),
    };
    Err(no_condition(expr, &example))
}

fn no_condition(expr: &Expr, example: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_TYPE, "a filter needs a condition")
        .label(expr.span, "is neither true nor false")
        .help(format!("compare it: `filter {example}`"))
}

const ARITHMETIC: [&str; 7] = ["+", "-", "*", "/", "//", "%", "^"];

/// Which steps of the cube the predicate holds for; where a property is missing it does not.
pub fn steps(expr: &Expr, scope: &Scope, schema: &Schema) -> Result<Vec<usize>> {
    let tree = condition(expr, scope)?;
    check(&tree, expr, schema)?;
    if let Some(name) = tree.get("property").and_then(Value::as_str)
        && property(schema, name).is_some_and(|values| !values.iter().any(Value::is_boolean))
    {
        return Err(no_condition(expr, &format!("{name} < 20")));
    }
    Ok((0..schema.time.len()).filter(|&step| eval(&tree, schema, step) == V::Bool(true)).collect())
}

/// Properties and parts of time that the cube's steps do not have are errors, not silently false.
fn check(tree: &Value, expr: &Expr, schema: &Schema) -> Result<()> {
    if let Some(name) = tree.get("property").and_then(Value::as_str)
        && property(schema, name).is_none()
    {
        let known = || schema.properties.keys().map(String::as_str);
        let band = schema.band_index(name).map(|_| format!("`{name}` is a band: `where` keeps pixels, `filter` steps"));
        return Err(Diagnostic::new(codes::UNKNOWN_PROPERTY, format!("the steps have no property `{name}`"))
            .label(expr.span, "filters by it")
            .help_if(band)
            .help_if(diagnostic::did_you_mean(name, known()))
            .help(format!("properties: {}; and `month(time)`, `year(time)` ..", diagnostic::list_some(known(), 20))));
    }
    if tree.get("time").is_some() && schema.time.calendar().is_none() {
        return Err(Diagnostic::new(codes::NO_TIME, "the steps have no dates here")
            .label(expr.span, "needs dates")
            .help(format!("the cube has {}", schema.time.span_text())));
    }
    if let Some(calendar) = schema.time.calendar() {
        let date = tree.get("date").and_then(Value::as_str);
        let one = date.map(|date| date_period(date, calendar).map(drop));
        let range = tree.as_object().and_then(ends);
        let range = range.map(|(start, end, half_open)| interval(start, end, half_open, calendar).map(drop));
        one.or(range).unwrap_or(Ok(())).map_err(|d| d.or_at(expr.span, "no such date"))?;
    }
    for arg in tree.get("args").and_then(Value::as_array).into_iter().flatten() {
        check(arg, expr, schema)?;
    }
    Ok(())
}

/// Both ends of a range of dates.
fn ends(map: &serde_json::Map<String, Value>) -> Option<(Option<&str>, Option<&str>, bool)> {
    let ends = map.get("dates")?;
    let half_open = map.get("half_open").and_then(Value::as_bool).unwrap_or(false);
    Some((ends[0].as_str(), ends[1].as_str(), half_open))
}

fn property<'a>(schema: &'a Schema, name: &str) -> Option<&'a Vec<Value>> {
    let suffix = |key: &str| key.rsplit(':').next() == Some(name);
    schema.properties.get(name).or_else(|| schema.properties.iter().find(|(k, _)| suffix(k)).map(|(_, v)| v))
}

/// What a part of a predicate comes to.
#[derive(Clone, Debug, PartialEq)]
enum V {
    Missing,
    Bool(bool),
    Number(f64),
    Text(String),
    Time(Instant),
    /// A written date: the period it stands for.
    Period(Instant, Instant),
    Range(f64, f64, bool),
    List(Vec<V>),
}

fn eval(tree: &Value, schema: &Schema, step: usize) -> V {
    match tree {
        Value::Null => V::Missing,
        Value::Bool(b) => V::Bool(*b),
        Value::Number(n) => n.as_f64().map_or(V::Missing, V::Number),
        Value::String(s) => V::Text(s.clone()),
        Value::Array(items) => V::List(items.iter().map(|i| eval(i, schema, step)).collect()),
        Value::Object(map) => {
            if let Some(name) = map.get("property").and_then(Value::as_str) {
                return property(schema, name).map_or(V::Missing, |values| eval(&values[step], schema, step));
            }
            if let Some(part) = map.get("time").and_then(Value::as_str) {
                return time_part(part, schema, step);
            }
            if let Some(date) = map.get("date").and_then(Value::as_str) {
                let calendar = schema.time.calendar().unwrap_or(Calendar::ProlepticGregorian);
                return date_period(date, calendar).map_or(V::Missing, |(a, b)| V::Period(a, b));
            }
            if let Some((start, end, half_open)) = ends(map) {
                let calendar = schema.time.calendar().unwrap_or(Calendar::ProlepticGregorian);
                let range = interval(start, end, half_open, calendar);
                return range.map_or(V::Missing, |range| {
                    V::Period(range.start.unwrap_or(Instant(i64::MIN)), range.end.unwrap_or(Instant(i64::MAX)))
                });
            }
            if let Some(range) = map.get("range") {
                let end = |i: usize, open: f64| range.get(i).and_then(Value::as_f64).unwrap_or(open);
                let half_open = map.get("half_open").and_then(Value::as_bool).unwrap_or(false);
                return V::Range(end(0, f64::NEG_INFINITY), end(1, f64::INFINITY), half_open);
            }
            let op = map.get("op").and_then(Value::as_str).unwrap_or("");
            let args: Vec<V> = map
                .get("args")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|a| eval(a, schema, step))
                .collect();
            apply(op, args)
        }
    }
}

fn time_part(part: &str, schema: &Schema, step: usize) -> V {
    let Some((calendar, instants)) = schema.time.instants() else { return V::Missing };
    let instant = instants[step];
    let f = calendar.fields(instant);
    match part {
        "year" => V::Number(f.year as f64),
        "month" => V::Number(f.month as f64),
        "day" => V::Number(f.day as f64),
        "dayofyear" => V::Number(calendar.day_of_year(instant) as f64),
        "dekad" => V::Number(f.dekad() as f64),
        "season" => V::Text(["DJF", "MAM", "JJA", "SON"][(f.month % 12 / 3) as usize].into()),
        "hour" => V::Number(f.hour as f64),
        _ => V::Time(instant),
    }
}

fn apply(op: &str, mut args: Vec<V>) -> V {
    let is_true = |v: &V| *v == V::Bool(true);
    match (op, &args[..]) {
        ("and", _) => V::Bool(args.iter().all(is_true)),
        ("or", _) => V::Bool(args.iter().any(is_true)),
        ("not", [V::Bool(b)]) => V::Bool(!b),
        ("??", [V::Missing, _]) => args.pop().unwrap_or(V::Missing),
        ("??", _) => args.into_iter().next().unwrap_or(V::Missing),
        ("in", [value, V::List(set)]) => V::Bool(set.iter().any(|m| matches_member(value, m))),
        ("in", [value, member]) => V::Bool(matches_member(value, member)),
        (_, [V::Number(a), V::Number(b)]) => match op {
            "+" => V::Number(a + b),
            "-" => V::Number(a - b),
            "*" => V::Number(a * b),
            "/" => V::Number(a / b),
            "//" => V::Number((a / b).floor()),
            "%" => V::Number(a - b * (a / b).floor()),
            "^" => V::Number(a.powf(*b)),
            _ => compare(op, a.partial_cmp(b)),
        },
        (_, [V::Text(a), V::Text(b)]) => compare(op, Some(a.cmp(b))),
        (_, [V::Bool(a), V::Bool(b)]) => compare(op, Some(a.cmp(b))),
        (_, [V::Time(t), V::Period(start, end)]) => V::Bool(match op {
            "==" => start <= t && t < end,
            "!=" => t < start || end <= t,
            "<" => t < start,
            "<=" => t < end,
            ">" => end <= t,
            ">=" => start <= t,
            _ => false,
        }),
        _ => V::Missing,
    }
}

fn matches_member(value: &V, member: &V) -> bool {
    match (value, member) {
        (V::Number(v), V::Range(low, high, half_open)) => low <= v && if *half_open { v < high } else { v <= high },
        (V::Time(t), V::Period(start, end)) => start <= t && t < end,
        _ => value == member && *value != V::Missing,
    }
}

fn compare(op: &str, order: Option<std::cmp::Ordering>) -> V {
    let Some(order) = order else { return V::Missing };
    V::Bool(match op {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        _ => return V::Missing,
    })
}

/// The label an expression gives each step, for `groupby`.
pub fn labels(expr: &Expr, scope: &Scope, schema: &Schema) -> Result<Vec<crate::cube::Label>> {
    use crate::cube::Label;
    let tree = to_json(expr, scope)?;
    check(&tree, expr, schema)?;
    let label = |step| match eval(&tree, schema, step) {
        V::Number(v) => Ok(Label::Number(v)),
        V::Bool(b) => Ok(Label::Text(b.to_string())),
        V::Text(t) => Ok(Label::Text(t)),
        _ => Err(Diagnostic::new(codes::WRONG_LABELS, format!("step {step} gets no label"))
            .label(expr.span, "gives neither a number nor a text")),
    };
    (0..schema.time.len()).map(label).collect()
}

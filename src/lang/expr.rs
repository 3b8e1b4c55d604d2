//! Binds pixel expressions: band names become positions, functions are looked up, user functions are put in place.

use super::ast::{self, BinaryOp, ExprKind, Literal, UnaryOp};
use super::registry::{Arg, Value};
use super::scope::Scope;
use crate::cube::Schema;
use crate::cube::time::{Calendar, Instant, date_period, interval};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::plan::Expr;
use crate::plan::expr::{Binary, Coord, Member, TimePart, Unary};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What names mean inside an expression.
pub struct Cx<'a> {
    pub schema: &'a Schema,
    pub scope: &'a Scope,
    /// The band `_` stands for.
    pub pixel: Option<usize>,
    /// Arguments of the user function whose body is bound.
    locals: BTreeMap<String, Expr>,
    /// User functions being put in place, for refusing recursion.
    within: Vec<String>,
    /// Parts the expression has so far, functions put in place: arguments used twice double it.
    parts: Rc<Cell<usize>>,
}

/// More parts than anybody types.
const MOST_PARTS: usize = 20_000;

impl<'a> Cx<'a> {
    pub fn new(schema: &'a Schema, scope: &'a Scope) -> Cx<'a> {
        let pixel = (schema.bands.len() == 1).then_some(0);
        Cx { schema, scope, pixel, locals: BTreeMap::new(), within: Vec::new(), parts: Rc::default() }
    }

    pub fn with_pixel(schema: &'a Schema, scope: &'a Scope, band: usize) -> Cx<'a> {
        Cx { pixel: Some(band), ..Cx::new(schema, scope) }
    }
}

/// Name, least and most arguments, and what it does; the functions of expressions.
pub const FUNCTIONS: &[(&str, usize, usize, &str)] = &[
    ("abs", 1, 1, "size without sign"),
    ("sqrt", 1, 1, "square root; of a negative number missing"),
    ("exp", 1, 1, "e to the power"),
    ("ln", 1, 1, "natural logarithm"),
    ("log10", 1, 1, "logarithm to base 10"),
    ("log2", 1, 1, "logarithm to base 2"),
    ("sin", 1, 1, "sine of radians"),
    ("cos", 1, 1, "cosine of radians"),
    ("tan", 1, 1, "tangent of radians"),
    ("asin", 1, 1, "arc sine in radians"),
    ("acos", 1, 1, "arc cosine in radians"),
    ("atan", 1, 1, "arc tangent in radians"),
    ("atan2", 2, 2, "angle of y, x in radians"),
    ("floor", 1, 1, "largest whole number not above"),
    ("ceil", 1, 1, "smallest whole number not below"),
    ("round", 1, 1, "nearest whole number, halves to the even one"),
    ("sign", 1, 1, "-1, 0 or 1"),
    ("min", 1, 99, "smallest argument that is not missing"),
    ("max", 1, 99, "largest argument that is not missing"),
    ("clip", 3, 3, "value, least, greatest: the value kept between them"),
    ("if", 3, 3, "condition, value if true, value if false"),
    ("coalesce", 1, 99, "first argument that is not missing"),
    ("isnodata", 1, 1, "1 where missing"),
    ("isvalid", 1, 1, "1 where not missing"),
    ("bit", 2, 2, "value, number of the bit: 1 where it is set; bit 0 is the lowest"),
    ("bits", 3, 3, "value, first, last bit: the number that stands in them"),
    ("normalized_difference", 2, 2, "a, b: (a - b) / (a + b)"),
    ("year", 0, 1, "year of the step"),
    ("month", 0, 1, "month of the step, 1 to 12"),
    ("day", 0, 1, "day of the month"),
    ("dayofyear", 0, 1, "day of the year, from 1"),
    ("dekad", 0, 1, "dekad of the year, 1 to 36"),
    ("season", 0, 1, "season of the step: \"DJF\", \"MAM\", \"JJA\" or \"SON\""),
    ("hour", 0, 1, "hour of the day"),
    ("time", 0, 0, "the step's time; compare it with a date: `time >= @2020-06-01`"),
    ("lon", 0, 0, "longitude of the pixel in degrees"),
    ("lat", 0, 0, "latitude of the pixel in degrees"),
    ("x", 0, 0, "x of the pixel in the cube's system"),
    ("y", 0, 0, "y of the pixel in the cube's system"),
];

pub fn bind(expr: &ast::Expr, cx: &Cx) -> Result<Expr> {
    cx.parts.set(cx.parts.get() + 1);
    if cx.parts.get() > MOST_PARTS {
        return Err(Diagnostic::new(
            codes::TOO_DEEP,
            "the expression grows too large once its functions are put in place",
        )
        .label(expr.span, "grows beyond 20000 parts here")
        .help("make a band of what is used again and again: `derive a = ...`"));
    }
    match &expr.value {
        ExprKind::Literal(literal) => literal_value(literal, expr.span, cx),
        ExprKind::Group(inner) => bind(inner, cx),
        ExprKind::Pixel => match cx.pixel {
            Some(band) => Ok(Expr::Band(band)),
            None => {
                Err(Diagnostic::new(codes::UNKNOWN_BAND, "`_` stands for the pixel of one band, and there are several")
                    .label(expr.span, "which band")
                    .help(format!("bands here: {}", diagnostic::list_some(cx.schema.band_names(), 12)))
                    .help("`map EXPR` without a name applies to every band in turn"))
            }
        },
        ExprKind::Band(name) => word(name, expr.span, cx),
        ExprKind::Variable(name) => {
            let arg = cx.scope.variable(name, expr.span)?;
            variable(name, arg, expr.span, cx)
        }
        ExprKind::Unary { op: UnaryOp::Neg, operand } => match bind(operand, cx)? {
            Expr::Number(v) => Ok(Expr::Number(-v)),
            operand => Ok(Expr::Unary(Unary::Neg, Box::new(operand))),
        },
        ExprKind::Unary { op: UnaryOp::Not, operand } => Ok(Expr::Unary(Unary::Not, Box::new(bind(operand, cx)?))),
        ExprKind::Binary { op: BinaryOp::Coalesce, left, right } => {
            Ok(Expr::Coalesce(vec![bind(left, cx)?, bind(right, cx)?]))
        }
        ExprKind::Binary { op, left, right } => {
            let op = binary(*op);
            Ok(Expr::Binary(op, Box::new(bind(left, cx)?), Box::new(bind(right, cx)?)))
        }
        ExprKind::In { operand, set, negated } => {
            let operand = Box::new(bind(operand, cx)?);
            Ok(Expr::In { operand, set: members(set, cx)?, negated: *negated })
        }
        ExprKind::Call { name, args } => call(name, args, expr.span, cx),
        ExprKind::Case { arms, otherwise } => Ok(Expr::Case {
            arms: arms.iter().map(|(c, v)| Ok((bind(c, cx)?, bind(v, cx)?))).collect::<Result<_>>()?,
            otherwise: otherwise.as_ref().map(|e| bind(e, cx).map(Box::new)).transpose()?,
        }),
        ExprKind::Range(_) => Err(no_number(expr.span)),
        ExprKind::List(_) => Err(Diagnostic::new(codes::WRONG_TYPE, "a list is no number")
            .label(expr.span, "only after `in`")
            .help("for example `scl in [3 8 9]`")),
    }
}

fn word(name: &str, span: Span, cx: &Cx) -> Result<Expr> {
    if let Some(local) = cx.locals.get(name) {
        local.walk(&mut |_| cx.parts.set(cx.parts.get() + 1));
        return Ok(local.clone());
    }
    if let Some(band) = cx.schema.band_index(name) {
        return Ok(Expr::Band(band));
    }
    match name {
        "time" => return dated(TimePart::Days, span, cx),
        "lon" => return Ok(Expr::Coord(Coord::Lon)),
        "lat" => return Ok(Expr::Coord(Coord::Lat)),
        "x" => return Ok(Expr::Coord(Coord::X)),
        "y" => return Ok(Expr::Coord(Coord::Y)),
        _ => {}
    }
    let variable = cx.scope.variables.contains_key(name).then(|| format!("the variable of that name is `${name}`"));
    Err(cx
        .schema
        .band(name)
        .map_or_else(|d| d, |_| unreachable!("looked up above"))
        .or_at(span, "no band of the cube here")
        .help_if(variable))
}

fn dated(part: TimePart, span: Span, cx: &Cx) -> Result<Expr> {
    if cx.schema.time.calendar().is_none() {
        return Err(Diagnostic::new(codes::NO_TIME, "the steps have no dates here")
            .label(span, "needs dates")
            .help(format!("the cube has {}", cx.schema.time.span_text())));
    }
    Ok(Expr::Time(part))
}

fn variable(name: &str, arg: &Arg, span: Span, cx: &Cx) -> Result<Expr> {
    match &arg.value {
        Value::Number(v) => Ok(Expr::Number(*v)),
        Value::Quantity { value, unit, .. } if unit == "%" => Ok(Expr::Number(value / 100.0)),
        Value::Bool(b) => Ok(Expr::Number(*b as u8 as f64)),
        Value::Nodata => Ok(Expr::Missing),
        Value::Date(text) => date(text, span, cx),
        Value::Text(text) => text_number(text, span),
        Value::Expr(e) => bind(e, cx),
        other => Err(Diagnostic::new(codes::WRONG_TYPE, format!("`${name}` is {}, not a number", other.describe()))
            .label(span, "not a number")
            .help_if(matches!(other, Value::Cube(_)).then(|| format!("join it first: `join ${name} as {name}`")))),
    }
}

fn literal_value(literal: &Literal, span: Span, cx: &Cx) -> Result<Expr> {
    match literal {
        Literal::Number(v) => Ok(Expr::Number(*v)),
        Literal::Bool(b) => Ok(Expr::Number(*b as u8 as f64)),
        Literal::Nodata => Ok(Expr::Missing),
        Literal::Date(text) => date(text, span, cx),
        Literal::Text(text) => text_number(&cx.scope.text(text)?, span),
        Literal::Quantity { value, unit, .. } if unit == "%" => Ok(Expr::Number(value / 100.0)),
        Literal::Quantity { text, .. } => {
            Err(Diagnostic::new(codes::WRONG_TYPE, format!("`{text}` is no plain number"))
                .label(span, "has a unit")
                .help("pixels have no unit in an expression; write the number alone"))
        }
        Literal::Range { .. } | Literal::DateRange { .. } => Err(no_number(span)),
    }
}

fn no_number(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_TYPE, "a range is no number").label(span, "only after `in`")
}

/// Days since 1970-01-01 of the start of a date in the cube's calendar: what `time` is compared with.
fn date(text: &str, span: Span, cx: &Cx) -> Result<Expr> {
    let calendar = cx.schema.time.calendar().unwrap_or(Calendar::ProlepticGregorian);
    let (start, _) = date_period(text, calendar).map_err(|d| d.or_at(span, "no such date"))?;
    Ok(Expr::Number(days(start)))
}

/// Days since 1970-01-01, as `time` counts.
fn days(at: Instant) -> f64 {
    at.0 as f64 / 86_400e6
}

/// The only texts that are numbers inside a pixel expression are the seasons.
fn text_number(text: &str, span: Span) -> Result<Expr> {
    let seasons = ["DJF", "MAM", "JJA", "SON"];
    match seasons.iter().position(|s| *s == text) {
        Some(i) => Ok(Expr::Number(i as f64 + 1.0)),
        None => Err(Diagnostic::new(codes::WRONG_TYPE, "pixels are numbers, not text")
            .label(span, "a text")
            .help("a text can be compared with `season(time)`, and in `filter` with what is known of a step")),
    }
}

fn members(set: &ast::Expr, cx: &Cx) -> Result<Vec<Member>> {
    let one = |v: f64| Member { low: v, high: v, half_open: false };
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
                Value::List(items) => items
                    .iter()
                    .map(|i| match variable(name, i, set.span, cx)? {
                        Expr::Number(v) => Ok(one(v)),
                        _ => Err(not_constant(set.span)),
                    })
                    .collect(),
                value => match range(value, set.span, cx)? {
                    Some(member) => Ok(vec![member]),
                    None => Ok(vec![one(constant(variable(name, arg, set.span, cx)?, set.span)?)]),
                },
            }
        }
        _ => Ok(vec![one(constant(bind(set, cx)?, set.span)?)]),
    }
}

/// A range as a member of a set, if the value is one.
fn range(value: &Value, span: Span, cx: &Cx) -> Result<Option<Member>> {
    let member = |low: Option<f64>, high: Option<f64>, half_open| {
        Some(Member { low: low.unwrap_or(f64::NEG_INFINITY), high: high.unwrap_or(f64::INFINITY), half_open })
    };
    Ok(match value {
        Value::Range { start, end, half_open } => member(*start, *end, *half_open),
        Value::DateRange { start, end, half_open } => {
            let calendar = cx.schema.time.calendar().unwrap_or(Calendar::ProlepticGregorian);
            let range = interval(start.as_deref(), end.as_deref(), *half_open, calendar)
                .map_err(|d| d.or_at(span, "no such dates"))?;
            member(range.start.map(days), range.end.map(days), true)
        }
        _ => None,
    })
}

fn constant(expr: Expr, span: Span) -> Result<f64> {
    match expr {
        Expr::Number(v) => Ok(v),
        _ => Err(not_constant(span)),
    }
}

fn not_constant(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_TYPE, "a set holds numbers")
        .label(span, "not a number")
        .help("compare with `==` and `or` instead")
}

fn binary(op: BinaryOp) -> Binary {
    match op {
        BinaryOp::Or => Binary::Or,
        BinaryOp::And => Binary::And,
        BinaryOp::Eq => Binary::Eq,
        BinaryOp::Ne => Binary::Ne,
        BinaryOp::Lt => Binary::Lt,
        BinaryOp::Le => Binary::Le,
        BinaryOp::Gt => Binary::Gt,
        BinaryOp::Ge => Binary::Ge,
        BinaryOp::Add => Binary::Add,
        BinaryOp::Sub => Binary::Sub,
        BinaryOp::Mul => Binary::Mul,
        BinaryOp::Div => Binary::Div,
        BinaryOp::FloorDiv => Binary::FloorDiv,
        BinaryOp::Rem => Binary::Rem,
        BinaryOp::Pow => Binary::Pow,
        BinaryOp::Coalesce => unreachable!("`??` is bound apart"),
    }
}

fn call(name: &ast::Name, args: &[ast::Expr], span: Span, cx: &Cx) -> Result<Expr> {
    if let Some(function) = cx.scope.functions.get(&name.value) {
        return user_call(name, function, args, span, cx);
    }
    let Some((_, least, most, _)) = FUNCTIONS.iter().find(|(n, ..)| *n == name.value) else {
        return Err(unknown_function(name, cx));
    };
    if args.len() < *least || args.len() > *most {
        return Err(wrong_arity(name, *least, *most, args.len(), span));
    }
    let part = match name.value.as_str() {
        "time" => Some(TimePart::Days),
        "year" => Some(TimePart::Year),
        "month" => Some(TimePart::Month),
        "day" => Some(TimePart::Day),
        "dayofyear" => Some(TimePart::DayOfYear),
        "dekad" => Some(TimePart::Dekad),
        "season" => Some(TimePart::Season),
        "hour" => Some(TimePart::Hour),
        _ => None,
    };
    if let Some(part) = part {
        if let Some(arg) = args.first()
            && !matches!(&arg.value, ExprKind::Band(b) if b == "time")
        {
            return Err(Diagnostic::new(codes::WRONG_TYPE, format!("`{}` is asked of the step's time", name.value))
                .label(arg.span, "not the time")
                .help(format!("write `{}(time)`", name.value)));
        }
        return dated(part, span, cx);
    }
    if let Some(coord) = match name.value.as_str() {
        "lon" => Some(Coord::Lon),
        "lat" => Some(Coord::Lat),
        "x" => Some(Coord::X),
        "y" => Some(Coord::Y),
        _ => None,
    } {
        return Ok(Expr::Coord(coord));
    }
    let mut bound: Vec<Expr> = args.iter().map(|a| bind(a, cx)).collect::<Result<_>>()?;
    let bit = |i: usize| match bound[i] {
        Expr::Number(v) if v.fract() == 0.0 && (0.0..64.0).contains(&v) => Ok(v as u32),
        _ => Err(Diagnostic::new(codes::WRONG_TYPE, "a bit has a number from 0 to 63")
            .label(args[i].span, "no bit")
            .help("bit 0 is the lowest: `bit(qa, 10)`")),
    };
    let unary = |op: Unary, a: Expr| Ok(Expr::Unary(op, Box::new(a)));
    match name.value.as_str() {
        "min" => return Ok(Expr::Extreme { greatest: false, args: bound }),
        "max" => return Ok(Expr::Extreme { greatest: true, args: bound }),
        "coalesce" => return Ok(Expr::Coalesce(bound)),
        "bit" => {
            let n = bit(1)?;
            return Ok(Expr::Bits { operand: Box::new(bound.swap_remove(0)), first: n, last: n });
        }
        "bits" => {
            let (first, last) = (bit(1)?, bit(2)?);
            if first > last {
                return Err(Diagnostic::new(codes::WRONG_TYPE, "the first bit lies above the last")
                    .label(args[1].span.to(args[2].span), "swap them"));
            }
            return Ok(Expr::Bits { operand: Box::new(bound.swap_remove(0)), first, last });
        }
        _ => {}
    }
    let mut next = bound.into_iter();
    let mut take = || next.next().map(Box::new).unwrap_or_else(|| Box::new(Expr::Missing));
    match name.value.as_str() {
        "abs" => unary(Unary::Abs, *take()),
        "sqrt" => unary(Unary::Sqrt, *take()),
        "exp" => unary(Unary::Exp, *take()),
        "ln" => unary(Unary::Ln, *take()),
        "log10" => unary(Unary::Log10, *take()),
        "log2" => unary(Unary::Log2, *take()),
        "sin" => unary(Unary::Sin, *take()),
        "cos" => unary(Unary::Cos, *take()),
        "tan" => unary(Unary::Tan, *take()),
        "asin" => unary(Unary::Asin, *take()),
        "acos" => unary(Unary::Acos, *take()),
        "atan" => unary(Unary::Atan, *take()),
        "floor" => unary(Unary::Floor, *take()),
        "ceil" => unary(Unary::Ceil, *take()),
        "round" => unary(Unary::Round, *take()),
        "sign" => unary(Unary::Sign, *take()),
        "isvalid" => Ok(Expr::IsValid(take())),
        "isnodata" => unary(Unary::Not, Expr::IsValid(take())),
        "atan2" => Ok(Expr::Binary(Binary::Atan2, take(), take())),
        "normalized_difference" => Ok(Expr::Binary(Binary::NormalizedDifference, take(), take())),
        "clip" => Ok(Expr::Clip(take(), take(), take())),
        "if" => Ok(Expr::If(take(), take(), take())),
        _ => Err(unknown_function(name, cx)),
    }
}

fn wrong_arity(name: &ast::Name, least: usize, most: usize, given: usize, span: Span) -> Box<Diagnostic> {
    let takes = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    let usage = FUNCTIONS.iter().find(|(n, ..)| *n == name.value).map(|(.., help)| format!("`{}`: {help}", name.value));
    Diagnostic::new(codes::WRONG_ARITY, format!("`{}` takes {takes} arguments, not {given}", name.value))
        .label(span, "called here")
        .help_if(usage)
}

fn unknown_function(name: &ast::Name, cx: &Cx) -> Box<Diagnostic> {
    let known = || FUNCTIONS.iter().map(|(n, ..)| *n).chain(cx.scope.functions.keys().map(String::as_str));
    let diagnostic = Diagnostic::new(codes::UNKNOWN_FUNCTION, format!("unknown function `{}`", name.value))
        .label(name.span, "not a function");
    match name.value.as_str() {
        "log" => diagnostic.help("`ln` is the natural logarithm, `log10` that to base 10"),
        "pow" => diagnostic.help("power is an operator: `a ^ b`"),
        "where" | "ifelse" | "iif" => diagnostic.help("`if(condition, yes, no)`"),
        _ => diagnostic
            .help_if(diagnostic::did_you_mean(&name.value, known()))
            .help(format!("functions: {}", diagnostic::list_some(known(), 60))),
    }
}

fn user_call(
    name: &ast::Name,
    function: &super::scope::Function,
    args: &[ast::Expr],
    span: Span,
    cx: &Cx,
) -> Result<Expr> {
    if cx.within.contains(&name.value) {
        return Err(Diagnostic::new(codes::RECURSION, format!("`{}` calls itself", name.value))
            .label(name.span, "again")
            .help("functions are put in place where they are called, so they cannot recur"));
    }
    let ast::Body::Expr(body) = &function.body else {
        return Err(Diagnostic::new(codes::MISPLACED_STAGE, format!("`{}` is a stage, not a function", name.value))
            .label(name.span, "called as a function")
            .help(format!("use it in a pipeline: `| {}`", name.value)));
    };
    if args.len() != function.params.len() {
        return Err(wrong_arity(name, function.params.len(), function.params.len(), args.len(), span));
    }
    let locals = function
        .params
        .iter()
        .zip(args)
        .map(|(param, arg)| Ok((param.clone(), bind(arg, cx)?)))
        .collect::<Result<_>>()?;
    let within = cx.within.iter().cloned().chain([name.value.clone()]).collect();
    let scope = function.home.as_deref().unwrap_or(cx.scope);
    bind(body, &Cx { schema: cx.schema, scope, pixel: cx.pixel, locals, within, parts: cx.parts.clone() })
}

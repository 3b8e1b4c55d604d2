//! Binds expressions: names become bands, properties or variables, functions are looked up, user functions are put in
//! place, and dates become days.

mod call;
mod rows;
mod set;

use super::ast::{self, ExprKind, Literal};
use super::scope::Scope;
use super::value::{Arg, Value};
use crate::cube::time::{Calendar, date_period};
use crate::cube::{Schema, TimeAxis};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::expr::{Binary, Body, Expr, Function, Member, Unary, property_named};
use crate::table::Column;
use call::{apply, call};
pub(crate) use rows::{bind_rows, part_named, unknown_column};
use set::{members, one};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The rows over which an expression is computed, which decide what its names may mean.
#[derive(Clone, Copy)]
pub(crate) enum Domain<'a> {
    /// The pixels of a cube: their bands, time and place.
    Pixels(&'a Schema),
    /// The steps of a cube: their times, and what is known of them.
    Steps(&'a Schema),
    /// The items of a catalog, whose properties are known only when they are read.
    Items,
    /// The rows of a table: the cells of its columns.
    Rows(&'a [Column]),
    /// No rows: there are neither bands nor properties.
    Constants,
}

impl Domain<'_> {
    /// Whether a band of the cube has this name.
    fn has_band(self, name: &str) -> bool {
        match self {
            Domain::Pixels(schema) | Domain::Steps(schema) => schema.band_index(name).is_some(),
            Domain::Items | Domain::Rows(_) | Domain::Constants => false,
        }
    }

    /// The calendar of its times, where it has times.
    fn calendar(self) -> Option<Calendar> {
        match self {
            Domain::Pixels(schema) | Domain::Steps(schema) => schema.time.calendar(),
            Domain::Items => Some(Calendar::Standard),
            Domain::Rows(_) => Some(Calendar::ProlepticGregorian),
            Domain::Constants => None,
        }
    }
}

/// The meaning of the names in an expression.
pub(crate) struct Cx<'a> {
    domain: Domain<'a>,
    scope: &'a Scope,
    /// The band `_` stands for.
    pixel: Option<usize>,
    /// Arguments of the user function whose body is bound.
    locals: BTreeMap<String, BoundExpr>,
    /// The user functions whose bodies are being bound, so that recursion can be refused.
    within: Vec<String>,
    /// The number of parts of the expression so far. Functions are replaced by their bodies, where an argument that is
    /// used twice counts twice.
    parts: Rc<Cell<usize>>,
}

/// The most parts of an expression, more than anybody types.
const MOST_PARTS: usize = 20_000;

impl<'a> Cx<'a> {
    /// The names over the pixels of a cube; `_` is the pixel of its only band.
    pub(crate) fn new(schema: &'a Schema, scope: &'a Scope) -> Cx<'a> {
        let pixel = (schema.bands.len() == 1).then_some(0);
        Cx { pixel, ..Cx::over(Domain::Pixels(schema), scope) }
    }

    pub(crate) fn with_pixel(schema: &'a Schema, scope: &'a Scope, band: usize) -> Cx<'a> {
        Cx { pixel: Some(band), ..Cx::new(schema, scope) }
    }

    pub(crate) fn over(domain: Domain<'a>, scope: &'a Scope) -> Cx<'a> {
        Cx { domain, scope, pixel: None, locals: BTreeMap::new(), within: Vec::new(), parts: Rc::default() }
    }
}

/// A part of an expression while it is bound.
#[derive(Clone)]
enum BoundExpr {
    Expr(Expr),
    /// A date as written: the period it stands for, half open, in days since 1970-01-01.
    Date {
        start: f64,
        end: f64,
    },
}

impl BoundExpr {
    /// The date as a number: in arithmetic it is the instant at which its period starts.
    fn expr(self) -> Expr {
        match self {
            BoundExpr::Expr(expr) => expr,
            BoundExpr::Date { start, .. } => Expr::Number(start),
        }
    }
}

pub(crate) fn bind(expr: &ast::Expr, cx: &Cx) -> Result<Expr> {
    bound(expr, cx).map(|bound| value(bound, cx))
}

/// What is bound as an operand. Among rows of tables a date stays one.
fn value(bound: BoundExpr, cx: &Cx) -> Expr {
    match (bound, cx.domain) {
        (BoundExpr::Date { start, .. }, Domain::Rows(_)) => Expr::Call(time(), vec![Expr::Number(start)]),
        (bound, _) => bound.expr(),
    }
}

fn bound(expr: &ast::Expr, cx: &Cx) -> Result<BoundExpr> {
    cx.parts.set(cx.parts.get() + 1);
    if cx.parts.get() > MOST_PARTS {
        return Err(Diagnostic::new(
            codes::TOO_DEEP,
            "the expression grows too large once its functions are put in place",
        )
        .label(expr.span, "grows beyond 20000 parts here")
        .help("make a band of what is used again and again: `derive a = ...`"));
    }
    Ok(BoundExpr::Expr(match &expr.value {
        ExprKind::Literal(literal) => return literal_value(literal, expr.span, cx),
        ExprKind::Group(inner) => return bound(inner, cx),
        ExprKind::Pixel => Expr::Band(pixel(expr.span, cx)?),
        ExprKind::Band(name) => return word(name, expr.span, cx),
        ExprKind::Variable(name) => {
            let is_band = cx.domain.has_band(name);
            let bound = cx.scope.variable(name, expr.span);
            let arg = bound.map_err(|d| d.help_if(is_band.then(|| format!("`{name}` is a band: without `$`"))))?;
            return variable(name, arg, expr.span, cx);
        }
        ExprKind::Unary { op, operand } => match (op, bind(operand, cx)?) {
            (Unary::Neg, Expr::Number(v)) => Expr::Number(-v),
            (op, operand) => Expr::Unary(*op, Box::new(operand)),
        },
        ExprKind::Binary { op, left, right } => {
            let plain = [left, right].map(|side| plain_number(side, cx));
            let (left, left_span, right, right_span) = (bound(left, cx)?, left.span, bound(right, cx)?, right.span);
            if op.flipped().is_some() {
                no_number_of_time(&left, plain[1], right_span)?;
                no_number_of_time(&right, plain[0], left_span)?;
                no_text(&left, &right, right_span)?;
                no_text(&right, &left, left_span)?;
                if let Domain::Rows(columns) = cx.domain {
                    rows::comparable((&left, left_span), (&right, right_span), columns)?;
                }
                refuse_season(&left, &right, right_span)?;
                refuse_season(&right, &left, left_span)?;
            } else if let Domain::Rows(_) = cx.domain {
                return Ok(BoundExpr::Expr(Expr::binary(*op, value(left, cx), value(right, cx))));
            }
            binary(*op, left, right)
        }
        ExprKind::In { operand, set, negated } => {
            let of = bound(operand, cx)?;
            no_number_of_time(&of, plain_number(set, cx), set.span)?;
            let operand = Box::new(bind(operand, cx)?);
            let mut set = members(set, cx)?;
            if is_season(&operand) {
                set.iter_mut().for_each(number_season);
            }
            if is_number(&operand)
                && let Some(Member::Text(text)) = set.iter().find(|member| matches!(member, Member::Text(_)))
            {
                return Err(beside_text(text, expr.span));
            }
            if let Domain::Rows(columns) = cx.domain {
                rows::members_fit(&operand, &set, columns, expr.span)?;
            }
            Expr::In { operand, set, negated: *negated }
        }
        ExprKind::Call { name, args } => return call(name, args, expr.span, cx),
        ExprKind::Case { arms, otherwise } => Expr::Case {
            arms: arms.iter().map(|(c, v)| Ok((bind(c, cx)?, bind(v, cx)?))).collect::<Result<_>>()?,
            otherwise: otherwise.as_ref().map(|e| bind(e, cx).map(Box::new)).transpose()?,
        },
        ExprKind::Range(_) => return Err(no_number(expr.span)),
        ExprKind::List(_) => {
            return Err(Diagnostic::new(codes::NO_NUMBER, "a list is no number")
                .label(expr.span, "only after `in`")
                .help("for example `scl in [3 8 9]`"));
        }
    }))
}

/// The first number of a value or set in which no date is written.
fn plain_number(expr: &ast::Expr, cx: &Cx) -> Option<f64> {
    match &expr.value {
        ExprKind::Group(inner) => plain_number(inner, cx),
        ExprKind::Literal(Literal::Number(v)) => Some(*v),
        ExprKind::Literal(Literal::Range { start, end, .. }) => start.or(*end),
        ExprKind::List(items) => items.iter().find_map(|item| plain_number(item, cx)),
        ExprKind::Variable(name) => match cx.scope.variables.get(name)?.value {
            Value::Number(v) => Some(v),
            Value::Range { start, end, .. } => start.or(end),
            _ => None,
        },
        _ => None,
    }
}

/// Refuses a year without `@` beside the time, which counts days since 1970: all steps would fit it, or none.
fn no_number_of_time(time: &BoundExpr, number: Option<f64>, span: Span) -> Result<()> {
    let is_time = matches!(time, BoundExpr::Expr(Expr::Time(part)) if part.name == "time");
    let year = number.map(|number| number.to_string()).filter(|year| is_time && crate::cube::time::is_date(year));
    let Some(year) = year else { return Ok(()) };
    Err(Diagnostic::new(codes::NO_NUMBER, "the time is compared with dates")
        .label(span, "a number")
        .help(format!("write the date as `@{year}`, the year as `year(time) == {year}`"))
        .help("days between two dates are a number: `time - @2020-01-01 > 30`"))
}

/// Refuses a text beside what is a number whatever the steps are: no comparison of the two would ever hold.
fn no_text(number: &BoundExpr, other: &BoundExpr, span: Span) -> Result<()> {
    match (number, other) {
        (BoundExpr::Expr(number), BoundExpr::Expr(Expr::Text(text)))
            if is_number(number) && !(is_season(number) && season_number(text).is_some()) =>
        {
            Err(beside_text(text, span))
        }
        _ => Ok(()),
    }
}

/// Refuses a text beside a season that is none of the four.
fn refuse_season(season: &BoundExpr, other: &BoundExpr, span: Span) -> Result<()> {
    match (season, other) {
        (BoundExpr::Expr(season), BoundExpr::Expr(Expr::Text(text)))
            if is_season(season) && season_number(text).is_none() =>
        {
            Err(Diagnostic::new(codes::UNKNOWN_CHOICE, format!("no season is named `{text}`"))
                .label(span, "not a season")
                .help_if(diagnostic::did_you_mean(text, SEASONS))
                .help(format!("seasons: {}", diagnostic::list_some(SEASONS, 4))))
        }
        _ => Ok(()),
    }
}

/// Whether its value is a number for sure: properties of steps may be texts.
fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Time(_) => !is_season(expr),
        Expr::Unary(_, operand) => is_number(operand),
        Expr::Binary(_, left, right) => is_number(left) && is_number(right),
        _ => false,
    }
}

fn beside_text(text: &str, span: Span) -> Box<Diagnostic> {
    let written = match text.parse::<f64>() {
        _ if crate::cube::time::is_date(text) && text.len() > 4 => Some(format!("write the date as `@{text}`")),
        Ok(_) => Some(format!("write the number as `{text}`")),
        Err(_) => None,
    };
    Diagnostic::new(codes::NO_NUMBER, format!("a number or a time cannot be compared with the text \"{text}\""))
        .label(span, "a text")
        .help_if(written)
}

/// An operation of two operands. A comparison with a date compares with the period that it stands for.
fn binary(op: Binary, left: BoundExpr, right: BoundExpr) -> Expr {
    match (op.flipped(), left, right) {
        (Some(_), left, BoundExpr::Date { start, end }) => in_period(op, left.expr(), start, end),
        (Some(flipped), BoundExpr::Date { start, end }, right) => in_period(flipped, right.expr(), start, end),
        (Some(_), left, right) => {
            let (left, right) = (left.expr(), right.expr());
            let (left_is, right_is) = (is_season(&left), is_season(&right));
            Expr::binary(op, season(left, right_is), season(right, left_is))
        }
        (None, left, right) => Expr::binary(op, left.expr(), right.expr()),
    }
}

fn in_period(op: Binary, value: Expr, start: f64, end: f64) -> Expr {
    let inside = |negated| {
        let set = vec![Member::Range { low: start, high: end, half_open: true }];
        Expr::In { operand: Box::new(value.clone()), set, negated }
    };
    let from_start = || Expr::binary(op, value.clone(), Expr::Number(start));
    match op {
        Binary::Eq => inside(false),
        Binary::Ne => inside(true),
        Binary::Le => Expr::binary(Binary::Lt, value.clone(), Expr::Number(end)),
        Binary::Gt => Expr::binary(Binary::Ge, value.clone(), Expr::Number(end)),
        Binary::Lt | Binary::Ge => from_start(),
        // Only comparisons come here; beside any other operator a date is the instant at which it begins.
        Binary::Or | Binary::And | Binary::Coalesce => from_start(),
        Binary::Add | Binary::Sub | Binary::Mul | Binary::Div => from_start(),
        Binary::FloorDiv | Binary::Rem | Binary::Pow => from_start(),
    }
}

/// The names that seasons have beside their numbers.
pub(crate) const SEASONS: [&str; 4] = ["DJF", "MAM", "JJA", "SON"];

fn season_number(text: &str) -> Option<f64> {
    SEASONS.iter().position(|season| *season == text).map(|i| i as f64 + 1.0)
}

pub(crate) fn is_season(expr: &Expr) -> bool {
    matches!(expr, Expr::Time(part) | Expr::Call(part, _) if part.name == "season")
}

/// Replaces the name of a season by its number, where it is compared with a season.
fn season(expr: Expr, compared: bool) -> Expr {
    if let (Expr::Text(text), true) = (&expr, compared) {
        return season_number(text).map_or(expr, Expr::Number);
    }
    expr
}

fn number_season(member: &mut Member) {
    if let Member::Text(text) = &*member {
        *member = season_number(text).map_or_else(|| member.clone(), one);
    }
}

fn pixel(span: Span, cx: &Cx) -> Result<usize> {
    match (cx.pixel, cx.domain) {
        (Some(band), _) => Ok(band),
        (None, Domain::Pixels(schema)) => {
            Err(Diagnostic::new(codes::UNKNOWN_BAND, "`_` is the pixel of one band, and the cube has several")
                .label(span, "which band")
                .help(format!("bands here: {}", diagnostic::list_some(schema.band_names(), 12)))
                .help("`map EXPR` without a name applies to every band in turn"))
        }
        (None, Domain::Rows(columns)) => Err(rows::unknown("_", span, columns)),
        (None, Domain::Steps(_) | Domain::Items | Domain::Constants) => Err(not_of_steps(span)),
    }
}

fn not_of_steps(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_TYPE, "a filter of steps compares times and properties")
        .label(span, "neither")
        .help("for example `month(time) in [6 7 8]`, `cloud_cover < 20`, `time >= @2020-06`")
}

fn word(name: &str, span: Span, cx: &Cx) -> Result<BoundExpr> {
    if let Some(local) = cx.locals.get(name) {
        if let BoundExpr::Expr(expr) = local {
            expr.walk(&mut |_| cx.parts.set(cx.parts.get() + 1));
        }
        return Ok(local.clone());
    }
    let bare = || Function::find(name).filter(|f| f.args == (0, 0));
    let unknown = match cx.domain {
        Domain::Pixels(schema) => match (schema.band(name), bare()) {
            (Ok(band), _) => return Ok(BoundExpr::Expr(Expr::Band(band))),
            (Err(_), Some(function)) => return apply(function, Vec::new(), &[], span, cx).map(BoundExpr::Expr),
            (Err(unknown), None) => unknown.or_at(span, "no band of the cube here"),
        },
        Domain::Steps(_) | Domain::Items if name == "time" => {
            return dated(time(), span, cx).map(BoundExpr::Expr);
        }
        Domain::Steps(schema) => match property_named(name, schema.properties.keys().map(String::as_str)) {
            Some(property) => return Ok(BoundExpr::Expr(Expr::Property(property.into()))),
            None => unknown_property(name, span, schema),
        },
        Domain::Items => return Ok(BoundExpr::Expr(Expr::Property(name.into()))),
        Domain::Rows(columns) => match columns.iter().position(|column| column.name == name) {
            Some(column) => return Ok(BoundExpr::Expr(Expr::Band(column))),
            None => rows::unknown(name, span, columns),
        },
        Domain::Constants => {
            Diagnostic::new(codes::UNKNOWN_BAND, format!("unknown band `{name}`")).label(span, "no cube here")
        }
    };
    let variable = cx.scope.variables.contains_key(name).then(|| format!("the variable of that name is `${name}`"));
    // As other languages call what is missing.
    let is_missing = ["none", "nan", "null", "na", "nil"].contains(&name.to_ascii_lowercase().as_str());
    let asked =
        is_missing.then(|| "what is missing is asked for by functions: `isnodata(v)`, `isvalid(v)`".to_string());
    Err(unknown.help_if(variable).help_if(asked))
}

/// Whether a function of the time has this name.
fn is_part_of_date(name: &str) -> bool {
    Function::find(name).is_some_and(|function| matches!(function.body, Body::Time(_) | Body::Label(_)))
}

fn unknown_property(name: &str, span: Span, schema: &Schema) -> Box<Diagnostic> {
    let known = || schema.properties.keys().map(String::as_str);
    let band = schema.band_index(name).map(|_| format!("`{name}` is a band: `where` keeps pixels, `filter` steps"));
    Diagnostic::new(codes::UNKNOWN_PROPERTY, format!("the steps have no property `{name}`"))
        .label(span, "filters by it")
        .help_if(band)
        .help_if(is_part_of_date(name).then(|| format!("write `{name}(time)`")))
        .help_if(diagnostic::did_you_mean(name, known()))
        .help(format!("properties: {}; and `month(time)`, `year(time)` ..", diagnostic::list_some(known(), 20)))
}

fn dated(part: &'static Function, span: Span, cx: &Cx) -> Result<Expr> {
    let time = match cx.domain {
        Domain::Pixels(schema) | Domain::Steps(schema) => Some(&schema.time),
        Domain::Items | Domain::Rows(_) | Domain::Constants => None,
    };
    if let Some(reduced @ TimeAxis::Reduced { .. }) = time
        && reduced.to_group().instants().is_none()
    {
        return Err(Diagnostic::new(codes::NO_TIME, "the one step is left of several and has no date of its own")
            .label(span, "of which step")
            .help(format!("the cube has {}", reduced.span_text()))
            .help("compute it before the reduction: `map y = year(time) | mean`"));
    }
    if cx.domain.calendar().is_some() {
        return Ok(Expr::Time(part));
    }
    let error = Diagnostic::new(codes::NO_TIME, "the steps have no dates").label(span, "needs dates");
    Err(match cx.domain {
        Domain::Pixels(schema) | Domain::Steps(schema) => {
            error.help(format!("the cube has {}", schema.time.span_text()))
        }
        Domain::Items | Domain::Rows(_) | Domain::Constants => error,
    })
}

fn variable(name: &str, arg: &Arg, span: Span, cx: &Cx) -> Result<BoundExpr> {
    Ok(BoundExpr::Expr(match &arg.value {
        Value::Number(v) => Expr::Number(*v),
        Value::Quantity { value, unit, .. } if unit == "%" => Expr::Number(share(*value, cx)),
        Value::Bool(b) => Expr::Truth(*b),
        Value::Nodata => Expr::Missing,
        Value::Date(text) => return date(text, span, cx),
        Value::Text(value) => text(value, span, cx)?,
        Value::Expr(e) => return bound(e, cx),
        other => {
            return Err(Diagnostic::new(codes::NO_NUMBER, format!("`${name}` is {}, not a number", other.describe()))
                .label(span, "not a number")
                .help_if(matches!(other, Value::Cube(_)).then(|| format!("join it first: `join ${name} as {name}`"))));
        }
    }))
}

fn literal_value(literal: &Literal, span: Span, cx: &Cx) -> Result<BoundExpr> {
    Ok(BoundExpr::Expr(match literal {
        Literal::Number(v) => Expr::Number(*v),
        Literal::Bool(b) => Expr::Truth(*b),
        Literal::Nodata => Expr::Missing,
        Literal::Date(text) => return date(text, span, cx),
        Literal::Text(value) => text(&cx.scope.text(value)?, span, cx)?,
        Literal::Quantity { value, unit, .. } if unit == "%" => Expr::Number(share(*value, cx)),
        Literal::Quantity { text, .. } => {
            return Err(Diagnostic::new(codes::NO_NUMBER, format!("`{text}` is no plain number"))
                .label(span, "has a unit")
                .help("pixels have no unit in an expression; write the number alone"));
        }
        Literal::Range { .. } | Literal::DateRange { .. } => return Err(no_number(span)),
    }))
}

/// The number of `20%`: over pixels 0.2; over steps, items and rows of tables 20, because properties such as the cloud cover
/// are percent.
fn share(percent: f64, cx: &Cx) -> f64 {
    match cx.domain {
        Domain::Steps(_) | Domain::Items | Domain::Rows(_) => percent,
        Domain::Pixels(_) | Domain::Constants => percent / 100.0,
    }
}

fn no_number(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::NO_NUMBER, "a range is no number").label(span, "only after `in`")
}

/// The period of a date in the calendar of the rows, with which `time` is compared.
fn date(text: &str, span: Span, cx: &Cx) -> Result<BoundExpr> {
    let (start, end) = date_period(text, calendar(cx)).map_err(|d| d.or_at(span, "no such date"))?;
    Ok(BoundExpr::Date { start: start.exact_days(), end: end.exact_days() })
}

fn calendar(cx: &Cx) -> Calendar {
    cx.domain.calendar().unwrap_or(Calendar::ProlepticGregorian)
}

/// The function `time`, which is called without parentheses.
fn time() -> &'static Function {
    Function::find("time").expect("the table has the time")
}

/// Whether a text looks like the name of a file of polygons.
fn names_file(text: &str) -> bool {
    [".geojson", ".json", ".gpkg", ".shp", ".parquet", ".fgb", ".kml"].iter().any(|end| text.ends_with(end))
}

/// A text. Over pixels only names of seasons are allowed, because they stand for numbers.
fn text(text: &str, span: Span, cx: &Cx) -> Result<Expr> {
    match cx.domain {
        Domain::Steps(_) | Domain::Items | Domain::Rows(_) => Ok(Expr::Text(text.into())),
        Domain::Pixels(_) | Domain::Constants => season_number(text).map(Expr::Number).ok_or_else(|| {
            Diagnostic::new(codes::NO_NUMBER, "pixels are numbers, not text")
                .label(span, "a text")
                .help_if(cx.domain.has_band(text).then(|| format!("the band stands without quotes: `{text}`")))
                .help_if(names_file(text).then(|| format!("polygons mask by a stage: `mask polygon \"{text}\"`")))
                .help("a text can be compared with `season(time)`, and in `filter` with a property of a step")
        }),
    }
}

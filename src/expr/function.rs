//! The functions of expressions, a row each: the name, the arguments, the help, and how it is computed.

use super::cell::{Loops, Real};
use super::significance::of_correlation;
use super::{Binary, Coord, Expr, Unary};
use crate::cube::time::{Calendar, Instant};
use crate::diagnostic::{Diagnostic, Result, Span, codes};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A function of expressions. It travels by its name.
#[derive(Debug)]
pub struct Function {
    /// Its name in the language.
    pub name: &'static str,
    /// The least and the most arguments.
    pub args: (usize, usize),
    /// What it computes, as help says it.
    pub help: &'static str,
    /// How it is computed.
    pub body: Body,
}

/// How a function is computed.
#[derive(Debug)]
pub enum Body {
    /// A number computed from numbers.
    Number(Loops),
    /// A part of the date that a step belongs to, in its calendar, such as the month.
    Time(fn(Calendar, Instant) -> f64),
    /// The number of the instant by which a step is labeled.
    Label(fn(Instant) -> f64),
    /// A coordinate of the pixel.
    Coord(Coord),
    /// An expression put together from the arguments, whose places are given for messages.
    Tree(fn(Vec<Expr>, &[Span]) -> Result<Expr>),
}

/// Compiles a loop for both floats. A pointer to a function of one number would be called once for each pixel.
macro_rules! loops {
    ($each:ident, $f:expr) => {
        Body::Number(Loops { f32: |out, rest| $each(out, rest, $f), f64: |out, rest| $each(out, rest, $f) })
    };
}

/// Every function.
pub static FUNCTIONS: &[Function] = &[
    row("abs", (1, 1), "size without sign", loops!(total, f64::abs)),
    row("sqrt", (1, 1), "square root; of a negative number missing", loops!(partial, f64::sqrt)),
    row("exp", (1, 1), "e to the power", loops!(partial, f64::exp)),
    row("ln", (1, 1), "natural logarithm", loops!(partial, f64::ln)),
    row("log10", (1, 1), "logarithm to base 10", loops!(partial, f64::log10)),
    row("log2", (1, 1), "logarithm to base 2", loops!(partial, f64::log2)),
    row("sin", (1, 1), "sine of radians", loops!(total, f64::sin)),
    row("cos", (1, 1), "cosine of radians", loops!(total, f64::cos)),
    row("tan", (1, 1), "tangent of radians", loops!(total, f64::tan)),
    row("asin", (1, 1), "arc sine in radians", loops!(partial, f64::asin)),
    row("acos", (1, 1), "arc cosine in radians", loops!(partial, f64::acos)),
    row("atan", (1, 1), "arc tangent in radians", loops!(total, f64::atan)),
    row("atan2", (2, 2), "angle of y, x in radians", loops!(total_of_two, f64::atan2)),
    row("floor", (1, 1), "largest whole number not above", loops!(total, f64::floor)),
    row("ceil", (1, 1), "smallest whole number not below", loops!(total, f64::ceil)),
    // Numpy rounds halves to the even number, too.
    row("round", (1, 1), "nearest whole number, halves to the even one", loops!(total, f64::round_ties_even)),
    row("sign", (1, 1), "-1, 0 or 1", loops!(total, |v| if v == 0.0 { 0.0 } else { v.signum() })),
    // Of one argument it would be that one, where the least of all steps or rows is meant.
    row("min", (2, 99), "smallest argument that is not missing", loops!(fold, least)),
    row("max", (2, 99), "largest argument that is not missing", loops!(fold, greatest)),
    row("clip", (3, 3), "value, least, greatest: the value kept between them", loops!(of_three, clipped)),
    row("if", (3, 3), "condition, value if true, value if false", Body::Tree(choice)),
    row("coalesce", (1, 99), "first argument that is not missing", Body::Tree(first_known)),
    row("isnodata", (1, 1), "1 where missing", Body::Tree(is_missing)),
    row("isvalid", (1, 1), "1 where not missing", Body::Tree(|args, _| Ok(is_known(args)))),
    row("bit", (2, 2), "value, number of the bit: 1 where it is set; bit 0 is the lowest", Body::Tree(bits)),
    row("bits", (3, 3), "value, first, last bit: the number that stands in them", Body::Tree(bits)),
    row("normalized_difference", (2, 2), "a, b: (a - b) / (a + b)", loops!(partial_of_two, |a, b| (a - b) / (a + b))),
    row(
        "corr_pvalue",
        (2, 2),
        "r, n: the probability that n unrelated pairs correlate so far from 0, by Student's t; missing below 3 pairs",
        loops!(total_of_two, of_correlation),
    ),
    row("year", (0, 1), "year of the step", Body::Time(|calendar, at| calendar.fields(at).year as f64)),
    row("month", (0, 1), "month of the step, 1 to 12", Body::Time(|calendar, at| calendar.fields(at).month as f64)),
    row("day", (0, 1), "day of the month", Body::Time(|calendar, at| calendar.fields(at).day as f64)),
    row("dayofyear", (0, 1), "day of the year, from 1", Body::Time(|calendar, at| calendar.day_of_year(at) as f64)),
    row("dekad", (0, 1), "dekad of the year, 1 to 36", Body::Time(|calendar, at| calendar.fields(at).dekad() as f64)),
    row(
        "season",
        (0, 1),
        "season of the step, 1 to 4, or compared with \"DJF\", \"MAM\", \"JJA\" or \"SON\"",
        Body::Time(|calendar, at| (calendar.fields(at).month % 12 / 3 + 1) as f64),
    ),
    row("hour", (0, 1), "whole hour of the day", Body::Time(|calendar, at| calendar.fields(at).hour as f64)),
    row("minute", (0, 1), "minute of the hour", Body::Time(|calendar, at| calendar.fields(at).minute as f64)),
    row(
        "time",
        (0, 0),
        "the step's time; compare it with a date: `time >= @2020-06-01`",
        Body::Label(|at| at.exact_days()),
    ),
    row("lon", (0, 0), "longitude of the pixel in degrees", Body::Coord(Coord::Lon)),
    row("lat", (0, 0), "latitude of the pixel in degrees", Body::Coord(Coord::Lat)),
    row("x", (0, 0), "x of the pixel in the cube's system", Body::Coord(Coord::X)),
    row("y", (0, 0), "y of the pixel in the cube's system", Body::Coord(Coord::Y)),
];

const fn row(name: &'static str, args: (usize, usize), help: &'static str, body: Body) -> Function {
    Function { name, args, help, body }
}

impl Function {
    /// The function of a name.
    pub fn find(name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|f| f.name == name)
    }

    /// The number of a date that every program means by it, given in days since 1970-01-01.
    pub(crate) fn of_days(&self, days: f64) -> f64 {
        let date = Instant::of_exact_days(days);
        self.of_step(Calendar::ProlepticGregorian, date, date)
    }

    /// The number of a step, for functions of times, by the instant it is labeled with and the date it belongs to;
    /// missing for other functions.
    pub fn of_step(&self, calendar: Calendar, label: Instant, date: Instant) -> f64 {
        match &self.body {
            Body::Time(part) => part(calendar, date),
            Body::Label(number) => number(label),
            Body::Number(_) | Body::Coord(_) | Body::Tree(_) => f64::NAN,
        }
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        self.name == other.name
    }
}

impl Serialize for Function {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.name.serialize(to)
    }
}

impl<'de> Deserialize<'de> for &'static Function {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Function::find(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is no function")))
    }
}

/// Applies a function that is defined for every number.
fn total<T: Real>(out: &mut [T], _: &[Vec<T>], f: impl Fn(f64) -> f64) -> u64 {
    out.iter_mut().for_each(|o| *o = T::from_f64(f(o.to_f64())));
    0
}

/// Applies a function that is not defined for every number: where it is not, the result is missing and counted.
fn partial<T: Real>(out: &mut [T], _: &[Vec<T>], f: impl Fn(f64) -> f64) -> u64 {
    let mut invalid = 0;
    for o in out {
        let value = T::from_f64(f(o.to_f64()));
        let bad = o.finite() & !value.finite();
        invalid += bad as u64;
        *o = if bad { T::NAN } else { value };
    }
    invalid
}

fn total_of_two<T: Real>(out: &mut [T], rest: &[Vec<T>], f: impl Fn(f64, f64) -> f64) -> u64 {
    out.iter_mut().zip(&rest[0]).for_each(|(o, b)| *o = T::from_f64(f(o.to_f64(), b.to_f64())));
    0
}

fn partial_of_two<T: Real>(out: &mut [T], rest: &[Vec<T>], f: impl Fn(T, T) -> T) -> u64 {
    let mut invalid = 0;
    for (o, &b) in out.iter_mut().zip(&rest[0]) {
        let value = f(*o, b);
        let bad = o.finite() & b.finite() & !value.finite();
        invalid += bad as u64;
        *o = if bad { T::NAN } else { value };
    }
    invalid
}

/// Combines the arguments from left to right.
fn fold<T: Real>(out: &mut [T], rest: &[Vec<T>], f: impl Fn(T, T) -> T) -> u64 {
    for other in rest {
        out.iter_mut().zip(other).for_each(|(o, b)| *o = f(*o, *b));
    }
    0
}

fn of_three<T: Real>(out: &mut [T], rest: &[Vec<T>], f: impl Fn(T, T, T) -> T) -> u64 {
    for ((o, b), c) in out.iter_mut().zip(&rest[0]).zip(&rest[1]) {
        *o = f(*o, *b, *c);
    }
    0
}

fn least<T: Real>(a: T, b: T) -> T {
    if a <= b || b.is_nan() { a } else { b }
}

fn greatest<T: Real>(a: T, b: T) -> T {
    if a >= b || b.is_nan() { a } else { b }
}

fn clipped<T: Real>(v: T, low: T, high: T) -> T {
    let bounded = if v < low { low } else { v };
    if bounded > high { high } else { bounded }
}

fn choice(args: Vec<Expr>, _: &[Span]) -> Result<Expr> {
    let mut args = args.into_iter().map(Box::new);
    let mut next = || args.next().unwrap_or_else(|| Box::new(Expr::Missing));
    Ok(Expr::If(next(), next(), next()))
}

fn first_known(args: Vec<Expr>, _: &[Span]) -> Result<Expr> {
    Ok(args.into_iter().reduce(|a, b| Expr::binary(Binary::Coalesce, a, b)).unwrap_or(Expr::Missing))
}

fn is_known(mut args: Vec<Expr>) -> Expr {
    Expr::IsValid(Box::new(args.swap_remove(0)))
}

fn is_missing(args: Vec<Expr>, _: &[Span]) -> Result<Expr> {
    Ok(Expr::Unary(Unary::Not, Box::new(is_known(args))))
}

fn bits(mut args: Vec<Expr>, spans: &[Span]) -> Result<Expr> {
    let number = |(arg, span): (&Expr, &Span)| match arg {
        Expr::Number(v) if v.fract() == 0.0 && (0.0..64.0).contains(v) => Ok(*v as u32),
        _ => Err(Diagnostic::new(codes::OUT_OF_RANGE, "a bit has a number from 0 to 63")
            .label(*span, "no bit")
            .help("bit 0 is the lowest: `bit(qa, 10)`")),
    };
    let numbers = args.iter().zip(spans).skip(1).map(number).collect::<Result<Vec<u32>>>()?;
    let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
    if first > last {
        return Err(Diagnostic::new(codes::OUT_OF_RANGE, "the first bit lies above the last")
            .label(spans[1].to(spans[2]), "swap them"));
    }
    Ok(Expr::Bits { operand: Box::new(args.swap_remove(0)), first, last })
}

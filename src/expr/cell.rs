//! The results of an expression: floats of pixels, where NaN is missing, or values of steps and items.

use crate::cube::chunk::PixelType;
use crate::cube::dtype::Pixel;
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

/// A result of an expression, generic so that pixels are computed in their own float and steps with their texts.
pub(crate) trait Cell<'a>:
    Copy + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    const MISSING: Self;
    fn number(value: f64) -> Self;
    fn truth(value: bool) -> Self;
    fn text(value: &'a str) -> Self;
    fn is_missing(self) -> bool;
    /// Whether it is known to be true. Both this and `is_false` are false for a missing truth.
    fn is_true(self) -> bool;
    fn is_false(self) -> bool;
    /// Whether it is a number, and not an infinite one.
    fn finite(self) -> bool;
    /// Whether both can be compared by size.
    fn has_order(self, other: Self) -> bool;
    /// A function of its number, in f64.
    fn apply(self, f: impl Fn(f64) -> f64) -> Self;
    /// A function of both numbers, in f64.
    fn apply2(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self;
    /// See [`Loops`].
    fn call(loops: &Loops, out: &mut [Self], rest: &[Vec<Self>]) -> u64;
}

/// The loop of a function over a block of either float: the first arguments, which become the results, and those after
/// them. It returns how many results arithmetic could not give, though the arguments were numbers.
#[derive(Debug)]
pub struct Loops {
    pub f32: fn(&mut [f32], &[Vec<f32>]) -> u64,
    pub f64: fn(&mut [f64], &[Vec<f64>]) -> u64,
}

/// A float arithmetic is done in.
pub(crate) trait Real:
    PixelType + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Into<f64>
{
    const NAN: Self;
    fn finite(self) -> bool;
    fn of<P: Pixel>(pixel: P) -> Self;
    fn pick(loops: &Loops) -> fn(&mut [Self], &[Vec<Self>]) -> u64;
}

impl Real for f32 {
    const NAN: f32 = f32::NAN;
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
    #[inline(always)]
    fn of<P: Pixel>(pixel: P) -> f32 {
        pixel.to_f32()
    }
    fn pick(loops: &Loops) -> fn(&mut [f32], &[Vec<f32>]) -> u64 {
        loops.f32
    }
}

impl Real for f64 {
    const NAN: f64 = f64::NAN;
    #[inline(always)]
    fn finite(self) -> bool {
        self.is_finite()
    }
    #[inline(always)]
    fn of<P: Pixel>(pixel: P) -> f64 {
        pixel.to_f64()
    }
    fn pick(loops: &Loops) -> fn(&mut [f64], &[Vec<f64>]) -> u64 {
        loops.f64
    }
}

impl<'a, T: Real> Cell<'a> for T {
    const MISSING: T = T::NAN;
    #[inline(always)]
    fn number(value: f64) -> T {
        T::from_f64(value)
    }
    #[inline(always)]
    fn truth(value: bool) -> T {
        T::from_f64(value as u8 as f64)
    }
    /// Pixels are numbers; the binder lets no text come here.
    fn text(_: &'a str) -> T {
        T::NAN
    }
    #[inline(always)]
    fn is_missing(self) -> bool {
        self.is_nan()
    }
    #[inline(always)]
    fn is_true(self) -> bool {
        !self.is_nan() & (self != T::from_f64(0.0))
    }
    #[inline(always)]
    fn is_false(self) -> bool {
        self == T::from_f64(0.0)
    }
    #[inline(always)]
    fn finite(self) -> bool {
        Real::finite(self)
    }
    #[inline(always)]
    fn has_order(self, other: T) -> bool {
        !(self.is_nan() | other.is_nan())
    }
    #[inline(always)]
    fn apply(self, f: impl Fn(f64) -> f64) -> T {
        T::from_f64(f(self.to_f64()))
    }
    #[inline(always)]
    fn apply2(self, other: T, f: impl Fn(f64, f64) -> f64) -> T {
        T::from_f64(f(self.to_f64(), other.to_f64()))
    }
    fn call(loops: &Loops, out: &mut [T], rest: &[Vec<T>]) -> u64 {
        T::pick(loops)(out, rest)
    }
}

/// What is known of a step or an item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Missing,
    Number(f64),
    Truth(bool),
    Text(&'a str),
}

impl<'a> Value<'a> {
    /// The value of a JSON value; lists and objects count as missing.
    pub(crate) fn of(json: &'a serde_json::Value) -> Value<'a> {
        match json {
            serde_json::Value::Bool(truth) => Value::Truth(*truth),
            serde_json::Value::Number(number) => number.as_f64().map_or(Value::Missing, Value::Number),
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => Value::Missing,
        }
    }

    /// Its number, if it is one; a truth is 1 or 0.
    pub(crate) fn as_number(self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(number),
            Value::Truth(truth) => Some(truth as u8 as f64),
            Value::Missing | Value::Text(_) => None,
        }
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

/// Numbers and truths have an order among each other, and so have texts. A number and a text cannot be compared, so
/// they are not equal either.
impl PartialOrd for Value<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (a, b) => a.as_number()?.partial_cmp(&b.as_number()?),
        }
    }
}

impl Add for Value<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.apply2(other, |a, b| a + b)
    }
}

impl Sub for Value<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.apply2(other, |a, b| a - b)
    }
}

impl Mul for Value<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.apply2(other, |a, b| a * b)
    }
}

impl Div for Value<'_> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.apply2(other, |a, b| a / b)
    }
}

impl<'a> Cell<'a> for Value<'a> {
    const MISSING: Self = Value::Missing;
    fn number(value: f64) -> Self {
        if value.is_nan() { Value::Missing } else { Value::Number(value) }
    }
    fn truth(value: bool) -> Self {
        Value::Truth(value)
    }
    fn text(value: &'a str) -> Self {
        Value::Text(value)
    }
    fn is_missing(self) -> bool {
        matches!(self, Value::Missing)
    }
    fn is_true(self) -> bool {
        self.as_number().is_some_and(|v| v != 0.0)
    }
    fn is_false(self) -> bool {
        self.as_number() == Some(0.0)
    }
    fn finite(self) -> bool {
        self.as_number().is_some_and(f64::is_finite)
    }
    fn has_order(self, other: Self) -> bool {
        self.partial_cmp(&other).is_some()
    }
    fn apply(self, f: impl Fn(f64) -> f64) -> Self {
        self.as_number().map_or(Value::Missing, |v| Value::number(f(v)))
    }
    fn apply2(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        self.as_number().zip(other.as_number()).map_or(Value::Missing, |(a, b)| Value::number(f(a, b)))
    }
    fn call(loops: &Loops, out: &mut [Self], rest: &[Vec<Self>]) -> u64 {
        let numbers = |values: &[Self]| values.iter().map(|v| v.as_number().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
        let mut results = numbers(out);
        let rest: Vec<Vec<f64>> = rest.iter().map(|values| numbers(values)).collect();
        let invalid = (loops.f64)(&mut results, &rest);
        out.iter_mut().zip(results).for_each(|(o, v)| *o = Value::number(v));
        invalid
    }
}

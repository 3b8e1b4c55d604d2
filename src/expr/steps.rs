//! Evaluates expressions over the steps of a cube, from their times and properties, and over nothing, for constants.

use super::eval::{Machine, Rows};
use super::{Cell, Expr, Function, Value};
use crate::cube::Schema;
use std::ops::Range;

/// The steps of a cube as rows of an expression.
pub(crate) struct Steps<'a>(pub &'a Schema);

impl<'a> Rows<'a, Value<'a>> for Steps<'a> {
    fn property(&self, name: &str, at: Range<usize>, out: &mut [Value<'a>]) {
        let Some(values) = self.0.properties.get(name) else { return out.fill(Value::Missing) };
        out.iter_mut().zip(&values[at]).for_each(|(o, value)| *o = Value::of(value));
    }

    fn time(&self, part: &'static Function, at: Range<usize>, out: &mut [Value<'a>]) {
        let own = self.0.time.to_group();
        let Some((calendar, dates)) = own.instants() else { return out.fill(Value::Missing) };
        let labels = self.0.time.instants().map_or(dates, |(_, labels)| labels);
        for ((o, label), date) in out.iter_mut().zip(&labels[at.clone()]).zip(&dates[at]) {
            *o = Value::number(part.of_step(*calendar, *label, *date));
        }
    }
}

/// Rows that have no bands, properties or times: all of these are missing.
struct Nothing;

impl<'a> Rows<'a, Value<'a>> for Nothing {}

/// The result of an expression for each of the first `n` rows.
pub(crate) fn values<'a>(expr: &'a Expr, rows: &dyn Rows<'a, Value<'a>>, n: usize) -> Vec<Value<'a>> {
    let mut out = vec![Value::Missing; n];
    Machine::new(rows).eval(expr, 0..n, &mut out);
    out
}

/// The number of an expression without bands, properties or times; `None` if arithmetic cannot give one.
pub(crate) fn constant(expr: &Expr) -> Option<f64> {
    values(expr, &Nothing, 1)[0].as_number()
}

/// The name among `names` of the property `name`: the name itself, or the name behind a prefix such as `eo:`. Where
/// several prefixes have it, `eo:` comes first.
pub(crate) fn property_named<'n>(name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let rest = |full: &&str| full.split_once(':').is_some_and(|(_, rest)| rest == name);
    let eo = |full: &&str| full.strip_prefix("eo:") == Some(name);
    let mut names = [names.clone(), names.clone(), names];
    let [all, with_eo, with_any] = &mut names;
    all.find(|full| *full == name).or_else(|| with_eo.find(eo)).or_else(|| with_any.find(rest))
}

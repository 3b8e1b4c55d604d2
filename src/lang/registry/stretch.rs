//! Lengths along time, which `rolling`, `fill time` and `join` take.

use super::Call;
use crate::cube::time::{Base, Period, TimeAxis};
use crate::diagnostic::{Code, Diagnostic, Result, codes};
use crate::lang::value::Value;

/// A length along the steps of a cube.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stretch {
    Steps(usize),
    Micros(i64),
    Months(i64),
}

/// The length of a quantity (`10d`, `P16D`) or of a pandas offset.
pub(crate) fn period(value: &Value) -> Result<Period> {
    match value {
        Value::Quantity { text, unit, .. } if unit == "iso" => Period::from_iso(text),
        Value::Quantity { value, unit, .. } => Period::from_quantity(*value, unit),
        value => Period::from_pandas(&value.as_text().unwrap_or_default()),
    }
}

impl Call<'_> {
    /// A number of steps or a length of time, which must be positive.
    pub fn stretch(&self, name: &str) -> Result<Option<Stretch>> {
        let Some(arg) = self.get(name) else { return Ok(None) };
        let wrong = |code: Code, message: &str| {
            self.error(name, code, message, "no such length")
                .help("a number of steps such as `3`, or a length of time such as `30d`, `6h`, `2w`")
        };
        if let Value::Number(n) = arg.value {
            return match n >= 1.0 {
                true => Ok(Some(Stretch::Steps(n as usize))),
                false => Err(wrong(codes::OUT_OF_RANGE, "a number of steps is at least 1")),
            };
        }
        const WEEK: i64 = 7 * 86_400_000_000;
        match period(&arg.value).map_err(|d| d.or_at(arg.span, "no length of time"))? {
            Period::Fixed { micros } => Ok(Some(Stretch::Micros(micros))),
            Period::Calendar { base: Base::Weeks { .. }, n, .. } => Ok(Some(Stretch::Micros(n.saturating_mul(WEEK)))),
            Period::Calendar { base: Base::Months { len, .. }, n, .. } => Ok(Some(Stretch::Months(n * i64::from(len)))),
            Period::Calendar { .. } => Err(wrong(codes::WRONG_TYPE, "this is no length that holds everywhere")),
        }
    }

    /// A length of time that is the same everywhere, such as days but not months, for distances.
    pub fn even_stretch(&self, name: &str) -> Result<Option<Stretch>> {
        match self.stretch(name)? {
            Some(Stretch::Months(months)) => Err(self
                .error(name, codes::UNFIT_ARGUMENTS, "months differ in length", "no fixed length")
                .help(format!("in days: `{}d`", (months as f64 * 30.4375).round()))),
            other => Ok(other),
        }
    }

    /// Refuses an axis whose steps are not in the order of time, which the verb relies on.
    ///
    /// # Errors
    /// `E0215` for dates that go back.
    pub fn in_order(&self, time: &TimeAxis) -> Result<()> {
        match time.is_sorted() {
            true => Ok(()),
            false => Err(Diagnostic::new(
                codes::NOT_IN_ORDER,
                format!("`{}` needs steps in the order of time", self.verb.name),
            )
            .label(self.span, "the dates go back here")
            .help("`sort` puts them in order")),
        }
    }
}

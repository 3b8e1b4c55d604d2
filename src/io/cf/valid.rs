//! The values of a variable that its file calls valid: `valid_range`, or `valid_min` and `valid_max`.

use super::header::Variable;
use super::number::Number;
use crate::cube::DType;
use serde::{Deserialize, Serialize};

/// The least and the greatest valid value, as pixels of the stored type hold them; nothing where a side is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ValidRange {
    pub low: Option<Number>,
    pub high: Option<Number>,
}

/// A range as the file states it.
pub(super) struct Stated {
    low: Option<Number>,
    high: Option<Number>,
    /// The attributes that state it.
    attributes: String,
}

impl ValidRange {
    pub(super) fn is_everything(&self) -> bool {
        self.low.is_none() && self.high.is_none()
    }
}

impl Stated {
    /// What the attributes of a variable say, if they say anything.
    pub(super) fn of(variable: &Variable) -> Option<Stated> {
        if let [low, high] = variable.numbers("valid_range")[..] {
            return Some(Stated { low: Some(low), high: Some(high), attributes: "`valid_range`".into() });
        }
        let first = |name: &str| variable.numbers(name).first().copied();
        let (low, high) = (first("valid_min"), first("valid_max"));
        let named = [("`valid_min`", low), ("`valid_max`", high)];
        let named: Vec<&str> = named.iter().filter(|(_, bound)| bound.is_some()).map(|(name, _)| *name).collect();
        (!named.is_empty()).then(|| Stated { low, high, attributes: named.join(" and ") })
    }

    /// Whether signed bytes are meant as unsigned ones: netCDF's older files have no other way to say so than a range
    /// that no signed byte reaches.
    pub(super) fn is_unsigned(&self) -> bool {
        self.high.is_some_and(|high| (128.0..=255.0).contains(&high.to_f64()))
            && self.low.is_none_or(|low| low.to_f64() >= 0.0)
    }

    /// The range among stored values of `dtype`, and the words that tell of it; nothing where every value is inside.
    ///
    /// By the NetCDF User Guide the range has the type of the stored values and is in their units. One of floats beside
    /// packed integers has the type of the unpacked values, and is in theirs.
    pub(super) fn among(&self, raw: DType, dtype: DType, packing: Option<(f64, f64)>) -> Option<(ValidRange, String)> {
        let is_float = |bound: Option<Number>| matches!(bound, Some(Number::Single(_) | Number::Float(_)));
        let physical = packing.filter(|_| !dtype.is_float() && (is_float(self.low) || is_float(self.high)));
        let mut bounds = [self.low, self.high].map(|bound| {
            let bound = bound.filter(|bound| !bound.to_f64().is_nan())?;
            Some(match physical {
                Some((scale, offset)) => Number::Float(whole((bound.to_f64() - offset) / scale)),
                None if dtype == raw => bound,
                None => bound.reinterpret(dtype),
            })
        });
        if physical.is_some_and(|(scale, _)| scale < 0.0) {
            bounds.reverse();
        }
        let range = ValidRange { low: at_least(bounds[0], dtype), high: at_most(bounds[1], dtype) };
        let extent = match [self.low, self.high].map(|bound| bound.map(Number::to_f64)) {
            [Some(low), Some(high)] => format!("{low} .. {high}"),
            [Some(low), None] => format!("{low} and more"),
            [None, Some(high)] => format!("{high} and less"),
            [None, None] => return None,
        };
        let units = match (packing, physical) {
            (None, _) => "",
            (Some(_), None) => " in packed units",
            (Some(_), Some(_)) => " in unpacked units",
        };
        let words = format!("{extent}{units} ({})", self.attributes);
        (!range.is_everything()).then_some((range, words))
    }
}

/// A number without the noise of the division that made it, where it is nearly whole.
fn whole(number: f64) -> f64 {
    let near = number.round();
    if (number - near).abs() <= 1e-5 * near.abs().max(1.0) { near } else { number }
}

/// The least value of the type that is not below a bound; nothing where that is the least of all.
fn at_least(bound: Option<Number>, dtype: DType) -> Option<Number> {
    let bound = bound.filter(|bound| dtype.is_float() || bound.to_f64() > dtype.limits().0)?;
    let above = Number::Float(bound.to_f64().ceil());
    Some(bound.as_stored(dtype).or_else(|| above.as_stored(dtype)).unwrap_or(above))
}

/// The greatest value of the type that is not above a bound; nothing where that is the greatest of all.
fn at_most(bound: Option<Number>, dtype: DType) -> Option<Number> {
    let bound = bound.filter(|bound| dtype.is_float() || bound.to_f64() < dtype.limits().1)?;
    let below = Number::Float(bound.to_f64().floor());
    Some(bound.as_stored(dtype).or_else(|| below.as_stored(dtype)).unwrap_or(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stated_ranges_among_stored_values() {
        let (int, float) = (Number::Int, Number::Float);
        let cases = [
            (DType::I16, DType::I16, None, [int(0), int(100)], Some([Some(int(0)), Some(int(100))])),
            // Of the type of the stored values: in their units.
            (DType::I16, DType::I16, Some((0.1, 5.0)), [int(0), int(100)], Some([Some(int(0)), Some(int(100))])),
            // Of the type of the unpacked values: in theirs.
            (DType::I16, DType::I16, Some((0.5, 5.0)), [float(5.0), float(15.2)], Some([Some(int(0)), Some(int(20))])),
            (DType::I16, DType::I16, Some((-1.0, 0.0)), [float(-3.0), float(4.5)], Some([Some(int(-4)), Some(int(3))])),
            (DType::U8, DType::U8, None, [int(0), int(255)], None),
            (DType::U8, DType::U8, None, [int(-1), int(300)], None),
            (DType::I8, DType::U8, None, [int(1), int(-2)], Some([Some(int(1)), Some(int(254))])),
            (DType::F32, DType::F32, None, [float(0.0), int(1)], Some([Some(float(0.0)), Some(float(1.0))])),
        ];
        for (raw, dtype, packing, [low, high], expected) in cases {
            let stated = Stated { low: Some(low), high: Some(high), attributes: "`valid_range`".into() };
            let found = stated.among(raw, dtype, packing).map(|(range, _)| [range.low, range.high]);
            assert_eq!(found, expected, "{low:?} .. {high:?} of {dtype}");
        }
    }
}

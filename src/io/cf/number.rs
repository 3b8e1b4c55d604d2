//! A number of an attribute, exact for integers of 64 bits.

use crate::cube::DType;
use serde::{Deserialize, Serialize};

/// Travels as text, because JSON has neither infinities nor integers of 64 bits everywhere.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Number {
    Int(i64),
    Unsigned(u64),
    /// Stored in 32 bits, which tells in how many bits a variable is meant to be unpacked.
    Single(f32),
    Float(f64),
}

/// NaN is NaN: two files that both call it missing are of one layout.
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a == b,
            (Number::Unsigned(a), Number::Unsigned(b)) => a == b,
            (Number::Single(a), Number::Single(b)) => a == b || a.is_nan() && b.is_nan(),
            (Number::Float(a), Number::Float(b)) => a == b || a.is_nan() && b.is_nan(),
            (Number::Int(_) | Number::Unsigned(_) | Number::Single(_) | Number::Float(_), _) => false,
        }
    }
}

impl Number {
    pub fn parse(text: &str) -> Option<Number> {
        let int = || text.parse().ok().map(Number::Int);
        let unsigned = || text.parse().ok().map(Number::Unsigned);
        let float = || text.parse().ok().map(Number::Float);
        // C's suffix, which survives in attributes that were copied as text.
        let single = || text.strip_suffix(['f', 'F'])?.parse().ok().map(Number::Single);
        int().or_else(unsigned).or_else(float).or_else(single)
    }

    /// A number from its bytes in a file; nothing where there are too few.
    pub fn of_bytes(bytes: &[u8], dtype: DType, is_big: bool) -> Option<Number> {
        let mut wide = [0u8; 8];
        let n = dtype.bytes();
        for (at, byte) in bytes.get(..n)?.iter().enumerate() {
            wide[if is_big { n - 1 - at } else { at }] = *byte;
        }
        let bits = u64::from_le_bytes(wide);
        Some(match dtype {
            DType::U8 | DType::U16 | DType::U32 => Number::Int(bits as i64),
            DType::I8 => Number::Int((bits as i8).into()),
            DType::I16 => Number::Int((bits as i16).into()),
            DType::I32 => Number::Int((bits as i32).into()),
            DType::I64 => Number::Int(bits as i64),
            DType::U64 => Number::Unsigned(bits),
            DType::F32 => Number::Single(f32::from_bits(bits as u32)),
            DType::F64 => Number::Float(f64::from_bits(bits)),
        })
    }

    /// In as few digits as tell it apart.
    pub(crate) fn written(&self) -> String {
        match self {
            Number::Int(v) => v.to_string(),
            Number::Unsigned(v) => v.to_string(),
            Number::Single(v) => v.to_string(),
            Number::Float(v) => v.to_string(),
        }
    }

    pub fn to_f64(self) -> f64 {
        match self {
            Number::Int(v) => v as f64,
            Number::Unsigned(v) => v as f64,
            Number::Single(v) => f64::from(v),
            Number::Float(v) => v,
        }
    }

    /// The bits of a signed number read as an unsigned one of this type (`_Unsigned`), or the reverse.
    pub fn reinterpret(self, dtype: DType) -> Number {
        match (self, dtype) {
            (Number::Int(v), DType::U8) => Number::Int(i64::from(v as u8)),
            (Number::Int(v), DType::U16) => Number::Int(i64::from(v as u16)),
            (Number::Int(v), DType::U32) => Number::Int(i64::from(v as u32)),
            (Number::Int(v), DType::U64) => Number::Unsigned(v as u64),
            (Number::Int(v), DType::I8) => Number::Int(i64::from(v as i8)),
            _ => self,
        }
    }

    /// The number as a pixel of this type would hold it; nothing where none can be equal to it.
    pub fn as_stored(self, dtype: DType) -> Option<Number> {
        match (self, dtype) {
            (_, DType::F64) => Some(Number::Float(self.to_f64())),
            (_, DType::F32) => Some(Number::Float(f64::from(self.to_f64() as f32))),
            (Number::Single(v), _) => Number::Float(f64::from(v)).as_stored(dtype),
            (Number::Float(v), _) => {
                (v.fract() == 0.0 && v.abs() < 2f64.powi(63)).then_some(Number::Int(v as i64))?.as_stored(dtype)
            }
            (Number::Int(v), DType::U64) => u64::try_from(v).ok().map(Number::Unsigned),
            (Number::Unsigned(_), DType::U64) | (Number::Int(_), DType::I64) => Some(self),
            (Number::Unsigned(v), _) => Number::Int(i64::try_from(v).ok()?).as_stored(dtype),
            (Number::Int(v), _) => dtype.holds(v as f64).then_some(self),
        }
    }
}

impl From<Number> for String {
    fn from(number: Number) -> String {
        match number {
            Number::Int(v) => v.to_string(),
            Number::Unsigned(v) => v.to_string(),
            // The point keeps a float a float.
            Number::Single(v) => format!("{v:?}f"),
            Number::Float(v) => format!("{v:?}"),
        }
    }
}

impl TryFrom<String> for Number {
    type Error = String;

    fn try_from(text: String) -> Result<Number, String> {
        Number::parse(&text).ok_or_else(|| format!("`{text}` is not a number"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn travels() {
        for number in [
            Number::Int(-9_223_372_036_854_775_806),
            Number::Unsigned(u64::MAX),
            Number::Float(1e20),
            Number::Float(-3.0),
            Number::Single(0.1),
            Number::Single(f32::INFINITY),
            Number::Float(f64::NEG_INFINITY),
        ] {
            let text = serde_json::to_string(&number).unwrap();
            assert_eq!(serde_json::from_str::<Number>(&text).unwrap(), number);
        }
        assert_eq!(Number::parse("-99.9f"), Some(Number::Single(-99.9)));
    }

    #[test]
    fn stored() {
        let cases = [
            (Number::Float(-9999.9), DType::F32, Some(Number::Float(f64::from(-9999.9f32)))),
            (Number::Single(-9999.9), DType::F32, Some(Number::Float(f64::from(-9999.9f32)))),
            (Number::Single(-100.0), DType::I8, Some(Number::Int(-100))),
            (Number::Float(-100.0), DType::I8, Some(Number::Int(-100))),
            (Number::Float(f64::NAN), DType::I16, None),
            (Number::Int(-9999), DType::U8, None),
            (Number::Int(-1).reinterpret(DType::U8), DType::U8, Some(Number::Int(255))),
            (Number::Float(1e20), DType::I64, None),
        ];
        for (number, dtype, stored) in cases {
            assert_eq!(number.as_stored(dtype), stored, "{number:?} as {dtype}");
        }
    }
}

//! The JSON that Zarr writers leave, with the numbers that JSON lacks.

use crate::cube::DType;
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use serde_json::Value;

/// Parses JSON in which NaN and the infinities may stand bare, as Python writes them; they become strings.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|e| serde_json::from_str(&quote_constants(text)).map_err(|_| e))
}

fn quote_constants(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut quoted, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let constant = ["NaN", "-Infinity", "Infinity"].into_iter().find(|name| !quoted && rest.starts_with(name));
        if let Some(name) = constant {
            out.push('"');
            out.push_str(name);
            out.push('"');
            rest = &rest[name.len()..];
            continue;
        }
        let taken = match c {
            // What is escaped, a quote above all, ends nothing.
            '\\' if quoted => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => c.len_utf8(),
        };
        quoted ^= c == '"';
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// A JSON number, or one of the names that stand for what JSON lacks.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The JSON of a number, with names for what JSON lacks.
pub(super) fn of(number: f64) -> Value {
    match number {
        n if n.is_nan() => "NaN".into(),
        n if n == f64::INFINITY => "Infinity".into(),
        n if n == f64::NEG_INFINITY => "-Infinity".into(),
        n => serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number),
    }
}

/// The JSON of a pixel of a type: whole numbers without a point.
pub(super) fn pixel(value: f64, dtype: DType) -> Value {
    match dtype.is_float() {
        true => of(value),
        // 2^63 and 2^64 - 1 lie beyond what a cast of the rounded float keeps.
        false if value < 0.0 => Value::from(value as i64),
        false => Value::from(value as u64),
    }
}

/// The `_FillValue` of a float as xarray has it in Zarr v3: base64 of the eight bytes of a little-endian f64.
pub(super) fn encode_fill(value: f64) -> String {
    STANDARD.encode(value.to_le_bytes())
}

pub(super) fn decode_fill(text: &str) -> Option<f64> {
    STANDARD.decode(text).ok()?.try_into().ok().map(f64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_constants() {
        let value = parse(r#"{"a": NaN, "b": [-Infinity, 1], "c": "NaN \" NaN", "d": "\\", "e": Infinity}"#);
        let expected = r#"{"a": "NaN", "b": ["-Infinity", 1], "c": "NaN \" NaN", "d": "\\", "e": "Infinity"}"#;
        assert_eq!(value.ok(), serde_json::from_str(expected).ok());
        assert!(parse("{").is_err());
    }

    #[test]
    fn fill_values_as_xarray_has_them() {
        // From `FillValueCoder.encode` of xarray 2026.9.
        let cases =
            [(f64::NAN, "AAAAAAAA+H8="), (-9999.0, "AAAAAICHw8A="), (0.1, "mpmZmZmZuT8="), (1e20, "QIy1eB2vFUQ=")];
        for (value, text) in cases {
            assert_eq!(encode_fill(value), text);
            let back = decode_fill(text).expect(text);
            assert!(back == value || (back.is_nan() && value.is_nan()));
        }
        assert_eq!(decode_fill("nodata"), None);
    }
}

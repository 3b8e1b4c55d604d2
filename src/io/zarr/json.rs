//! The JSON that Zarr writers leave, with the numbers that JSON lacks.

use serde_json::Value;

/// Parses JSON in which NaN and the infinities may stand bare, as Python writes them; they become strings.
pub fn parse(text: &str) -> Result<Value, serde_json::Error> {
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
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The JSON of a number, with names for what JSON lacks.
pub fn of(number: f64) -> Value {
    match number {
        n if n.is_nan() => "NaN".into(),
        n if n == f64::INFINITY => "Infinity".into(),
        n if n == f64::NEG_INFINITY => "-Infinity".into(),
        n => serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The `_FillValue` of a float as xarray has it in Zarr v3: base64 of the eight bytes of a little-endian f64.
pub fn encode_fill(value: f64) -> String {
    let mut out = String::with_capacity(12);
    for three in value.to_le_bytes().chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

pub fn decode_fill(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches('=');
    if digits.len() != 11 {
        return None;
    }
    let mut bytes = Vec::with_capacity(9);
    for four in digits.as_bytes().chunks(4) {
        let mut bits = 0u32;
        for i in 0..4 {
            let digit = four.get(i).map_or(Some(0), |c| ALPHABET.iter().position(|a| a == c))?;
            bits = bits << 6 | digit as u32;
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    bytes.get(..8)?.try_into().ok().map(f64::from_le_bytes)
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

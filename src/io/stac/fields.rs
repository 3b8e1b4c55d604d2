//! Values out of a JSON object, or a diagnostic that names the field and the item it belongs to.

use crate::cube::time::{Calendar, Instant};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::expr::property_named;
use serde_json::{Map, Value};

pub(super) type Object = Map<String, Value>;

/// A JSON object, and where it stands: `item `S2A_..`, asset `red``.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub object: &'a Object,
    pub place: &'a str,
}

/// How a document is called before its id is known, and after.
pub(super) fn bad(place: &str, field: &str, why: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_STAC, format!("malformed STAC: `{field}` of {place} {why}"))
}

/// The property of that name, or the one whose name after the `:` is that; `null` counts as absent.
pub(super) fn property<'a>(properties: &'a Object, name: &str) -> Option<&'a Value> {
    let there = properties.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.as_str());
    properties.get(property_named(name, there)?)
}

/// An instant as STAC writes it.
pub(super) fn rfc3339(at: Instant) -> String {
    let f = Calendar::Standard.fields(at);
    let micro = if f.micro == 0 { String::new() } else { format!(".{:06}", f.micro) };
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{micro}Z", f.year, f.month, f.day, f.hour, f.minute, f.second)
}

/// Whether a value is a word, a number or a truth.
pub(super) fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

impl<'a> Fields<'a> {
    pub(super) fn new(value: &'a Value, place: &'a str, field: &str) -> Result<Fields<'a>> {
        let object =
            value.as_object().ok_or_else(|| bad(place, field, &format!("is not an object but {}", kind(value))))?;
        Ok(Fields { object, place })
    }

    /// The value of a field; `null` counts as absent, as it does in STAC.
    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|v| !v.is_null())
    }

    pub(super) fn need(&self, field: &str) -> Result<&'a Value> {
        self.get(field).ok_or_else(|| bad(self.place, field, "is missing"))
    }

    pub(super) fn text(&self, field: &str) -> Result<Option<&'a str>> {
        self.get(field).map(|v| v.as_str().ok_or_else(|| self.wrong(field, "text", v))).transpose()
    }

    pub(super) fn list(&self, field: &str) -> Result<&'a [Value]> {
        match self.get(field) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(other) => Err(self.wrong(field, "a list", other)),
        }
    }

    /// A number, which may be written as `"nan"` or `"-inf"`, as the raster extension has it.
    pub(super) fn number(&self, field: &str) -> Result<Option<f64>> {
        let number = |v: &Value| match v {
            Value::Number(n) => n.as_f64(),
            Value::String(s) if matches!(s.to_ascii_lowercase().as_str(), "nan" | "inf" | "-inf") => s.parse().ok(),
            _ => None,
        };
        self.get(field).map(|v| number(v).ok_or_else(|| self.wrong(field, "a number", v))).transpose()
    }

    /// A list of numbers of one of these lengths.
    pub(super) fn numbers(&self, field: &str, lengths: &[usize]) -> Result<Option<Vec<f64>>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let values = value.as_array().and_then(|v| v.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>());
        match values {
            Some(values) if lengths.contains(&values.len()) => Ok(Some(values)),
            _ => {
                let lengths = lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
                Err(self.wrong(field, &format!("a list of {lengths} numbers"), value))
            }
        }
    }

    fn wrong(&self, field: &str, expected: &str, found: &Value) -> Box<Diagnostic> {
        bad(self.place, field, &format!("is not {expected} but {}", kind(found)))
    }
}

/// A value in a few words.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => format!("`{b}`"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) if s.chars().count() <= 40 => format!("the text `{s}`"),
        Value::String(_) => "a long text".into(),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(_) => "an object".into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_their_complaints() {
        let value = json!({"nodata": "nan", "scale": "x", "bbox": [1, 2, 3], "none": null});
        let fields = Fields::new(&value, "item `a`", "item").unwrap();
        assert!(fields.number("nodata").unwrap().unwrap().is_nan());
        assert_eq!(fields.number("none").unwrap(), None);
        let message = |r: Result<Option<f64>>| r.unwrap_err().message;
        assert_eq!(
            message(fields.number("scale")),
            "malformed STAC: `scale` of item `a` is not a number but the text `x`"
        );
        assert_eq!(
            fields.numbers("bbox", &[4, 6]).unwrap_err().message,
            "malformed STAC: `bbox` of item `a` is not a list of 4 or 6 numbers but a list of 3"
        );
    }
}

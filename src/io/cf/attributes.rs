//! Attributes as text and numbers, however a writer stored them.

use serde_json::{Map, Value};

pub fn text<'a>(attributes: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    attributes.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// One number; lists of one, which many writers leave, are taken for it.
pub fn number(attributes: &Map<String, Value>, key: &str) -> Option<f64> {
    value(match attributes.get(key)? {
        Value::Array(list) if list.len() == 1 => &list[0],
        other => other,
    })
}

/// All numbers of an attribute: a list, one number, or blank-separated text.
pub fn numbers(attributes: &Map<String, Value>, key: &str) -> Vec<f64> {
    match attributes.get(key) {
        Some(Value::Array(list)) => list.iter().filter_map(value).collect(),
        Some(Value::String(text)) if text.contains(char::is_whitespace) => {
            text.split_whitespace().filter_map(|word| word.trim_end_matches(',').parse().ok()).collect()
        }
        Some(one) => value(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// A JSON number, or one of the names that stand for what JSON lacks.
pub fn value(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The JSON of a number, with names for what JSON lacks.
pub fn json(number: f64) -> Value {
    match number {
        n if n.is_nan() => "NaN".into(),
        n if n == f64::INFINITY => "Infinity".into(),
        n if n == f64::NEG_INFINITY => "-Infinity".into(),
        n => serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number),
    }
}

/// Lists of floats in plans, which are JSON.
pub mod list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        values.iter().map(|&v| super::json(v)).collect::<Vec<Value>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        Ok(Vec::<Value>::deserialize(from)?.iter().filter_map(super::value).collect())
    }
}

//! The options that all formats of CF share.

use super::steps::At;
use crate::cube::Crs;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::geometry::crs as systems;
use serde_json::Value;

/// What a user says of a file: which variables, which values along further dimensions, which reference system.
pub struct Request {
    /// All that there are on the grid of the file where there are none.
    pub variables: Vec<String>,
    pub at: At,
    pub crs: Option<Crs>,
    /// Leave out what cannot be read.
    pub skip: bool,
}

impl Request {
    /// Reads `var`, `at`, `crs` and `on_error`; `stage` is what the user wrote, for messages.
    pub fn read(options: &Value, stage: &str) -> Result<Request> {
        let wrong =
            |name: &str, what: &str| Diagnostic::new(codes::WRONG_TYPE, format!("`{name}` of `{stage}` is {what}"));
        let variables = match options.get("var") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names
                .iter()
                .map(|name| name.as_str().map(str::to_string).ok_or_else(|| wrong("var", "a name or a list of names")))
                .collect::<Result<_>>()?,
            Some(_) => return Err(wrong("var", "a name or a list of names")),
        };
        let mut at = At::new();
        if let Some(choices) = options.get("at").filter(|v| !v.is_null()) {
            let choices = choices.as_object().ok_or_else(|| wrong("at", "a dimension and a value: `at level 500`"))?;
            for (dim, value) in choices {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => return Err(wrong("at", "a dimension and a value: `at level 500`")),
                };
                at.insert(dim.clone(), text);
            }
        }
        let crs = match options.get("crs").filter(|v| !v.is_null()) {
            Some(Value::String(text)) => Some(systems::parse(text)?),
            Some(Value::Number(code)) => Some(systems::parse(&code.to_string())?),
            Some(_) => return Err(wrong("crs", "a reference system such as `EPSG:4326`")),
            None => None,
        };
        let skip = options.get("on_error").and_then(Value::as_str) == Some("skip");
        Ok(Request { variables, at, crs, skip })
    }
}

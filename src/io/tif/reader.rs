//! Reads option values as the language hands them over, and says what was wanted where they mean nothing.

use super::options::{Kind, Overviews};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use serde_json::{Map, Value};

/// Options as they come from the language: words, numbers, truths and lists of them.
pub struct Reader<'a> {
    pub options: &'a Map<String, Value>,
}

impl Reader<'_> {
    pub fn bad(&self, name: &str, wanted: &str) -> Box<Diagnostic> {
        let got = self.options.get(name).map_or_else(String::new, |v| scalar(v).unwrap_or_else(|| v.to_string()));
        Diagnostic::new(codes::BAD_OPTION, format!("`{name}` wants {wanted}, not `{got}`"))
    }

    /// A word or a number as text.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        match self.options.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => scalar(value).map(Some).ok_or_else(|| self.bad(name, "one value")),
        }
    }

    pub fn choice(&self, name: &str, choices: &[&str]) -> Result<Option<String>> {
        let Some(text) = self.text(name)?.map(|t| t.to_lowercase()) else { return Ok(None) };
        let text = if text == "false" && choices.contains(&"none") { "none".to_string() } else { text };
        if choices.contains(&text.as_str()) {
            return Ok(Some(text));
        }
        Err(Diagnostic::new(codes::BAD_OPTION, format!("`{name}` cannot be `{text}`"))
            .help_if(diagnostic::did_you_mean(&text, choices.iter().copied()))
            .help(format!("one of {}", diagnostic::list_some(choices.iter().copied(), 30))))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.text(name)?.map(|t| t.to_lowercase()).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "1") => Ok(Some(true)),
            Some("false" | "no" | "0") => Ok(Some(false)),
            Some(_) => Err(self.bad(name, "`true` or `false`")),
        }
    }

    pub fn float(&self, name: &str) -> Result<Option<f64>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse::<f64>().map_err(|_| self.bad(name, "a number"))?;
        if number.is_finite() || name == "nodata" { Ok(Some(number)) } else { Err(self.bad(name, "a finite number")) }
    }

    pub fn int(&self, name: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse::<f64>().ok().filter(|n| n.fract() == 0.0).map(|n| n as i64);
        number
            .filter(|n| range.contains(n))
            .map(Some)
            .ok_or_else(|| self.bad(name, &format!("a whole number from {} to {}", range.start(), range.end())))
    }

    /// `["KEY=VALUE" ..]` or a map.
    pub fn pairs(&self, name: &str) -> Result<Vec<(String, String)>> {
        let one = |value: &Value| {
            let text = scalar(value)?;
            text.split_once('=')
                .map(|(k, v)| (k.trim().to_string(), v.trim().to_string()))
                .filter(|(k, _)| !k.is_empty())
        };
        let wanted = || self.bad(name, "a list such as [\"KEY=VALUE\"]");
        match self.options.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|v| one(v).ok_or_else(wanted)).collect(),
            Some(Value::Object(map)) => {
                map.iter().map(|(k, v)| Ok((k.clone(), scalar(v).ok_or_else(wanted)?))).collect()
            }
            Some(value) => Ok(vec![one(value).ok_or_else(wanted)?]),
        }
    }

    pub fn colormap(&self) -> Result<Vec<(u16, [u8; 4])>> {
        let wanted = || self.bad("colormap", "a list such as [\"1=#00ff00\"]");
        let colour = |text: &str| -> Option<[u8; 4]> {
            let hex = text.strip_prefix('#')?;
            let part = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
            let alpha = if hex.len() == 8 { part(6)? } else { 255 };
            matches!(hex.len(), 6 | 8).then_some(())?;
            Some([part(0)?, part(2)?, part(4)?, alpha])
        };
        self.pairs("colormap")?
            .iter()
            .map(|(value, text)| Ok((value.parse().map_err(|_| wanted())?, colour(text).ok_or_else(wanted)?)))
            .collect()
    }

    pub fn overviews(&self, kind: Kind) -> Result<Overviews> {
        let wanted = || match kind {
            Kind::Tif => self.bad("overviews", "`auto`, `none` or factors such as [2 4 8]"),
            Kind::Cog => self.bad("overviews", "`auto` or `none`"),
        };
        let factor = |v: &Value| scalar(v)?.parse::<i32>().ok().filter(|f| *f > 1);
        match self.options.get("overviews") {
            None | Some(Value::Null) => Ok(if kind == Kind::Cog { Overviews::Auto } else { Overviews::None }),
            Some(Value::Array(list)) if kind == Kind::Tif => {
                list.iter().map(|v| factor(v).ok_or_else(wanted)).collect::<Result<_>>().map(Overviews::Factors)
            }
            Some(value) => match scalar(value).unwrap_or_default().to_lowercase().as_str() {
                "auto" | "true" | "yes" => Ok(Overviews::Auto),
                "none" | "false" | "no" => Ok(Overviews::None),
                _ if kind == Kind::Tif => factor(value).map(|f| Overviews::Factors(vec![f])).ok_or_else(wanted),
                _ => Err(wanted()),
            },
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

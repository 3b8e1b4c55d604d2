//! References as JSON: version 1, and the bare map of keys that was version 0.

use super::entry::Entry;
use crate::io::json::parse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What begins an inline value that is not text.
const BASE64: &str = "base64:";

pub(crate) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Entry>, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let document = parse(text).map_err(|e| e.to_string())?;
    let Value::Object(document) = document else { return Err("it is no JSON object".into()) };
    let is_versioned = document.contains_key("version") && document.contains_key("refs");
    if document.get("gen").and_then(Value::as_array).is_some_and(|g| !g.is_empty()) {
        return Err("it generates references by rules (`gen`); written out, as kerchunk does, they can be read".into());
    }
    let templates = document.get("templates").and_then(Value::as_object).cloned().unwrap_or_default();
    let refs = match document.get("refs") {
        Some(Value::Object(refs)) if is_versioned => refs,
        _ if is_versioned => return Err("`refs` is no JSON object".into()),
        _ => &document,
    };
    // Few files have many chunks each.
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    refs.iter()
        .map(|(key, value)| {
            Ok((key.clone(), entry(value, &templates, &mut known).map_err(|e| format!("`{key}`: {e}"))?))
        })
        .collect()
}

fn entry(
    value: &Value,
    templates: &Map<String, Value>,
    known: &mut HashMap<String, Arc<str>>,
) -> Result<Entry, String> {
    match value {
        Value::String(text) => inline(text),
        Value::Object(_) => Ok(Entry::Inline(value.to_string().into_bytes().into())),
        Value::Array(list) => {
            let url = list.first().and_then(Value::as_str).ok_or("the first of a list is an address")?;
            let target = match known.get(url) {
                Some(target) => target.clone(),
                None => {
                    let target: Arc<str> = filled(url, templates)?.into();
                    known.insert(url.to_string(), target.clone());
                    target
                }
            };
            match list[1..] {
                [] => Ok(Entry::Whole(target)),
                [ref offset, ref length] => {
                    let number = |v: &Value| v.as_u64().ok_or("offset and length are numbers of bytes");
                    Ok(Entry::Part(target, number(offset)?, number(length)?))
                }
                _ => Err("a list has an address, or an address, an offset and a length".into()),
            }
        }
        _ => Err("neither text nor a list".into()),
    }
}

/// Text that stands for itself, or for bytes.
pub(crate) fn inline(text: &str) -> Result<Entry, String> {
    let bytes = match text.strip_prefix(BASE64) {
        Some(coded) => STANDARD.decode(coded).map_err(|e| e.to_string())?,
        None => text.as_bytes().to_vec(),
    };
    Ok(Entry::Inline(bytes.into()))
}

/// An address with its `{{name}}` replaced.
fn filled(url: &str, templates: &Map<String, Value>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = url;
    while let Some((before, inside)) = rest.split_once("{{") {
        let (name, after) = inside.split_once("}}").ok_or(format!("`{url}` has a template without end"))?;
        let name = name.trim();
        let value = templates.get(name).and_then(Value::as_str).filter(|text| !text.contains("{{"));
        let value =
            value.ok_or(format!("there is no plain template `{name}`; templates with arguments are not read"))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    Ok(out + rest)
}

/// References as a document of version 1; addresses are used as they are.
pub(crate) fn write(entries: &BTreeMap<String, Entry>) -> Vec<u8> {
    let one = |entry: &Entry| match entry {
        Entry::Inline(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if text.starts_with('{') => Value::from(text),
            _ => format!("{BASE64}{}", STANDARD.encode(bytes)).into(),
        },
        Entry::Whole(target) => json!([**target]),
        Entry::Part(target, offset, length) => json!([**target, offset, length]),
    };
    let refs: Map<String, Value> = entries.iter().map(|(key, entry)| (key.clone(), one(entry))).collect();
    serde_json::to_vec(&json!({"version": 1, "refs": refs})).unwrap_or_default()
}

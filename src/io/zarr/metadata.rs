//! Groups and arrays of Zarr v2 and v3, consolidated or not, as the documents that describe them.

use super::codecs;
use super::journal::{self, Documents};
use super::store::Store;
use crate::cube::DType;
use crate::cube::schema::same_nodata;
use crate::diagnostic::{self, Cause, Code, Diagnostic, Result, codes};
use crate::io::cf::{Attribute, Number};
use crate::io::find::instead_of;
use crate::io::json;
use crate::io::remote::refusal;
use serde_json::{Map, Value};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use zarrs::array::ArrayMetadata;

/// One array: its document (`.zarray`, or `zarr.json` without the attributes) and its attributes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// From the root of the store, `/` first.
    pub path: String,
    pub name: String,
    pub document: Value,
    pub attributes: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    /// 2 or 3.
    pub version: u8,
    pub attributes: Map<String, Value>,
    pub arrays: Vec<Node>,
}

/// What the elements of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number(DType),
    /// Dates of numpy: 64-bit counts of a unit since 1970.
    Date,
    Text,
    Other,
}

impl Node {
    pub(super) fn is_v2(&self) -> bool {
        self.document.get("zarr_format").and_then(Value::as_u64) == Some(2)
    }

    pub(super) fn shape(&self) -> Vec<usize> {
        let shape = self.document.get("shape").and_then(Value::as_array);
        shape.map_or(Vec::new(), |s| s.iter().filter_map(Value::as_u64).map(|n| n as usize).collect())
    }

    /// Names of the dimensions. Where there are none they are `dim_0`, `dim_1`, ..., as in xarray's plain arrays.
    pub(super) fn dims(&self) -> Vec<String> {
        let names = |list: Option<&Value>| -> Option<Vec<Option<String>>> {
            Some(list?.as_array()?.iter().map(|n| n.as_str().map(String::from)).collect())
        };
        let found = if self.is_v2() {
            // NCZarr, the Zarr of the netCDF library, keeps them in the array's document, as paths.
            let nczarr = ["_nczarr_array", "_NCZARR_ARRAY"].into_iter().find_map(|key| {
                let held = self.document.get(key).or_else(|| self.attributes.get(key))?;
                names(held.get("dimension_references").or_else(|| held.get("dimrefs")))
            });
            names(self.attributes.get("_ARRAY_DIMENSIONS")).or(nczarr)
        } else {
            names(self.document.get("dimension_names"))
        };
        let n = self.shape().len();
        let mut found = found.filter(|names| names.len() == n).unwrap_or_else(|| vec![None; n]);
        for (i, name) in found.iter_mut().enumerate() {
            let last = name.take().and_then(|n| n.rsplit('/').next().map(String::from)).filter(|n| !n.is_empty());
            *name = Some(last.unwrap_or_else(|| format!("dim_{i}")));
        }
        found.into_iter().flatten().collect()
    }

    pub(super) fn kind(&self) -> Kind {
        if self.is_v2() {
            let text = self.document.get("dtype").and_then(Value::as_str).unwrap_or_default();
            let has_text_filter = self.document.get("filters").is_some_and(|f| f.to_string().contains("vlen-utf8"));
            return match text.trim_start_matches(['<', '>', '|']) {
                "b1" => Kind::Number(DType::U8),
                "O" if has_text_filter => Kind::Text,
                rest if rest.starts_with(['U', 'S']) => Kind::Text,
                rest if rest.starts_with("M8") => Kind::Date,
                // Made wider as they are read.
                "f2" => Kind::Number(DType::F32),
                rest => codecs::short(rest).map_or(Kind::Other, Kind::Number),
            };
        }
        match data_type(&self.document) {
            "bool" => Kind::Number(DType::U8),
            "string" | "fixed_length_utf32" | "null_terminated_bytes" => Kind::Text,
            "numpy.datetime64" => Kind::Date,
            "float16" => Kind::Number(DType::F32),
            name => DType::from_name(name).map_or(Kind::Other, Kind::Number),
        }
    }

    /// The attributes as the CF conventions know them, with `_FillValue` the way xarray has it.
    ///
    /// In v2 `fill_value` is `_FillValue`. In v3 `fill_value` only fills absent chunks and the attribute alone says what
    /// is missing; xarray stores it as base64 for floats.
    pub(super) fn cf_attributes(&self) -> BTreeMap<String, Attribute> {
        let mut held = attributes(&self.attributes);
        if self.is_v2() {
            // Coordinates have no missing values; writers leave a fill value of 0 that they do have.
            let is_coordinate = self.dims().contains(&self.name);
            let fill = self.document.get("fill_value").filter(|f| !f.is_null() && !is_coordinate);
            held.extend(fill.and_then(attribute).map(|fill| ("_FillValue".to_string(), fill)));
        } else if let Some(text) = held.get("_FillValue").and_then(Attribute::text)
            && text.parse::<f64>().is_err()
            && let Some(value) = json::decode_fill(text)
        {
            held.insert("_FillValue".into(), value.into());
        }
        if self.kind() == Kind::Date && !held.contains_key("units") {
            held.insert("units".into(), self.date_units().into());
        }
        held
    }

    /// Whether `fill_value` of v2 and the attribute `_FillValue` disagree: the first counts, as with xarray.
    pub(super) fn has_two_fills(&self) -> bool {
        let number = |held: Option<&Attribute>| held.and_then(|held| held.numbers().first().map(|n| n.to_f64()));
        let stated = number(self.attributes.get("_FillValue").and_then(attribute).as_ref());
        self.is_v2() && stated.is_some() && !same_nodata(number(self.cf_attributes().get("_FillValue")), stated)
    }

    /// `<M8[ns]`, or the configuration of `numpy.datetime64`.
    fn date_units(&self) -> String {
        let short = match self.document.get("dtype").and_then(Value::as_str) {
            Some(text) => text.split(['[', ']']).nth(1).unwrap_or("ns").to_string(),
            None => {
                let unit = self.document.pointer("/data_type/configuration/unit").and_then(Value::as_str);
                unit.unwrap_or("ns").to_string()
            }
        };
        let unit = match short.as_str() {
            "D" => "days",
            "h" => "hours",
            "m" => "minutes",
            "s" => "seconds",
            "ms" => "milliseconds",
            "us" => "microseconds",
            "M" => "months",
            "Y" => "years",
            _ => "nanoseconds",
        };
        format!("{unit} since 1970-01-01")
    }

    /// The document for zarrs, in which flags are bytes and dates are integers.
    pub(super) fn readable(&self) -> Result<ArrayMetadata, serde_json::Error> {
        let mut document = self.document.clone();
        let (v2, kind) = (self.is_v2(), self.kind());
        if let Some(held) = document.as_object_mut() {
            held.remove("attributes");
            let text = held.get("dtype").and_then(Value::as_str).unwrap_or_default().to_string();
            let is_flag = text.ends_with("b1") || held.get("data_type").and_then(Value::as_str) == Some("bool");
            if is_flag {
                let fill = u8::from(held.get("fill_value").and_then(Value::as_bool).unwrap_or(false));
                held.insert(if v2 { "dtype" } else { "data_type" }.into(), if v2 { "|u1" } else { "uint8" }.into());
                held.insert("fill_value".into(), fill.into());
            } else if v2 && kind == Kind::Text && held.get("fill_value").is_some_and(Value::is_null) {
                held.insert("fill_value".into(), "".into());
            } else if kind == Kind::Date {
                let order = text.chars().next().unwrap_or('<');
                held.insert(
                    if v2 { "dtype" } else { "data_type" }.into(),
                    if v2 { format!("{order}i8").into() } else { "int64".into() },
                );
                held.insert("fill_value".into(), 0.into());
            }
        }
        let translated = matches!(kind, Kind::Number(_) | Kind::Date).then(|| codecs::translated(&document)).flatten();
        serde_json::from_value(translated.unwrap_or(document))
    }

    /// Whether the array is packed in a way that is only read.
    pub(super) fn is_only_read(&self) -> bool {
        codecs::translated(&self.document).is_some()
    }
}

fn data_type(document: &Value) -> &str {
    let held = document.get("data_type");
    held.and_then(|d| d.as_str().or_else(|| d.get("name").and_then(Value::as_str))).unwrap_or_default()
}

/// JSON as attributes of the CF conventions; what is neither text nor numbers stays JSON, as text.
pub(crate) fn attributes(held: &Map<String, Value>) -> BTreeMap<String, Attribute> {
    held.iter().filter_map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

fn attribute(value: &Value) -> Option<Attribute> {
    let number = |value: &Value| match value {
        Value::Number(n) if n.is_i64() => n.as_i64().map(Number::Int),
        Value::Number(n) if n.is_u64() => n.as_u64().map(Number::Unsigned),
        Value::String(_) | Value::Number(_) | Value::Bool(_) => json::number(value).map(Number::Float),
        _ => None,
    };
    Some(match value {
        Value::Null => return None,
        Value::String(text) => Attribute::Text(text.clone()),
        Value::Array(list) => Attribute::Numbers(list.iter().map(number).collect::<Option<_>>()?),
        Value::Object(_) => Attribute::Text(value.to_string()),
        Value::Number(_) | Value::Bool(_) => Attribute::Numbers(vec![number(value)?]),
    })
}

/// Reads a group and the arrays directly below it.
pub(super) fn open(store: &Store, title: &str, group: &str) -> Result<Group> {
    let group = group.trim_matches('/');
    let reader = Reader::new(store, title)?;
    let Some(found) = reader.group(group)? else { return Err(reader.nothing(group)) };
    if found.arrays.is_empty() {
        let names = reader.groups(group);
        let shown = diagnostic::list_some(names.iter().map(String::as_str), 12);
        let problem = Diagnostic::new(codes::UNKNOWN_ARRAY, format!("`{title}` has no arrays at `/{group}`"));
        return Err(match names.first() {
            Some(first) => problem.help(format!("choose a group below, such as `group \"{first}\"`: {shown}")),
            None => problem,
        });
    }
    Ok(found)
}

/// A group that may be none, or have no arrays.
pub(super) fn find(store: &Store, title: &str, group: &str) -> Result<Option<Group>> {
    Reader::new(store, title)?.group(group)
}

struct Reader<'a> {
    store: &'a Store,
    title: &'a str,
    /// Documents as they are to be, where a run that appends was killed or is at it.
    changed: OnceCell<Documents>,
}

impl<'a> Reader<'a> {
    fn new(store: &'a Store, title: &'a str) -> Result<Reader<'a>> {
        let reader = Reader { store, title, changed: OnceCell::new() };
        // On a server it is asked for where documents are read one by one; a document at the root is of one moment.
        if matches!(store, Store::Local(_)) {
            reader.look_for_changes()?;
        }
        Ok(reader)
    }

    fn look_for_changes(&self) -> Result<()> {
        let changed = journal::pending(self.store).map_err(|cause| {
            Diagnostic::new(codes::DAMAGED, format!("`{}` was appended to and is not whole", self.title)).cause(cause)
        })?;
        let _ = self.changed.set(changed);
        Ok(())
    }

    fn get(&self, group: &str, name: &str) -> Result<Option<Value>> {
        let key = if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
        if let Some(document) = self.changed.get().and_then(|all| journal::of(all, &key)) {
            return Ok(Some(document.clone()));
        }
        let failed = |code: Code, cause: Cause| {
            let told = Diagnostic::new(code, format!("`{key}` of `{}` cannot be read", self.title));
            refusal::advised(told.cause(cause), &self.store.name())
        };
        let text = self.store.get_text(&key).map_err(|e| failed(codes::UNREADABLE, e.into()))?;
        let Some(text) = text else { return Ok(None) };
        json::parse(&text).map(Some).map_err(|e| failed(codes::DAMAGED, e.into()))
    }

    fn group(&self, group: &str) -> Result<Option<Group>> {
        match self.v3(group)? {
            Some(found) => Ok(Some(found)),
            None => self.v2(group),
        }
    }

    fn v3(&self, group: &str) -> Result<Option<Group>> {
        let mut above = String::new();
        let mut document = self.get(group, "zarr.json")?;
        if document.is_none() && !group.is_empty() {
            // A server that cannot list may still have everything in the document at the root.
            above = format!("{group}/");
            document = self.get("", "zarr.json")?;
        }
        let Some(document) = document else { return Ok(None) };
        if document.get("node_type").and_then(Value::as_str) == Some("array") {
            let name = self.title.trim_end_matches('/').rsplit('/').next().unwrap_or("NAME").to_string();
            return Err(Diagnostic::new(codes::UNSUPPORTED, format!("`{}` is one array of a Zarr store", self.title))
                .help(format!("load the folder above it with `var {name}`")));
        }
        let inline = document.pointer("/consolidated_metadata/metadata").and_then(Value::as_object);
        let arrays = match inline {
            Some(all) => all
                .iter()
                .filter_map(|(path, held)| Some((path.trim_start_matches('/').strip_prefix(&above)?, held)))
                .filter(|(name, held)| !name.contains('/') && is_array(held))
                .map(|(name, held)| node_v3(group, name, held.clone()))
                .collect(),
            None if !above.is_empty() => return Ok(None),
            None => self.children(group, |name| {
                Ok(self.get(&join(group, name), "zarr.json")?.filter(is_array).map(|held| node_v3(group, name, held)))
            })?,
        };
        Ok(Some(Group { version: 3, attributes: object(document.get("attributes")), arrays }))
    }

    fn v2(&self, group: &str) -> Result<Option<Group>> {
        // The root may describe a group that has no document of its own.
        let holders = [(group, String::new()), ("", join(group, ""))];
        for (holder, above) in holders.into_iter().take(if group.is_empty() { 1 } else { 2 }) {
            let Some(document) = self.get(holder, ".zmetadata")? else { continue };
            let Some(all) = document.get("metadata").and_then(Value::as_object) else { continue };
            let at = |key: &str| all.get(&format!("{above}{key}")).cloned();
            let names = all.keys().filter_map(|key| key.strip_prefix(&above)?.strip_suffix("/.zarray"));
            let arrays = names
                .filter(|name| !name.contains('/'))
                .filter_map(|name| {
                    Some(node_v2(group, name, at(&format!("{name}/.zarray"))?, at(&format!("{name}/.zattrs"))))
                })
                .collect();
            return Ok(Some(Group { version: 2, attributes: object(at(".zattrs").as_ref()), arrays }));
        }
        if self.get(group, ".zgroup")?.is_none() {
            return Ok(None);
        }
        let arrays = self.children(group, |name| {
            let path = join(group, name);
            let Some(document) = self.get(&path, ".zarray")? else { return Ok(None) };
            Ok(Some(node_v2(group, name, document, self.get(&path, ".zattrs")?)))
        })?;
        Ok(Some(Group { version: 2, attributes: object(self.get(group, ".zattrs")?.as_ref()), arrays }))
    }

    fn children(&self, group: &str, node: impl Fn(&str) -> Result<Option<Node>>) -> Result<Vec<Node>> {
        let mut found = Vec::new();
        let names = self.store.list(group);
        if names.iter().any(|name| name == journal::KEY) && self.changed.get().is_none() {
            self.look_for_changes()?;
        }
        for name in names.iter().filter(|name| !name.starts_with('.') && *name != "zarr.json") {
            found.extend(node(name)?);
        }
        if names.is_empty() {
            return Err(Diagnostic::new(codes::UNSUPPORTED, format!("`{}` cannot be listed", self.title))
                .help("give the store consolidated metadata: `zarr.consolidate_metadata(..)` in Python"));
        }
        Ok(found)
    }

    /// Groups below, for messages.
    fn groups(&self, group: &str) -> Vec<String> {
        let is_group = |name: &String| {
            let path = join(group, name);
            let has = |key| matches!(self.get(&path, key), Ok(Some(_)));
            !name.starts_with('.') && (has("zarr.json") || has(".zgroup"))
        };
        self.store.list(group).into_iter().filter(is_group).map(|name| join(group, &name)).take(50).collect()
    }

    fn nothing(&self, group: &str) -> Box<Diagnostic> {
        if !group.is_empty() && !matches!((self.v3(""), self.v2("")), (Ok(None), Ok(None))) {
            let names = self.groups("");
            return Diagnostic::new(codes::UNKNOWN_ARRAY, format!("`{}` has no group `{group}`", self.title))
                .help_if(diagnostic::did_you_mean(group, names.iter().map(String::as_str)))
                .help(format!("groups: {}", diagnostic::list_some(names.iter().map(String::as_str), 12)));
        }
        let nothing = Diagnostic::new(codes::NOT_FOUND, format!("there is no Zarr store at `{}`", self.title));
        match self.store {
            Store::Local(local) if local.root.exists() => {
                Diagnostic::new(codes::WRONG_FORMAT, format!("`{}` is no Zarr store", self.title))
                    .help("a store has `zarr.json`, `.zgroup` or `.zmetadata` at its root")
            }
            Store::Local(local) => nothing.help(instead_of(&local.root)),
            Store::Remote(_) | Store::Zip(_) | Store::References(_) => nothing,
        }
    }
}

fn is_array(document: &Value) -> bool {
    document.get("node_type").and_then(Value::as_str) == Some("array")
}

fn join(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_string() } else { format!("{group}/{name}") }
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn node_v2(group: &str, name: &str, document: Value, attributes: Option<Value>) -> Node {
    let path = format!("/{}", join(group, name));
    Node { path, name: name.into(), document, attributes: object(attributes.as_ref()) }
}

fn node_v3(group: &str, name: &str, mut document: Value) -> Node {
    let taken = document.as_object_mut().and_then(|held| held.remove("attributes"));
    node_v2(group, name, document, taken)
}

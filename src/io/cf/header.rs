//! What a file says about itself, as plain data: variables, their dimensions and the attributes that matter.

use super::number::Number;
use crate::cube::DType;
use crate::diagnostic::Result;
use std::collections::BTreeMap;

/// The name under which a format puts the value of cells that were never written, where the file states none.
pub(crate) const DEFAULT_FILL: &str = "default _FillValue";

/// Reads the small variables that describe others.
pub(crate) trait Values: Send + Sync {
    /// Every value as it is stored.
    fn numbers(&self, variable: &Variable) -> Result<Vec<f64>>;

    /// Every text of a variable of text.
    fn strings(&self, variable: &Variable) -> Result<Vec<String>>;
}

/// A file, or a group of a store.
pub(crate) struct Header {
    /// For messages.
    pub path: String,
    pub variables: Vec<Variable>,
    /// Of the file or group, where they say where the grid lies.
    pub attributes: BTreeMap<String, Attribute>,
    pub values: Box<dyn Values>,
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// With the groups it lies in: `Grid/precipitation`.
    pub name: String,
    pub dims: Vec<Dim>,
    pub kind: Kind,
    pub attributes: BTreeMap<String, Attribute>,
    /// Chunk lengths, one a dimension; nothing where it is stored in one piece.
    pub chunks: Option<Vec<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dim {
    pub name: String,
    pub len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Number(DType),
    /// Characters, the last dimension counting them, or strings.
    Characters,
    Strings,
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Attribute {
    Text(String),
    Numbers(Vec<Number>),
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Attribute {
        Attribute::Text(text.into())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Attribute {
        Attribute::Text(text)
    }
}

impl From<f64> for Attribute {
    fn from(number: f64) -> Attribute {
        Attribute::Numbers(vec![Number::Float(number)])
    }
}

impl From<Vec<f64>> for Attribute {
    fn from(numbers: Vec<f64>) -> Attribute {
        Attribute::Numbers(numbers.into_iter().map(Number::Float).collect())
    }
}

impl Attribute {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Attribute::Text(text) => Some(text.trim()),
            Attribute::Numbers(_) => None,
        }
    }

    /// As people read it.
    pub(crate) fn written(&self) -> String {
        match self {
            Attribute::Text(text) => text.trim().to_string(),
            Attribute::Numbers(numbers) => numbers.iter().map(Number::written).collect::<Vec<_>>().join(", "),
        }
    }

    /// The numbers of an attribute; some files write them as text.
    pub(crate) fn numbers(&self) -> Vec<Number> {
        match self {
            Attribute::Numbers(numbers) => numbers.clone(),
            Attribute::Text(text) => {
                text.split([' ', ',']).filter(|word| !word.is_empty()).filter_map(Number::parse).collect()
            }
        }
    }
}

impl Variable {
    /// The texts of an array of characters, of which the last dimension counts those of one text.
    pub(crate) fn rows_of_text(bytes: &[u8], dims: &[Dim]) -> Vec<String> {
        let width = dims.last().map_or(1, |d| d.len).max(1);
        let trim = |row: &[u8]| String::from_utf8_lossy(row).trim_end_matches(['\0', ' ']).to_string();
        bytes.chunks(width).map(trim).collect()
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.text()
    }

    /// The numbers of an attribute, none where it is not there.
    pub(crate) fn numbers(&self, attribute: &str) -> Vec<Number> {
        self.attributes.get(attribute).map(Attribute::numbers).unwrap_or_default()
    }

    pub(crate) fn number(&self, attribute: &str) -> Option<f64> {
        self.numbers(attribute).first().map(|n| n.to_f64())
    }

    /// The values that mean "missing", the one that a file states first.
    pub(crate) fn missing(&self) -> Vec<Number> {
        ["_FillValue", "missing_value", DEFAULT_FILL].iter().flat_map(|name| self.numbers(name)).collect()
    }

    /// The name without its groups.
    pub(crate) fn stem(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    fn group(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(group, _)| group)
    }

    pub(crate) fn dim(&self, name: &str) -> Option<usize> {
        self.dims.iter().position(|d| d.name == name)
    }

    /// `t2m (time 744, level 3, lat 33, lon 49)`.
    pub(crate) fn describe(&self) -> String {
        let dims: Vec<String> = self.dims.iter().map(|d| format!("{} {}", d.name, d.len)).collect();
        format!("`{}` ({})", self.name, dims.join(", "))
    }
}

impl Header {
    /// The variable of that name as seen from the groups `from` lies in.
    pub(crate) fn near(&self, from: &Variable, name: &str) -> Option<&Variable> {
        let mut group = from.group();
        loop {
            let full = if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
            if let Some(found) = self.variables.iter().find(|v| v.name == full) {
                return Some(found);
            }
            if group.is_empty() {
                return None;
            }
            group = group.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
    }

    /// All values of a variable as physical numbers, missing ones as NaN.
    pub(crate) fn values(&self, variable: &Variable) -> Result<Vec<f64>> {
        let mut values = self.values.numbers(variable)?;
        let missing: Vec<f64> = variable.missing().iter().map(|n| n.to_f64()).collect();
        let scale = variable.number("scale_factor").unwrap_or(1.0);
        let offset = variable.number("add_offset").unwrap_or(0.0);
        for value in &mut values {
            *value = if missing.contains(value) { f64::NAN } else { *value * scale + offset };
        }
        Ok(values)
    }

    pub(crate) fn strings(&self, variable: &Variable) -> Result<Vec<String>> {
        self.values.strings(variable)
    }
}

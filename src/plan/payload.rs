//! Options that a plan carries for a format and that only the format reads.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A count that a plan leaves out, as [`is_one`] lets it.
pub(crate) fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde hands over")]
pub(crate) fn is_one(count: &usize) -> bool {
    *count == 1
}

/// Values by name. They are put in with their types and read back into a struct that the format owns.
///
/// Code in between can store, send and compare them, and nothing else: the encoding is known to this file only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(Map<String, Value>);

impl Payload {
    /// The fields of a struct, by their names.
    pub fn of(fields: &impl Serialize) -> Payload {
        match encode(fields) {
            Value::Object(map) => Payload(map),
            other => unreachable!("a payload has named fields, and {other} has none"),
        }
    }

    pub fn set(&mut self, name: &str, value: impl Serialize) {
        self.0.insert(name.into(), encode(&value));
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The same, with the values of these names one level deeper, under `name`.
    pub fn nest(&self, name: &str, names: &[&str]) -> Payload {
        let is_inner = |(own, _): &(String, Value)| names.contains(&own.as_str());
        let (inner, mut outer): (Map<_, _>, Map<_, _>) = self.0.clone().into_iter().partition(is_inner);
        outer.insert(name.into(), inner.into());
        Payload(outer)
    }

    /// # Errors
    /// The first field that is not there, not of its type, or not known to `T`.
    pub fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_value(Value::Object(self.0.clone()))
    }
}

/// A range of partial dates; what has no start or no end is open there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DateRange {
    pub start: Option<String>,
    pub end: Option<String>,
    /// The end itself does not belong to the range.
    pub half_open: bool,
}

/// How wide something is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Extent {
    Pixels(f64),
    /// A length in the units of the grid.
    Length(f64),
}

fn encode(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("values of formats have names that are texts")
}

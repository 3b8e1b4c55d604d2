//! What is read and what is written, as data that can travel: no handle, no secret.

use serde::{Deserialize, Serialize};

/// Names a source so that it can be opened anywhere: a format of the registry in `io`, and that format's own options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceSpec {
    pub format: String,
    pub options: serde_json::Value,
    /// For people: what was loaded.
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SinkSpec {
    pub format: String,
    pub path: String,
    pub existing: Existing,
    pub options: serde_json::Map<String, serde_json::Value>,
    /// Tells the plan that is written from any other, for going on with a run that stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// What to do with a target that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    #[default]
    Refuse,
    Overwrite,
    /// Along time.
    Append,
    /// Go on where an earlier run stopped.
    Resume,
}

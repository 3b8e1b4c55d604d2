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

/// Who signs the requests for a source's files. A plan says who, never with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    #[default]
    None,
    /// The Planetary Computer.
    Pc,
    Earthdata,
    /// The Copernicus Data Space.
    Cdse,
    RequesterPays,
    /// A token of the user's own.
    Bearer,
}

impl Signer {
    pub const WORDS: &[&str] = &["none", "pc", "earthdata", "cdse", "requester_pays", "bearer"];
    const ALL: [Signer; 6] =
        [Signer::None, Signer::Pc, Signer::Earthdata, Signer::Cdse, Signer::RequesterPays, Signer::Bearer];

    pub fn word(self) -> &'static str {
        Signer::WORDS[self as usize]
    }

    pub fn from_word(word: &str) -> Option<Signer> {
        Signer::ALL.into_iter().find(|signer| signer.word() == word)
    }
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

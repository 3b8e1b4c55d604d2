//! What of the Language Server Protocol is read and written as data; the rest is JSON where it is made.
//!
//! The crates of all its types are larger than the rest of the server, and refuse whole messages for a field that nobody
//! needs.

use serde::{Deserialize, Serialize};

/// A line, and UTF-16 units in it, both from 0. It may lie beyond the end of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    pub line: u64,
    pub character: u64,
}

/// From a position up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    pub start: Position,
    pub end: Position,
}

impl Range {
    /// Whether both have a position in common, be it an end.
    pub(super) fn meets(&self, other: &Range) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// A part of a text and what it is replaced by.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextEdit {
    pub range: Range,
    pub new_text: String,
}

/// A text by its address.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub uri: String,
}

/// What is asked of a whole text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Whole {
    pub text_document: Named,
}

/// What is asked of a place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    pub text_document: Named,
    pub position: Position,
    #[serde(default)]
    pub context: Option<Context>,
    /// The new name, where one is given.
    #[serde(default)]
    pub new_name: String,
}

/// Why something is asked, and how much of it is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Context {
    /// The sign that was typed, where completion is asked for that.
    pub trigger_character: Option<String>,
    /// Whether references include where the name is bound.
    pub include_declaration: bool,
}

/// What is asked of a part.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    pub text_document: Named,
    pub range: Range,
}

/// `textDocument/didOpen`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    pub text_document: OpenedText,
}

#[derive(Debug, Deserialize)]
pub(super) struct OpenedText {
    pub uri: String,
    #[serde(default)]
    pub version: i64,
    pub text: String,
}

/// `textDocument/didChange`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub text_document: Versioned,
    pub content_changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Versioned {
    pub uri: String,
    /// None from clients that do not count.
    #[serde(default)]
    pub version: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    /// The whole text where there is none.
    #[serde(default)]
    pub range: Option<Range>,
    pub text: String,
}

/// `initialize`: who asks, and from which folders.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Initialize {
    pub process_id: Option<i32>,
    pub root_uri: Option<String>,
    pub workspace_folders: Option<Vec<Named>>,
}

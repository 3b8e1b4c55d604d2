//! What a language implements to become a kernel, and what one of its running cells can do.

use crate::cells::Reporter;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A language with a session that cells run in, one after another, on one thread, which makes it.
pub trait Language {
    fn info(&self) -> Info;

    /// Runs a cell. What it returns is the cell's result, shown as `Out[n]`; anything else it shows goes through `cell`.
    ///
    /// Should look at [`Cell::is_canceled`] often and fail with [`Failure::interrupted`] soon after it turns true. A
    /// panic is reported as a failure of the cell.
    fn execute(&mut self, code: &str, cell: &Cell) -> Result<Option<Bundle>, Failure>;

    /// What answers completion and the like, of the session as it is now; asked for after each cell, and used while the
    /// next one runs.
    fn assist(&self) -> Arc<dyn Assist>;
}

/// Help with code that is being typed. Offsets are bytes into `code`.
pub trait Assist: Send + Sync {
    fn complete(&self, code: &str, cursor: usize) -> Completions;

    /// Help on what stands at the cursor.
    fn inspect(&self, code: &str, cursor: usize) -> Option<Bundle>;

    fn is_complete(&self, code: &str) -> Completeness;
}

/// What a kernel says of itself.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The language: `rastra`.
    pub name: String,
    pub version: String,
    pub mimetype: String,
    /// With its dot: `.rastra`.
    pub file_extension: String,
    pub pygments_lexer: String,
    /// A name, or an object that CodeMirror understands.
    pub codemirror_mode: Value,
    pub banner: String,
    /// Text and address.
    pub help_links: Vec<(String, String)>,
}

/// One thing in several forms, by MIME type; `text/plain` belongs in each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    pub data: Map<String, Value>,
    pub metadata: Map<String, Value>,
}

impl Bundle {
    pub fn plain(text: impl Into<String>) -> Bundle {
        Bundle::default().with("text/plain", text.into())
    }

    pub fn with(mut self, mime: &str, value: impl Into<Value>) -> Bundle {
        self.data.insert(mime.into(), value.into());
        self
    }
}

/// Why a cell failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// A short name: the number of a diagnostic, `Interrupted`.
    pub name: String,
    pub message: String,
    /// What is shown, line by line; may hold ANSI colors.
    pub traceback: Vec<String>,
}

impl Failure {
    pub fn interrupted() -> Failure {
        Failure { name: "Interrupted".into(), message: "interrupted".into(), traceback: vec!["Interrupted".into()] }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completions {
    /// The bytes of the code that a match replaces.
    pub start: usize,
    pub end: usize,
    pub matches: Vec<Match>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Match {
    pub text: String,
    /// `stage`, `band`, `path`: shown beside it.
    pub kind: String,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More is needed; what the next line should begin with.
    Incomplete {
        indent: String,
    },
    Invalid,
}

/// A running cell: where its output goes, and whether it should stop. Clones are the same cell, for other threads.
#[derive(Clone)]
pub struct Cell {
    pub(crate) reporter: Arc<Reporter>,
    pub(crate) cancel: Arc<AtomicBool>,
    /// Nothing of it is to be kept or counted.
    pub silent: bool,
    /// The number of the cell, from 1.
    pub count: u64,
}

/// Why there is no input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInput {
    /// The front end has nobody to ask.
    NotAllowed,
    Interrupted,
}

impl Cell {
    pub fn is_canceled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// The flag behind [`Cell::is_canceled`], for the threads of a run; true once it should stop.
    pub fn cancel(&self) -> Arc<AtomicBool> {
        self.cancel.clone()
    }

    pub fn stdout(&self, text: &str) {
        self.reporter.stream("stdout", text);
    }

    pub fn stderr(&self, text: &str) {
        self.reporter.stream("stderr", text);
    }

    /// Shows something now, before the cell has its result.
    pub fn display(&self, bundle: &Bundle) {
        self.reporter.publish("display_data", shown(bundle, None));
    }

    /// Shows something that [`Cell::update`] can replace.
    pub fn display_as(&self, id: &str, bundle: &Bundle) {
        self.reporter.publish("display_data", shown(bundle, Some(id)));
    }

    pub fn update(&self, id: &str, bundle: &Bundle) {
        self.reporter.publish("update_display_data", shown(bundle, Some(id)));
    }

    /// Removes what the cell has shown; with `wait`, only when something new comes.
    pub fn clear(&self, wait: bool) {
        self.reporter.publish("clear_output", json!({ "wait": wait }));
    }

    /// A line from whoever sits in front of the notebook.
    ///
    /// # Errors
    /// [`NoInput`] where there is nobody to ask, or the cell is interrupted.
    pub fn input(&self, prompt: &str, password: bool) -> Result<String, NoInput> {
        self.reporter.ask(prompt, password, &self.cancel)
    }
}

fn shown(bundle: &Bundle, id: Option<&str>) -> Value {
    let transient = id.map_or_else(|| json!({}), |id| json!({ "display_id": id }));
    json!({ "data": bundle.data, "metadata": bundle.metadata, "transient": transient })
}

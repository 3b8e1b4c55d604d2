//! The traits that a language implements to become a kernel, and the functions of a running cell.

use crate::cells::Reporter;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A language with a session that cells run in, one after another, on one thread, which makes it.
pub trait Language {
    fn info(&self) -> Info;

    /// Runs a cell. What it returns is the cell's result, shown as `Out[n]`; anything else it shows goes through
    /// `cell`.
    ///
    /// It should look at [`Cell::is_canceled`] often and fail with [`Failure::interrupted`] soon after that turns true.
    /// A panic is reported as a failure of the cell.
    fn execute(&mut self, code: &str, cell: &Cell) -> Result<Option<Bundle>, Failure>;

    /// Help from the session as it is now, such as completion. The kernel gets it after each cell and uses it while the
    /// next one runs.
    fn assist(&self) -> Arc<dyn Assist>;
}

/// Help with code that is being typed. Offsets are bytes into `code`.
pub trait Assist: Send + Sync {
    fn complete(&self, code: &str, cursor: usize) -> Completions;

    /// Help on the word at the cursor.
    fn inspect(&self, code: &str, cursor: usize) -> Option<Bundle>;

    fn is_complete(&self, code: &str) -> Completeness;
}

/// What a kernel reports about itself.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The language: `rastra`.
    pub name: String,
    pub version: String,
    pub mimetype: String,
    /// The extension of program files with its dot: `.rastra`.
    pub file_extension: String,
    pub pygments_lexer: String,
    /// The mode of CodeMirror: a name, or an object that it understands.
    pub codemirror_mode: Value,
    pub banner: String,
    /// Links to help: text and address.
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
    /// The kind of match, which is shown beside it: `stage`, `band`, `path`.
    pub kind: String,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    /// More lines are needed; the next one should begin with `indent`.
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
    /// Whether the cell is neither counted nor added to the history.
    pub silent: bool,
    /// The number of the cell, from 1.
    pub count: u64,
}

/// The reason why there is no input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInput {
    /// The front end does not allow requests for input.
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

    /// Asks the user for a line of input.
    ///
    /// # Errors
    /// [`NoInput`] if the front end allows no input, or the cell is interrupted.
    pub fn input(&self, prompt: &str, password: bool) -> Result<String, NoInput> {
        self.reporter.ask(prompt, password, &self.cancel)
    }
}

fn shown(bundle: &Bundle, id: Option<&str>) -> Value {
    let transient = id.map_or_else(|| json!({}), |id| json!({ "display_id": id }));
    json!({ "data": bundle.data, "metadata": bundle.metadata, "transient": transient })
}

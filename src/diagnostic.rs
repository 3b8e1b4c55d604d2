//! What a user is told when something cannot be done: a number, a place, a label and a way out.

mod cause;
pub mod codes;
mod redact;
mod render;
mod suggest;

pub use cause::{Cause, DiskFault, Fault, ServerFault};
pub use codes::Code;
pub(crate) use redact::{public_options, redact};
pub use render::Style;
pub(crate) use render::render;
pub(crate) use suggest::{did_you_mean, list_some, nearest};

use serde::{Deserialize, Serialize};

/// Half-open byte range in one of the texts of a [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The number of the text.
    pub text: u32,
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Span {
    /// Bytes `start` up to `end` of a text.
    pub fn new(text: u32, start: usize, end: usize) -> Span {
        // Texts over 4 GiB are refused before they are parsed.
        Span { text, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { text: self.text, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Anything with a place in the user's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

/// The texts that spans point into: script, prompt lines, imported files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    texts: Vec<(String, String)>,
}

impl Sources {
    /// Registers a text and returns its number, the `text` of every [`Span`] into it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        self.texts.push((name.into(), text.into()));
        (self.texts.len() - 1) as u32
    }

    /// The same texts without their secrets, for what is kept or sent; places in them stay where they are.
    pub(crate) fn masked(&self) -> Sources {
        Sources { texts: self.texts.iter().map(|(name, text)| (name.clone(), redact::masked(text))).collect() }
    }

    pub fn get(&self, id: u32) -> Option<(&str, &str)> {
        self.texts.get(id as usize).map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

/// A span with the sentence that belongs under it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is wrong there.
    pub text: String,
}

/// One user-caused failure or warning.
///
/// The message is lower case, without full stop and without "you"; the first label says what is wrong at its span; help
/// lines say what to type next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What kind of failure it is.
    pub code: Code,
    /// What is wrong, in a line.
    pub message: String,
    /// Places in the text, with what is wrong there.
    pub labels: Vec<Label>,
    /// Ways out: what may be typed next.
    pub help: Vec<String>,
    /// What a library or a server said.
    pub cause: Option<Cause>,
    /// The argument it is about, for whoever knows where that stands.
    #[serde(skip)]
    pub argument: Option<&'static str>,
}

/// What may fail by the fault of a program, its data or a server.
pub type Result<T, E = Box<Diagnostic>> = std::result::Result<T, E>;

impl Diagnostic {
    /// A diagnostic without a place.
    pub fn new(code: Code, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic {
            code,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
            cause: None,
            argument: None,
        })
    }

    /// With a place and what is wrong there.
    pub fn label(mut self: Box<Self>, span: Span, text: impl Into<String>) -> Box<Diagnostic> {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// With a way out.
    pub fn help(mut self: Box<Self>, text: impl Into<String>) -> Box<Diagnostic> {
        self.help.push(text.into());
        self
    }

    /// Adds a help line where there is one to add.
    pub fn help_if(self: Box<Self>, text: Option<String>) -> Box<Diagnostic> {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// Says which argument is at fault, where its place in the text is not known.
    pub fn about(mut self: Box<Self>, argument: &'static str) -> Box<Diagnostic> {
        self.argument = Some(argument);
        self
    }

    /// What the library below said, kept word for word.
    pub fn cause(mut self: Box<Self>, cause: impl Into<Cause>) -> Box<Diagnostic> {
        let cause = cause.into();
        if !cause.is_empty() {
            self.cause = Some(cause);
        }
        self
    }

    /// The words of the cause, where there is one.
    pub fn cause_text(&self) -> Option<&str> {
        self.cause.as_ref().map(|cause| cause.text.as_str())
    }

    /// The kind of the failed request below, where it was one.
    pub fn server_fault(&self) -> Option<ServerFault> {
        self.cause.as_ref().and_then(Cause::server_fault)
    }

    /// This failure as the cause of another: what the library below said, after what a server meant by it.
    pub fn below(&self) -> Cause {
        match &self.cause {
            Some(cause) if self.code == codes::REMOTE => {
                Cause { text: format!("{}: {cause}", self.message), fault: cause.fault }
            }
            Some(cause) => cause.clone(),
            None => self.message.as_str().into(),
        }
    }

    /// Gives a diagnostic from below the language a place, unless it has one.
    pub fn or_at(self: Box<Self>, span: Span, text: &str) -> Box<Diagnostic> {
        if self.labels.is_empty() { self.label(span, text) } else { self }
    }
}

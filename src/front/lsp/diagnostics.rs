//! Diagnostics as editors show them: where they stand, their number, labels elsewhere, and the way out in the message.

use super::address;
use super::document::Document;
use super::lines::Lines;
use super::protocol::Range;
use crate::diagnostic::{Diagnostic, Label, Sources};
use crate::lang::names::{DefinitionKind, definitions};
use serde_json::{Value, json};
use std::path::Path;

/// The severity of what keeps a program from running.
const ERROR: u8 = 1;

/// What is wrong with a text.
pub(super) struct Checked {
    pub found: Vec<Box<Diagnostic>>,
    /// The same in the terms of the protocol.
    pub shown: Vec<Value>,
    sources: Sources,
}

impl Checked {
    /// What was found in a document; `sources` are the texts that it points into.
    pub(super) fn new(found: Vec<Box<Diagnostic>>, document: &Document, sources: Sources) -> Checked {
        let shown = found.iter().map(|found| diagnostic(found, document, &sources)).collect();
        Checked { found, shown, sources }
    }

    /// Where a diagnostic stands in the document; none where it has no place.
    pub(super) fn place(&self, found: &Diagnostic, document: &Document) -> Option<Range> {
        (!found.labels.is_empty()).then(|| range(found, document, &self.sources))
    }
}

/// A diagnostic in the terms of the protocol.
fn diagnostic(found: &Diagnostic, document: &Document, sources: &Sources) -> Value {
    let primary = own_label(found, document, sources);
    let others = found.labels.iter().filter(|label| !primary.is_some_and(|primary| std::ptr::eq(*label, primary)));
    let related: Vec<Value> = others.filter_map(|label| related(label, document, sources)).collect();
    json!({
        "range": range(found, document, sources),
        "severity": ERROR,
        "code": found.code.number,
        "source": "rastra",
        "message": message(found, primary),
        "relatedInformation": related,
    })
}

/// Where a diagnostic stands in a text: at its first label there, at the import of the file where its labels are, or on
/// the first line.
fn range(found: &Diagnostic, document: &Document, sources: &Sources) -> Range {
    if let Some(label) = own_label(found, document, sources)
        && let Some((_, text)) = sources.get(label.span.text)
    {
        return Lines::of(text).range(label.span.range());
    }
    let elsewhere = found.labels.iter().find_map(|label| sources.get(label.span.text));
    let imported = elsewhere.and_then(|(name, _)| {
        let is_of = |written: &str| Path::new(name).ends_with(written.trim_start_matches("./"));
        let mut imports = definitions(&document.text).into_iter();
        imports.find(|own| matches!(own.kind, DefinitionKind::Import { .. }) && is_of(&own.name))
    });
    let first_line = document.text.lines().next().map_or(0, str::len);
    document.lines().range(imported.map_or(0..first_line, |import| import.at))
}

/// The first label that points into the text itself, not into one that it imports.
fn own_label<'d>(found: &'d Diagnostic, document: &Document, sources: &Sources) -> Option<&'d Label> {
    let is_own = |label: &&Label| sources.get(label.span.text).is_some_and(|(name, _)| name == &*document.name);
    found.labels.iter().find(is_own)
}

fn message(found: &Diagnostic, primary: Option<&Label>) -> String {
    let mut out = found.message.clone();
    if let Some(label) = primary.filter(|label| !label.text.is_empty()) {
        out = format!("{out}: {}", label.text);
    }
    let cause = found.cause_text().map(|cause| format!("cause: {cause}"));
    let help = found.help.iter().map(|help| format!("help: {help}"));
    cause.into_iter().chain(help).fold(out, |out, line| format!("{out}\n{line}"))
}

fn related(label: &Label, document: &Document, sources: &Sources) -> Option<Value> {
    let (name, text) = sources.get(label.span.text)?;
    let uri =
        if name == &*document.name { document.uri.to_string() } else { address::uri(&std::path::absolute(name).ok()?) };
    let range = Lines::of(text).range(label.span.range());
    Some(json!({ "location": { "uri": uri, "range": range }, "message": label.text }))
}

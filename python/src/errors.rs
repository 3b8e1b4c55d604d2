//! Diagnostics as exceptions of the package.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use rastra::{Diagnostic, DiagnosticLabel, Style};

/// `rastra.Error` for the first diagnostic, which names all of them in its text.
pub(crate) fn raised(py: Python<'_>, session: &rastra::Session, all: &[Box<Diagnostic>]) -> PyErr {
    let text: Vec<String> = all.iter().map(|one| session.render(one, Style::Plain)).collect();
    let made = || -> PyResult<Bound<'_, PyAny>> {
        let diagnostics = all.iter().map(|one| described(py, session, one)).collect::<PyResult<Vec<_>>>()?;
        py.import("rastra.errors")?.getattr("Error")?.call1((text.join("\n").trim_end(), diagnostics))
    };
    made().map_or_else(|error| error, PyErr::from_value)
}

fn described<'py>(py: Python<'py>, session: &rastra::Session, one: &Diagnostic) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("number", one.code.number)?;
    told.set_item("title", one.code.title)?;
    told.set_item("message", &one.message)?;
    told.set_item("help", &one.help)?;
    told.set_item("cause", one.cause_text())?;
    let labels: Vec<_> = one.labels.iter().map(|label| placed(session, label)).collect();
    told.set_item("labels", labels)?;
    Ok(told)
}

/// The place of a label in characters of its text, and what it says; nothing of a place in a text that is not kept.
fn placed(session: &rastra::Session, label: &DiagnosticLabel) -> (Option<(usize, usize)>, String) {
    let text = session.sources.get(label.span.text).map(|(_, text)| text);
    let before = |byte: usize| text.and_then(|text| Some(text.get(..byte)?.chars().count()));
    let range = label.span.range();
    (before(range.start).zip(before(range.end)), label.text.clone())
}

//! What a program shows, for the package.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use rastra::Answer;

/// `data` by MIME type (texts, and the bytes of pictures), `report`, `notes` and `files`.
pub(crate) fn answer(py: Python<'_>, answer: Answer) -> PyResult<Bound<'_, PyDict>> {
    let data = PyDict::new(py);
    for (mime, bytes) in answer.output.map(|output| output.by_mime).unwrap_or_default() {
        match std::str::from_utf8(&bytes) {
            Ok(text) if is_text(mime) => data.set_item(mime, PyString::new(py, text))?,
            _ => data.set_item(mime, PyBytes::new(py, &bytes))?,
        }
    }
    let told = PyDict::new(py);
    told.set_item("data", data)?;
    told.set_item("report", answer.report)?;
    told.set_item("notes", answer.notes)?;
    told.set_item("files", answer.files)?;
    Ok(told)
}

fn is_text(mime: &str) -> bool {
    mime.starts_with("text/") || mime == "image/svg+xml"
}

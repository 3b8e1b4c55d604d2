//! Makes answers visible, as text, HTML and pictures. No front end knows how they are drawn.

#[cfg(feature = "pictures")]
pub(crate) mod encode;
pub(crate) mod html;
pub(crate) mod notes;
#[cfg(feature = "pictures")]
pub(crate) mod player;
#[cfg(feature = "pictures")]
pub(crate) mod plot;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod tree;

use crate::cube::{Chunk, Schema};
use crate::exec::BandStats;
use std::collections::BTreeMap;

/// One answer in several forms; `text/plain` is always among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Text, or the bytes of a picture, by MIME type: `text/plain`, `text/html`, `image/png` ...
    pub by_mime: BTreeMap<&'static str, Vec<u8>>,
    /// A picture in the cells of the terminal that it is drawn for.
    #[cfg(feature = "pictures")]
    pub(crate) cells: Vec<Vec<plot::Cell>>,
}

impl Output {
    /// An answer that is text alone.
    pub fn text(text: impl Into<String>) -> Output {
        Output::default().with("text/plain", text.into())
    }

    /// The same answer in one more form: text, or the bytes of a picture.
    pub fn with(mut self, mime: &'static str, data: impl Into<Vec<u8>>) -> Output {
        self.by_mime.insert(mime, data.into());
        self
    }

    /// Another answer below this one, in each of its forms.
    pub fn append(&mut self, other: Output) {
        for (mime, bytes) in other.by_mime {
            self.by_mime.entry(mime).or_default().extend(bytes);
        }
    }

    /// The answer as PNG, if it is a picture.
    pub fn png(&self) -> Option<&[u8]> {
        self.by_mime.get("image/png").map(Vec::as_slice)
    }

    /// The answer as plain text.
    pub fn plain(&self) -> String {
        self.by_mime.get("text/plain").map_or(String::new(), |t| String::from_utf8_lossy(t).into_owned())
    }
}

/// The statistics of bands.
pub(crate) fn stats(schema: &Schema, stats: &[BandStats]) -> Output {
    let rows = text::stats(schema, stats);
    Output::text(text::aligned(&rows, 1, "  ")).with("text/html", html::grid(&rows, true))
}

/// The pixels of a part of a cube: a line that says of which step and band they are, then the rows.
pub(crate) fn pixels(whole: &Schema, shown: &Schema, chunk: &Chunk) -> Output {
    let (mut plain, mut page) = (String::new(), String::new());
    for text::Plane { title, rows } in text::pixels(whole, shown, chunk) {
        plain += &format!("{title}\n");
        plain += &text::aligned(&rows, 0, " ");
        page += &format!("<div>{}</div>{}", html::escape(&title), html::grid(&rows, false));
    }
    if whole.time.len() > chunk.shape[0] {
        let more = format!(".. {} more steps", whole.time.len() - chunk.shape[0]);
        plain += &format!("{more}\n");
        page += &format!("<div>{more}</div>");
    }
    Output::text(plain).with("text/html", page)
}

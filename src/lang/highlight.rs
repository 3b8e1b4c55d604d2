//! Colors for text as it is typed, whole or not.

use super::scan::{Token, scan};
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stage,
    Keyword,
    Word,
    Number,
    Date,
    Text,
    Variable,
    Operator,
    Comment,
    Bracket,
    Error,
}

/// Kinds for the parts of the text that are not blank, in order and without overlap.
pub fn highlight(text: &str) -> Vec<(Range<usize>, Kind)> {
    Vec::new()
}

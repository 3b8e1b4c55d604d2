//! Colors by meaning: the kinds of the highlighter as semantic tokens, which may not go over the end of a line.

use super::document::Document;
use super::protocol::Position;
use crate::lang::{Kind, highlight};

/// The kinds of tokens, in the words of the protocol; a token names its kind by its place here.
pub(super) const LEGEND: [&str; 8] =
    ["function", "keyword", "property", "number", "string", "variable", "operator", "comment"];

fn kind(kind: Kind) -> Option<u64> {
    Some(match kind {
        Kind::Stage => 0,
        Kind::Keyword => 1,
        Kind::Word => 2,
        Kind::Number | Kind::Date => 3,
        Kind::Text => 4,
        Kind::Variable => 5,
        Kind::Operator => 6,
        Kind::Comment => 7,
        // Brackets have the color of the editor, and what is wrong is underlined by its diagnostic.
        Kind::Bracket | Kind::Error => return None,
    })
}

/// Five numbers a token: lines and units from the one before, length, kind, and no modifiers.
pub(super) fn tokens(document: &Document) -> Vec<u64> {
    let lines = document.lines();
    let mut out = Vec::new();
    let mut last = Position { line: 0, character: 0 };
    for (range, found) in highlight(&document.text) {
        let Some(kind) = kind(found) else { continue };
        let mut start = range.start;
        for line in document.text[range].split_inclusive('\n') {
            let at = lines.position(start);
            let length = line.trim_end_matches(['\r', '\n']).encode_utf16().count() as u64;
            start += line.len();
            if length == 0 {
                continue;
            }
            let units = if at.line == last.line { at.character - last.character } else { at.character };
            out.extend([at.line - last.line, units, length, kind, 0]);
            last = at;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_over_lines_are_one_token_a_line() {
        let document = Document::opened("untitled:1".into(), 1, "load x \"ä😀\n\nb\" # é".into(), &[]);
        let wanted: [[u64; 5]; 5] =
            [[0, 0, 4, 0, 0], [0, 5, 1, 2, 0], [0, 2, 4, 4, 0], [2, 0, 2, 4, 0], [0, 3, 3, 7, 0]];
        assert_eq!(tokens(&document), wanted.concat());
    }
}

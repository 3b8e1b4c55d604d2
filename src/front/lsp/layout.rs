//! The layout of `rastra fmt`, as the smallest edit of whole lines.

use super::document::Document;
use super::protocol::TextEdit;
use crate::lang;

/// What is changed by laying a text out; nothing where it does not parse.
pub(super) fn edits(document: &Document) -> Vec<TextEdit> {
    let is = &*document.text;
    let Ok(should) = lang::format(is) else { return Vec::new() };
    // A cursor stays where it is in lines that are not touched.
    let same = |(a, b): &(&str, &str)| a == b;
    let before: usize =
        is.split_inclusive('\n').zip(should.split_inclusive('\n')).take_while(same).map(|(line, _)| line.len()).sum();
    let (is, should) = (&is[before..], &should[before..]);
    if is == should {
        return Vec::new();
    }
    let ends = is.split_inclusive('\n').rev().zip(should.split_inclusive('\n').rev());
    let after: usize = ends.take_while(same).map(|(line, _)| line.len()).sum();
    let range = document.lines().range(before..before + is.len() - after);
    vec![TextEdit { range, new_text: should[..should.len() - after].to_string() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_touched() {
        let of = |text: &str| {
            let document = Document::opened("untitled:1".into(), 1, text.into(), &[]);
            edits(&document)
                .into_iter()
                .map(|edit| (edit.range.start.line, edit.range.end.line, edit.new_text))
                .collect::<Vec<_>>()
        };
        assert_eq!(of("# ä\nramp  2 2\nramp 3 3\n"), [(1, 2, "ramp 2 2\n".to_string())]);
        assert_eq!(of("ramp 2 2\n"), []);
        assert_eq!(of("ramp  2 2 |"), []);
        assert_eq!(of("ramp 2 2"), [(0, 0, "ramp 2 2\n".to_string())]);
    }
}

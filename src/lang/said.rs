//! A statement as one line without comments, for the history of what it writes.

use super::scan::{Token, scan};

/// The text of a statement on one line. Texts in it stay as they are written.
pub(crate) fn one_line(statement: &str) -> String {
    let mut out = String::new();
    let mut end = 0;
    for (token, range) in scan(statement) {
        if matches!(token, Token::Comment | Token::Newline) {
            continue;
        }
        if range.start > end && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&statement[range.clone()]);
        end = range.end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined() {
        let text = "load files \"a # b.tif\"  # all of them\n  | map t = v*2\n  | reduce [min\n max]";
        assert_eq!(one_line(text), "load files \"a # b.tif\" | map t = v*2 | reduce [min max]");
    }
}

//! Cuts the tokens into statements.

use crate::lang::scan::Token;
use std::ops::Range;

/// One statement's tokens and bytes, without the blanks and comments around it.
#[derive(Debug, PartialEq)]
pub(crate) struct Segment {
    pub tokens: Range<usize>,
    pub bytes: Range<usize>,
    /// The `##` lines directly above.
    pub doc: Option<String>,
}

/// A statement ends at `;` or at a newline, unless a bracket is open, the line ends in something that wants more, or
/// the next line that is not empty or comment starts with `|`.
pub(crate) fn cut(text: &str, tokens: &[(Token, Range<usize>)]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (token, range) = &tokens[at];
        match token {
            // A comment behind something else on its line is no help text.
            Token::Comment if at > 0 && tokens[at - 1].0 != Token::Newline => doc.clear(),
            Token::Comment => {
                doc.extend(text[range.clone()].strip_prefix("##").map(|line| line.strip_prefix(' ').unwrap_or(line)));
            }
            Token::Newline => {
                // An empty line separates the help text from the statement, which then has none.
                if at > 0 && tokens[at - 1].0 == Token::Newline {
                    doc.clear();
                }
            }
            Token::Semicolon => doc.clear(),
            _ => {
                let end = statement_end(text, tokens, at);
                let bytes = range.start..tokens[end - 1].1.end;
                let doc = std::mem::take(&mut doc);
                segments.push(Segment { tokens: at..end, bytes, doc: (!doc.is_empty()).then(|| doc.join("\n")) });
                at = end;
                continue;
            }
        }
        at += 1;
    }
    segments
}

/// The index after the last significant token of the statement that starts at `start`.
fn statement_end(text: &str, tokens: &[(Token, Range<usize>)], start: usize) -> usize {
    let mut depth = 0usize;
    let mut last = start;
    let mut at = start;
    while at < tokens.len() {
        match tokens[at].0 {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Semicolon if depth == 0 => break,
            Token::Newline if depth == 0 && !wants_more(text, &tokens[last]) => {
                let next = (at..tokens.len()).find(|&next| tokens[next].0.is_significant());
                match next {
                    Some(next) if matches!(tokens[next].0, Token::Pipe) => at = next,
                    _ => break,
                }
            }
            _ => {}
        }
        if tokens[at].0.is_significant() {
            last = at;
        }
        at += 1;
    }
    last + 1
}

/// Whether a line that ends in this token goes on in the next one.
pub(crate) fn wants_more(text: &str, (token, range): &(Token, Range<usize>)) -> bool {
    match token {
        Token::Pipe | Token::Comma => true,
        // `2024..` is complete, because a range may have no end.
        Token::Operator => !text[range.clone()].starts_with(".."),
        _ => false,
    }
}

//! Colors for text as it is typed, whole or not.

use super::complete::KEYWORDS;
use super::parse::wants_more;
use super::registry::{self, Verb};
use super::scan::{Token, scan};
use std::ops::Range;

/// What a piece of a program is, for coloring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of a stage.
    Stage,
    /// A word of the language.
    Keyword,
    /// A band, an argument, a choice.
    Word,
    /// A number or quantity.
    Number,
    /// A date or range of dates.
    Date,
    /// A string.
    Text,
    /// A `$name`.
    Variable,
    /// An operator, the pipe among them.
    Operator,
    /// From `#` to the end of the line.
    Comment,
    /// One of `( ) [ ]`.
    Bracket,
    /// A token that the language does not have.
    Error,
}

/// Kinds for the parts of the text that are not blank, in order and without overlap.
pub fn highlight(text: &str) -> Vec<(Range<usize>, Kind)> {
    let tokens = scan(text);
    let mut kinds = Vec::with_capacity(tokens.len());
    let mut open: Vec<&str> = Vec::new();
    // Whether the next word names a stage: at the start of a statement, after `|`, after `(` in arguments.
    let mut starts = true;
    // Stages with expressions have bands, not arguments.
    let mut in_expr = false;
    let mut last: Option<usize> = None;
    for (idx, (token, range)) in tokens.iter().enumerate() {
        let here = &text[range.clone()];
        let kind = match token {
            Token::Newline => {
                let ends = open.is_empty() && !last.is_some_and(|last| wants_more(text, &tokens[last]));
                starts |= ends;
                in_expr &= !ends;
                continue;
            }
            Token::Comment => {
                kinds.push((range.clone(), Kind::Comment));
                continue;
            }
            Token::Word => word(here, starts),
            Token::Number => Kind::Number,
            Token::Date => Kind::Date,
            Token::Text { closed: true } => Kind::Text,
            Token::Quoted { closed: true } => Kind::Word,
            // A string that is still being typed is colored as one.
            Token::Text { closed: false } => Kind::Text,
            Token::Variable => Kind::Variable,
            Token::Pipe | Token::Comma | Token::Semicolon | Token::Operator => Kind::Operator,
            Token::Open => {
                open.push(here);
                Kind::Bracket
            }
            Token::Close => match (open.pop(), here) {
                (Some("("), ")") | (Some("["), "]") | (Some("{"), "}") => Kind::Bracket,
                _ => Kind::Error,
            },
            Token::Quoted { closed: false } | Token::Foreign | Token::Bad => Kind::Error,
        };
        if kind == Kind::Stage {
            in_expr = registry::find(here).is_some_and(Verb::takes_expression);
        }
        starts = match (token, here) {
            (Token::Pipe | Token::Semicolon, _) => true,
            // A stage follows in `let x = load ..` and `join (load ..)`.
            (Token::Operator, "=") | (Token::Open, "(") => !in_expr && stage_follows(text, &tokens, idx),
            _ => false,
        };
        kinds.push((range.clone(), kind));
        last = Some(idx);
    }
    kinds
}

/// The keywords inside of statements.
pub const WORDS: [&str; 10] = ["true", "false", "nodata", "as", "and", "or", "not", "in", "case", "else"];

fn word(here: &str, starts: bool) -> Kind {
    match starts {
        true if KEYWORDS.iter().any(|(word, _)| *word == here) => Kind::Keyword,
        true => Kind::Stage,
        false if WORDS.contains(&here) => Kind::Keyword,
        false => Kind::Word,
    }
}

/// Whether a word begins a stage: another word or literal follows it, which no expression allows.
fn stage_follows(text: &str, tokens: &[(Token, Range<usize>)], idx: usize) -> bool {
    let next = |from: usize| tokens.get(from).map(|(token, range)| (*token, &text[range.clone()]));
    let joint = |word: &str| matches!(word, "and" | "or" | "in" | "not" | "case");
    match (next(idx + 1), next(idx + 2)) {
        (Some((Token::Word, first)), _) if joint(first) => false,
        (Some((Token::Word, _)), Some((Token::Word, second))) => !joint(second),
        (Some((Token::Word, _)), Some((token, _))) => {
            matches!(token, Token::Text { .. } | Token::Variable | Token::Pipe | Token::Number | Token::Date)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let kinds = highlight(text).into_iter();
        kinds.map(|(range, kind)| format!("{}:{kind:?}", &text[range])).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn kinds() {
        for (text, expected) in [
            ("load zarr \"x", "load:Stage zarr:Word \"x:Text"),
            ("a # b", "a:Stage # b:Comment"),
            ("let x = load 2020-06", "let:Keyword x:Word =:Operator load:Stage 2020-06:Date"),
            ("let x = a + 1", "let:Keyword x:Word =:Operator a:Word +:Operator 1:Number"),
            ("$x | where a and 3km", "$x:Variable |:Operator where:Stage a:Word and:Keyword 3km:Number"),
            ("join (load zarr)", "join:Stage (:Bracket load:Stage zarr:Word ):Bracket"),
            ("a ) || 'x' é", "a:Stage ):Error ||:Error 'x':Error é:Error"),
            ("a\nb\n", "a:Stage b:Stage"),
            ("map a = b,\n c = d", "map:Stage a:Word =:Operator b:Word ,:Operator c:Word =:Operator d:Word"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_prefix_has_kinds() {
        let text = "let a = \"é ${x}\" | b r\"\\d\" `q` @2020-06 .5 1e-3 {[( $ @ ` ' \\";
        for (end, _) in text.char_indices() {
            let kinds = highlight(&text[..end]);
            assert!(kinds.is_sorted_by(|a, b| a.0.end <= b.0.start));
        }
    }
}

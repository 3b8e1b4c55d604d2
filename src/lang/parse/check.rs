//! Errors that are found before the grammar is applied: in brackets, quotes, foreign operators and characters, nesting.

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::lang::scan::Token;
use std::ops::Range;

/// The deepest nesting of brackets, and of an expression's operators.
pub(super) const MAX_DEPTH: usize = 200;

/// The most diagnostics of a text; more would help nobody.
pub(super) const MOST: usize = 20;

pub(super) struct BracketCheck {
    #[expect(clippy::vec_box, reason = "diagnostics travel boxed everywhere")]
    pub errors: Vec<Box<Diagnostic>>,
    /// Whether brackets and quotes match, so that statements can be told apart.
    pub whole: bool,
}

pub(super) fn check(text: &str, id: u32, tokens: &[(Token, Range<usize>)]) -> BracketCheck {
    let mut found = Vec::new();
    let mut whole = true;
    let broken = |errors| BracketCheck { errors, whole: false };
    let mut open: Vec<Range<usize>> = Vec::new();
    let mut before: Option<Token> = None;
    let mut faulty_line = false;
    let span = |range: &Range<usize>| Span::new(id, range.start, range.end);
    for (token, range) in tokens {
        if found.len() >= MOST {
            return broken(found);
        }
        let here = &text[range.clone()];
        let known = found.len();
        match token {
            Token::Newline => faulty_line = false,
            Token::Open => {
                open.push(range.clone());
                if open.len() > MAX_DEPTH {
                    found.push(too_deep(span(range)));
                    return broken(found);
                }
            }
            Token::Close => match open.pop() {
                Some(opening) if closing(&text[opening.clone()]) == here => {
                    if before == Some(Token::Pipe) {
                        found.push(nothing_after_pipe(text, id, tokens, range));
                    }
                }
                Some(opening) => {
                    let (left, right) = (&text[opening.clone()], closing(&text[opening.clone()]));
                    found.push(
                        Diagnostic::new(codes::SYNTAX, format!("`{here}` does not close `{left}`"))
                            .label(span(range), format!("`{right}` expected here"))
                            .label(span(&opening), "opened here"),
                    );
                    return broken(found);
                }
                None => found.push(
                    Diagnostic::new(codes::SYNTAX, format!("`{here}` has no opening bracket"))
                        .label(span(range), "no bracket is open here"),
                ),
            },
            Token::Pipe if before == Some(Token::Pipe) => found.push(
                Diagnostic::new(codes::SYNTAX, "an empty stage")
                    .label(span(range), "a stage is missing before this `|`")
                    .help("for a condition write `or`"),
            ),
            Token::Text { closed: false } => {
                found.push(unclosed_text(text, id, tokens, range));
                // An open string takes the closing brackets after it into itself, so open brackets are not reported.
                return broken(found);
            }
            Token::Quoted { closed: false } => found.push(
                Diagnostic::new(codes::SYNTAX, "a name in backquotes is not closed")
                    .label(Span::new(id, range.start, range.start + 1), "opened here"),
            ),
            // Only the first stray character of a line is reported, as there mostly are several.
            Token::Foreign | Token::Bad if faulty_line => {}
            Token::Foreign => found.push(foreign(here, span(range))),
            Token::Bad => found.push(bad(here, span(range))),
            _ => {}
        }
        faulty_line |= found.len() > known;
        if token.is_significant() {
            before = Some(*token);
        }
    }
    if let Some(opening) = open.last() {
        whole = false;
        let left = &text[opening.clone()];
        found.push(
            Diagnostic::new(codes::SYNTAX, format!("`{left}` is not closed"))
                .label(span(opening), format!("`{}` for this is missing", closing(left))),
        );
    } else if before == Some(Token::Pipe)
        && let Some((_, range)) = tokens.iter().rfind(|(token, _)| token.is_significant())
    {
        found.push(
            Diagnostic::new(codes::SYNTAX, "the program ends after `|`")
                .label(span(range), "a stage is missing after this `|`"),
        );
    }
    BracketCheck { errors: found, whole }
}

pub(super) fn too_deep(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::TOO_DEEP, format!("nested more than {MAX_DEPTH} levels deep"))
        .label(span, "too deep from here on")
        .help("give a part a name: `let part = ..`, then `$part`")
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn nothing_after_pipe(text: &str, id: u32, tokens: &[(Token, Range<usize>)], close: &Range<usize>) -> Box<Diagnostic> {
    let until = tokens.partition_point(|(_, range)| range.start < close.start);
    let pipe = tokens[..until].iter().rfind(|(token, _)| *token == Token::Pipe).map_or(close, |(_, range)| range);
    Diagnostic::new(codes::SYNTAX, format!("an empty stage before `{}`", &text[close.clone()]))
        .label(Span::new(id, pipe.start, pipe.end), "a stage is missing after this `|`")
}

/// The error for a missing quote. It points to the first string that runs over the end of its line, where the quote is
/// most likely missing.
fn unclosed_text(text: &str, id: u32, tokens: &[(Token, Range<usize>)], last: &Range<usize>) -> Box<Diagnostic> {
    let first = tokens
        .iter()
        .find(|(token, range)| matches!(token, Token::Text { .. }) && text[range.clone()].contains('\n'))
        .map_or(last, |(_, range)| range);
    let open = if text[first.start..].starts_with('r') { 2 } else { 1 };
    Diagnostic::new(codes::SYNTAX, "a text is not closed")
        .label(Span::new(id, first.start, first.start + open), "opened here")
        .help("close it with `\"`")
}

fn foreign(here: &str, span: Span) -> Box<Diagnostic> {
    let (label, help) = match here {
        "||" => ("`|` is only the pipe", "write `or`, or one `|` between stages"),
        "&&" | "&" => ("not an operator of Rastra", "write `and`; bits are tested with `bit(qa, 10)`"),
        "!" | "~" => ("not an operator of Rastra", "write `not`; unequal is `!=`"),
        "<>" | "!==" => ("not an operator of Rastra", "write `!=`"),
        "===" => ("not an operator of Rastra", "write `==`"),
        ":=" => ("not an operator of Rastra", "write `=`"),
        "->" => ("stages are joined by `|`", "write `|`; a new name comes first: `rename new = old`"),
        "|>" | ">>" => ("stages are joined by `|`", "write `|`"),
        _ => {
            ("not an operator of Rastra", "stages are joined by `|`; an arm of `case` is written `condition => value`")
        }
    };
    Diagnostic::new(codes::PIPE_WORD, format!("`{here}` is an operator of another language"))
        .label(span, label)
        .help(help)
}

fn bad(here: &str, span: Span) -> Box<Diagnostic> {
    let first = here.chars().next().unwrap_or(' ');
    let new = |message: String, label: &str| Diagnostic::new(codes::SYNTAX, message).label(span, label);
    match first {
        '\'' if here.len() > 1 => {
            let inside = here.trim_matches('\'');
            new("a text in single quotes".into(), "not quotes of Rastra")
                .help(format!("a band in an expression stands without quotes: `{inside}`"))
                .help(format!("a text stands in double quotes: `\"{inside}\"`"))
        }
        '\'' => new("a stray `'`".into(), "texts stand in double quotes"),
        '$' => new("`$` without a name".into(), "a variable is written `$name`"),
        '@' => new("`@` without a date".into(), "a date is written `@2020-06-15`"),
        '.' => new("a stray `.`".into(), "not part of a word or number")
            .help("paths and patterns stand in quotes: `\"*.tif\"`"),
        '\\' => new("a stray `\\`".into(), "not needed: lines continue where the next one starts with `|`"),
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
            new(format!("a typographic quote `{first}`"), "strings stand in plain double quotes: `\"`")
        }
        '–' | '—' | '−' => new(format!("a dash `{first}`"), "the minus is `-`"),
        '\u{feff}' => new("a byte order mark inside the text".into(), "not allowed here"),
        c if c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}') => {
            let name = if c == '\u{a0}' { "a non-breaking space" } else { "an unusual blank" };
            new(format!("{name} (U+{:04X})", c as u32), "looks like a blank but is none")
                .help("replace it by an ordinary blank")
        }
        c if c.is_alphabetic() => {
            new(format!("the letter `{c}` outside a string"), "words are made of a to z, 0 to 9 and `_`")
                .help("a name with other letters stands in backquotes, a text in double quotes")
        }
        c if c.is_control() => new(format!("a control character (U+{:04X})", c as u32), "not allowed here"),
        '?' => new("the character `?` means nothing here".into(), "not part of the language")
            .help("write `if(condition, value, other)`"),
        '×' => new("the character `×` means nothing here".into(), "not part of the language").help("write `*`"),
        '÷' => new("the character `÷` means nothing here".into(), "not part of the language").help("write `/`"),
        c => new(format!("the character `{c}` means nothing here"), "not part of the language"),
    }
}

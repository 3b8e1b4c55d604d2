//! Cuts a text into tokens, for everything that must also work on text that does not parse.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word,
    /// A number, quantity or range of numbers.
    Number,
    Date,
    Text {
        closed: bool,
    },
    /// A name in backquotes.
    Quoted {
        closed: bool,
    },
    Variable,
    Pipe,
    Comma,
    Semicolon,
    Open,
    Close,
    /// `=`, arithmetic, comparison, `..` and `=>`.
    Operator,
    /// Operators of other languages: `||`, `&&`, `!` and the like.
    Foreign,
    Newline,
    Comment,
    Bad,
}

impl Token {
    /// Whether it counts for the grammar; comments and newlines do not.
    pub(super) fn is_significant(self) -> bool {
        !matches!(self, Token::Newline | Token::Comment)
    }
}

/// The tokens in order; blanks are left out, and every other byte belongs to exactly one token.
pub(super) fn scan(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.as_bytes()[0];
        let (token, len) = match first {
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'\n' => (Token::Newline, 1),
            b'#' => (
                Token::Comment,
                rest.find('\n').map_or(rest, |end| &rest[..end]).trim_end_matches([' ', '\t', '\r']).len(),
            ),
            b'"' => string(rest, 1, true),
            b'r' if rest.starts_with("r\"") => string(rest, 2, false),
            b'`' => match rest[1..].find(['`', '\n']) {
                Some(end) if rest.as_bytes()[1 + end] == b'`' => (Token::Quoted { closed: true }, end + 2),
                Some(end) => (Token::Quoted { closed: false }, end + 1),
                None => (Token::Quoted { closed: false }, rest.len()),
            },
            b'\'' => (Token::Bad, single_quoted(rest)),
            b'$' => match word_len(&rest[1..], |c| c == b'.') {
                0 => (Token::Bad, 1),
                len => (Token::Variable, len + 1),
            },
            b'@' => match date_len(&rest[1..]) {
                0 => (Token::Bad, 1),
                len => (Token::Date, len + 1),
            },
            b'0'..=b'9' => number(rest),
            b'.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => number(rest),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => (Token::Word, word_len(rest, |c| matches!(c, b':' | b'-' | b'.'))),
            _ => symbol(rest),
        };
        tokens.push((token, at..at + len));
        at += len;
    }
    tokens
}

fn string(rest: &str, open: usize, escapes: bool) -> (Token, usize) {
    let bytes = rest.as_bytes();
    let mut at = open;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return (Token::Text { closed: true }, at + 1),
            b'\\' if escapes => at += 2,
            _ => at += 1,
        }
    }
    (Token::Text { closed: false }, rest.len())
}

/// The length of a string in single quotes on one line, which is one mistake, or of a lone apostrophe.
fn single_quoted(rest: &str) -> usize {
    match rest[1..].find(['\'', '\n']) {
        Some(end) if rest.as_bytes()[1 + end] == b'\'' => end + 2,
        _ => 1,
    }
}

fn word_len(rest: &str, joins: impl Fn(u8) -> bool) -> usize {
    let bytes = rest.as_bytes();
    if !bytes.first().is_some_and(|c| c.is_ascii_alphabetic() || *c == b'_') {
        return 0;
    }
    let mut at = 1;
    while let Some(c) = bytes.get(at) {
        let joined = joins(*c) && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        if !(c.is_ascii_alphanumeric() || *c == b'_' || joined) {
            break;
        }
        at += 1;
    }
    at
}

/// The length of the longest beginning of `2020-06-15T10:30:00.5Z` that is as complete as a date may be, or 0.
fn date_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let fits = |from: usize, shape: &str| {
        shape.bytes().enumerate().all(|(i, s)| match bytes.get(from + i) {
            Some(c) if s == b'0' => c.is_ascii_digit(),
            Some(c) => *c == s,
            None => false,
        })
    };
    let mut at = 0;
    for shape in ["0000", "-00", "-00", "T00", ":00", ":00"] {
        if !fits(at, shape) {
            break;
        }
        at += shape.len();
    }
    if at == "2020-06-15T10:30:00".len() && fits(at, ".0") {
        at += 1 + bytes[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    }
    at + usize::from(at > "2020-06-15".len() && fits(at, "Z"))
}

fn number(rest: &str) -> (Token, usize) {
    let bytes = rest.as_bytes();
    let date = date_len(rest);
    let ends = |at: usize| !bytes.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-'));
    if date > "2020".len() && ends(date) {
        return (Token::Date, date);
    }
    let mut at = 0;
    while let Some(c) = bytes.get(at) {
        let next = bytes.get(at + 1);
        match c {
            b'e' | b'E' if matches!(next, Some(b'+' | b'-')) && bytes.get(at + 2).is_some_and(u8::is_ascii_digit) => {
                at += 2
            }
            b'.' if next.is_some_and(u8::is_ascii_digit) => at += 1,
            b'%' => {
                at += 1;
                break;
            }
            c if c.is_ascii_alphanumeric() || *c == b'_' => at += 1,
            _ => break,
        }
    }
    (Token::Number, at)
}

fn symbol(rest: &str) -> (Token, usize) {
    const OPERATORS: [&str; 20] =
        ["..<", "..", "==", "=>", "=", "!=", "<=", ">=", "<", ">", "??", "**", "*", "//", "/", "%", "^", "+", "-", ":"];
    const FOREIGN: [&str; 11] = ["||", "&&", "===", "!==", "<>", "|>", "->", ":=", "~", "&", "!"];
    let len = |symbols: &[&str]| symbols.iter().find(|s| rest.starts_with(**s)).map_or(0, |s| s.len());
    match rest.as_bytes()[0] {
        b'(' | b'[' | b'{' => (Token::Open, 1),
        b')' | b']' | b'}' => (Token::Close, 1),
        b',' => (Token::Comma, 1),
        b';' => (Token::Semicolon, 1),
        // `a <-1` and `a !=` are operators of the language.
        _ if rest.starts_with("<-") || (rest.starts_with("!=") && !rest.starts_with("!==")) => {
            (Token::Operator, len(&OPERATORS))
        }
        _ if len(&FOREIGN) > 0 => (Token::Foreign, len(&FOREIGN)),
        b'|' => (Token::Pipe, 1),
        _ if len(&OPERATORS) > 0 => (Token::Operator, len(&OPERATORS)),
        _ => (Token::Bad, rest.chars().next().map_or(1, char::len_utf8)),
    }
}

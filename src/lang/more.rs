//! Whether a text is complete: by it a prompt decides between running it and waiting for another line.

use super::parse::wants_more;
use super::scan::{Token, scan};

/// Whether a text can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// The text can run.
    Complete,
    /// More must follow.
    Incomplete {
        /// Blanks that the next line may start with.
        indent: usize,
    },
    /// No further line can make it right.
    Invalid,
}

pub(crate) fn needs_more(text: &str) -> Completeness {
    let tokens = scan(text);
    let mut open = Vec::new();
    for (token, range) in &tokens {
        let here = &text[range.clone()];
        match token {
            Token::Open => open.push(here),
            Token::Close => match (open.pop(), here) {
                (Some("("), ")") | (Some("["), "]") | (Some("{"), "}") => {}
                _ => return Completeness::Invalid,
            },
            Token::Text { closed: false } => return Completeness::Incomplete { indent: 0 },
            _ => {}
        }
    }
    let last = tokens.iter().rfind(|(token, _)| token.is_significant());
    match last {
        _ if !open.is_empty() => Completeness::Incomplete { indent: 2 * open.len() },
        Some(last) if wants_more(text, last) => Completeness::Incomplete { indent: 2 },
        _ => Completeness::Complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completeness() {
        use Completeness::{Complete, Incomplete, Invalid};
        for (text, expected) in [
            ("", Complete),
            ("load zarr \"x\"", Complete),
            ("a\n| b", Complete),
            ("a |", Incomplete { indent: 2 }),
            ("a | # why\n\n", Incomplete { indent: 2 }),
            ("let x =", Incomplete { indent: 2 }),
            ("map a = b,", Incomplete { indent: 2 }),
            ("time 2024..", Complete),
            ("a [", Incomplete { indent: 2 }),
            ("a ([1 2]", Incomplete { indent: 2 }),
            ("a ([", Incomplete { indent: 4 }),
            ("a \"b", Incomplete { indent: 0 }),
            ("a # (", Complete),
            ("a )", Invalid),
            ("a (]", Invalid),
        ] {
            assert_eq!(needs_more(text), expected, "{text:?}");
        }
    }
}

//! Where a program binds names and where it uses them. It follows from the tokens, so the text need not parse.

use super::parse::{Segment, cut};
use super::scan::{Token, scan};
use std::ops::Range;

/// What a name may stand for; names of the two kinds may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// What `let` and `param` bind, and the arguments of functions.
    Variable,
    Function,
}

/// A name where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Occurrence {
    pub name: String,
    /// Its bytes, without the `$`.
    pub at: Range<usize>,
    pub kind: NameKind,
    /// Whether it is bound here.
    pub binds: bool,
    /// The function whose argument it is, by the number of its statement; none for names of the whole program.
    pub function: Option<usize>,
}

impl Occurrence {
    /// Whether both stand for the same.
    pub(crate) fn is_same(&self, other: &Occurrence) -> bool {
        (&self.name, self.kind, self.function) == (&other.name, other.kind, other.function)
    }
}

/// A statement that brings names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    pub kind: DefinitionKind,
    /// The name, or the path of an import.
    pub name: String,
    pub at: Range<usize>,
    /// The statement.
    pub whole: Range<usize>,
    pub doc: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DefinitionKind {
    Let,
    Param,
    Function {
        /// Whether its body is stages, not an expression.
        is_stages: bool,
    },
    Import {
        alias: Option<String>,
    },
}

/// The statements that bring names, in order.
pub(crate) fn definitions(text: &str) -> Vec<Definition> {
    let tokens = scan(text);
    let segments = cut(text, &tokens);
    segments.into_iter().filter_map(|segment| Statement::of(text, &tokens, &segment).definition(segment)).collect()
}

/// Every name that is bound or used, in the order of the text.
pub(crate) fn occurrences(text: &str) -> Vec<Occurrence> {
    let tokens = scan(text);
    let segments = cut(text, &tokens);
    let is_stages = |found: Definition| match found.kind {
        DefinitionKind::Function { is_stages: true } => Some(found.name),
        DefinitionKind::Function { is_stages: false }
        | DefinitionKind::Let
        | DefinitionKind::Param
        | DefinitionKind::Import { .. } => None,
    };
    let stages: Vec<String> = definitions(text).into_iter().filter_map(is_stages).collect();
    let mut all = Vec::new();
    for (number, segment) in segments.iter().enumerate() {
        Statement::of(text, &tokens, segment).occurrences(number, &stages, &mut all);
    }
    all
}

/// The significant tokens of a statement.
struct Statement<'t> {
    text: &'t str,
    tokens: Vec<(Token, Range<usize>)>,
}

impl<'t> Statement<'t> {
    fn of(text: &'t str, tokens: &[(Token, Range<usize>)], segment: &Segment) -> Statement<'t> {
        let own = tokens[segment.tokens.clone()].iter().filter(|(token, _)| token.is_significant());
        Statement { text, tokens: own.cloned().collect() }
    }

    fn token(&self, idx: usize) -> Option<Token> {
        self.tokens.get(idx).map(|(token, _)| *token)
    }

    fn word(&self, idx: usize) -> &'t str {
        self.tokens.get(idx).map_or("", |(_, range)| &self.text[range.clone()])
    }

    fn definition(&self, segment: Segment) -> Option<Definition> {
        let at = self.tokens.get(1)?.1.clone();
        let (token, name) = (self.token(1), self.word(1).to_string());
        let (kind, name) = match (self.word(0), token) {
            ("let", Some(Token::Word)) => (DefinitionKind::Let, name),
            ("param", Some(Token::Word)) => (DefinitionKind::Param, name),
            ("fn", Some(Token::Word)) => (DefinitionKind::Function { is_stages: self.is_stages() }, name),
            ("import", Some(Token::Text { closed: true })) => {
                let alias = (self.word(2) == "as" && self.token(3) == Some(Token::Word)).then(|| self.word(3).into());
                (DefinitionKind::Import { alias }, name.trim_start_matches('r').trim_matches('"').to_string())
            }
            _ => return None,
        };
        Some(Definition { kind, name, at, whole: segment.bytes, doc: segment.doc })
    }

    /// Whether the body of a function is stages.
    fn is_stages(&self) -> bool {
        let bind = (0..self.tokens.len()).find(|&idx| self.word(idx) == "=");
        bind.is_some_and(|bind| self.token(bind + 1) == Some(Token::Pipe))
    }

    fn occurrences(&self, number: usize, stages: &[String], all: &mut Vec<Occurrence>) {
        let mut add = |kind, at: Range<usize>, binds, function| {
            all.push(Occurrence { name: self.text[at.clone()].to_string(), at, kind, binds, function });
        };
        let keyword = self.word(0);
        let binds = matches!(keyword, "let" | "param" | "fn") && self.token(1) == Some(Token::Word);
        let mut from = 0;
        let mut arguments: Vec<&str> = Vec::new();
        if binds {
            let kind = if keyword == "fn" { NameKind::Function } else { NameKind::Variable };
            add(kind, self.tokens[1].1.clone(), true, None);
            from = 2;
        }
        if binds && keyword == "fn" && self.word(2) == "(" {
            let end = (from..self.tokens.len()).find(|&idx| self.token(idx) == Some(Token::Close));
            from = end.unwrap_or(self.tokens.len());
            for (_, at) in self.tokens[3.min(from)..from].iter().filter(|(token, _)| *token == Token::Word) {
                arguments.push(&self.text[at.clone()]);
                add(NameKind::Variable, at.clone(), true, Some(number));
            }
        }
        let is_bare = binds && keyword == "fn" && !self.is_stages();
        let own = |name: &str| arguments.contains(&name).then_some(number);
        for idx in from..self.tokens.len() {
            let (token, range) = self.tokens[idx].clone();
            match token {
                Token::Variable => {
                    let at = range.start + 1..range.end;
                    let function = own(&self.text[at.clone()]);
                    add(NameKind::Variable, at, false, function);
                }
                Token::Text { .. } => {
                    for at in filled_in(self.text, range) {
                        let function = own(&self.text[at.clone()]);
                        add(NameKind::Variable, at, false, function);
                    }
                }
                Token::Word => {
                    let pieces = pieces(self.text, range);
                    let last = pieces.len() - 1;
                    for (n, at) in pieces.into_iter().enumerate() {
                        let name = &self.text[at.clone()];
                        let is_called = n == last && self.word(idx + 1) == "(";
                        if is_bare && !is_called && own(name).is_some() {
                            add(NameKind::Variable, at, false, Some(number));
                        } else if is_called || last == 0 && self.is_stage(idx, name, stages) {
                            add(NameKind::Function, at, false, None);
                        }
                    }
                }
                Token::Number
                | Token::Date
                | Token::Quoted { .. }
                | Token::Pipe
                | Token::Comma
                | Token::Semicolon
                | Token::Open
                | Token::Close
                | Token::Operator
                | Token::Foreign
                | Token::Newline
                | Token::Comment
                | Token::Bad => {}
            }
        }
    }

    /// Whether a word is the name of a stage: behind a pipe, or, for a function of stages, where a pipeline may begin.
    fn is_stage(&self, idx: usize, name: &str, stages: &[String]) -> bool {
        match idx.checked_sub(1) {
            None => !matches!(name, "let" | "param" | "fn" | "import" | "set"),
            Some(before) if self.token(before) == Some(Token::Pipe) => true,
            Some(before) => matches!(self.word(before), "(" | "=") && stages.iter().any(|known| known == name),
        }
    }
}

/// The names in `${name}`; none in a raw string.
fn filled_in(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let string = &text[range.clone()];
    if string.starts_with('r') {
        return Vec::new();
    }
    let filled = string.match_indices("${").filter_map(|(at, _)| {
        let escapes = string[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        let length = string[at + 2..].find('}')?;
        let name = &string[at + 2..at + 2 + length];
        let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.'));
        (escapes % 2 == 0 && is_name).then(|| range.start + at + 2..range.start + at + 2 + length)
    });
    filled.collect()
}

/// The parts of a word between minus signs, since `a-b` is a difference in expressions.
fn pieces(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut at = range.start;
    let piece = |part: &str| {
        let piece = at..at + part.len();
        at = piece.end + 1;
        piece
    };
    text[range.clone()].split('-').map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names as `name`, `name!` where they are bound, `name()` for functions, `name@2` for arguments of a function.
    fn found(text: &str) -> String {
        let one = |found: &Occurrence| {
            assert_eq!(text[found.at.clone()], found.name);
            let call = if found.kind == NameKind::Function { "()" } else { "" };
            let own = found.function.map_or(String::new(), |number| format!("@{number}"));
            format!("{}{call}{own}{}", found.name, if found.binds { "!" } else { "" })
        };
        occurrences(text).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_are_found_where_they_stand() {
        for (text, wanted) in [
            ("let é = 1\nlet x = ramp 2 2\n$x | head $n", "x! x head() n"),
            ("fn nd(a, b) = (a-b) / (a + b)", "nd()! a@0! b@0! a@0 b@0 a@0 b@0"),
            ("ramp 1 1; fn f(n) = | where _ > $n | fill $m", "ramp() f()! n@1! where() n@1 fill() m"),
            ("map x = x-nd(a, b) + nd (b)", "map() nd() nd()"),
            ("load files \"a${y}\\${n}${ z }.tif\" dates r\"${y}\"", "load() y"),
            (
                "fn clean = | head 3\nfn v(a) = a\n$x | join (clean 3) | where (v > 1)",
                "clean()! head() v()! a@1! a@1 x join() clean() where()",
            ),
            ("import \"a.rastra\" as lib\n$lib.x..$lib.y | lib.f", "lib.x lib.y lib.f()"),
            ("let x = (ramp\nlet y = $x", "x! x"),
            ("param", ""),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn statements_that_bring_names() {
        let text =
            "## Half.\nfn half(a) = a / 2\nimport \"é.rastra\" as lib\nparam year = 3; let x = | |\nlet = 3\nramp 1 1";
        let all = definitions(text);
        let shown: Vec<(&str, &str)> = all.iter().map(|d| (d.name.as_str(), &text[d.whole.clone()])).collect();
        assert_eq!(shown[0], ("half", "fn half(a) = a / 2"));
        assert_eq!(shown[1], ("é.rastra", "import \"é.rastra\" as lib"));
        assert_eq!((shown[2].0, shown[3].0, shown.len()), ("year", "x", 4));
        assert_eq!(all[0].doc.as_deref(), Some("Half."));
        assert_eq!(all[1].kind, DefinitionKind::Import { alias: Some("lib".into()) });
    }

    #[test]
    fn nothing_is_out_of_bounds() {
        let text = "fn f(a, \"${é} ${x}\" -x- $ a--b ( | = let \\${ r\" `é fn g( import as";
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            occurrences(&text[..end]);
            definitions(&text[..end]);
        }
    }
}

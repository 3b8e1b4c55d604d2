//! A grammar for editors that color by regular expressions, as TextMate began and VS Code does, written from the registry.
//!
//! No expression looks ahead or behind, so that every engine reads them in the same way.

use crate::expr::FUNCTIONS;
use crate::lang::complete::KEYWORDS;
use crate::lang::highlight::WORDS;
use crate::lang::registry::Verb;
use crate::plan::Reducer;
use crate::verbs::VERBS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The grammar of the language for editors that read TextMate's, as JSON.
///
/// ```
/// assert!(rastra::text_mate().contains("source.rastra"));
/// ```
pub fn text_mate() -> String {
    let grammar = json!({
        "name": "Rastra",
        "scopeName": "source.rastra",
        "fileTypes": ["rastra"],
        "patterns": patterns(),
    });
    format!("{grammar:#}\n")
}

/// What is tried first stands first.
fn patterns() -> Vec<Value> {
    let named = |verb: &&Verb| verb.params.iter().filter(|p| !p.is_positional()).map(|p| p.name).collect::<Vec<_>>();
    let arguments: BTreeSet<&str> = VERBS.iter().flat_map(named).collect();
    let functions = one_of(FUNCTIONS.iter().map(|function| function.name));
    let statements = one_of(KEYWORDS.iter().map(|(word, _)| *word).filter(|word| *word != "let" && *word != "fn"));
    let (constants, joints): (Vec<&str>, Vec<&str>) =
        WORDS.iter().partition(|word| ["true", "false", "nodata"].contains(word));
    let stage = r"[A-Za-z_][A-Za-z0-9_.]*";
    vec![
        token("comment.line.documentation.rastra", "##.*$"),
        token("comment.line.number-sign.rastra", "#.*$"),
        json!({ "name": "string.quoted.other.raw.rastra", "begin": "\\br\"", "end": "\"" }),
        json!({
            "name": "string.quoted.double.rastra",
            "begin": "\"",
            "end": "\"",
            "patterns": [
                token("constant.character.escape.rastra", r"\\."),
                token("variable.other.rastra", r"\$\{[A-Za-z_][A-Za-z0-9_.]*\}"),
                token("constant.other.placeholder.rastra", r"\{[^{}\x22]*\}"),
            ],
        }),
        token("variable.other.quoted.rastra", "`[^`\\n]+`"),
        token("variable.other.rastra", r"\$[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*"),
        parts(r"\b(let)\s+([A-Za-z_][A-Za-z0-9_]*)", &["keyword.control.rastra", "variable.other.rastra"]),
        parts(r"\b(fn)\s+([A-Za-z_][A-Za-z0-9_]*)", &["keyword.control.rastra", "entity.name.function.rastra"]),
        parts(&format!(r"(^|;)\s*({statements})\b"), &["keyword.operator.rastra", "keyword.control.rastra"]),
        // A stage of two words, one behind a pipe or at the start of a line.
        token("support.function.stage.rastra", &format!(r"\b({})\b", families())),
        parts(&format!(r"(\|)\s*({stage})"), &["keyword.operator.pipe.rastra", "support.function.stage.rastra"]),
        parts(&format!(r"^\s*({})\b", singles()), &["support.function.stage.rastra"]),
        parts(&format!(r"\b({functions})\s*(\()"), &["support.function.rastra", "punctuation.rastra"]),
        parts(&format!(r"\b({stage})(\()"), &["entity.name.function.rastra", "punctuation.rastra"]),
        token(
            "constant.numeric.date.rastra",
            r"@?\b\d{4}-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?Z?)?)?\b|@\d{4}\b",
        ),
        token("constant.numeric.rastra", r"\b\d[\d_]*(\.\d+)?([eE][+-]?\d+)?([A-Za-z]+\b|%)?"),
        token("constant.language.rastra", &format!(r"\b({})\b", one_of(constants))),
        token("keyword.operator.word.rastra", &format!(r"\b({})\b", one_of(joints))),
        token(
            "support.function.reducer.rastra",
            &format!(r"\b({}|quantile|p\d{{1,3}})\b", one_of(Reducer::words().map(|reducer| reducer.name))),
        ),
        token("variable.parameter.rastra", &format!(r"\b({})\b", one_of(arguments))),
        token("keyword.operator.rastra", r"\.\.<?|=>|==|!=|<=|>=|\?\?|\*\*|//|[|=<>*/%^+;-]"),
    ]
}

fn token(name: &str, expression: &str) -> Value {
    json!({ "name": name, "match": expression })
}

/// A token for each group of an expression.
fn parts(expression: &str, names: &[&str]) -> Value {
    let captures = names.iter().zip(1..).map(|(name, number)| (number.to_string(), json!({ "name": name })));
    json!({ "match": expression, "captures": captures.collect::<serde_json::Map<_, _>>() })
}

/// Any of some words, of which the longer ones come first: some begin as others do.
fn one_of<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.join("|")
}

/// The stages of two words, those of the same first word together.
fn families() -> String {
    let split = || VERBS.iter().filter_map(|verb| verb.name.split_once(' '));
    let firsts: BTreeSet<&str> = split().map(|(first, _)| first).collect();
    let family = |first: &str| {
        let seconds = split().filter(|(own, _)| *own == first).map(|(_, second)| second);
        format!(r"{first}\s+({})", one_of(seconds))
    };
    firsts.into_iter().map(family).collect::<Vec<_>>().join("|")
}

fn singles() -> String {
    one_of(VERBS.iter().map(|verb| verb.name).filter(|name| !name.contains(' ')))
}

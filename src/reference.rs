//! The reference of the language and its words, written from its registries.

mod text_mate;

pub use text_mate::text_mate;

use crate::expr::FUNCTIONS;
use crate::lang::complete::KEYWORDS;
use crate::lang::highlight::WORDS;
use crate::lang::inspect::{markdown_table, verb_markdown};
use crate::lang::registry::{Group, Verb};
use crate::plan::Reducer;
use crate::settings::SETTINGS;
use crate::verbs::VERBS;
use serde_json::{Map, Value, json};

/// Every stage, reducer, function and setting of this build, with its examples, as a page of Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# The stages of Rastra\n\nWritten by the tests from the registry, as `:help` is; every example that prints something was run.\n",
    );
    for (group, title) in Group::ALL {
        let mut verbs: Vec<&Verb> = VERBS.iter().copied().filter(|v| v.group == group).collect();
        verbs.sort_by_key(|v| v.name);
        if verbs.is_empty() {
            continue;
        }
        out.push_str(&format!("\n## {title}\n"));
        for verb in verbs {
            out.push_str(&format!("\n### {}\n\n{}", verb.name, verb_markdown(verb)));
        }
    }
    out.push_str(
        "\n## Reducers\n\nOf `reduce`, `groupby` and `resample`; each is a stage too. Missing values are left out.\n\n",
    );
    out.push_str(&markdown_table(["reducer", "gives"], Reducer::words().map(|reducer| (reducer.name, reducer.help))));
    out.push_str("| `p0` .. `p100`, `quantile 0.9` | quantile, linear between the values (type 7) |\n");
    out.push_str("\n## Functions\n\nOf expressions: after the stages that take one, and in `let` and `fn`.\n\n");
    out.push_str(&markdown_table(["function", "gives"], FUNCTIONS.iter().map(|f| (f.name, f.help))));
    out.push_str("\n## Settings\n\nBy `set`, for the rest of the program.\n\n");
    out.push_str(&markdown_table(["setting", "is"], SETTINGS.iter().map(|s| (s.name, s.help))));
    out
}

/// The words that editors color, as JSON: `stages` with the names of their arguments, those that take `expressions`,
/// `reducers`, `functions`, `keywords`, and the words that begin `statements`.
///
/// ```
/// let words = rastra::words();
/// assert!(words.contains("\"resample\"") && words.contains("\"min_count\""));
/// ```
pub fn words() -> String {
    format!("{:#}\n", words_by_kind())
}

pub(crate) fn words_by_kind() -> Value {
    let named = |verb: &Verb| verb.params.iter().filter(|p| !p.is_positional()).map(|p| p.name).collect::<Vec<_>>();
    let stages: Map<String, Value> = VERBS.iter().map(|verb| (verb.name.to_string(), named(verb).into())).collect();
    let takes_expressions = |verb: &&&Verb| verb.takes_expression();
    json!({
        "stages": stages,
        "expressions": VERBS.iter().filter(takes_expressions).map(|v| v.name).collect::<Vec<_>>(),
        "reducers": Reducer::words().map(|reducer| reducer.name).collect::<Vec<_>>(),
        "functions": FUNCTIONS.iter().map(|f| f.name).collect::<Vec<_>>(),
        "keywords": WORDS,
        "statements": KEYWORDS.map(|(word, _)| word),
    })
}

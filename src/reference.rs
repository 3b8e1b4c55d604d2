//! The reference of the language, written from its registries.

use crate::expr::FUNCTIONS;
use crate::lang::inspect::{markdown_table, verb_markdown};
use crate::lang::registry::{Group, Verb};
use crate::plan::Reducer;
use crate::settings::SETTINGS;
use crate::verbs::VERBS;

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

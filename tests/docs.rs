//! `docs/verbs.md` is written from the registry; the test repairs it, and fails if it had to.

use crate::support::{plain, root, run, tracked};
use rastra::io::SINKS;
use rastra::lang;
use rastra::lang::bind::usage;
use rastra::lang::expr::FUNCTIONS;
use rastra::lang::registry::{Group, ParamKind, Verb};
use rastra::plan::Reducer;
use rastra::settings::SETTINGS;
use rastra::verbs::VERBS;
use std::fmt::Write as _;
use std::fs;

#[test]
fn examples_are_documented() {
    let path = root().join("docs/verbs.md");
    let (is, should) = (fs::read_to_string(&path).unwrap_or_default(), verbs());
    if is != should {
        fs::create_dir_all(root().join("docs")).unwrap();
        fs::write(&path, &should).unwrap();
        panic!("docs/verbs.md was not what the registry says; it is now");
    }
}

fn verbs() -> String {
    let mut out = String::from(
        "# The stages of Rastra\n\nWritten by the tests from the registry, as `:help` is; every example that prints something was run.\n",
    );
    for (group, title) in Group::ALL {
        let mut verbs: Vec<&Verb> = VERBS.iter().copied().filter(|v| v.group == group).collect();
        verbs.sort_by_key(|v| v.name);
        if verbs.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {title}");
        verbs.into_iter().for_each(|v| verb(v, &mut out));
    }
    let _ = writeln!(
        out,
        "\n## Reducers\n\nOf `reduce`, `groupby` and `resample`; each is a stage too. Missing values are left out.\n"
    );
    rows(
        &mut out,
        ["reducer", "gives"],
        Reducer::NAMED.iter().map(|(name, _, help)| (name.to_string(), help.to_string())),
    );
    let _ = writeln!(out, "| `p0` .. `p100`, `quantile 0.9` | quantile, linear between the values (type 7) |");
    let _ = writeln!(
        out,
        "\n## Functions\n\nOf expressions, after `map derive mask where filter` and in `let` and `fn`.\n"
    );
    rows(
        &mut out,
        ["function", "gives"],
        FUNCTIONS.iter().map(|(name, .., help)| (name.to_string(), help.to_string())),
    );
    let _ = writeln!(out, "\n## Settings\n\nBy `set`, for the rest of the program.\n");
    rows(&mut out, ["setting", "is"], SETTINGS.iter().map(|(name, help)| (name.to_string(), help.to_string())));
    out
}

fn rows(out: &mut String, head: [&str; 2], rows: impl Iterator<Item = (String, String)>) {
    let _ = writeln!(out, "| {} | {} |\n|---|---|", head[0], head[1]);
    for (name, help) in rows {
        let _ = writeln!(out, "| `{name}` | {} |", help.replace('|', "\\|"));
    }
}

fn verb(verb: &Verb, out: &mut String) {
    let _ = writeln!(out, "\n### {}\n\n{}\n\n```text\n{}\n```", verb.name, verb.summary, usage(verb));
    let params: Vec<(String, String)> = verb
        .params
        .iter()
        .filter(|p| p.kind != ParamKind::Options)
        .map(|p| (p.name.to_string(), p.help.to_string()))
        .collect();
    if !params.is_empty() {
        let _ = writeln!(out);
        rows(out, ["argument", "is"], params.into_iter());
    }
    let format = verb.name.strip_prefix("save ").and_then(|name| SINKS.iter().find(|f| f.name == name));
    if let Some(format) = format {
        let _ = writeln!(out);
        rows(out, ["option", "is"], format.options.iter().map(|(name, help)| (name.to_string(), help.to_string())));
    }
    for example in verb.examples {
        let _ = writeln!(out, "\n{}:\n\n```rastra\n{}\n```", example.title, example.script);
        if !example.output.is_empty() {
            let _ = writeln!(out, "\n```text\n{}```", example.output);
        }
    }
}

/// What stands in the documentation as a program is one, and paths it names exist.
#[test]
fn programs_of_the_documentation_parse() {
    let mut pages = vec![root().join("README.md")];
    pages.extend(tracked(&root().join("docs")).into_iter().filter(|p| p.extension().is_some_and(|e| e == "md")));
    for page in pages {
        let text = fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        for block in text.split("```rastra\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            assert!(lang::parse(block, 0).is_ok(), "{}:\n{block}", page.display());
        }
        for block in text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let words = block.split_whitespace().filter(|w| w.starts_with("./") || w.starts_with("examples/"));
            words.for_each(|w| assert!(root().join(w).exists(), "{}: {w} is not there", page.display()));
        }
    }
}

/// `rastra` blocks that are followed by a `text` block print it: the tour of the README is real.
#[test]
fn the_tour_is_real() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    for rest in text.split("```rastra\n").skip(1) {
        let Some((program, after)) = rest.split_once("```") else { continue };
        let Some(shown) = after.trim_start().strip_prefix("```text\n") else { continue };
        let shown = shown.split("```").next().unwrap_or("");
        // What reads files of the reader's own cannot be run here.
        if program.contains("load ") {
            continue;
        }
        assert_eq!(run(program, &[], &plain()).text, shown, "{program}");
    }
}

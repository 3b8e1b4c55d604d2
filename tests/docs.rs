//! The pages: `docs/verbs.md` is written from the registry, examples are run, links lead somewhere, nothing is left out.

mod book;
mod examples;

use crate::support::{root, tracked};
use rastra::codes;
use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn examples_are_documented() {
    let path = root().join("docs/verbs.md");
    let (is, should) = (fs::read_to_string(&path).unwrap_or_default(), rastra::reference());
    if is != should {
        fs::create_dir_all(root().join("docs")).unwrap();
        fs::write(&path, &should).unwrap();
        panic!("docs/verbs.md was not what the registry says; it is now");
    }
}

/// What stands between fences in a page, without programs whose answers are shown: some fail on purpose.
fn blocks(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
    examples::shown().replace_all(&text, "").split("\n```").skip(1).step_by(2).map(String::from).collect()
}

fn pages() -> Vec<PathBuf> {
    let docs = ["docs", "benches"].into_iter().flat_map(|folder| tracked(&root().join(folder)));
    let docs = docs.filter(|p| p.extension().is_some_and(|e| e == "md"));
    docs.chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name))).collect()
}

/// What the registry has, a chapter on the language names.
#[test]
fn the_language_is_whole() {
    let chapters = pages().into_iter().filter(|p| p.starts_with(root().join("docs/language")));
    let chapters = chapters.chain([root().join("docs/language.md")]);
    let language: String = chapters.map(|chapter| fs::read_to_string(chapter).unwrap()).collect();
    let generated = rastra::reference();
    let (_, tables) = generated.split_once("\n## Reducers\n").unwrap();
    let row = Regex::new(r"(?m)^\| `(\w+)` \|").unwrap();
    let names: Vec<&str> = row.captures_iter(tables).map(|c| c.get(1).unwrap().as_str()).collect();
    assert!(names.len() > 60, "{names:?}");
    let lacking: Vec<&str> = names
        .into_iter()
        .filter(|name| !language.contains(&format!("`{name}`")) && !language.contains(&format!("`set {name} ")))
        .collect();
    assert!(lacking.is_empty(), "no chapter on the language names {lacking:?}");
}

/// Each number of a diagnostic has a row in the table and an entry under its title, in their order: a cause, a cure, and an
/// example that gives it.
#[test]
fn errors_are_explained() {
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let entries: Vec<&str> = page.split("\n### ").skip(1).collect();
    let numbers: Vec<&str> = entries.iter().map(|entry| entry.lines().next().unwrap()).collect();
    assert_eq!(numbers, codes::ALL.iter().map(|code| code.number).collect::<Vec<_>>());
    for (code, entry) in codes::ALL.iter().zip(entries) {
        let (first, others) = code.title.split_at(1);
        let title = format!("**{}{others}.** ", first.to_uppercase());
        let shown = format!("\nerror[{}]: ", code.number);
        for part in [title.as_str(), "\n*What to do:* ", &shown] {
            assert!(entry.contains(part), "{} in docs/errors.md has no `{part}`", code.number);
        }
        let row = format!("\n| [{}](#{}) | {} |\n", code.number, code.number.to_lowercase(), code.title);
        assert!(page.contains(&row), "the table of docs/errors.md lacks `{}`", row.trim());
    }
}

/// What each format takes is told where formats are compared.
#[test]
fn formats_are_described() {
    let page = fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let verbs = rastra::inside::VERBS.iter().map(|verb| verb.name);
    let formats = verbs.filter(|name| name.starts_with("load ") || name.starts_with("save "));
    let lacking: Vec<&str> = formats.filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(lacking.is_empty(), "docs/formats.md does not name {lacking:?}");
}

/// Editors color by the registry, too; `UPDATE=1 cargo test grammar` writes the file anew.
#[test]
fn grammar_for_editors() {
    let file = root().join("docs/editors/rastra.tmLanguage.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, rastra::text_mate()).unwrap();
    }
    let grammar = fs::read_to_string(&file).unwrap_or_default();
    assert!(grammar == rastra::text_mate(), "docs/editors/rastra.tmLanguage.json is not of this registry");
    let grammar: serde_json::Value = serde_json::from_str(&grammar).unwrap();
    for (line, wanted) in [
        ("let ndvi = load zarr \"a.zarr\" # ä", "let:keyword ndvi:variable =:keyword load zarr:support # ä:comment"),
        (
            "| map a = sqrt(v) + $x.y and nodata",
            "|:keyword map:support =:keyword sqrt:support (:punctuation +:keyword $x.y:variable and:keyword nodata:constant",
        ),
        (
            "| crop lonlat 5 45.5 6 46 | resample 1mo mean",
            "|:keyword crop:support lonlat:variable 5:constant 45.5:constant 6:constant 46:constant |:keyword resample:support 1mo:constant mean:support",
        ),
        (
            "ramp 2 2 | time 2020-01..@2020-06-15T10",
            "ramp:support 2:constant 2:constant |:keyword time:support 2020-01:constant ..:keyword @2020-06-15T10:constant",
        ),
        (
            "  set memory 4GiB; fn half(v) = v / 2",
            "set:keyword 4GiB:constant ;:keyword fn:keyword half:entity =:keyword /:keyword 2:constant",
        ),
    ] {
        assert_eq!(colored(line, &grammar), wanted, "{line}");
    }
}

/// A line as an editor colors it by a grammar: of all expressions the one that begins first. Each colored piece with the
/// first word of its name; strings are left out, since they are more than one expression.
fn colored(line: &str, grammar: &serde_json::Value) -> String {
    let all = grammar["patterns"].as_array().unwrap().iter();
    let all: Vec<(Regex, &serde_json::Value)> = all
        .map(|one| (Regex::new(one.get("match").unwrap_or(&one["begin"]).as_str().unwrap()).unwrap(), one))
        .collect();
    let kind = |name: &serde_json::Value| name.as_str().unwrap().split('.').next().unwrap().to_string();
    let (mut at, mut out) = (0, Vec::new());
    while let Some((found, one)) = all
        .iter()
        .filter_map(|(expression, one)| Some((expression.captures_at(line, at)?, one)))
        .filter(|(found, _)| !found[0].is_empty())
        .min_by_key(|(found, _)| found.get(0).unwrap().start())
    {
        let whole = found.get(0).unwrap();
        at = whole.end();
        if one.get("begin").is_some() {
            at += line[at..].find('"').map_or(line.len() - at, |end| end + 1);
        } else if let Some(name) = one.get("name") {
            out.push(format!("{}:{}", whole.as_str(), kind(name)));
        } else {
            let parts = one["captures"].as_object().unwrap().iter();
            let parts = parts.map(|(number, part)| (&found[number.parse::<usize>().unwrap()], kind(&part["name"])));
            out.extend(parts.filter(|(text, _)| !text.is_empty()).map(|(text, kind)| format!("{text}:{kind}")));
        }
    }
    out.join(" ")
}

/// The Python package and the book color the words that the registry has; `UPDATE=1 cargo test words` writes them anew.
#[test]
fn words_of_the_registry() {
    let mut words: serde_json::Value = serde_json::from_str(&rastra::words()).unwrap();
    // Which arguments a stage has is nothing to the book.
    words["stages"] = words["stages"].as_object().unwrap().keys().cloned().collect();
    let script = format!(
        "// The words of the language; the tests write them from the registry.\nwindow.rastraWords = {words};\n"
    );
    for (name, should) in [("python/rastra/words.json", rastra::words()), ("docs/words.js", script)] {
        let file = root().join(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &should).unwrap();
        }
        assert!(fs::read_to_string(&file).unwrap() == should, "{name} is not of this registry");
    }
}

/// A notebook of the examples is found by who reads about notebooks.
#[test]
fn notebooks_are_listed() {
    let chapter = fs::read_to_string(root().join("docs/notebooks.md")).unwrap();
    let entries = fs::read_dir(root().join("examples")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let books: Vec<String> = names.filter(|name| name.ends_with(".ipynb")).collect();
    let lacking: Vec<&String> = books.iter().filter(|name| !chapter.contains(&format!("`{name}`"))).collect();
    assert!(!books.is_empty() && lacking.is_empty(), "docs/notebooks.md does not list {lacking:?}");
}

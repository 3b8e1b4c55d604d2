//! The pages: `docs/verbs.md` is written from the registry, examples are run, links lead somewhere.

use crate::support::{plain, root, run, tracked};
use regex::{Captures, Regex};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    shown().replace_all(&text, "").split("\n```").skip(1).step_by(2).map(String::from).collect()
}

fn pages() -> Vec<PathBuf> {
    let docs = ["docs", "benches"].into_iter().flat_map(|folder| tracked(&root().join(folder)));
    let docs = docs.filter(|p| p.extension().is_some_and(|e| e == "md"));
    docs.chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name))).collect()
}

/// A program with a block below it, and what stands in that.
fn shown() -> Regex {
    Regex::new(r"(?ms)^```rastra\n(.*?)^```\n```\n(.*?)^```$").unwrap()
}

/// A program prints what stands below it; `UPDATE=1 cargo test documentation` writes it anew.
#[test]
fn examples_of_the_documentation() {
    let mut wrong = String::new();
    for page in pages() {
        let is = fs::read_to_string(&page).unwrap();
        let should = shown().replace_all(&is, |found: &Captures| {
            format!("```rastra\n{}```\n```\n{}```", &found[1], run(&found[1], &[], &plain()).text)
        });
        if is != should && std::env::var_os("UPDATE").is_some() {
            fs::write(&page, should.as_bytes()).unwrap();
        } else if is != should {
            let (is, should) = is.lines().zip(should.lines()).find(|(is, should)| is != should).unwrap_or_default();
            let _ = writeln!(wrong, "{}: `{is}` stands where `{should}` is printed", page.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the registry has, the language's page names.
#[test]
fn the_language_is_whole() {
    let language = fs::read_to_string(root().join("docs/language.md")).unwrap();
    let generated = rastra::reference();
    let (_, tables) = generated.split_once("\n## Reducers\n").unwrap();
    let row = Regex::new(r"(?m)^\| `(\w+)` \|").unwrap();
    let names: Vec<&str> = row.captures_iter(tables).map(|c| c.get(1).unwrap().as_str()).collect();
    assert!(names.len() > 60, "{names:?}");
    let lacking: Vec<&str> = names
        .into_iter()
        .filter(|name| !language.contains(&format!("`{name}`")) && !language.contains(&format!("`set {name} ")))
        .collect();
    assert!(lacking.is_empty(), "docs/language.md does not name {lacking:?}");
}

/// Links between pages lead to files and headings that are there.
#[test]
fn links_of_the_documentation() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut lost = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in link.captures_iter(&text).map(|c| c[1].to_string()).filter(|t| !t.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let leads = path.exists()
                && (heading.is_empty() || headings(&fs::read_to_string(&path).unwrap()).any(|h| h == heading));
            lost.extend((!leads).then(|| format!("{}: {target}", page.display())));
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// The headings of a page as links name them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let title = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
        let kept = title.to_lowercase().replace(' ', "-");
        Some(kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect())
    })
}

/// The Python package colors the words that the registry has; `UPDATE=1 cargo test words` writes them anew.
#[test]
fn words_of_the_python_package() {
    let file = root().join("python/rastra/words.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, rastra::words()).unwrap();
    }
    assert!(fs::read_to_string(&file).unwrap() == rastra::words(), "python/rastra/words.json is not of this registry");
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

/// A notebook of the examples is found by who reads the first page.
#[test]
fn notebooks_are_listed() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let entries = fs::read_dir(root().join("examples")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let books: Vec<String> = names.filter(|name| name.ends_with(".ipynb")).collect();
    let lacking: Vec<&String> = books.iter().filter(|name| !readme.contains(&format!("(examples/{name})"))).collect();
    assert!(!books.is_empty() && lacking.is_empty(), "the README does not list {lacking:?}");
}

/// Programs parse, and the files that commands name exist.
#[test]
fn programs_and_commands_of_the_documentation() {
    for page in pages() {
        for block in blocks(&page) {
            let (language, text) = block.split_once('\n').unwrap_or((&block, ""));
            if language == "rastra" {
                assert!(rastra::format(text).is_ok(), "{}:\n{text}", page.display());
            }
            let words =
                text.lines().filter(|l| l.starts_with("./") || l.starts_with("$ ")).flat_map(str::split_whitespace);
            for word in words.filter(|w| w.starts_with("./") || w.starts_with("examples/")) {
                assert!(root().join(word).exists(), "{}: {word} is not there", page.display());
            }
        }
    }
}

/// Commands of the README print what stands below them.
#[test]
fn the_tour_is_real() {
    let binary = Path::new(env!("CARGO_BIN_EXE_rastra")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let mut asked = 0;
    for block in blocks(&root().join("README.md")) {
        let Some((_, text)) = block.split_once("\n$ ") else { continue };
        let (command, shown) = text.split_once('\n').unwrap_or((text, ""));
        // Those that write are run as examples of their own.
        if !command.starts_with("rastra ") || command.contains("save ") && !command.contains("--dry-run") {
            continue;
        }
        let ran = Command::new("sh").args(["-c", command]).env("PATH", &path).current_dir(root()).output().unwrap();
        let printed = if ran.status.success() { ran.stdout } else { ran.stderr };
        let printed = String::from_utf8_lossy(&printed);
        assert!(ran.status.success() || !shown.is_empty(), "{command}\n{printed}");
        if !shown.trim().is_empty() {
            assert_eq!(printed.trim_end(), shown.trim_end(), "{command}");
        }
        asked += 1;
    }
    assert!(asked > 0, "the README shows nothing");
}

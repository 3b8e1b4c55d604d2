//! The book: it builds, every page is in it, and its links lead somewhere.

use super::pages;
use crate::support::{root, tracked};
use mdbook_driver::MDBook;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Pages of `docs/` that are none of the book: its list of contents is one itself.
const NOT_IN_THE_BOOK: &[&str] = &["SUMMARY.md"];

/// As `mdbook build docs` does, but for the words that are searched; it can be read in `target/book`.
#[test]
fn the_book_is_whole() {
    let docs = root().join("docs");
    MDBook::load(&docs).unwrap().build().unwrap();
    let built = fs::canonicalize(root().join("target/book")).unwrap();

    let pages = pages().into_iter().filter_map(|page| page.strip_prefix(&docs).ok().map(PathBuf::from));
    let lacking: Vec<PathBuf> = pages
        .filter(|page| !NOT_IN_THE_BOOK.iter().any(|name| page == Path::new(name)))
        .filter(|page| !built.join(rendered(page)).exists())
        .collect();
    assert!(lacking.is_empty(), "docs/SUMMARY.md does not list {lacking:?}");
    let lost = lost_links(&built);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// What a page is called in the book.
fn rendered(page: &Path) -> PathBuf {
    if page.ends_with("README.md") { page.with_file_name("index.html") } else { page.with_extension("html") }
}

/// Links between rendered pages that lead to no file, or to no place in it.
fn lost_links(built: &Path) -> Vec<String> {
    let link = Regex::new(r#"(?:href|src)="([^"]+)""#).unwrap();
    let place = Regex::new(r#"\bid="([^"]+)""#).unwrap();
    let texts: BTreeMap<PathBuf, String> = tracked(built)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "html"))
        .map(|file| (file.clone(), fs::read_to_string(&file).unwrap()))
        .collect();
    let places: BTreeMap<&PathBuf, BTreeSet<&str>> = texts
        .iter()
        .map(|(file, text)| (file, place.captures_iter(text).map(|c| c.get(1).unwrap().as_str()).collect()))
        .collect();
    let mut lost = Vec::new();
    // What is shown for an address that does not exist may be shown anywhere, and says so in a `base`.
    for (file, text) in texts.iter().filter(|(file, _)| !file.ends_with("404.html")) {
        let targets = link.captures_iter(text).map(|c| c[1].to_string());
        for target in targets.filter(|t| !["://", "mailto:", "data:"].iter().any(|far| t.contains(far))) {
            let (name, heading) = target.split_once('#').unwrap_or((&target, ""));
            let leads = match name {
                "" => file.clone(),
                name => fs::canonicalize(file.parent().unwrap().join(name)).unwrap_or_default(),
            };
            let is_there =
                leads.is_file() && (heading.is_empty() || places.get(&leads).is_some_and(|p| p.contains(heading)));
            let page = file.strip_prefix(built).unwrap().display();
            lost.extend((!is_there).then(|| format!("{page}: {target}")));
        }
    }
    lost
}

/// Links of the pages as they stand in the repository lead to files and headings that are there; those of the book stay in
/// it, as nothing else is beside it where it is read.
#[test]
fn links_of_the_documentation() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let (docs, real_docs) = (root().join("docs"), fs::canonicalize(root().join("docs")).unwrap());
    let mut lost = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in link.captures_iter(&text).map(|c| c[1].to_string()).filter(|t| !t.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let stays =
                !page.starts_with(&docs) || fs::canonicalize(&path).is_ok_and(|path| path.starts_with(&real_docs));
            let leads = path.exists()
                && (heading.is_empty() || headings(&fs::read_to_string(&path).unwrap()).any(|h| h == heading));
            lost.extend((!stays || !leads).then(|| format!("{}: {target}", page.display())));
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

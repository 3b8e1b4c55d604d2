//! What a file of Rust names of its own crate, however it is written, without a compiler.

use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Something of the crate that a file names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    /// The file, from the root of the package.
    pub file: String,
    pub line: usize,
    /// Within the crate: `["io", "remote", "Secret"]`; `*` stands for everything.
    pub path: Vec<String>,
    /// Named by `pub use` or `pub(..) use`.
    pub again: bool,
    /// In unit tests.
    pub test: bool,
}

/// The files of a crate by their module paths: `src/io/remote.rs` is `["io", "remote"]`.
pub(super) struct Files {
    texts: BTreeMap<Vec<String>, (String, String)>,
    /// Everything of the crate that they name.
    pub imports: Vec<Import>,
}

/// Comments, text, characters, names, `::` and every other sign.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let parts = [
        r"//[^\n]*",
        r"(?s:/\*.*?\*/)",
        r###"(?s:r##".*?"##)"###,
        r###"(?s:r#".*?"#)"###,
        r###"(?s:b?r".*?")"###,
        r###"(?s:[bc]?"(?:\\.|[^"\\])*")"###,
        r"b?'(?:\\[^']+|\\'|[^'\\])'",
        r"\w+",
        r"::",
        r"\S",
    ];
    Regex::new(&parts.join("|")).unwrap()
});

impl Files {
    /// From paths such as `src/io.rs` and what stands in the files.
    pub(super) fn new(files: impl IntoIterator<Item = (String, String)>) -> Files {
        let texts = files.into_iter().map(|(path, text)| (module(&path), (path, text))).collect();
        let mut files = Files { texts, imports: Vec::new() };
        files.imports =
            files.texts.iter().flat_map(|(module, (file, text))| files.of_file(module, file, text)).collect();
        files
    }

    pub(super) fn contains(&self, module: &[String]) -> bool {
        self.texts.contains_key(module)
    }

    fn of_file(&self, module: &[String], file: &str, text: &str) -> Vec<Import> {
        let tokens: Vec<(usize, &str)> = TOKEN
            .find_iter(text)
            .map(|m| (m.start(), m.as_str()))
            .filter(|(_, token)| !token.starts_with("//") && !token.starts_with("/*") && !token.contains('"'))
            .collect();
        let word = |at: usize| tokens.get(at).map_or("", |(_, word)| *word);
        let in_tests = module.iter().any(|part| part == "tests");
        // Modules that are open, with the depth of braces they stand in.
        let (mut open, mut depth): (Vec<(usize, &str)>, usize) = (Vec::new(), 0);
        let (mut found, mut at) = (Vec::new(), 0);
        while at < tokens.len() {
            let before = |n: usize| at.checked_sub(n).map_or("", word);
            let (mut paths, mut next, mut again) = (Vec::new(), at + 1, false);
            match word(at) {
                "mod" if word(at + 2) == "{" => open.push((depth, word(at + 1))),
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    open.pop_if(|(outer, _)| *outer == depth);
                }
                "use" if word(at + 1) != "<" => {
                    again = matches!(before(1), "pub" | ")");
                    next = tree(&word, at + 1, &[], &mut paths);
                }
                // Who may see something, which names nothing: `pub(in crate::io)`.
                "in" if before(1) == "(" => next = at + 2,
                first if !matches!(before(1), "::" | ".") => {
                    let mut path = vec![first];
                    while word(next) == "::" && word(next + 1).starts_with(|c: char| c.is_alphabetic() || c == '_') {
                        path.push(word(next + 1));
                        next += 2;
                    }
                    paths.extend((path.len() > 1).then_some(path));
                }
                _ => {}
            }
            if paths.is_empty() {
                at = next;
                continue;
            }
            let here: Vec<&str> = module.iter().map(String::as_str).chain(open.iter().map(|(_, name)| *name)).collect();
            let test = in_tests || open.iter().any(|(_, name)| *name == "tests");
            let line = text[..tokens[at].0].matches('\n').count() + 1;
            let absolute = paths.iter().filter_map(|path| self.absolute(path, &here));
            found.extend(absolute.map(|path| Import { file: file.into(), line, path, again, test }));
            at = next;
        }
        found
    }

    /// A path from the root of the crate; nothing for names of other crates and of the file itself.
    fn absolute(&self, path: &[&str], here: &[&str]) -> Option<Vec<String>> {
        let mut base: Vec<&str> = match path.first().copied()? {
            "crate" => Vec::new(),
            "self" => here.to_vec(),
            "super" => here[..here.len().checked_sub(1)?].to_vec(),
            first => {
                let child: Vec<&str> = here.iter().copied().chain([first]).collect();
                if !self.contains(&owned(&child)) {
                    return None;
                }
                child
            }
        };
        for part in &path[1..] {
            match *part {
                "super" => drop(base.pop()),
                "self" => {}
                part => base.push(part),
            }
        }
        Some(owned(&base))
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|part| part.to_string()).collect()
}

/// The module path of a file.
pub(super) fn module(path: &str) -> Vec<String> {
    let mut parts: Vec<String> =
        path.trim_start_matches("src/").trim_end_matches(".rs").split('/').map(String::from).collect();
    if matches!(parts.last().map(String::as_str), Some("lib")) {
        parts.pop();
    }
    parts
}

/// Reads a tree of `use` that begins at `at`, below `before`; where it ends.
fn tree<'a>(
    word: &dyn Fn(usize) -> &'a str,
    mut at: usize,
    before: &[&'a str],
    paths: &mut Vec<Vec<&'a str>>,
) -> usize {
    let mut path = before.to_vec();
    loop {
        match word(at) {
            "::" => at += 1,
            "{" => {
                at += 1;
                while !matches!(word(at), "}" | "") {
                    at = tree(word, at, &path, paths);
                    at += usize::from(word(at) == ",");
                }
                return at + 1;
            }
            "as" => at += 2,
            "," | "}" | ";" | "" => {
                paths.push(path);
                return at;
            }
            part => {
                path.push(part);
                at += 1;
            }
        }
    }
}

//! The house stays in order: layers, file heads and sizes, formatting, numbers of diagnostics.

mod imports;
mod layers;

use crate::support::{root, tracked};
use rastra::inside::{ParamKind, VERBS};
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that only these places may name.
const KEPT: &[(&str, &[&str])] = &[
    ("ab_glyph", &["src/show/plot/font.rs"]),
    ("annotate_snippets", &["src/diagnostic/"]),
    ("clap", &["src/front/", "src/main.rs"]),
    ("clap_complete", &["src/front/"]),
    ("clap_mangen", &["src/front/"]),
    ("color_quant", &["src/show/encode"]),
    ("colorous", &["src/show/plot/palette.rs"]),
    ("dejavu", &["src/show/plot/font.rs"]),
    ("gdal", &["src/gdal", "src/geometry", "src/io"]),
    ("gif", &["src/show/encode"]),
    ("gdal_sys", &["src/gdal", "src/geometry", "src/io"]),
    ("hdf5_sys", &["src/io/netcdf/hdf5.rs", "src/io/netcdf/hdf5/write.rs", "src/io/netcdf/library.rs"]),
    ("i_overlay", &["src/geometry/mend.rs"]),
    ("indicatif", &["src/front/"]),
    ("lsp_server", &["src/front/lsp"]),
    ("netcdf", &["src/io"]),
    ("parquet", &["src/io/references/records.rs", "src/io/stac/geoparquet", "src/io/table/parquet_file.rs"]),
    ("pdf_writer", &["src/show/plot/pdf.rs"]),
    ("pest", &["src/lang/parse.rs", "src/lang/parse/"]),
    ("pest_derive", &["src/lang/parse.rs", "src/lang/parse/"]),
    ("plotters", &["src/show/plot/"]),
    ("plotters_backend", &["src/show/plot/"]),
    ("png", &["src/show/encode"]),
    ("rayon", &["src/exec", "src/io"]),
    ("rustyline", &["src/front/repl"]),
    ("tiny_skia", &["src/show/plot/canvas.rs"]),
    ("ureq", &["src/io"]),
    ("zarrs", &["src/io"]),
];

/// The entries of the top level.
const TOP: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-DEJAVU",
    "LICENSE-MIT",
    "README.md",
    "about.hbs",
    "about.toml",
    "benches",
    "docs",
    "examples",
    "grammar",
    "kernel",
    "native",
    "python",
    "rustfmt.toml",
    "setup.sh",
    "src",
    "tests",
];

const LONGEST_FILE: usize = 600;

fn rust_files(folder: &str) -> Vec<(String, String)> {
    let files = tracked(&root().join(folder)).into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs"));
    files.map(|p| (relative(&p), fs::read_to_string(&p).unwrap())).collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// The lines that are code, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, l)| (i + 1, l)).filter(|(_, l)| !l.trim_start().starts_with("//"))
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (name, places) in KEPT {
        // A path that begins with the crate, not one that goes through a module of its name.
        let named = Regex::new(&format!(r"(^|[^:\w]){name}(::|_derive)")).unwrap();
        for (path, text) in rust_files("src") {
            if !places.iter().any(|place| path.starts_with(place)) {
                let lines = code(&text).filter(|(_, l)| named.is_match(l));
                wrong.extend(lines.map(|(line, _)| format!("{path}:{line}: `{name}`")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_end() {
    let mut wrong = Vec::new();
    for (path, text) in ["src", "native", "tests"].into_iter().flat_map(rust_files) {
        if !text.starts_with("//! ") {
            wrong.push(format!("{path} does not begin with `//! ` and what it is for"));
        }
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{path} has {lines} lines, more than {LONGEST_FILE}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A module is `x.rs` with its parts in `x/`; the unit tests of a file are its last module, or `x/tests.rs` and what
/// stands in `x/tests/`.
#[test]
fn modules_and_unit_tests_are_laid_out_in_one_way() {
    let under_test = Regex::new(r"#\[cfg\(test\)\]\n(?:#\[[^\n]*\n)*(?:pub(?:\([a-z]+\))? )?mod (\w+)").unwrap();
    let mut wrong = Vec::new();
    for (path, text) in ["src", "kernel", "native", "tests"].into_iter().flat_map(rust_files) {
        if path.ends_with("/mod.rs") {
            wrong.push(format!("{path}: `x/mod.rs` is `x.rs` here"));
        }
        let named = under_test.captures_iter(&text).map(|c| c[1].to_string()).filter(|name| name != "tests");
        wrong.extend(named.map(|name| format!("{path}: `mod {name}` of tests is called `tests`")));
        // What follows the module of the tests would be overlooked.
        if let Some((_, after)) = text.split_once("\nmod tests {\n") {
            let rest = after.split_once("\n}\n").map_or("", |(_, rest)| rest);
            wrong.extend((!rest.trim().is_empty()).then(|| format!("{path}: code stands behind `mod tests`")));
        }
        let stem = path.rsplit('/').next().unwrap().trim_end_matches(".rs");
        if path.starts_with("src/") && stem != "tests" && (stem.contains("_test") || stem.contains("test_")) {
            wrong.push(format!("{path}: unit tests stand in `tests.rs` and `tests/`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever has no real data loses no check: each test on it names one on made data, which is there.
#[test]
fn tests_on_real_data_stand_together_and_have_twins() {
    let mut wrong = Vec::new();
    let (twin, test) = (Regex::new(r"/// Twin: `(\w+)`\.\n#\[test\]").unwrap(), "\n#[test]");
    let all: Vec<(String, String)> = ["src", "tests"].into_iter().flat_map(rust_files).collect();
    let (real, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(path, _)| path.starts_with("tests/real"));
    for (path, text) in &real {
        let twins: Vec<&str> = twin.captures_iter(text).map(|c| c.get(1).unwrap().as_str()).collect();
        if twins.len() != text.matches(test).count() {
            wrong.push(format!("{path}: a test without `/// Twin: `name`.` in the line before `#[test]`"));
        }
        let lost = twins.into_iter().filter(|name| !others.iter().any(|(_, t)| t.contains(&format!("fn {name}()"))));
        wrong.extend(lost.map(|name| format!("{path}: the twin `{name}` is nowhere")));
    }
    let beside = concat!("../", "shared");
    let strangers = others.iter().filter(|(_, text)| text.contains(&format!("\"{beside}")));
    wrong.extend(strangers.map(|(path, _)| format!("{path}: what asks for `{beside}` stands in tests/real")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn diagnostics_are_numbered_and_used() {
    let source = fs::read_to_string(root().join("src/diagnostic/codes.rs")).unwrap();
    let row = Regex::new(r#"pub const ([A-Z0-9_]+): Code = code\("([EW]\d{4})""#).unwrap();
    let rows: Vec<(String, String)> = row.captures_iter(&source).map(|c| (c[1].into(), c[2].into())).collect();
    assert_eq!(rows.len(), source.matches("= code(\"").count(), "a row that is not read");
    let numbers: BTreeSet<&String> = rows.iter().map(|(_, n)| n).collect();
    assert_eq!(numbers.len(), rows.len(), "a number stands twice");
    let all: String =
        rust_files("src").into_iter().filter(|(p, _)| p != "src/diagnostic/codes.rs").map(|(_, t)| t).collect();
    let unused: Vec<&str> = rows
        .iter()
        .filter(|(name, _)| !all.contains(&format!("codes::{name}")))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(unused.is_empty(), "never said: {unused:?}");
}

fn git_files() -> Option<Vec<PathBuf>> {
    let listed = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output().ok()?;
    let text = String::from_utf8(listed.stdout).ok().filter(|t| listed.status.success() && !t.is_empty())?;
    Some(text.split('\0').filter(|p| !p.is_empty()).map(PathBuf::from).filter(|p| root().join(p).exists()).collect())
}

#[test]
fn the_top_level_is_as_given() {
    let Some(files) = git_files() else { return eprintln!("skipped: no git here") };
    let top: BTreeSet<String> =
        files.iter().filter_map(|p| Some(p.components().next()?.as_os_str().to_string_lossy().into_owned())).collect();
    let other: Vec<&String> = top.iter().filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn no_path_of_one_machine() {
    let Some(files) = git_files() else { return eprintln!("skipped: no git here") };
    // Put together, so that this file is none of those it looks for.
    let homes = ["home", "root", "work", "Users"].map(|name| format!("/{name}/"));
    let mut wrong = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        // Part of a longer path it is none: `https://host/home/`.
        let found = text.lines().enumerate().filter(|(_, l)| {
            homes.iter().any(|h| {
                l.match_indices(h.as_str())
                    .any(|(at, _)| !l[..at].ends_with(|c: char| c.is_alphanumeric() || ".}_-".contains(c)))
            })
        });
        wrong.extend(found.map(|(i, l)| format!("{}:{}: {}", path.display(), i + 1, l.trim())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `cargo fmt` does not follow the modules that the build script lists.
#[test]
fn verbs_and_reducers_are_formatted() {
    let files = ["src/verbs", "src/reducers"].iter().flat_map(|folder| tracked(&root().join(folder)));
    let run = Command::new("rustfmt").args(["--check", "--edition", "2024"]).args(files).current_dir(root()).output();
    let run = run.expect("rustfmt runs: `rustup component add rustfmt`");
    assert!(
        run.status.success(),
        "`rustfmt --edition 2024 src/verbs/*.rs src/reducers/*.rs`:\n{}",
        String::from_utf8_lossy(&run.stdout)
    );
}

#[test]
fn verbs_are_of_one_kind() {
    let mut seen = BTreeSet::new();
    for verb in VERBS.iter() {
        assert!(seen.insert(verb.name), "`{}` twice", verb.name);
        assert!(verb.summary.ends_with('.'), "`{}`: a summary is a sentence", verb.name);
        let mut names: Vec<&str> = verb.params.iter().map(|p| p.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|w| w[0] != w[1]), "`{}` has two parameters of one name", verb.name);
        for param in verb.params {
            // Parameters are explained by sentences, options of a format in a table, by phrases.
            let sentence = param.kind != ParamKind::Option;
            let right = !param.help.is_empty() && param.help.ends_with('.') == sentence;
            assert!(right, "`{} {}`: help of a parameter is a sentence, of an option a phrase", verb.name, param.name);
        }
        // Sources and sinks come with their formats.
        let of_format =
            verb.name.starts_with("load ") || verb.name.starts_with("save ") || ["ramp", "items"].contains(&verb.name);
        let file = format!("src/verbs/{}.rs", verb.name.replace(' ', "_"));
        assert!(of_format || root().join(&file).exists(), "`{}` is not in {file}", verb.name);
    }
}

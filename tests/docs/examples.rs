//! Programs and commands of the pages print what stands below them; `UPDATE=1 cargo test docs::` writes it anew.

use super::{blocks, pages};
use crate::pictures::difference_on_a_page;
use crate::support::{made, plain, root, run_in, session_in};
use regex::{Captures, Regex};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Lines up to the next fence.
const LINES: &str = r"((?:(?:[^`\n][^\n]*|`[^`\n][^\n]*|)\n)*)```";

/// A program with a block below it, and what stands in that.
pub(super) fn shown() -> Regex {
    Regex::new(&format!(r"(?m)^```rastra\n{LINES}\n```\n{LINES}$")).unwrap()
}

/// A command with what stands below it. Those that nobody can repeat, as on a cluster, have another language.
fn commands() -> Regex {
    Regex::new(&format!(r"(?m)^```\n\$ ([^\n]*rastra [^\n]*)\n{LINES}$")).unwrap()
}

/// Where the examples of one page run: with the examples of the repository and their data, as those who follow the page
/// have them, and files with something wrong in them. What they save stays here.
fn desk() -> TempDir {
    made::files();
    let desk = tempfile::tempdir().unwrap();
    for (name, leads) in [("examples", "examples"), ("data", "examples/data"), ("broken", "target/made")] {
        std::os::unix::fs::symlink(root().join(leads), desk.path().join(name)).unwrap();
    }
    desk
}

#[test]
fn examples_of_the_documentation() {
    let (programs, commands) = (shown(), commands());
    let mut wrong = String::new();
    for page in pages() {
        let is = fs::read_to_string(&page).unwrap();
        if !programs.is_match(&is) && !commands.is_match(&is) {
            continue;
        }
        let desk = desk();
        let should = programs.replace_all(&is, |found: &Captures| {
            let ran = run_in(&mut session_in(desk.path(), &plain()), &found[1]).text;
            format!("```rastra\n{}```\n```\n{}```", &found[1], kept(&ran, desk.path(), &found[2]))
        });
        let should = commands.replace_all(&should, |found: &Captures| {
            format!("```\n$ {}\n{}```", &found[1], kept(&answer(&found[1], desk.path()), desk.path(), &found[2]))
        });
        if is != should && std::env::var_os("UPDATE").is_some() {
            fs::write(&page, should.as_bytes()).unwrap();
        } else if is != should {
            let (is, should) = is.lines().zip(should.lines()).find(|(is, should)| is != should).unwrap_or_default();
            let _ = writeln!(wrong, "{}: `{is}` stands where `{should}` is printed", page.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}`UPDATE=1 cargo test docs::` takes over what is printed");
}

/// What is said of what was printed: not where the page was tried, nor how a library words what went wrong. How large a
/// file is depends on libraries, too, and is left as it stands.
fn kept(printed: &str, desk: &Path, stands: &str) -> String {
    let size = Regex::new(r"\([0-9.]+ (?:[KMG]i)?B\)").unwrap();
    let printed = printed.replace(&format!("{}/", desk.display()), "");
    let lines = printed.lines().filter(|line| !line.trim_start().starts_with("= cause: "));
    let printed: String = lines.map(|line| format!("{line}\n")).collect();
    let unsized_ = |text: &str| size.replace_all(text, "").into_owned();
    if unsized_(&printed) == unsized_(stands) { stands.into() } else { printed }
}

/// What a command prints: its results, or what went wrong.
fn answer(command: &str, desk: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_rastra")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let ran = Command::new("sh").args(["-c", command]).env("PATH", path).current_dir(desk).output().unwrap();
    String::from_utf8(if ran.status.success() { ran.stdout } else { ran.stderr }).unwrap()
}

/// Programs that show nothing parse, and the files that commands name exist.
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

/// The pictures of the cookbook are those that its programs draw.
#[test]
fn pictures_of_the_cookbook() {
    let program = Regex::new(r"(?ms)^```rastra\n(.*?)^```$").unwrap();
    let picture = Regex::new(r#"save png "out/(\w+\.png)""#).unwrap();
    let desk = desk();
    let mut drawn = 0;
    for page in pages().into_iter().filter(|page| page.starts_with(root().join("docs/cookbook"))) {
        let text = fs::read_to_string(&page).unwrap();
        for found in program.captures_iter(&text) {
            let Some(name) = picture.captures(&found[1]).map(|name| name[1].to_string()) else { continue };
            let stands = root().join("docs/pictures/cookbook").join(&name);
            let ran = run_in(&mut session_in(desk.path(), &plain()), &found[1]);
            assert!(ran.failed.is_empty(), "{}", ran.text);
            let made = fs::read(desk.path().join("out").join(&name)).unwrap();
            let why = match fs::read(&stands) {
                Err(_) => Some("is not there".to_string()),
                Ok(stored) => difference_on_a_page(&made, &stored),
            };
            match why {
                Some(_) if std::env::var_os("UPDATE").is_some() => fs::write(&stands, &made).unwrap(),
                why => assert!(why.is_none(), "{name}: {why:?}; `UPDATE=1 cargo test docs::` takes the new one over"),
            }
            drawn += 1;
        }
    }
    assert!(drawn > 5, "the cookbook shows {drawn} pictures");
}

//! Golden programs: `golden/*.slt` hold programs with their exact output, and every verb has examples that run.
//!
//! A case is comment lines that say why it is there, a program, `----`, what it prints, and an empty line.
//! `UPDATE=1 cargo test golden` rewrites what they print; the difference is to be reviewed. A comment `#! set name=value`
//! is `--set name=value`.

use crate::support::{self, disagreements, plain, run};
use rastra::codes;
use rastra::inside as lang;
use rastra::inside::VERBS;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

struct Case {
    comment: String,
    program: String,
    expected: String,
    line: usize,
}

impl Case {
    fn params(&self) -> Vec<(String, String)> {
        let set =
            |line: &str| line.strip_prefix("#! set ")?.split_once('=').map(|(k, v)| (k.to_string(), v.to_string()));
        self.comment.lines().filter_map(set).collect()
    }
}

fn parse(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    loop {
        while lines.next_if(|(_, l)| l.is_empty()).is_some() {}
        let Some(&(line, _)) = lines.peek() else { return cases };
        let mut case = Case { comment: String::new(), program: String::new(), expected: String::new(), line: line + 1 };
        while let Some((_, l)) = lines.next_if(|(_, l)| l.starts_with('#')) {
            let _ = writeln!(case.comment, "{l}");
        }
        for (_, l) in lines.by_ref().take_while(|(_, l)| *l != "----") {
            let _ = writeln!(case.program, "{l}");
        }
        for (_, l) in lines.by_ref().take_while(|(_, l)| !l.is_empty()) {
            let _ = writeln!(case.expected, "{l}");
        }
        cases.push(case);
    }
}

/// The golden files; what their programs read is there from here on.
fn files() -> Vec<PathBuf> {
    support::made::files();
    let all = support::tracked(&support::root().join("tests/golden"));
    all.into_iter().filter(|p| p.extension().is_some_and(|e| e == "slt")).collect()
}

/// Every golden program with its parameters.
pub(crate) fn programs() -> Vec<(String, Vec<(String, String)>)> {
    let texts = files().into_iter().map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| parse(&text)).map(|case| (case.program.clone(), case.params())).collect()
}

#[test]
fn golden_answers() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let mut out = String::new();
        for case in parse(&text) {
            let ran = run(&case.program, &case.params(), &plain());
            // An empty line ends a case, so none may stand in an answer.
            // And what a library says of an error is another sentence in its next version; where the repository lies is
            // different everywhere.
            let text = ran.text.replace(&format!("{}/", support::root().display()), "");
            let kept = text.lines().filter(|l| !l.starts_with("  = cause: "));
            let printed: String = kept.map(|l| format!("{}\n", if l.is_empty() { "~" } else { l })).collect();
            if printed != case.expected && !update {
                let _ = writeln!(
                    wrong,
                    "{}:{}\n{}---- expected\n{}---- printed\n{printed}",
                    path.display(),
                    case.line,
                    case.program,
                    case.expected
                );
            }
            let _ = write!(out, "{}{}----\n{printed}\n", case.comment, case.program);
        }
        if update {
            fs::write(&path, out.trim_end_matches('\n').to_string() + "\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}`UPDATE=1 cargo test golden` takes the new answers over");
}

#[test]
fn golden_answers_do_not_depend_on_how_they_are_computed() {
    let mut wrong = String::new();
    for path in files() {
        for case in parse(&fs::read_to_string(&path).unwrap()) {
            for how in disagreements(&case.program, &case.params()) {
                let _ = writeln!(wrong, "{}:{}\n{}{how}\n", path.display(), case.line, case.program);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn examples_answer_what_they_say() {
    let mut wrong = String::new();
    for verb in VERBS.iter() {
        assert!(!verb.examples.is_empty(), "`{}` has no example", verb.name);
        for example in verb.examples.iter().filter(|e| !e.output.is_empty()) {
            let ran = run(example.script, &[], &plain());
            // Notes go to another stream than results.
            let printed: String =
                ran.text.lines().filter(|l| !l.starts_with("note: ")).map(|l| format!("{l}\n")).collect();
            if printed != example.output {
                let _ = writeln!(
                    wrong,
                    "{}: {}\n---- expected\n{}---- printed\n{printed}",
                    verb.name, example.script, example.output
                );
            }
            for how in disagreements(example.script, &[]) {
                let _ = writeln!(wrong, "{}: {}\n{how}", verb.name, example.script);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Examples on files that only a user has: they parse, and all that stops them is that nothing is there to read.
#[test]
fn examples_without_data_name_what_exists() {
    for verb in VERBS.iter() {
        for example in verb.examples.iter().filter(|e| e.output.is_empty()) {
            assert!(lang::parse(example.script, 0).is_ok(), "{}: {}", verb.name, example.script);
            let ran = run(example.script, &[], &plain());
            let reads = |d: &rastra::Diagnostic| d.code.number.starts_with("E03");
            assert!(ran.failed.iter().all(|d| reads(d)), "{}: {}\n{}", verb.name, example.script, ran.text);
        }
    }
}

/// Each diagnostic has a case, here or where what it needs can be had.
#[test]
fn codes_have_cases() {
    // What is no program but bytes or a line of the prompt, a run that somebody stops, and a server that goes on and on.
    let elsewhere = [
        (codes::NOT_UTF8, "tests/cli.rs"),
        (codes::UNKNOWN_META, "src/front/meta/tests.rs"),
        (codes::INTERRUPTED, "tests/cli.rs"),
        (codes::ENDLESS, "tests/remote/pages.rs"),
        (codes::NO_WORKERS, "tests/clusters.rs"),
        (codes::WORK_LEFT, "tests/clusters.rs"),
        (codes::BAD_JOB, "tests/clusters.rs"),
    ];
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let mut texts: String = files().into_iter().map(read).collect();
    for (code, path) in elsewhere {
        let number = code.number;
        assert!(read(support::root().join(path)).contains(number), "{path} does not show {number}");
        texts.push_str(&format!("error[{number}]"));
    }
    let source = read(support::root().join("src/diagnostic/codes.rs"));
    let numbers = source.split("code(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let missing: Vec<&str> = numbers.filter(|n| !texts.contains(&format!("error[{n}]"))).collect();
    assert!(missing.is_empty(), "no golden case shows {missing:?}");
}

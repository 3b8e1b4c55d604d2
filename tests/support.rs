//! Runs programs as a user would and keeps what they print, in every configuration a run can have.

pub(crate) mod crash;
pub(crate) mod dice;
pub(crate) mod faults;
pub(crate) mod made;

use rastra::Answer;
use rastra::Chunk;
use rastra::Diagnostic;
use rastra::Limits;
use rastra::Session;
use rastra::inside as lang;
use rastra::{AnyPlan, Picture, Plan, TablePlan};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// How a run may use the machine; no answer may depend on it.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub name: String,
    pub limits: Limits,
}

/// The configuration answers are recorded in: optimized, one thread, tiles as the planner likes them.
pub(crate) fn plain() -> Config {
    Config { name: "plain".into(), limits: Limits { threads: 1, tile: None, optimize: true, ..Limits::default() } }
}

/// Optimizer on and off, one thread and two, tiles of one pixel, of an odd edge, of everything, and as planned.
pub(crate) fn configs() -> Vec<Config> {
    let mut all = Vec::new();
    for optimize in [true, false] {
        for threads in [1, 2] {
            for tile in [None, Some(1), Some(3), Some(1 << 20)] {
                let name = format!("optimize {optimize}, threads {threads}, tile {tile:?}");
                all.push(Config { name, limits: Limits { threads, tile, optimize, ..Limits::default() } });
            }
        }
    }
    all
}

/// What a program came to: everything it printed, and its diagnostics where it failed.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub text: String,
    pub failed: Vec<Box<Diagnostic>>,
}

/// Runs a program in a session of its own; `params` are those of `--set`.
pub(crate) fn run(program: &str, params: &[(String, String)], config: &Config) -> Ran {
    run_in(&mut session(params, config), program)
}

pub(crate) fn session(params: &[(String, String)], config: &Config) -> Session {
    crash::listen();
    let mut session = Session::new();
    session.settings.limits = config.limits.clone();
    session.settings.params = params.iter().cloned().collect();
    session
}

/// A session whose relative paths begin in a folder.
pub(crate) fn session_in(folder: &Path, config: &Config) -> Session {
    let mut session = session(&[], config);
    session.set_base(folder);
    session
}

/// What a program prints in a folder, where it does not fail.
#[track_caller]
pub(crate) fn printed(folder: &Path, program: &str) -> String {
    printed_with(folder, program, &plain())
}

/// The same in any configuration.
#[track_caller]
pub(crate) fn printed_with(folder: &Path, program: &str, config: &Config) -> String {
    let ran = run_in(&mut session_in(folder, config), program);
    assert!(ran.failed.is_empty(), "{program}: {}", ran.text);
    ran.text
}

pub(crate) fn run_in(session: &mut Session, program: &str) -> Ran {
    let mut text = String::new();
    let result = session.run("program", program, &mut |answer| text.push_str(&words_of(&answer)));
    let failed = result.err().unwrap_or_default();
    for diagnostic in &failed {
        text.push_str(&session.render(diagnostic, Default::default()));
    }
    Ran { text, failed }
}

fn words_of(answer: &Answer) -> String {
    let mut text = answer.output.as_ref().map_or(String::new(), |o| o.plain().to_string());
    for note in &answer.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    if let Some(report) = &answer.report {
        text.push_str(&format!("{report}\n"));
    }
    text
}

/// Runs a program in every configuration and in every disguise; what each answered otherwise than `plain`, in words.
///
/// Plans differ by configuration, so the text of `explain` is only asked to survive printing.
pub(crate) fn disagreements(program: &str, params: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let reference = run(program, params, &plain());
    let explains = program.contains("explain");
    let mut expect = |what: &str, ran: &Ran| {
        // A printed program has other places, and smaller tiles need other amounts of memory.
        let same = match reference.failed.is_empty() && ran.failed.is_empty() {
            true => uncounted(&ran.text) == uncounted(&reference.text),
            false => codes(ran) == codes(&reference),
        };
        if !same {
            found.push(format!("{what}:\n{}instead of\n{}", ran.text, reference.text));
        }
    };
    if !explains {
        for config in configs() {
            expect(&config.name, &run(program, params, &config));
        }
    }
    if let Ok(parsed) = lang::parse(program, 0) {
        let printed = lang::print(&parsed, program);
        expect(&format!("printed as\n{printed}\n"), &run(&printed, params, &plain()));
        match lang::parse(&printed, 0) {
            Ok(again) if lang::print(&again, &printed) != printed => {
                found.push(format!("printing twice differs:\n{printed}"))
            }
            Err(_) => found.push(format!("the printed program does not parse:\n{printed}")),
            Ok(_) => {}
        }
    }
    found.extend(results_disagree(program, params));
    found
}

/// Without how many pixels arithmetic had no value for: those that several tasks need are computed, and counted, in each.
fn uncounted(text: &str) -> String {
    let note = |line: &str| line.starts_with("note: ") && line.contains(" made missing: arithmetic");
    text.lines().map(|line| if note(line) { "note: some made missing\n".into() } else { format!("{line}\n") }).collect()
}

fn codes(ran: &Ran) -> Vec<&'static str> {
    ran.failed.iter().map(|d| d.code.number).collect()
}

/// The whole answer of the last pipeline, not only the corner that is shown: every configuration, and the plan after a
/// journey through JSON.
fn results_disagree(program: &str, params: &[(String, String)]) -> Vec<String> {
    match session(params, &plain()).carried(program) {
        Ok(carried) if carried.is_write() => Vec::new(),
        Ok(AnyPlan::Cube(plan)) => pixels_disagree(&plan, params),
        Ok(AnyPlan::Table(plan)) => cells_disagree(&plan, params),
        Ok(AnyPlan::Picture(picture)) => drawings_disagree(&picture, params),
        Err(_) => Vec::new(),
    }
}

/// The bytes of a picture are the same, however its pixels were computed.
fn drawings_disagree(picture: &Arc<Picture>, params: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let json = serde_json::to_string(&**picture).unwrap();
    let traveled: Arc<Picture> = Arc::new(serde_json::from_str(&json).unwrap());
    if traveled != *picture {
        found.push(format!("the picture changed on its way through JSON:\n{json}"));
    }
    let of = |picture: &Arc<Picture>, config: &Config| {
        session(params, config).draw(picture).map(|answer| answer.output).map_err(|d| d.code)
    };
    let reference = of(picture, &plain());
    for config in configs() {
        if of(picture, &config) != reference {
            found.push(format!("{}: another picture", config.name));
        }
    }
    if of(&traveled, &plain()) != reference {
        found.push("picture through JSON: another picture".into());
    }
    found
}

/// Tables are the same to the last digit, whatever they were put together from.
fn cells_disagree(plan: &Arc<TablePlan>, params: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let json = serde_json::to_string(&**plan).unwrap();
    let traveled: Arc<TablePlan> = Arc::new(serde_json::from_str(&json).unwrap());
    if traveled != *plan {
        found.push(format!("the plan changed on its way through JSON:\n{json}"));
    }
    let of = |plan: &Arc<TablePlan>, config: &Config| session(params, config).tabulate(plan).map_err(|d| d.code);
    let reference = of(plan, &plain());
    if let Ok(table) = &reference
        && plan.schema.rows.is_some_and(|rows| rows != table.rows())
    {
        found.push(format!("{} rows instead of {:?}", table.rows(), plan.schema.rows));
    }
    for config in configs() {
        if of(plan, &config) != reference {
            found.push(format!("{}: other cells", config.name));
        }
    }
    if of(&traveled, &plain()) != reference {
        found.push("plan through JSON: other cells".into());
    }
    found
}

fn pixels_disagree(plan: &Arc<Plan>, params: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    let session_of = |config: &Config| session(params, config);
    let json = serde_json::to_string(&**plan).unwrap();
    let traveled: Arc<Plan> = Arc::new(serde_json::from_str(&json).unwrap());
    if traveled != *plan {
        found.push(format!("the plan changed on its way through JSON:\n{json}"));
    }
    let reference = session_of(&plain()).collect(plan);
    for (name, plan, config) in configs().into_iter().map(|c| (c.name.clone(), plan, c)).chain([(
        "plan through JSON".to_string(),
        &traveled,
        plain(),
    )]) {
        let same = match (&reference, &session_of(&config).collect(plan)) {
            (Ok(a), Ok(b)) => same_pixels(a, b),
            (Err(a), Err(b)) => a.code == b.code,
            _ => false,
        };
        if !same {
            found.push(format!("{name}: other pixels"));
        }
    }
    found
}

/// Bit by bit, except that every NaN is the same.
pub(crate) fn same_pixels(a: &Chunk, b: &Chunk) -> bool {
    let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
    a.shape == b.shape
        && a.bands.len() == b.bands.len()
        && a.bands
            .iter()
            .zip(&b.bands)
            .all(|(a, b)| a.dtype() == b.dtype() && a.to_f64().into_iter().zip(b.to_f64()).all(|(a, b)| same(a, b)))
}

/// The tracked files of the repository, or those that would be; nothing of `target` and the like.
pub(crate) fn tracked(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            out.extend(tracked(&path));
        } else {
            out.push(path);
        }
    }
    out
}

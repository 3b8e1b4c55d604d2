//! Programs from files, arguments and standard input: `rastra run`, `rastra -c`, `rastra check`, `rastra fmt`.

use super::meta::{self, MetaAnswer, Part};
use super::origin::Origin;
use super::progress::{self, duration};
use super::signal::{self, Watch};
use super::terminal::Terminal;
use super::{FAILED, OK, SKIPPED, WRONG};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::place;
use crate::io::target::Target;
use crate::lang::{self, ast};
use crate::plan::IfExists;
use crate::session::{Session, Settings};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Runs a program, which may hold meta lines, and returns the exit code.
pub(crate) fn run(origin: &Origin, settings: &Settings) -> u8 {
    let terminal = Terminal::new();
    let mut session = progress::session(settings);
    let text = match origin.read().and_then(|text| check_params(&meta::program(&text), &settings.params).map(|()| text))
    {
        Ok(text) => text,
        Err(diagnostic) => return failed(&terminal, &session, &[diagnostic], None),
    };
    let parts = meta::parts(&text);
    if let Err(all) = check_parts(&parts, &origin.name(), &mut session) {
        return failed(&terminal, &session, &all, None);
    }
    let watch = Watch::start(session.cancel_flag());
    let mut running = Running { session: &mut session, terminal: &terminal, skipped: false, timing: false };
    let (result, stopped_by) = watch.during(|| running.parts(&origin.name(), parts));
    match result {
        Ok(()) if running.skipped => SKIPPED,
        Ok(()) => OK,
        Err(all) => failed(&terminal, &session, &all, stopped_by),
    }
}

/// Answers a meta line, such as `:help crop`; returns the exit code.
pub(crate) fn meta(line: String) -> u8 {
    run(&Origin::Text(line), &Settings::default())
}

/// Reads the programs between meta lines, so that nothing runs where one is wrong further on. A single program is read as a
/// whole when it runs.
fn check_parts(parts: &[Part], name: &str, session: &mut Session) -> Result<(), Vec<Box<Diagnostic>>> {
    let mut several = parts.iter().filter(|_| parts.len() > 1);
    several.try_for_each(|part| match part {
        Part::Program(text) => session.parse(name, text).map(|_| ()),
        Part::Meta(_) => Ok(()),
    })
}

/// Tells why a program did not come to its end, and gives the exit code; a run that a signal has stopped ends by that.
pub(super) fn failed(terminal: &Terminal, session: &Session, all: &[Box<Diagnostic>], stopped_by: Option<i32>) -> u8 {
    terminal.diagnostics(session, all);
    match stopped_by {
        Some(signal) if all.iter().any(|d| d.code == codes::INTERRUPTED) => signal::die(signal),
        _ => exit_code(all),
    }
}

struct Running<'a> {
    session: &'a mut Session,
    terminal: &'a Terminal,
    /// Whether inputs were skipped.
    skipped: bool,
    timing: bool,
}

impl Running<'_> {
    fn parts(&mut self, name: &str, parts: Vec<Part>) -> Result<(), Vec<Box<Diagnostic>>> {
        for part in parts {
            let line = match part {
                Part::Program(text) => {
                    self.program(name, text)?;
                    continue;
                }
                Part::Meta(line) => line,
            };
            match meta::run(&line, self.session)? {
                MetaAnswer::Shown(output) => self.terminal.read(&output.plain()),
                MetaAnswer::Run { name, text } => self.program(&name, text)?,
                MetaAnswer::Timing(on) => self.timing = on,
                MetaAnswer::Quit => break,
            }
        }
        Ok(())
    }

    fn program(&mut self, name: &str, text: String) -> Result<(), Vec<Box<Diagnostic>>> {
        let began = Instant::now();
        self.session.run(name, &text, &mut |answer| {
            self.skipped |= !answer.outcome.skipped.is_empty();
            self.terminal.answer(&answer);
        })?;
        self.session.journal.push(text);
        if self.timing {
            self.terminal.say(&format!("took {}", duration(began.elapsed())));
        }
        Ok(())
    }
}

/// Reports everything that can be found without reading a pixel; returns the exit code.
pub(crate) fn check(files: &[PathBuf], settings: &Settings) -> u8 {
    let terminal = Terminal::new();
    let mut worst = OK;
    for path in files {
        let origin = Origin::of(path);
        let mut session = progress::session(settings);
        // Several programs may have different parameters, so `--set` is only checked for a single one.
        let given = |text: &str| if files.len() > 1 { Ok(()) } else { check_params(text, &settings.params) };
        let checked = match origin.read().and_then(|text| given(&text).map(|()| text)) {
            Ok(text) => session.check(&origin.name(), &meta::program(&text)),
            Err(diagnostic) => Err(vec![diagnostic]),
        };
        match checked {
            Ok(()) => terminal.say(&format!("{}: no errors", origin.name())),
            Err(all) => {
                terminal.diagnostics(&session, &all);
                worst = worst.max(exit_code(&all));
            }
        }
    }
    worst
}

/// Writes programs in the canonical layout, in place or, for `-`, to standard output; with `check` only names those
/// that would change. Returns the exit code.
pub(crate) fn fmt(files: &[PathBuf], check: bool) -> u8 {
    let terminal = Terminal::new();
    let mut worst = OK;
    for path in files {
        let origin = Origin::of(path);
        let mut session = Session::new();
        let written = origin.read().map_err(|d| vec![d]).and_then(|text| {
            session.sources.add(origin.name(), text.as_str());
            let formatted = lang::format(&text)?;
            match &origin {
                _ if check && formatted != text => {
                    terminal.say(&format!("{} would be reformatted", origin.name()));
                    worst = worst.max(FAILED);
                    Ok(())
                }
                Origin::Stdin if !check => {
                    terminal.result(&formatted);
                    Ok(())
                }
                Origin::File(path) if formatted != text => replace(path, &formatted).map_err(|d| vec![d]),
                _ => Ok(()),
            }
        });
        if let Err(all) = written {
            terminal.diagnostics(&session, &all);
            worst = worst.max(exit_code(&all));
        }
    }
    worst
}

/// Replaces a program or a notebook; no crash leaves half of one.
pub(super) fn replace(path: &Path, text: &str) -> Result<()> {
    let failed = |e: std::io::Error| place::cannot_write(path, e);
    Target::hold(path, IfExists::Overwrite)?.write(|to| to.write_all(text.as_bytes()).map_err(failed)).map(|_| ())
}

/// Refuses `--set` of a parameter that the program does not declare, if it has no import that may declare it.
pub(super) fn check_params(text: &str, given: &BTreeMap<String, String>) -> Result<()> {
    let Ok(program) = lang::parse(text, u32::MAX) else { return Ok(()) };
    let mut declared = Vec::new();
    for statement in &program.statements {
        match &statement.kind {
            // An imported file may declare parameters, too.
            ast::StatementKind::Import { .. } => return Ok(()),
            ast::StatementKind::Param { name, .. } => declared.push(name.value.as_str()),
            _ => {}
        }
    }
    match given.keys().find(|name| !declared.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let diagnostic = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("the program has no parameter `{name}`"))
                .help_if(diagnostic::did_you_mean(name, declared.iter().copied()));
            Err(match declared.is_empty() {
                true => diagnostic.help(format!("declare it in the program: `param {name} = ...`")),
                false => diagnostic.help(format!("parameters: {}", diagnostic::list_some(declared, 20))),
            })
        }
    }
}

pub(super) fn exit_code(all: &[Box<Diagnostic>]) -> u8 {
    if all.iter().any(|d| d.code.is_language()) { WRONG } else { FAILED }
}

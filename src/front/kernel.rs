//! The notebook: a [`Session`] behind the Jupyter protocol.

pub(crate) mod book;
mod command;
mod console;
mod install;
mod lab;
mod links;
mod progress;

use super::meta::{self, MetaAnswer, Part};
use crate::diagnostic::{Diagnostic, Style, codes};
use crate::exec::Silent;
use crate::lang::complete::What;
use crate::lang::inspect::Form;
use crate::run::Answer;
use crate::session::{ProgressMode, Session, Thumbnails};
use crate::show::{Output, html};
use base64::{Engine, prelude::BASE64_STANDARD};
pub(crate) use command::Command;
use install::{Install, install, uninstall};
use progress::Bar;
use rastra_kernel::spec::InstallScope;
use rastra_kernel::{Assist, Bundle, Cell, Completeness, Completions, Connection, Failure, Info, Language, Match};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The name of the kernel where none is given.
pub(crate) const NAME: &str = "rastra";

/// Serves the connection of a file until a front end ends it. Returns the exit code.
pub(crate) fn serve(file: &Path) -> u8 {
    crate::io::target::leave_output();
    let result = Connection::read(file).and_then(|connection| rastra_kernel::serve(&connection, Notebook::new));
    match result {
        Ok(_) => {
            // A cell that did not stop in time may have begun a target, whose part is removed.
            crate::io::target::remove_all();
            super::OK
        }
        Err(error) => {
            eprintln!("error: {error}");
            super::FAILED
        }
    }
}

/// Where what a cell shows before its result is seen.
trait Screen {
    fn show(&self, bundle: &Bundle);
    fn notes(&self, notes: &[String]);
    fn say(&self, text: &str);
}

impl Screen for Cell {
    fn show(&self, bundle: &Bundle) {
        self.display(bundle);
    }

    fn notes(&self, notes: &[String]) {
        self.display(&noted(notes));
    }

    fn say(&self, text: &str) {
        self.stderr(text);
    }
}

/// Notes in the forms that a notebook shows. It shows standard error like a failure, so they are no part of that.
fn noted(notes: &[String]) -> Bundle {
    let plain: Vec<String> = notes.iter().map(|note| format!("note: {note}")).collect();
    Bundle::plain(plain.join("\n")).with("text/html", html::notes(notes))
}

struct Notebook {
    session: Session,
    timing: bool,
    /// Whether inputs were skipped.
    skipped: bool,
    /// Whether what cells show is seen in a terminal, which standard output and error are.
    in_terminal: bool,
}

impl Notebook {
    fn new() -> Notebook {
        Notebook { in_terminal: console::is_parent(), ..Notebook::of(Session::new()) }
    }

    /// A notebook whose cells run in a session.
    fn of(mut session: Session) -> Notebook {
        session.settings.thumbnails = Thumbnails::Auto;
        Notebook { session: session.interactive(), timing: false, skipped: false, in_terminal: false }
    }

    /// Runs the cell of a number, which may hold programs and meta lines in any order.
    fn cell(&mut self, code: &str, number: u64, cell: &dyn Screen) -> Result<Option<Bundle>, Vec<Box<Diagnostic>>> {
        let name = format!("In [{number}]");
        let mut result = None;
        for part in meta::parts(code) {
            if let Some(bundle) = result.take() {
                cell.show(&bundle);
            }
            match part {
                Part::Program(text) => result = self.program(&name, &text, cell)?,
                Part::Meta(line) => match meta::run(&line, &mut self.session)? {
                    MetaAnswer::Shown(output) if output.plain().is_empty() => {}
                    MetaAnswer::Shown(output) => result = Some(bundle(&output, self.in_terminal)),
                    MetaAnswer::Run { name, text } => result = self.program(&name, &text, cell)?,
                    MetaAnswer::Timing(on) => self.timing = on,
                    MetaAnswer::Quit => cell.say("the notebook's menu ends the kernel\n"),
                },
            }
        }
        Ok(result)
    }

    fn program(&mut self, name: &str, text: &str, cell: &dyn Screen) -> Result<Option<Bundle>, Vec<Box<Diagnostic>>> {
        let began = Instant::now();
        let mut last: Option<Bundle> = None;
        let (skipped, in_terminal) = (&mut self.skipped, self.in_terminal);
        self.session.run(name, text, &mut |answer| {
            *skipped |= !answer.outcome.skipped.is_empty();
            if let Some(before) = last.take() {
                cell.show(&before);
            }
            last = shown(&answer, in_terminal);
            if !answer.notes.is_empty() {
                cell.notes(&answer.notes);
            }
        })?;
        self.session.journal.push(text.trim_start_matches('\n').to_string());
        if self.timing {
            cell.say(&format!("took {}\n", super::progress::duration(began.elapsed())));
        }
        Ok(last)
    }
}

impl Language for Notebook {
    fn info(&self) -> Info {
        Info {
            name: "rastra".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            mimetype: "text/x-rastra".into(),
            file_extension: ".rastra".into(),
            // The lexer of the Python package; without it, exported cells are plain text.
            pygments_lexer: "rastra".into(),
            // Front ends that do not know Rastra color its comments, texts and numbers as those of Python.
            codemirror_mode: serde_json::json!({ "name": "rastra", "mime": "text/x-python" }),
            banner: format!("Rastra {}. `:help` lists the stages.", super::version()),
            help_links: vec![],
        }
    }

    fn execute(&mut self, code: &str, cell: &Cell) -> Result<Option<Bundle>, Failure> {
        self.session.obey(cell.cancel());
        let (bar, cancel, in_terminal) = (Arc::new(Bar::new(cell.clone())), cell.cancel(), self.in_terminal);
        #[cfg(feature = "pictures")]
        if in_terminal {
            // The window may be another size than it was.
            self.session.screen = super::picture::screen();
        }
        // A notebook draws progress in its own way, whether a bar or lines are asked for. `jupyter console` replaces nothing.
        self.session.observe(move |telling| match telling {
            ProgressMode::Off => Arc::new(Silent),
            _ if in_terminal => super::progress::observer(ProgressMode::Auto, cancel.clone()),
            ProgressMode::Auto | ProgressMode::Json => bar.clone(),
        });
        self.cell(code, cell.count, cell).map_err(|all| failure(&self.session, &all))
    }

    fn assist(&self) -> Arc<dyn Assist> {
        Arc::new(Assistant(Mutex::new(self.session.snapshot())))
    }
}

/// An answer in the forms that a notebook shows.
fn shown(answer: &Answer, in_terminal: bool) -> Option<Bundle> {
    if let Some(report) = &answer.report {
        let home = links::home();
        let link = |file: &PathBuf| Some((file.to_string_lossy().into_owned(), links::address(file, &home)?));
        let page = html::report(report, &answer.files.iter().filter_map(link).collect::<Vec<_>>());
        return Some(Bundle::plain(report.trim_end()).with("text/html", page));
    }
    answer.output.as_ref().map(|output| bundle(output, in_terminal))
}

/// In a terminal a picture is text, as at the prompt, and nothing else, so that no window opens for it.
fn bundle(output: &Output, in_terminal: bool) -> Bundle {
    #[cfg(feature = "pictures")]
    if in_terminal
        && let Some(png) = output.png()
        && let Some(drawn) = super::picture::text(png, &output.cells)
    {
        return Bundle::plain((output.plain() + &drawn).trim_end_matches('\n'));
    }
    #[cfg(not(feature = "pictures"))]
    let _ = in_terminal;
    output.by_mime.iter().fold(Bundle::default(), |bundle, (mime, bytes)| match mime.starts_with("image/") {
        true => bundle.with(mime, BASE64_STANDARD.encode(bytes)),
        false => bundle.with(mime, String::from_utf8_lossy(bytes).trim_end_matches('\n')),
    })
}

fn failure(session: &Session, all: &[Box<Diagnostic>]) -> Failure {
    if all.iter().any(|d| d.code == codes::INTERRUPTED) {
        return Failure::interrupted();
    }
    let drawn: Vec<String> = all.iter().map(|d| session.render(d, Style::Notebook)).collect();
    let first = all.first();
    Failure {
        name: first.map_or_else(String::new, |d| d.code.number.to_string()),
        message: first.map_or_else(String::new, |d| d.message.clone()),
        traceback: drawn.join("\n").lines().map(String::from).collect(),
    }
}

/// A copy of the session after the last cell, which answers while the next one runs.
struct Assistant(Mutex<Session>);

impl Assistant {
    fn session(&self) -> std::sync::MutexGuard<'_, Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Assist for Assistant {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let (start, all) = meta::complete(code, cursor, &self.session());
        let matches = all.into_iter().map(|c| Match { text: c.text, kind: kind(c.kind).into(), detail: c.help });
        Completions { start, end: cursor, matches: matches.collect() }
    }

    fn inspect(&self, code: &str, cursor: usize) -> Option<Bundle> {
        let session = self.session();
        let (word, text) = session.inspect(code, cursor, Form::Text)?;
        let (_, markdown) = session.inspect(code, cursor, Form::Markdown)?;
        let swatch = swatch(&code[word]).map_or(String::new(), |png| format!("\n\n![](data:image/png;base64,{png})"));
        Some(Bundle::plain(text.trim_end()).with("text/markdown", format!("{}{swatch}", markdown.trim_end())))
    }

    fn is_complete(&self, code: &str) -> Completeness {
        if meta::is_meta(code) {
            return Completeness::Complete;
        }
        match self.session().is_complete(code) {
            crate::lang::Completeness::Complete => Completeness::Complete,
            crate::lang::Completeness::Incomplete { indent } => Completeness::Incomplete { indent: " ".repeat(indent) },
            crate::lang::Completeness::Invalid => Completeness::Invalid,
        }
    }
}

/// The colors of the map of this name as a PNG, in base64.
#[cfg(feature = "pictures")]
fn swatch(map: &str) -> Option<String> {
    let known = crate::plan::picture::colormap::check(map).is_ok();
    known.then(|| crate::show::plot::swatch(map)).and_then(Result::ok).map(|png| BASE64_STANDARD.encode(png))
}

#[cfg(not(feature = "pictures"))]
fn swatch(_: &str) -> Option<String> {
    None
}

/// The kind of a candidate in the words for which front ends have icons.
fn kind(what: What) -> &'static str {
    match what {
        What::Stage | What::Reducer | What::Function => "function",
        What::Keyword | What::Meta => "keyword",
        What::Argument => "param",
        What::Choice => "statement",
        What::ColorMap => "color",
        What::Band => "property",
        What::Variable => "instance",
        What::File => "path",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_can_be_asked_from_another_thread() {
        fn is_send_and_sync<T: Send + Sync>() {}
        is_send_and_sync::<Assistant>();
    }
}

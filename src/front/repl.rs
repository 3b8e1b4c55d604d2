//! The prompt.
//!
//! **Invariant:** only this file and its children name rustyline.

mod continued;
mod helper;

use super::meta::{self, MetaAnswer};
use super::progress::duration;
use super::signal::{self, Watch};
use super::terminal::Terminal;
use super::{FAILED, OK, progress};
use crate::lang::{self, ast};
use crate::session::{Session, Settings};
use helper::LineHelper;
use rustyline::error::ReadlineError;
use rustyline::hint::HistoryHinter;
use rustyline::history::FileHistory;
use rustyline::{Behavior, ColorMode, CompletionType, Editor, EventHandler};
use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

struct Prompt {
    session: Rc<RefCell<Session>>,
    terminal: Terminal,
    watch: Watch,
    timing: bool,
    /// The last statement, if it was a `let` or `fn`; as in a script, a line that starts with `|` continues it.
    open: Option<String>,
    ended_by: Option<i32>,
}

/// Reads and runs lines until the end; returns the exit code.
pub(crate) fn run(settings: &Settings) -> u8 {
    let terminal = Terminal::new();
    let session = Rc::new(RefCell::new(progress::session(settings).interactive()));
    let mut editor = match editor(&session, terminal.color) {
        Ok(editor) => editor,
        Err(error) => {
            terminal.say(&format!("error: the prompt cannot start: {error}"));
            return FAILED;
        }
    };
    let history = history_file();
    if let Some(path) = &history {
        // There is no history before the first session.
        let _ = editor.load_history(path);
    }
    let watch = Watch::start(session.borrow().cancel_flag());
    terminal.say(&format!("rastra {}. `:help` lists the stages, Tab completes, Ctrl-D leaves.", super::version()));
    let mut prompt = Prompt { session, terminal, watch, timing: false, open: None, ended_by: None };
    let mut failures = 0;
    loop {
        let columns = editor.dimensions().map(|(columns, _)| usize::from(columns));
        if let (Some(columns), Some(helper)) = (columns, editor.helper()) {
            helper.columns.set(columns);
        }
        match editor.readline("rastra> ") {
            Ok(line) => {
                failures = 0;
                if line.trim().is_empty() {
                    continue;
                }
                let _ = editor.add_history_entry(line.as_str());
                if let Some(path) = &history {
                    // History is written after every line, as a session may be killed. In a read-only home there is
                    // none, which is no error.
                    let _ = editor.append_history(path);
                }
                if !prompt.line(&line) {
                    break;
                }
            }
            Err(ReadlineError::Eof) => break,
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => {}
            Err(error) => {
                prompt.terminal.say(&format!("error: the line cannot be read: {error}"));
                failures += 1;
                // A closed terminal fails every time.
                if failures == 3 {
                    return FAILED;
                }
            }
        }
    }
    #[cfg(feature = "pictures")]
    super::picture::remove();
    if let Some(signal) = prompt.ended_by {
        signal::die(signal);
    }
    OK
}

fn editor(session: &Rc<RefCell<Session>>, color: bool) -> rustyline::Result<Editor<LineHelper, FileHistory>> {
    // Standard output may be a file while lines are typed at the terminal.
    let behavior = if std::io::stdout().is_terminal() { Behavior::Stdio } else { Behavior::PreferTerm };
    let config = rustyline::Config::builder()
        .max_history_size(10_000)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
        .behavior(behavior)
        .build();
    let history = FileHistory::with_config(&config);
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(LineHelper {
        session: session.clone(),
        color,
        history: HistoryHinter::new(),
        columns: Cell::new(80),
    }));
    editor.bind_sequence(continued::ENTER, EventHandler::Conditional(Box::new(continued::NextLine)));
    editor.bind_sequence(continued::BACKSPACE, EventHandler::Conditional(Box::new(continued::LineBefore)));
    Ok(editor)
}

/// The file of the history in the state folder of the user, which is created if it is missing.
fn history_file() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let folder = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?.join("rastra");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

impl Prompt {
    /// Runs a line. Returns false if the prompt is to end.
    fn line(&mut self, line: &str) -> bool {
        if !meta::is_meta(line) {
            self.program("prompt", line);
            return self.ended_by.is_none();
        }
        let answer = meta::run(line, &mut self.session.borrow_mut());
        match answer {
            Ok(MetaAnswer::Shown(output)) => self.terminal.read(&output.plain()),
            Ok(MetaAnswer::Run { name, text }) => self.program(&name, &text),
            Ok(MetaAnswer::Timing(on)) => self.timing = on,
            Ok(MetaAnswer::Quit) => return false,
            Err(all) => self.terminal.diagnostics(&self.session.borrow(), &all),
        }
        self.ended_by.is_none()
    }

    fn program(&mut self, name: &str, line: &str) {
        let extended = self.open.as_deref().and_then(|open| extend(open, line));
        let text = extended.as_deref().unwrap_or(line);
        let began = Instant::now();
        let (result, signal) = {
            let mut session = self.session.borrow_mut();
            #[cfg(feature = "pictures")]
            {
                // The window may be another size than it was.
                session.screen = super::picture::screen();
            }
            self.watch.during(|| session.run(name, text, &mut |answer| self.terminal.answer(&answer)))
        };
        let mut session = self.session.borrow_mut();
        match result {
            Ok(()) => {
                let binds = opens(text);
                if binds && extended.is_some() {
                    session.journal.pop();
                }
                // As in a script, a comment does not end a definition.
                if lang::parse(text, u32::MAX).is_ok_and(|program| !program.statements.is_empty()) {
                    session.journal.push(text.to_string());
                    self.open = binds.then(|| text.to_string());
                }
            }
            Err(all) => self.terminal.diagnostics(&session, &all),
        }
        if self.timing {
            self.terminal.say(&format!("took {}", duration(began.elapsed())));
        }
        if signal::ends_prompt(signal) {
            self.ended_by = signal;
        }
    }
}

/// Whether a text ends in a definition to which following stages would belong.
fn opens(text: &str) -> bool {
    use ast::StatementKind::{Fn, Let};
    let program = lang::parse(text, u32::MAX).unwrap_or_default();
    match program.statements.last().map(|s| &s.kind) {
        Some(Let { value, .. }) => matches!(value, ast::Value::Pipeline(_)),
        Some(Fn { body, .. }) => matches!(body, ast::Body::Stages(_)),
        _ => false,
    }
}

/// The program for a line that starts with `|` after a `let` or `fn`: the longer definition or, if the line shows or
/// saves, a pipeline that begins with the bound name.
fn extend(open: &str, line: &str) -> Option<String> {
    use ast::StatementKind::{Fn, Let};
    if !line.trim_start().starts_with('|') {
        return None;
    }
    let longer = format!("{}\n{line}", open.trim_end());
    let program = lang::parse(&longer, u32::MAX).ok()?;
    match &program.statements.last()?.kind {
        Let { name, value: ast::Value::Pipeline(pipeline) }
            if pipeline.stages.last().is_some_and(meta::journal::ends) =>
        {
            Some(format!("${}\n{line}", name.value))
        }
        Let { value: ast::Value::Pipeline(_), .. } | Fn { body: ast::Body::Stages(_), .. } => Some(longer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_with_definitions() {
        for (open, line, expected) in [
            ("let x = ramp 3 2", "| mean", Some("let x = ramp 3 2\n| mean")),
            ("let x = ramp 3 2\n| mean", "  | show", Some("$x\n  | show")),
            ("let x = ramp 3 2", "| save zarr \"a\"", Some("$x\n| save zarr \"a\"")),
            ("let x = ramp 3 2", "ramp 2 2", None),
            ("fn f = | head 3", "| mean", Some("fn f = | head 3\n| mean")),
            ("let x = ramp 3 2", "| mean )", None),
        ] {
            assert_eq!(extend(open, line).as_deref(), expected, "{open} {line}");
        }
        assert!(opens("let x = ramp 3 2"));
        assert!(!opens("let x = 3"));
        assert!(!opens("ramp 3 2"));
    }
}

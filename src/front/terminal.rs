//! Prints results to standard output and everything else to standard error.

use crate::diagnostic::{Diagnostic, Style, codes};
use crate::run::Answer;
use crate::session::Session;
use std::io::{ErrorKind, IsTerminal, Write};

pub(super) struct Terminal {
    pub color: bool,
}

impl Terminal {
    /// A terminal with colors, if standard error is one that shows them and the user did not turn them off.
    pub(super) fn new() -> Terminal {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Terminal { color: std::io::stderr().is_terminal() && !set("NO_COLOR") && !dumb }
    }

    pub(super) fn answer(&self, answer: &Answer) {
        if let Some(output) = &answer.output {
            self.result(&output.plain());
            #[cfg(feature = "pictures")]
            if let Some(png) = output.png() {
                super::picture::show(png);
                match super::picture::keep(png) {
                    Ok(path) => self.say(&format!("picture in {}; `| save png \"..\"` keeps it", path.display())),
                    Err(error) => self.say(&format!("note: the picture cannot be kept for viewing: {error}")),
                }
            }
        }
        for note in &answer.notes {
            self.say(&format!("note: {note}"));
        }
        if let Some(report) = &answer.report {
            self.say(report.trim_end());
        }
    }

    /// Prints a result. A closed reader, such as `head`, is no failure, because the program may also write files.
    pub(super) fn result(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if let Err(error) = written
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.say(&format!("error: standard output cannot be written: {error}"));
            std::process::exit(super::FAILED.into());
        }
    }

    pub(super) fn say(&self, line: &str) {
        self.raw(&format!("{line}\n"));
    }

    pub(super) fn diagnostics(&self, session: &Session, all: &[Box<Diagnostic>]) {
        let style = if self.color { Style::Terminal } else { Style::Plain };
        let draw = |diagnostic: &Diagnostic| match diagnostic.code {
            // The statement that was interrupted is not at fault, so it is not marked.
            codes::INTERRUPTED => session.render(&Diagnostic { labels: Vec::new(), ..diagnostic.clone() }, style),
            _ => session.render(diagnostic, style),
        };
        let drawn: Vec<String> = all.iter().map(|diagnostic| draw(diagnostic)).collect();
        self.raw(&drawn.join("\n"));
    }

    fn raw(&self, text: &str) {
        // If standard error is closed, there is nowhere left to report that.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

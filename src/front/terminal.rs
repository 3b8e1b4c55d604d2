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
                super::picture::show(png, &output.cells);
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

    /// Prints a text to be read, wrapped at the width of the terminal, and page by page where it is longer than the terminal.
    pub(super) fn read(&self, text: &str) {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok().filter(|size| size.ws_col > 0);
        let Some(size) = size else { return self.result(text) };
        let text = wrapped(text, (size.ws_col as usize).max(20));
        if text.lines().count() < size.ws_row as usize || !paged(&text) {
            self.result(&text);
        }
    }

    pub(super) fn say(&self, line: &str) {
        self.raw(&format!("{line}\n"));
    }

    pub(super) fn diagnostics(&self, session: &Session, all: &[Box<Diagnostic>]) {
        let style = if self.color { Style::Terminal } else { Style::Plain };
        let columns = columns(std::io::stderr());
        let render = |diagnostic: &Diagnostic| match columns {
            Some(columns) => session.render_within(diagnostic, style, columns),
            None => session.render(diagnostic, style),
        };
        let draw = |diagnostic: &Diagnostic| match diagnostic.code {
            // The statement that was interrupted is not at fault, so it is not marked.
            codes::INTERRUPTED => render(&Diagnostic { labels: Vec::new(), ..diagnostic.clone() }),
            _ => render(diagnostic),
        };
        let drawn: Vec<String> = all.iter().map(|diagnostic| draw(diagnostic)).collect();
        self.raw(&drawn.join("\n"));
    }

    fn raw(&self, text: &str) {
        // If standard error is closed, there is nowhere left to report that.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

/// The columns of the terminal that a stream is.
pub(super) fn columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(size.ws_col as usize)
}

/// Shows a text with the user's pager; `false` where there is none.
fn paged(text: &str) -> bool {
    let said = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let pager = said.unwrap_or_else(|| "less".into());
    let mut words = pager.split_whitespace();
    let Some(program) = words.next() else { return false };
    let mut command = std::process::Command::new(program);
    command.args(words).stdin(std::process::Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Short texts stay on the screen, colors are shown, and the text does not vanish at the end.
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // Whoever has read enough closes the pipe.
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().is_ok_and(|status| status.success())
}

/// A text whose lines are no longer than `width`. What is cut off stands below where the last column began.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = hanging(line, width);
        let mut rest = line;
        let mut room = width;
        while rest.chars().count() > room {
            // The blank may stand just beyond the room.
            let end = rest.char_indices().nth(room + 1).map_or(rest.len(), |(at, _)| at);
            let begin = rest.len() - rest.trim_start().len();
            let Some(at) = rest[..end].rfind(' ').filter(|at| *at > begin) else { break };
            out.push_str(rest[..at].trim_end());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            rest = rest[at..].trim_start();
            room = width - indent;
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

/// How far the second line of a long one is moved in: to its last column, if that is one, else a little more than the line.
fn hanging(line: &str, width: usize) -> usize {
    let begin = line.len() - line.trim_start().len();
    let column = line[begin..].find("  ").map(|gap| {
        let after = &line[begin + gap..];
        line[..begin + gap].chars().count() + after.len() - after.trim_start().len()
    });
    column.filter(|column| *column <= width / 2).unwrap_or((begin + 4).min(width / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_below_their_last_column() {
        let text = "plot [columns COLUMNS] [size W H]\n  size W H   Width and height in pixels.\n\nshort\n";
        let expected = "plot [columns\n    COLUMNS] [size W\n    H]\n  size W H   Width\n      and height in\n      pixels.\n\nshort\n";
        assert_eq!(wrapped(text, 20), expected);
        let expected =
            "plot [columns COLUMNS] [size W\n    H]\n  size W H   Width and height in\n             pixels.\n\nshort\n";
        assert_eq!(wrapped(text, 32), expected);
        let word = "a".repeat(40);
        assert_eq!(wrapped(&word, 20), format!("{word}\n"), "a word is never cut");
    }
}

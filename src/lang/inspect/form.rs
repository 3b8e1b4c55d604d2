//! Help in the two ways it is written: text for terminals, Markdown for notebooks and the docs.

use crate::lang::bind::usage_lines;
use crate::lang::registry::Verb;
use std::fmt::Write as _;

/// How help is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a terminal.
    Text,
    /// For a page.
    Markdown,
}

impl Form {
    /// A name and what it is, on one line.
    pub fn line(self, name: &str, help: &str) -> String {
        match self {
            Form::Text => format!("{name}: {help}\n"),
            Form::Markdown => format!("`{name}`: {help}\n"),
        }
    }

    /// A title above what follows.
    pub fn title(self, title: &str) -> String {
        match self {
            Form::Text => format!("{title}\n"),
            Form::Markdown => format!("\n**{title}**\n\n"),
        }
    }

    /// Lines of a program.
    pub fn program(self, lines: &[String]) -> String {
        match self {
            Form::Text => lines.iter().map(|line| format!("  {line}\n")).collect(),
            Form::Markdown => format!("```text\n{}\n```\n", lines.join("\n")),
        }
    }

    /// Names with what they do, in columns.
    pub fn rows<'a>(self, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        match self {
            Form::Text => super::table(rows),
            Form::Markdown => table(["", ""], rows),
        }
    }

    /// A text whose indented lines are programs.
    pub fn prose(self, text: &str) -> String {
        if self == Form::Text {
            return text.to_string();
        }
        let mut out = String::new();
        let mut inside = false;
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            // A blank line between two lines of a program belongs to the program.
            let next = lines[i..].iter().find(|l| !l.is_empty()).is_some_and(|l| l.starts_with("  "));
            if next != inside && (!line.is_empty() || !next) {
                out.push_str(if next { "\n```text\n" } else { "```\n" });
                inside = next;
            }
            let _ = writeln!(out, "{}", if inside { line.strip_prefix("  ").unwrap_or(line) } else { line });
        }
        if inside {
            out.push_str("```\n");
        }
        out
    }
}

/// Rows of a name, which is code, and its help.
pub(crate) fn table<'a>(head: [&str; 2], rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = format!("| {} | {} |\n|---|---|\n", head[0], head[1]);
    for (name, help) in rows {
        let _ = writeln!(out, "| `{}` | {} |", name.replace('|', "\\|"), help.replace('|', "\\|"));
    }
    out
}

/// A stage: what it does, usage, arguments, options, examples.
pub(crate) fn verb(verb: &Verb) -> String {
    let mut out = format!("{}\n\n```text\n{}\n```\n", verb.summary, usage_lines(verb));
    if verb.arguments().next().is_some() {
        let _ = write!(out, "\n{}", table(["argument", "is"], verb.arguments().map(|p| (p.name, p.help))));
    }
    if verb.options().next().is_some() {
        let _ = write!(out, "\n{}", table(["option", "is"], verb.options().map(|p| (p.name, p.help))));
    }
    for example in verb.examples {
        let _ = writeln!(out, "\n{}:\n\n```rastra\n{}\n```", example.title, example.script);
        if !example.output.is_empty() {
            let _ = writeln!(out, "\n```text\n{}```", example.output);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_lines_are_programs() {
        let text = "A.\n\n  ... | mean\n\n  ... | sum\n\nB.\n";
        let markdown = "A.\n\n\n```text\n... | mean\n\n... | sum\n```\n\nB.\n";
        assert_eq!(Form::Markdown.prose(text), markdown);
        assert_eq!(Form::Markdown.prose("A\n  b\n"), "A\n\n```text\nb\n```\n");
        assert_eq!(Form::Text.prose(text), text);
    }

    #[test]
    fn cells_hold_bars() {
        assert!(table(["a", "b"], [("x|y", "p|q")]).ends_with("| `x\\|y` | p\\|q |\n"));
    }
}

//! Lines of other consoles that are understood, or told what stands for them here: `?plot`, `help plot`, `!ls`, `%timeit`.

use crate::diagnostic::{Diagnostic, codes};

/// What a line asks as a meta line; nothing for programs.
pub(super) fn meta(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(body) = line.strip_prefix(':') {
        return Some(body.trim_start().to_string());
    }
    if matches!(line, "help" | "quit" | "exit") {
        return Some(line.to_string());
    }
    // Neither begins a program, nor does a `?` end one.
    let has_code = |text: &str| text.contains(['|', '"', '=']);
    if let Some(topic) = line.strip_prefix("help ").filter(|topic| !has_code(topic)) {
        return Some(format!("help {}", topic.trim()));
    }
    questioned(line).filter(|topic| !has_code(topic)).map(|topic| format!("help {topic}"))
}

/// What stands beside a `?`.
fn questioned(line: &str) -> Option<&str> {
    let topic = line.trim_matches('?');
    (topic.len() < line.len()).then_some(topic.trim())
}

/// The variable of `?$x` and `$x?`.
pub(super) fn variable(line: &str) -> Option<&str> {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    questioned(line.trim()).filter(|topic| topic.strip_prefix('$').is_some_and(is_name))
}

/// The commands of IPython and shells, which are refused with what to do here.
pub(super) fn refused(line: &str) -> Option<Box<Diagnostic>> {
    let line = line.trim();
    let (sign, rest) = line.split_at_checked(1)?;
    let word: String =
        rest.trim_start_matches(sign).chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    if word.is_empty() || !rest.starts_with(|c: char| c.is_ascii_alphabetic() || sign.starts_with(c)) {
        return None;
    }
    let help = match (sign, word.as_str()) {
        ("!", _) => "a terminal beside this one runs it",
        ("%", "time" | "timeit") => "`:timing on` tells how long each run takes",
        ("%", "matplotlib") => "pictures show by themselves: `.. | plot`",
        ("%", "who" | "whos") => "`:vars` lists the names bound so far",
        ("%", "hist" | "history") => "`:history` shows the statements that ran",
        ("%", "run" | "load") => "`:load FILE` runs a program in this session",
        ("%", "reset") => "`:reset` forgets all names",
        ("%", "cd" | "pwd" | "ls") => {
            "paths start where the session was started; a terminal beside this one shows them"
        }
        ("%", _) => "`:help meta` lists the lines that are no programs",
        _ => return None,
    };
    let of = if sign == "!" { "of a shell" } else { "of IPython" };
    Some(Diagnostic::new(codes::UNKNOWN_META, format!("`{sign}{word}` is a command {of}")).help(help))
}

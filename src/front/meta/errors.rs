//! The entries of `:help E0102`, cut from the book's page of errors.

use crate::diagnostic::codes;
use crate::lang::inspect::Form;

/// Each number under a heading of its own, in the order of their table.
const PAGE: &str = include_str!("../../../docs/errors.md");

/// What the book says of a number; nothing where there is none.
pub(super) fn entry(number: &str, form: Form) -> Option<String> {
    let code = codes::ALL.iter().find(|code| code.number.eq_ignore_ascii_case(number))?;
    let (_, rest) = PAGE.split_once(&format!("\n### {}\n", code.number))?;
    let entry = rest.split("\n## ").next()?.split("\n### ").next()?.trim();
    match form {
        Form::Markdown => Some(format!("**{}**\n\n{entry}\n", code.number)),
        Form::Text => Some(format!("{}\n\n{}", code.number, plain(entry))),
    }
}

/// Without the marks that a page has and a terminal shows as they are; programs and what they print are set in.
fn plain(entry: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in entry.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            out.push_str(&format!("    {line}\n"));
        } else {
            out.push_str(&format!("{}\n", line.replace("**", "").replace("*What to do:*", "What to do:")));
        }
    }
    out
}

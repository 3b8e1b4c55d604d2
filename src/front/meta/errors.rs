//! The entries of `:help E0102`, cut from the book's page of errors.

use crate::diagnostic::codes;
use crate::lang::inspect::Form;

/// Each number under a heading of its own, in the order of their table.
const PAGE: &str = include_str!("../../../docs/errors.md");

/// What the book says of a number; nothing where there is none.
pub(super) fn entry(number: &str, form: Form) -> Option<String> {
    let code = codes::ALL.iter().find(|code| code.number.eq_ignore_ascii_case(number))?;
    let (_, rest) = PAGE.split_once(&format!("\n### {}\n", code.number))?;
    let entry = without_links(rest.split("\n## ").next()?.split("\n### ").next()?.trim());
    match form {
        Form::Markdown => Some(format!("**{}**\n\n{entry}\n", code.number)),
        Form::Text => Some(format!("{}\n\n{}", code.number, plain(&entry))),
    }
}

/// Other pages are not where this is shown: of a link its words are kept.
fn without_links(entry: &str) -> String {
    let mut out = String::new();
    let mut rest = entry;
    while let Some((before, after)) = rest.split_once("](") {
        let (text, words) = before.rsplit_once('[').unwrap_or((before, ""));
        out.push_str(text);
        out.push_str(words);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// Without the marks that a page has and a terminal shows as they are; programs and what they print are set in.
fn plain(entry: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in entry.lines() {
        if line.starts_with("```") {
            // A line between a program and what it prints.
            if !fenced && !out.ends_with("\n\n") {
                out.push('\n');
            }
            fenced = !fenced;
        } else if fenced {
            out.push_str(&format!("    {line}\n"));
        } else {
            out.push_str(&format!("{}\n", line.replace("**", "").replace("*What to do:*", "What to do:")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_an_entry_that_reads_as_text() {
        for code in codes::ALL {
            let text = entry(code.number, Form::Text).unwrap_or_else(|| panic!("no entry for {}", code.number));
            let is_plain = !["](", "**", "```", "*What"].iter().any(|mark| text.contains(mark));
            assert!(is_plain && text.contains(&format!("error[{}]", code.number)), "{text}");
        }
    }
}

//! What may be typed next, as editors list it, and the help on one of the list.

use super::document::Document;
use super::protocol::{Position, TextEdit};
use crate::lang::complete::{Candidate, Here, What, place};
use crate::lang::inspect::{self, Form};
use crate::session::Session;
use serde_json::{Value, json};

/// The signs after which editors ask by themselves.
pub(super) const TRIGGERS: [&str; 8] = ["$", "|", " ", "\"", "/", "[", "{", ":"];

/// The candidates at a place; none where there is nothing to propose.
pub(super) fn list(session: &Session, document: &Document, at: Position, trigger: Option<&str>) -> Option<Value> {
    let cursor = document.byte(at);
    if trigger.is_some_and(|sign| !is_wanted(sign, &place(&document.text, cursor).here)) {
        return None;
    }
    let (start, mut all) = session.complete(&document.text, cursor);
    // Editors have their own ways to open a string.
    all.retain(|candidate| candidate.text != "\"");
    let typed = &document.text[start..cursor];
    if all.is_empty() || typed.contains(['\n', '\r']) {
        return None;
    }
    let lines = document.lines();
    let after = document.text[cursor..].chars().next();
    let joined = document.text[..start].ends_with('|');
    let items = all.iter().enumerate().map(|(number, candidate)| {
        let mut new_text = candidate.text.clone();
        // The editor may have put in the closing sign already.
        if after.is_some_and(|sign| matches!(sign, '}' | '(') && new_text.ends_with(sign)) {
            new_text.pop();
        }
        if joined {
            new_text.insert(0, ' ');
        }
        let edit = TextEdit { range: lines.range(start..cursor), new_text };
        json!({
            "label": candidate.text,
            "kind": kind(candidate),
            "detail": candidate.help,
            "sortText": format!("{number:05}"),
            // A stage may be looked for by another word, which editors would not find in its name.
            "filterText": if is_found_by(&candidate.text, typed) { &candidate.text } else { typed },
            "textEdit": edit,
            "data": page_of(candidate, document, start),
        })
    });
    Some(json!({ "isIncomplete": true, "items": items.collect::<Vec<_>>() }))
}

/// Whether something is to be proposed because a sign was typed: a blank asks only where something must follow.
fn is_wanted(sign: &str, here: &Here) -> bool {
    match (sign, here) {
        ("\"" | "/", here) => matches!(here, Here::Text { .. }),
        ("{", here) => matches!(here, Here::Text { .. }),
        ("[", here) => matches!(here, Here::Argument { .. }),
        (_, Here::Text { .. }) => false,
        (" ", Here::Stage { first, .. }) => !first,
        (" ", Here::Argument { typed, .. }) => typed.is_expected(),
        (" ", Here::Expression { .. }) => false,
        (_, Here::Nothing) => false,
        (_, Here::Stage { .. } | Here::Second(_) | Here::Argument { .. } | Here::Expression { .. }) => true,
        (_, Here::Setting(_) | Here::Type) => true,
    }
}

fn is_found_by(text: &str, typed: &str) -> bool {
    text.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed))
}

/// The number of the protocol for what a candidate is.
fn kind(candidate: &Candidate) -> u8 {
    match candidate.kind {
        What::Stage | What::Reducer | What::Function => 3,
        What::Keyword | What::Meta => 14,
        What::Argument => 10,
        What::Choice => 20,
        What::ColorMap => 16,
        What::Band => 5,
        What::Variable => 6,
        What::File if candidate.text.ends_with('/') => 19,
        What::File => 17,
    }
}

/// The page of the help that [`resolved`] adds: of a stage of two words both.
fn page_of(candidate: &Candidate, document: &Document, start: usize) -> Option<String> {
    match candidate.kind {
        What::Stage => {
            let first = match place(&document.text, start).here {
                Here::Second(first) => format!("{first} "),
                _ => String::new(),
            };
            Some(format!("{first}{}", candidate.text))
        }
        What::Reducer | What::Function => Some(candidate.text.trim_end_matches('(').to_string()),
        What::Keyword
        | What::Argument
        | What::Choice
        | What::ColorMap
        | What::Band
        | What::Variable
        | What::File
        | What::Meta => None,
    }
}

/// A candidate with its page of help.
pub(super) fn resolved(mut item: Value) -> Value {
    let page = item["data"].as_str().and_then(|name| inspect::page(name, Form::Markdown));
    if let (Some(page), Some(item)) = (page, item.as_object_mut()) {
        item.insert("documentation".into(), json!({ "kind": "markdown", "value": page.trim_end() }));
    }
    item
}

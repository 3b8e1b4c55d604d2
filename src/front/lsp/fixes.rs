//! Replacements for what is misspelt. One is offered after the program with it was checked and the mistake was gone.

use super::diagnostics::Checked;
use super::document::Document;
use super::protocol::{Range, TextEdit};
use crate::diagnostic::Diagnostic;
use serde_json::{Value, json};

/// Diagnostics of a text that are tried, as each try is another check.
const MOST: usize = 5;

/// A mistake and what takes its place.
#[derive(Clone, Debug)]
pub(super) struct Fix {
    /// The diagnostic as it was sent.
    pub diagnostic: Value,
    pub edit: TextEdit,
}

impl Fix {
    pub(super) fn meets(&self, range: &Range) -> bool {
        self.edit.range.meets(range)
    }

    /// What the editor offers for a text of this address.
    pub(super) fn action(&self, uri: &str) -> Value {
        json!({
            "title": format!("Replace by `{}`", self.edit.new_text),
            "kind": "quickfix",
            "isPreferred": true,
            "diagnostics": [self.diagnostic],
            "edit": { "changes": { uri: [self.edit] } },
        })
    }
}

/// The fixes of what was found in a text. `check` says what is wrong with another text in its place.
pub(super) fn fixes(checked: &Checked, document: &Document, check: &mut dyn FnMut(&Document) -> Checked) -> Vec<Fix> {
    let mut all = Vec::new();
    for (found, shown) in checked.found.iter().zip(&checked.shown).take(MOST) {
        let Some(range) = checked.place(found, document) else { continue };
        for new_text in suggested(found) {
            let mut changed = document.clone();
            let bytes = document.lines().bytes(range);
            let text = [&document.text[..bytes.start], &new_text, &document.text[bytes.end..]].concat();
            changed.text = text.into();
            let after = check(&changed);
            let remains = after.found.iter().filter_map(|other| after.place(other, &changed));
            let end = changed.lines().position(bytes.start + new_text.len());
            let replaced = Range { start: range.start, end };
            if after.found.len() <= checked.found.len() && remains.into_iter().all(|other| !other.meets(&replaced)) {
                all.push(Fix { diagnostic: shown.clone(), edit: TextEdit { range, new_text } });
                break;
            }
        }
    }
    all
}

/// What a help line proposes, the most likely first: where it is a whole stage, the label is only at one word of it.
fn suggested(found: &Diagnostic) -> Vec<String> {
    let proposed = found.help.iter().find_map(|help| help.strip_prefix("did you mean `")?.strip_suffix("`?"));
    let Some(proposed) = proposed else { return Vec::new() };
    let is_name = |word: &&str| {
        let sign = |c: char| c.is_alphanumeric() || matches!(c, '$' | '_' | '.' | ':' | '-');
        word.chars().all(sign) && word.starts_with(|c: char| !c.is_ascii_digit())
    };
    let mut all: Vec<String> = proposed.split_whitespace().filter(is_name).map(String::from).collect();
    all.push(proposed.to_string());
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    #[test]
    fn the_word_at_fault_comes_before_the_whole_stage() {
        let of = |help: &str| suggested(&Diagnostic::new(codes::UNKNOWN_STAGE, "unknown").help("other").help(help));
        assert_eq!(of("did you mean `resample 1mo sum`?"), ["resample", "sum", "resample 1mo sum"]);
        assert_eq!(of("did you mean `$rain`?"), ["$rain"]);
        assert_eq!(of("`:help` lists the stages"), [""; 0]);
    }
}

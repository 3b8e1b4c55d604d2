//! Statements of several lines: a line that is not complete goes on below, where it begins behind a sign of its own.

use crate::front::meta;
use crate::lang::{Completeness, needs_more};
use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};

/// Blanks as wide as the prompt. They are part of what is typed, so that lines stand below each other.
pub(super) const INDENT: &str = "        ";

/// What is drawn in their place.
pub(super) const SIGN: &str = "     .. ";

/// The key that ends a line.
pub(super) const ENTER: KeyEvent = KeyEvent(KeyCode::Enter, Modifiers::NONE);
/// The key that takes a line back.
pub(super) const BACKSPACE: KeyEvent = KeyEvent(KeyCode::Backspace, Modifiers::NONE);

/// Whether a text wants another line. Two empty lines end one that is not complete, so that its errors are reported.
pub(super) fn wants_line(text: &str) -> bool {
    let is_ended = text.lines().count() > 2 && text.lines().rev().take(2).all(|line| line.trim().is_empty());
    matches!(needs_more(text), Completeness::Incomplete { .. }) && !is_ended && !meta::is_meta(text)
}

/// Begins the next line, where one is wanted.
pub(super) struct NextLine;

impl ConditionalEventHandler for NextLine {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, typed: &EventContext) -> Option<Cmd> {
        let text = typed.line();
        // Blanks inside of a text would be part of it.
        let in_text = needs_more(text) == Completeness::Incomplete { indent: 0 };
        let goes_on = typed.pos() == text.len() && wants_line(text) && !in_text;
        goes_on.then(|| Cmd::Insert(1, format!("\n{INDENT}")))
    }
}

/// Takes back a line of which nothing is typed yet, with its sign.
pub(super) struct LineBefore;

impl ConditionalEventHandler for LineBefore {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, typed: &EventContext) -> Option<Cmd> {
        let before = &typed.line()[..typed.pos()];
        let begins = before.strip_suffix(INDENT).is_some_and(|above| above.ends_with('\n'));
        begins.then(|| Cmd::Kill(Movement::BackwardChar(INDENT.len() as RepeatCount + 1)))
    }
}

/// A line as it is drawn: with signs where further lines begin.
pub(super) fn signed(line: &str) -> String {
    line.replace(&format!("\n{INDENT}"), &format!("\n{SIGN}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_until_they_are_whole() {
        assert_eq!(INDENT.len(), SIGN.len());
        assert!(wants_line("ramp 1 2 |") && wants_line("ramp 1 2 |\n        ") && wants_line("plot title \"a"));
        assert!(!wants_line("ramp 1 2") && !wants_line(":help ("));
        assert!(!wants_line("ramp 1 2 |\n        \n        "));
        assert_eq!(signed("a |\n        b"), "a |\n     .. b");
    }
}

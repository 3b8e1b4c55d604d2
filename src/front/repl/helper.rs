//! Answers the line editor while a line is typed: with candidates, a hint, colors, and whether the line is complete.

use super::continued::{signed, wants_line};
use crate::lang::complete::{self, What};
use crate::lang::registry;
use crate::lang::{Kind, highlight};
use crate::session::Session;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context, Helper};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Where the colors of a map are shown beside its name.
const SWATCH: &str = "████████████";

/// The colors of a map in the place of [`SWATCH`]; nothing where the terminal has none.
#[cfg(feature = "pictures")]
fn painted(map: &str) -> Option<String> {
    crate::front::picture::swatch(map, SWATCH.chars().count())
}

#[cfg(not(feature = "pictures"))]
fn painted(_: &str) -> Option<String> {
    Some(String::new())
}

pub(super) struct LineHelper {
    pub session: Rc<RefCell<Session>>,
    pub color: bool,
    pub history: HistoryHinter,
    /// The width of the terminal.
    pub columns: Cell<usize>,
}

impl Helper for LineHelper {}

impl Completer for LineHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, all) = crate::front::meta::complete(line, pos, &self.session.borrow());
        let width = all.iter().map(|c| c.text.chars().count()).max().unwrap_or(0);
        // A few candidates are shown with their help; many without, so that they fit the screen.
        let explained = all.len() <= 24 && all.iter().any(|c| !c.help.is_empty());
        let columns = self.columns.get().saturating_sub(3);
        let only = all.len() == 1 && pos == line.len();
        let pair = |c: complete::Candidate| {
            let display = match explained {
                _ if c.kind == What::ColorMap && self.color => format!("{:<width$} {SWATCH}", c.text),
                // Candidates wider than half the terminal make the editor draw one on each line.
                true => {
                    let line: String = format!("{:<width$}  {}", c.text, c.help).chars().take(columns).collect();
                    format!("{line:<half$}", half = columns / 2 + 2)
                }
                false => c.text.clone(),
            };
            let whole = only
                && matches!(
                    c.kind,
                    What::Stage | What::Keyword | What::Argument | What::Choice | What::ColorMap | What::Meta
                );
            Pair { display, replacement: if whole { format!("{} ", c.text) } else { c.text } }
        };
        Ok((start, all.into_iter().map(pair).collect()))
    }
}

/// Text shown behind the cursor; only what history offers can be taken over.
pub(super) struct Ghost {
    text: String,
    takes: bool,
}

impl Hint for Ghost {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.takes.then_some(&self.text)
    }
}

impl Hinter for LineHelper {
    type Hint = Ghost;

    fn hint(&self, line: &str, pos: usize, cx: &Context<'_>) -> Option<Ghost> {
        if pos < line.len() || line.trim().is_empty() {
            return None;
        }
        if let Some(text) = self.history.hint(line, pos, cx) {
            return Some(Ghost { text, takes: true });
        }
        complete::hint(line).map(|text| Ghost { text, takes: false })
    }
}

impl Validator for LineHelper {
    fn validate(&self, cx: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(match wants_line(cx.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

impl Highlighter for LineHelper {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        if !self.color {
            return match line.contains('\n') {
                true => Cow::Owned(signed(line)),
                false => Cow::Borrowed(line),
            };
        }
        let kinds = highlight(line);
        let pair = brackets(line, &kinds, pos);
        let mut out = String::with_capacity(line.len() * 2);
        let mut at = 0;
        for (idx, (range, kind)) in kinds.iter().enumerate() {
            out.push_str(&line[at..range.start]);
            let word = &line[range.clone()];
            let style = match kind {
                _ if pair.contains(&Some(idx)) => "1;4",
                Kind::Stage if self.is_stage(word) => "36",
                Kind::Keyword => "35",
                Kind::Number | Kind::Date => "33",
                Kind::Text => "32",
                Kind::Variable => "34",
                Kind::Comment => "90",
                Kind::Error => "31",
                _ => "",
            };
            match style {
                "" => out.push_str(word),
                style => {
                    // A string over several lines is colored line by line, as the editor draws them.
                    out.push_str(&format!("\x1b[{style}m{word}\x1b[0m"));
                }
            }
            at = range.end;
        }
        out.push_str(&line[at..]);
        Cow::Owned(signed(&out))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color { Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        let painted = candidate.strip_suffix(SWATCH).and_then(|name| Some(format!("{name}{}", painted(name.trim())?)));
        painted.map_or(Cow::Borrowed(candidate), Cow::Owned)
    }

    fn highlight_char(&self, _line: &str, _pos: usize, _kind: CmdKind) -> bool {
        self.color
    }
}

impl LineHelper {
    fn is_stage(&self, word: &str) -> bool {
        registry::first_words().contains(&word)
            || registry::is_reducer(word)
            || self.session.borrow().scope().functions.contains_key(word)
    }
}

/// The bracket at or before the cursor and its partner.
fn brackets(line: &str, kinds: &[(std::ops::Range<usize>, Kind)], pos: usize) -> [Option<usize>; 2] {
    let mut open = Vec::new();
    for (idx, (range, kind)) in kinds.iter().enumerate() {
        if *kind != Kind::Bracket {
            continue;
        }
        match &line[range.clone()] {
            "(" | "[" | "{" => open.push(idx),
            _ => {
                let Some(partner) = open.pop() else { continue };
                if [partner, idx].iter().any(|&b| kinds[b].0.start == pos || kinds[b].0.end == pos) {
                    return [Some(partner), Some(idx)];
                }
            }
        }
    }
    [None, None]
}

//! What was looked at, how it is, and what helps.

use serde::Serialize;
use std::fmt;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub what: String,
    pub verdict: Verdict,
    pub says: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cures: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    /// Nothing fails by it that is not said, but it is well to know.
    Note,
    /// Something that a program may ask for would fail.
    Fails,
}

impl Finding {
    pub(super) fn new(verdict: Verdict, what: impl Into<String>, says: impl Into<String>) -> Finding {
        Finding { what: what.into(), verdict, says: says.into(), cures: Vec::new() }
    }

    pub(super) fn ok(what: impl Into<String>, says: impl Into<String>) -> Finding {
        Finding::new(Verdict::Ok, what, says)
    }

    pub(super) fn note(what: impl Into<String>, says: impl Into<String>) -> Finding {
        Finding::new(Verdict::Note, what, says)
    }

    pub(super) fn fails(what: impl Into<String>, says: impl Into<String>) -> Finding {
        Finding::new(Verdict::Fails, what, says)
    }

    pub(super) fn cure(mut self, cure: impl Into<String>) -> Finding {
        self.cures.push(cure.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Fails => "FAILS",
        };
        writeln!(f, "{word:<6}{}: {}", self.what, self.says)?;
        self.cures.iter().try_for_each(|cure| writeln!(f, "        {cure}"))
    }
}

//! `rastra doctor`: what is missing or odd on this machine, and what servers answer; each finding with a cure.
//!
//! **Invariant:** no value of a variable that may hold a secret is shown, only that it is set.

mod finding;
mod libraries;
mod machine;
mod network;
mod programs;
mod servers;

use super::terminal::Terminal;
use super::{FAILED, OK};
use finding::{Finding, Verdict};

/// Looks at everything, tells what it finds as it goes, and answers with the exit code: whether something would fail.
pub(super) fn doctor(addresses: &[String], as_json: bool) -> u8 {
    let terminal = Terminal::new();
    let looks = [libraries::look, machine::look, network::look, programs::look];
    let mut all: Vec<Finding> = Vec::new();
    let mut found = |findings: Vec<Finding>| {
        if !as_json {
            findings.iter().for_each(|finding| terminal.result(&finding.to_string()));
        }
        all.extend(findings);
    };
    for look in looks {
        found(look());
    }
    for address in addresses {
        found(vec![servers::look(address)]);
    }
    if as_json {
        terminal.result(&format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()));
    }
    if all.iter().any(|finding| finding.verdict == Verdict::Fails) { FAILED } else { OK }
}

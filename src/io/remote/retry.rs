//! Whether a request that failed is made again, and after which pause: one rule for documents, tokens and bytes of objects.

use super::patience::longest_pause;
use super::refusal;
use crate::diagnostic::{Diagnostic, ServerFault};
use crate::plan::Signer;
use std::time::{Duration, SystemTime};

/// How often a request that may pass is made again, and the first pause before; each is twice as long as the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Retries {
    pub most: u32,
    pub first: Duration,
}

/// Why a try has failed.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub fault: ServerFault,
    pub said: String,
    /// The same request fails again.
    pub for_good: bool,
    /// The server asked not to be asked before.
    pub pause: Option<Duration>,
}

/// What is done after a try has failed.
#[derive(Debug)]
pub(super) enum Next {
    /// Nobody asks the host before that; then the request is made again.
    Again(Duration),
    GiveUp(Refused),
}

/// A request that is not made again.
#[derive(Clone, Debug)]
pub struct Refused {
    pub(super) fault: ServerFault,
    pub(super) said: String,
    /// A longer pause than is allowed.
    asked: Option<Duration>,
}

impl Retries {
    /// `attempt` counts the tries before this one.
    pub(super) fn next(self, attempt: u32, failed: Failed) -> Next {
        let Failed { fault, said, for_good, pause } = failed;
        let passes = !for_good && refusal::passes(fault);
        // A server that asks for a longer pause than anybody waits has refused.
        if let Some(asked) = pause.filter(|pause| passes && *pause > longest_pause()) {
            let said = format!("{said}, and asks to wait for {} s", asked.as_secs());
            return Next::GiveUp(Refused { fault, said, asked: Some(asked) });
        }
        if !passes || attempt >= self.most {
            let said = if passes && self.most > 0 { format!("{said}, {} times", self.most + 1) } else { said };
            return Next::GiveUp(Refused { fault, said, asked: None });
        }
        Next::Again(pause.unwrap_or(self.first.saturating_mul(2u32.saturating_pow(attempt))).min(longest_pause()))
    }
}

impl Refused {
    /// As whoever asked for `name` is told.
    pub(super) fn told(&self, name: &str, signer: Signer) -> Box<Diagnostic> {
        let mut told = refusal::told(self.fault, name, &self.said, signer);
        if let Some(asked) = self.asked {
            told.help = vec![format!("`set pause {}` waits as long as the server asks for", asked.as_secs())];
        }
        told
    }
}

/// What `Retry-After` says: seconds, or a date.
pub(super) fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = SystemTime::from(chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?);
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }

    #[test]
    fn what_is_asked_again() {
        let retries = Retries { most: 2, first: Duration::from_secs(1) };
        let failed = |status: u16, pause: Option<u64>| Failed {
            fault: ServerFault::Status(status),
            said: format!("HTTP {status}"),
            for_good: false,
            pause: pause.map(Duration::from_secs),
        };
        let next = |attempt: u32, failed: Failed| match retries.next(attempt, failed) {
            Next::Again(pause) => Ok(pause.as_secs()),
            Next::GiveUp(refused) => Err(refused.said),
        };
        assert_eq!((next(0, failed(503, None)), next(1, failed(500, None))), (Ok(1), Ok(2)));
        assert_eq!(next(0, failed(429, Some(7))), Ok(7));
        assert_eq!(next(2, failed(503, None)), Err("HTTP 503, 3 times".into()));
        assert_eq!(next(0, failed(404, Some(7))), Err("HTTP 404".into()));
        assert_eq!(next(0, Failed { for_good: true, ..failed(503, None) }), Err("HTTP 503".into()));
        // The longest pause is a minute, unless a run says otherwise.
        assert_eq!(next(0, failed(503, Some(3600))), Err("HTTP 503, and asks to wait for 3600 s".into()));
    }
}

//! An object that is asked for, and who waits for it.

use super::super::address::without_secrets;
use super::super::patience::{LOOK, is_canceled};
use super::super::range::{Got, Wire};
use super::super::retry::Retries;
use super::parts::State;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::plan::Signer;
use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// How names are asked for; the room of signers answers it.
pub(crate) trait Way: Send + Sync {
    /// # Errors
    /// Where there is no token, and the token server gives none.
    fn wire(&self, name: &str) -> Result<Wire>;

    /// Asks for a name whose requests cannot be told by a wire; nothing for all others. What is not there is `Some(Ok(None))`.
    fn ask(&self, name: &str, range: &Range<u64>) -> Option<Result<Option<Got>>>;

    /// Drops what signed a request begun at `asked`, which was refused; whether another try may be answered. `region` is
    /// where the server says that the bucket lies.
    fn renew(&self, name: &str, asked: Instant, region: Option<&str>) -> bool;

    fn signer(&self, name: &str) -> Signer;

    fn retries(&self) -> Retries;
}

/// What is known and held of one object.
pub(super) struct Object {
    pub(super) name: String,
    pub(super) way: &'static dyn Way,
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
}

/// Told of whatever arrives or fails.
pub(super) static NEWS: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|e| e.into_inner())
}

impl Object {
    pub(super) fn shown(&self) -> String {
        without_secrets(&self.name)
    }

    pub(super) fn replaced(&self) -> Box<Diagnostic> {
        let what = format!("`{}` was replaced while it was read", self.shown());
        Diagnostic::new(codes::FILES_DIFFER, what).help("run it again")
    }

    /// Wakes whoever waits for it.
    pub(super) fn tell(&self) {
        self.changed.notify_all();
        NEWS.1.notify_all();
    }

    /// Waits for a change of the state.
    pub(super) fn wait<'a>(&self, mut state: MutexGuard<'a, State>) -> Result<MutexGuard<'a, State>> {
        state.waiting += 1;
        let (mut state, _) = self.changed.wait_timeout(state, LOOK).unwrap_or_else(|e| e.into_inner());
        state.waiting -= 1;
        if is_canceled() {
            return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
        }
        match state.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(state),
        }
    }
}

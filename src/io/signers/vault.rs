//! Tokens, each asked for once and again before it ends.

use super::{oauth, pc};
use crate::diagnostic::Result;
use crate::io::remote::patience::{LOOK, is_canceled};
use crate::io::remote::{Failure, Secret};
use crate::plan::Signer;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(60);

/// What a token is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Container(pc::Container),
    Bearer(Signer),
}

/// A token, and for how long.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub secret: Secret,
    /// Counted from when it was asked for; `None` of one whose end is not known.
    pub lives: Option<Duration>,
    /// Gets the next one without a password.
    pub refresh: Option<Secret>,
}

struct TokenRecord {
    token: Token,
    since: Instant,
    refused: bool,
}

/// What is known of one token.
#[derive(Default)]
struct Slot {
    kept: Option<TokenRecord>,
    /// A thread asks for it.
    is_asked: bool,
}

type Shared = Arc<(Mutex<Slot>, Condvar)>;

/// Ends the asking, with or without a token, also where it panics.
struct Asking<'a>(&'a Shared);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).is_asked = false;
        self.0.1.notify_all();
    }
}

static VAULT: LazyLock<Mutex<HashMap<Key, Shared>>> = LazyLock::new(Mutex::default);

/// The token, which is asked for if there is none that is good for a while. Threads that want the same one wait for it.
pub(super) fn token(key: &Key) -> Result<Secret> {
    let shared = shared(key);
    let mut slot = lock(&shared.0);
    loop {
        if let Some(kept) = slot.kept.as_ref().filter(|k| k.is_good()) {
            return Ok(kept.token.secret.clone());
        }
        if !slot.is_asked {
            break;
        }
        slot = shared.1.wait_timeout(slot, LOOK).unwrap_or_else(|e| e.into_inner()).0;
        if is_canceled() {
            return Err(Failure::Interrupted.into());
        }
    }
    slot.is_asked = true;
    let refresh = slot.kept.take().and_then(|k| k.token.refresh);
    drop(slot);
    let _asking = Asking(&shared);
    let since = Instant::now();
    let token = match key {
        Key::Container(container) => pc::token(container),
        Key::Bearer(signer) => oauth::token(*signer, refresh),
    }?;
    let secret = token.secret.clone();
    lock(&shared.0).kept = Some(TokenRecord { token, since, refused: false });
    Ok(secret)
}

/// Drops the token with which a request, begun at `asked`, was refused; whether another is there or may be had.
pub(super) fn forget(key: &Key, asked: Instant) -> bool {
    let shared = shared(key);
    let mut slot = lock(&shared.0);
    match slot.kept.as_mut() {
        // Another thread met the same refusal before.
        Some(kept) if kept.refused || kept.since > asked => true,
        // A token that was refused as soon as it came is not the trouble.
        Some(kept) if kept.since.elapsed() > Duration::from_secs(1) => {
            kept.refused = true;
            true
        }
        _ => false,
    }
}

impl TokenRecord {
    fn is_good(&self) -> bool {
        let margin = |lives: Duration| MARGIN.min(lives / 2);
        !self.refused && self.token.lives.is_none_or(|lives| self.since.elapsed() + margin(lives) < lives)
    }
}

fn shared(key: &Key) -> Shared {
    lock(&VAULT).entry(key.clone()).or_default().clone()
}

/// Nothing is half done where a thread panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

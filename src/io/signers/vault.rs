//! Tokens, each asked for once and again before it ends.

use super::{oauth, pc};
use crate::diagnostic::Result;
use crate::io::remote::Secret;
use crate::plan::Signer;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
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

type Slot = Arc<Mutex<Option<TokenRecord>>>;

static VAULT: LazyLock<Mutex<HashMap<Key, Slot>>> = LazyLock::new(Mutex::default);

/// The token, which is asked for if there is none that is good for a while. Threads that want the same one wait for it.
pub(super) fn token(key: &Key) -> Result<Secret> {
    let slot = slot(key);
    let mut kept = lock(&slot);
    if let Some(kept) = kept.as_ref().filter(|k| k.is_good()) {
        return Ok(kept.token.secret.clone());
    }
    let since = Instant::now();
    let refresh = kept.take().and_then(|k| k.token.refresh);
    let token = match key {
        Key::Container(container) => pc::token(container),
        Key::Bearer(signer) => oauth::token(*signer, refresh),
    }?;
    let secret = token.secret.clone();
    *kept = Some(TokenRecord { token, since, refused: false });
    Ok(secret)
}

/// Drops the token with which a request, begun at `asked`, was refused; whether another is there or may be had.
pub(super) fn forget(key: &Key, asked: Instant) -> bool {
    let slot = slot(key);
    let mut kept = lock(&slot);
    match kept.as_mut() {
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

fn slot(key: &Key) -> Slot {
    lock(&VAULT).entry(key.clone()).or_default().clone()
}

/// Nothing is half done where a thread panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

//! Text that is never shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A token or a password. It can be sent, not printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// What a user and a password, with a colon between, are in the header `Authorization`.
    pub(crate) fn basic(user: &str) -> Secret {
        Secret(format!("Basic {}", STANDARD.encode(user)))
    }

    /// For a request, nothing else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("***")
    }
}

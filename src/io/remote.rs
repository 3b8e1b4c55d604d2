//! Servers: addresses and what GDAL calls them, requests with patience, and what a refusal means. It knows neither GDAL
//! nor signers, which know it.
//!
//! **Invariant:** what leaves this room as text (messages, causes, names to show) holds no user, password or query of an
//! address, which may be secrets.

pub(crate) mod address;
pub(crate) mod http;
pub(crate) mod objects;
pub(crate) mod patience;
pub(crate) mod pool;
#[cfg(feature = "cli")]
pub(crate) mod probe;
pub(crate) mod range;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod secret;
mod trust;
pub(crate) mod waits;

pub(crate) use address::{Location, redact, without_secrets};
pub(crate) use http::{Credentials, Failure, Request};
pub(crate) use retry::Retries;
pub(crate) use secret::Secret;

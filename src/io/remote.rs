//! Servers: addresses and what GDAL calls them, requests with patience, and what a refusal means. It knows neither GDAL
//! nor signers, which know it.
//!
//! **Invariant:** what leaves this room as text (messages, causes, names to show) holds no user, password or query of an
//! address, which may be secrets.

pub mod address;
pub mod http;
pub mod refusal;
pub mod secret;

pub use address::{Location, redact, without_secrets};
pub use http::{Credentials, Failure, Request};
pub use secret::Secret;

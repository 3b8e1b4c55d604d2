//! The protocol over real sockets, with a toy language that echoes.

#![allow(clippy::unwrap_used)]

mod client;
mod protocol;
mod stress;
mod toy;

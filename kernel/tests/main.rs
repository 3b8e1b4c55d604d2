//! The protocol over real sockets, with a toy language that echoes.

mod client;
mod protocol;
mod stress;
mod toy;

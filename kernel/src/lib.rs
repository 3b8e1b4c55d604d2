//! A Jupyter kernel for any language: implement [`Language`], call [`serve`].
//!
//! The protocol is version 5.4 of the Jupyter messaging specification, over ZeroMQ sockets written in Rust. What a kernel
//! promises here: requests are answered while a cell runs, an interrupt keeps the language's state, queued cells do not
//! run after one failed, output arrives in order and before the reply, and no message from outside can stop the kernel.
//!
//! | file | what |
//! |---|---|
//! | `language` | what a language implements, and what a running cell can do |
//! | `connection` | the connection file |
//! | `wire` | messages: frames, signature, headers |
//! | `transport` | the five channels, as queues; over ZeroMQ in `zmq` |
//! | `iopub` | the one task that publishes: order, batching of streams, the welcome |
//! | `cells` | the thread that runs cells one after another |
//! | `server` | answers every request |
//! | `history` | the inputs of this session |
//! | `spec` | installing and removing the kernelspec |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cells;
mod connection;
mod history;
mod iopub;
mod language;
mod server;
pub mod spec;
mod transport;
mod wire;
mod zmq;

pub use connection::Connection;
pub use language::{Assist, Bundle, Cell, Completeness, Completions, Failure, Info, Language, Match, NoInput};
pub use server::{Ending, serve};

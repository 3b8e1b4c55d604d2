//! Real files, files made for one peculiarity each, and files written and read again.

#![allow(clippy::unwrap_used)]

mod made;
mod real;
mod sink;

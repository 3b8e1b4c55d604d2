//! The language: text to syntax tree and back, and what a prompt wants to know about text.

pub mod ast;
mod highlight;
mod more;
mod parse;
mod print;
mod scan;
mod strip;

pub use highlight::{Kind, highlight};
pub use more::{Completeness, needs_more};
pub use parse::parse;
pub use print::print;
pub use strip::strip_spans;

//! The language: text to syntax tree and back, and answers to what a prompt asks about text.

pub mod ast;
pub mod bind;
pub mod complete;
pub mod expr;
pub mod filter;
mod format;
pub mod highlight;
pub mod indices;
// What the prompt, the notebook and the documentation tell of verbs.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub mod inspect;
mod more;
mod parse;
mod print;
pub mod registry;
mod scan;
pub mod scope;
mod strip;
pub mod value;

pub use format::format;
pub use highlight::{Kind, highlight};
pub use more::{Completeness, needs_more};
pub use parse::{parse, parse_expr};
pub use print::print;
pub use strip::strip_spans;

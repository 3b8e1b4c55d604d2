//! The language: text to syntax tree and back, and answers to what a prompt asks about text.

pub(crate) mod ast;
pub(crate) mod bind;
pub(crate) mod complete;
mod elsewhere;
pub(crate) mod expr;
pub(crate) mod filter;
mod format;
pub mod highlight;
pub(crate) mod indices;
// What the prompt, the notebook and the documentation tell of verbs.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub(crate) mod inspect;
mod misnamed;
mod more;
// What editors ask of a text.
#[cfg_attr(not(feature = "lsp"), allow(dead_code))]
pub(crate) mod names;
mod parse;
mod print;
pub(crate) mod registry;
mod said;
mod scan;
pub(crate) mod scope;
mod strip;
pub(crate) mod value;

pub use format::format;
pub use highlight::{Kind, highlight};
pub(crate) use misnamed::misnamed;
pub use more::Completeness;
pub(crate) use more::needs_more;
pub use parse::parse;
pub(crate) use parse::{parse_expr, read};
pub use print::print;
pub(crate) use said::one_line;
pub(crate) use strip::strip_spans;

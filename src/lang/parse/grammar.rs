//! The grammar of `grammar/rastra.pest`, as pest reads it.

#[derive(pest_derive::Parser)]
#[grammar = "grammar/rastra.pest"]
pub(super) struct Grammar;

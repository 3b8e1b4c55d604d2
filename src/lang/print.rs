//! The canonical layout of a program.
use super::ast::Program;
pub fn print(_program: &Program, source: &str) -> String {
    source.into()
}

//! Text to syntax tree: cut into statements, match each with the grammar, build its tree.
//!
//! **Invariant:** nothing outside this module and its children names pest, and nothing recurses deeper than
//! [`check::MAX_DEPTH`] brackets or expression levels, whatever the text.

mod build;
mod check;
mod cut;
mod date;
mod explain;
mod expr;
mod grammar;
mod literal;

#[cfg(test)]
mod tests;

pub(super) use cut::{Segment, cut, wants_more};
pub(super) use literal::unit_of_time;

use super::ast::{self, Program};
use super::scan::scan;
use crate::diagnostic::{self, Diagnostic, Span, codes};
use build::Builder;
use check::MOST;
use grammar::{Grammar, Rule};
use pest::Parser as _;

/// One expression, as it stands in a program.
pub(crate) fn parse_expr(text: &str, text_id: u32) -> diagnostic::Result<ast::Expr> {
    let tokens = scan(text);
    if let Some(error) = check::check(text, text_id, &tokens).errors.into_iter().next() {
        return Err(error);
    }
    let builder = Builder { text, base: 0, id: text_id };
    match Grammar::parse(Rule::formula, text) {
        Ok(mut pairs) => {
            let mut formula = pairs.next().expect("the grammar gives one formula").into_inner();
            builder.expr(formula.next().expect("a formula holds an expression"))
        }
        Err(error) => Err(explain::explain(&builder, &tokens, error)),
    }
}

/// The program, or what is wrong with it, at most one diagnostic for a statement.
pub fn parse(text: &str, text_id: u32) -> Result<Program, Vec<Box<Diagnostic>>> {
    let (program, errors) = read(text, text_id);
    if errors.is_empty() { Ok(program) } else { Err(errors) }
}

/// The statements that parse, and what is wrong with the others, in the order of the text.
pub(crate) fn read(text: &str, text_id: u32) -> (Program, Vec<Box<Diagnostic>>) {
    let mut program = Program::default();
    if u32::try_from(text.len()).is_err() {
        return (program, vec![Diagnostic::new(codes::SYNTAX, "the program is larger than 4 GiB")]);
    }
    // Some editors write a byte order mark first. It is replaced by blanks, so that spans stay what they are.
    let blanked = text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let text = blanked.as_deref().unwrap_or(text);
    let tokens = scan(text);
    let check::BracketCheck { mut errors, whole } = check::check(text, text_id, &tokens);
    if !whole {
        return (program, errors);
    }
    let faults: Vec<usize> = errors.iter().flat_map(|e| e.labels.iter().map(|l| l.span.start as usize)).collect();
    for segment in cut(text, &tokens) {
        if errors.len() >= MOST {
            break;
        }
        if faults.iter().any(|fault| segment.bytes.contains(fault)) {
            continue;
        }
        let source = &text[segment.bytes.clone()];
        let builder = Builder { text: source, base: segment.bytes.start, id: text_id };
        let statement = match Grammar::parse(Rule::line, source) {
            Ok(pairs) => builder.statement(pairs, segment.doc),
            Err(error) => Err(explain::explain(&builder, &tokens[segment.tokens.clone()], error)),
        };
        match statement {
            Ok(statement) => program.statements.push(statement),
            Err(error) => errors.push(error),
        }
    }
    errors.sort_by_key(|error| error.labels.first().map_or(Span::default().start, |label| label.span.start));
    (program, errors)
}

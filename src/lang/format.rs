//! The canonical layout of a program.

use super::{parse, print, strip_spans};
use crate::diagnostic::{Diagnostic, Result, codes};

/// A program in the canonical layout, as `rastra fmt` writes it.
///
/// ```
/// assert_eq!(rastra::format("ramp 2  2|mean").as_deref(), Ok("ramp 2 2 | mean\n"));
/// ```
///
/// # Errors
/// Every diagnostic of a text that does not parse; their spans point into text 0.
pub fn format(text: &str) -> Result<String, Vec<Box<Diagnostic>>> {
    let mut program = parse(text, 0)?;
    let formatted = print(&program, text);
    strip_spans(&mut program);
    // If the new layout parsed to another tree, it would silently change what the program computes.
    let same = parse(&formatted, 0).is_ok_and(|mut again| {
        strip_spans(&mut again);
        again == program
    });
    match same {
        true => Ok(formatted),
        false => Err(vec![
            Diagnostic::new(codes::SYNTAX, "this program cannot be laid out without changing it, so it stays as it is")
                .help("that is a fault of `rastra fmt`; the program itself is right"),
        ]),
    }
}

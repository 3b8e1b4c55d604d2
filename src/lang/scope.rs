//! The names a program has bound so far: variables, functions, where relative paths start.

use super::ast;
use super::value::{Arg, Value};
use crate::diagnostic::{self, Diagnostic, Result, Span, Spanned, codes};
use crate::plan::address::local_path;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes: a text that is doubled again and again ends before memory does.
const LONGEST_TEXT: usize = 1 << 20;

#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub variables: BTreeMap<String, Arg>,
    pub functions: BTreeMap<String, Function>,
    /// Folder that relative paths start from; the current one unless set.
    pub base: Option<PathBuf>,
    /// Names that were not bound because what bound them failed, and how it did.
    pub dropped: BTreeMap<String, String>,
    /// The statements that bound the names, and the last pipeline, for the history of what is written.
    pub said: Said,
}

/// Statements as lines.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub definitions: Vec<String>,
    pub pipeline: String,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub params: Vec<String>,
    pub body: ast::Body,
    pub doc: Option<String>,
    pub span: Span,
    /// The names of the file it came from, for functions that were imported.
    pub home: Option<Arc<Scope>>,
}

impl Scope {
    pub fn variable(&self, name: &str, span: Span) -> Result<&Arg> {
        self.variables.get(name).ok_or_else(|| {
            let known = || self.variables.keys().map(String::as_str);
            Diagnostic::new(codes::UNKNOWN_VARIABLE, format!("unknown variable `${name}`"))
                .label(span, "not bound")
                .help_if(
                    self.dropped.get(name).map(|why| format!("what bound `${name}` failed, so it was dropped: {why}")),
                )
                .help_if(diagnostic::nearest(name, known()).map(|n| format!("did you mean `${n}`?")))
                .help(match self.variables.is_empty() {
                    true => format!("bind it first: `let {name} = ...`"),
                    false => format!("variables: {}", diagnostic::list_some(known(), 20)),
                })
        })
    }

    /// A string with its `${name}` filled in.
    pub fn text(&self, text: &ast::Text) -> Result<String> {
        let mut out = String::new();
        for piece in &text.pieces {
            match piece {
                ast::Piece::Literal(t) => out.push_str(t),
                ast::Piece::Variable(name) if out.len() > LONGEST_TEXT => {
                    return Err(Diagnostic::new(codes::OUT_OF_RANGE, "a text that grows beyond a million letters")
                        .label(name.span, "here it is too long"));
                }
                ast::Piece::Variable(name) => {
                    let arg = self.variable(&name.value, name.span)?;
                    out.push_str(&arg.value.as_text().ok_or_else(|| {
                        Diagnostic::new(codes::WRONG_TYPE, format!("`${}` is {}", name.value, arg.value.describe()))
                            .label(name.span, "no text")
                            .help("texts, numbers and dates can stand inside a string")
                    })?);
                }
            }
        }
        Ok(out)
    }

    /// A range with a variable at an end: of dates where one end is a date, else of numbers.
    pub fn range(&self, ends: &ast::Ends) -> Result<Value> {
        let value = |end: &Spanned<ast::End>| -> Result<Arg> {
            let value = match &end.value {
                ast::End::Literal(ast::Literal::Date(date)) => Value::Date(date.clone()),
                ast::End::Literal(ast::Literal::Number(number)) => Value::Number(*number),
                ast::End::Literal(_) => Value::Nodata,
                ast::End::Variable(name) => self.variable(name, end.span)?.value.clone(),
            };
            let value = match value {
                // A `param` set on the command line is a text, which may be a date.
                Value::Text(text) if crate::cube::time::is_date(&text) => Value::Date(text),
                value => value,
            };
            match value {
                Value::Date(_) | Value::Number(_) => Ok(Arg { value, span: end.span }),
                other => Err(Diagnostic::new(codes::WRONG_TYPE, format!("a range ends in {}", other.describe()))
                    .label(end.span, "neither a date nor a number")),
            }
        };
        let [start, end] = [&ends.start, &ends.end].map(|end| end.as_ref().map(value).transpose());
        let (start, end, half_open) = (start?, end?, ends.half_open);
        let dated = [&start, &end].into_iter().flatten().any(|arg| matches!(arg.value, Value::Date(_)));
        if !dated {
            let number = |arg: Option<Arg>| match arg?.value {
                Value::Number(number) => Some(number),
                _ => None,
            };
            return Ok(Value::Range { start: number(start), end: number(end), half_open });
        }
        let date = |arg: Option<Arg>| match arg {
            None => Ok(None),
            // Where the other end is a date, a number is a year.
            Some(Arg { value: Value::Number(year), span })
                if year.fract() != 0.0 || !(0.0..=9999.0).contains(&year) =>
            {
                Err(Diagnostic::new(codes::WRONG_TYPE, format!("a range of dates ends in the number `{year}`"))
                    .label(span, "no year"))
            }
            Some(Arg { value: Value::Number(year), .. }) => Ok(Some(format!("{year:04}"))),
            Some(Arg { value, .. }) => Ok(value.as_text()),
        };
        Ok(Value::DateRange { start: date(start)?, end: date(end)?, half_open })
    }

    /// A path of the program, made relative to the folder of the program.
    pub fn resolve(&self, path: &str) -> String {
        let local = local_path(path);
        let path = local.as_deref().unwrap_or(path);
        if let Some(rest) = path.strip_prefix("~/")
            && let Some(home) = std::env::var_os("HOME")
        {
            return PathBuf::from(home).join(rest).to_string_lossy().into_owned();
        }
        match &self.base {
            Some(base) if !path.contains("://") && !path.starts_with("/vsi") => {
                base.join(path).to_string_lossy().into_owned()
            }
            _ => path.to_string(),
        }
    }

    /// Takes over the names of another scope, which replace equal ones.
    pub fn extend(&mut self, names: Scope) {
        self.variables.extend(names.variables);
        self.functions.extend(names.functions);
    }

    pub fn bind(&mut self, name: &ast::Name, value: Value) {
        self.variables.insert(name.value.clone(), Arg { value, span: name.span });
    }
}

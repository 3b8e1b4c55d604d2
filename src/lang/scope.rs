//! The names a program has bound so far: variables, functions, where relative paths start.

use super::ast;
use super::registry::{Arg, Value};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub variables: BTreeMap<String, Arg>,
    pub functions: BTreeMap<String, Function>,
    /// Folder that relative paths start from; the current one unless set.
    pub base: Option<PathBuf>,
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

    /// A path of the program as a path of the machine.
    pub fn resolve(&self, path: &str) -> String {
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

    pub fn bind(&mut self, name: &ast::Name, value: Value) {
        self.variables.insert(name.value.clone(), Arg { value, span: name.span });
    }
}

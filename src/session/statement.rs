//! Binds a statement to what it means: names, changed settings, or a pipeline. Binding changes nothing by itself.

use super::catalog;
use crate::diagnostic::{Diagnostic, Result, Sources, codes};
use crate::lang::bind::{Binder, BoundPipeline};
use crate::lang::scope::{Function, Scope};
use crate::lang::{self, ast};
use crate::plan::AnyPlan;
use crate::{params, settings};

/// What a statement means.
pub(super) enum Meaning {
    /// Names to be taken into the scope, by `let`, `fn`, `param` and `import`.
    Names(Scope),
    /// The settings from here on, by `set`.
    Settings(Box<settings::Settings>),
    /// A pipeline to be run.
    Pipeline(BoundPipeline),
}

/// What statements are bound against.
pub(super) struct Statements<'a> {
    pub scope: &'a Scope,
    pub last: Option<&'a AnyPlan>,
    pub sources: catalog::Sources<'a>,
    /// Names may be bound again, as at a prompt.
    pub rebinds: bool,
    /// Where texts of imported files are kept, for diagnostics that point into them.
    pub texts: &'a mut Sources,
    /// Files being imported, innermost last.
    pub importing: &'a [String],
}

impl Statements<'_> {
    pub(super) fn bind(&mut self, statement: &ast::Statement) -> Result<Meaning> {
        use ast::StatementKind::*;
        match &statement.kind {
            Pipeline(pipeline) => self.binder().pipeline(pipeline).map(Meaning::Pipeline),
            Let { name, value } => {
                self.refuse_rebinding(name)?;
                let value = match value {
                    ast::Value::Expr(expr) => self.binder().value(expr)?,
                    ast::Value::Pipeline(pipeline) => {
                        let bound = self.binder().pipeline(pipeline)?;
                        let ended = || {
                            Diagnostic::new(
                                codes::MISPLACED_STAGE,
                                "`let` names a cube or a table, and this pipeline gives neither",
                            )
                            .label(pipeline.span, "this pipeline shows or saves")
                        };
                        bound.carried().ok_or_else(ended)?.into()
                    }
                };
                Ok(variable(name, value))
            }
            Fn { name, params, body } => {
                self.refuse_rebinding(name)?;
                refuse_word(name)?;
                let function = Function {
                    params: params.iter().map(|p| p.value.clone()).collect(),
                    body: body.clone(),
                    doc: statement.doc.clone(),
                    span: name.span,
                    home: None,
                };
                let functions = [(name.value.clone(), function)].into();
                Ok(Meaning::Names(Scope { functions, ..Scope::default() }))
            }
            Param { name, type_name, default } => {
                let value = params::value(
                    name,
                    type_name.as_ref(),
                    default.as_ref().map(|d| self.binder().value(d)).transpose()?,
                    self.sources.settings.params.get(&name.value).map(String::as_str),
                    statement.doc.as_deref(),
                )?;
                Ok(variable(name, value))
            }
            Set { key, values } => {
                let args = values.iter().map(|v| self.binder().atom(v)).collect::<Result<Vec<_>>>()?;
                let changed = settings::set(self.sources.settings, key, &args)?;
                Ok(Meaning::Settings(Box::new(changed)))
            }
            Import { path, alias } => self.import(path, alias.as_ref()).map(Meaning::Names),
        }
    }

    fn binder(&self) -> Binder<'_> {
        Binder { scope: self.scope, catalog: &self.sources, last: self.last.cloned(), within: Vec::new() }
    }

    fn refuse_rebinding(&self, name: &ast::Name) -> Result<()> {
        let bound = self.scope.variables.get(&name.value).map(|a| a.span);
        let bound = bound.or(self.scope.functions.get(&name.value).map(|f| f.span));
        match bound {
            Some(first) if !self.rebinds => {
                Err(Diagnostic::new(codes::REBOUND, format!("`{}` is bound already", name.value))
                    .label(name.span, "again")
                    .label(first, "first bound here")
                    .help("names of a script stand for one thing; choose another"))
            }
            _ => Ok(()),
        }
    }
}

fn variable(name: &ast::Name, value: lang::value::Value) -> Meaning {
    let mut names = Scope::default();
    names.bind(name, value);
    Meaning::Names(names)
}

fn refuse_word(name: &ast::Name) -> Result<()> {
    let word = name.value.as_str();
    let taken = lang::registry::find(word).is_some()
        || lang::registry::first_words().contains(&word)
        || crate::expr::Function::find(word).is_some();
    match taken {
        true => {
            Err(Diagnostic::new(codes::REBOUND, format!("`{word}` is a word of the language"))
                .label(name.span, "taken"))
        }
        false => Ok(()),
    }
}

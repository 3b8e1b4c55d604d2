//! `import`: the names that another file defines.

use super::statement::{Meaning, Statements};
use crate::diagnostic::{Diagnostic, Result, Span, codes};
use crate::lang::scope::{Function, Scope};
use crate::lang::{self, ast};
use std::path::Path;
use std::sync::Arc;

impl Statements<'_> {
    /// The names of a file, under its alias where it has one.
    ///
    /// # Errors
    /// If the file cannot be read, imports itself, does not bind, or has statements other than definitions.
    pub(super) fn import(&mut self, path: &ast::Text, alias: Option<&ast::Name>) -> Result<Scope> {
        let written = self.scope.text(path)?;
        // The path is relative to the file that imports it.
        let here = self.texts.get(path.span.text).map(|(name, _)| name.to_string()).unwrap_or_default();
        let folder = Path::new(&here).parent().filter(|p| p.is_dir());
        let full = folder.map_or_else(|| written.clone().into(), |f| f.join(&written));
        let name = full.to_string_lossy().into_owned();
        if self.importing.contains(&name) {
            return Err(
                Diagnostic::new(codes::RECURSION, format!("`{written}` imports itself")).label(path.span, "again")
            );
        }
        let text = std::fs::read_to_string(&full).map_err(|e| {
            Diagnostic::new(codes::NOT_FOUND, format!("`{written}` cannot be imported"))
                .label(path.span, "this file")
                .cause(e.to_string())
        })?;
        let id = self.texts.add(name.as_str(), text.as_str());
        let program =
            lang::parse(&text, id).map_err(|errors| lang::misnamed(&text, id, errors, &Scope::default()).remove(0))?;
        let home = Arc::new(self.defined(&program, name)?);
        let named = |n: &String| alias.map_or(n.clone(), |a| format!("{}.{n}", a.value));
        let functions = home.functions.iter().map(|(n, function)| {
            // The names in a function's body are those of the file that defines it, also where it came through another
            // import.
            let home = Some(function.home.clone().unwrap_or_else(|| home.clone()));
            (named(n), Function { home, ..function.clone() })
        });
        let variables = home.variables.iter().map(|(n, arg)| (named(n), arg.clone()));
        Ok(Scope { functions: functions.collect(), variables: variables.collect(), ..Scope::default() })
    }

    /// The names that the statements of a file define; the importing program's own names are not visible to them.
    fn defined(&mut self, program: &ast::Program, name: String) -> Result<Scope> {
        let importing: Vec<String> = self.importing.iter().cloned().chain([name]).collect();
        let mut scope = Scope::default();
        for statement in &program.statements {
            let mut inner = Statements {
                scope: &scope,
                last: None,
                sources: self.sources,
                rebinds: false,
                texts: self.texts,
                importing: &importing,
            };
            match &statement.kind {
                ast::StatementKind::Pipeline(pipeline) => {
                    return Err(only_defines(pipeline.span, "a pipeline").help("bind it: `let name = ...`"));
                }
                ast::StatementKind::Set { key, .. } => {
                    return Err(only_defines(statement.span, "a setting").help(format!(
                        "a setting is for the whole program: `set {} ..` in the program that imports it",
                        key.value
                    )));
                }
                _ => {}
            }
            if let Meaning::Names(names) = inner.bind(statement)? {
                scope.extend(names);
            }
        }
        Ok(scope)
    }
}

fn only_defines(span: Span, what: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::MISPLACED_STAGE, "an imported file defines, it does not run").label(span, what)
}

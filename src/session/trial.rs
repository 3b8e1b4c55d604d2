//! Binds statements only to find their errors: names and settings are values, and are put back afterwards.

use super::Session;
use super::statement::Meaning;
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::gdal::settings::ThreadOptions;
use crate::lang::ast;
use crate::lang::bind::BoundPipeline;
use crate::lang::scope::Scope;
use crate::plan::AnyPlan;
use crate::settings::Settings;
use std::sync::atomic::Ordering;

impl Session {
    /// Parses and binds without running: every diagnostic of the language, and what reading headers finds.
    pub fn check(&mut self, name: &str, text: &str) -> Result<(), Vec<Box<Diagnostic>>> {
        let program = self.parse(name, text)?;
        // The targets of a program that has run exist; that alone is no error in the program.
        Trial::of(self).program(&program, |d| d.code != codes::TARGET_EXISTS)
    }

    /// Binds every statement once before the first one runs, so that a slip in the last line costs nothing.
    pub(super) fn check_program(&mut self, program: &ast::Program) -> Result<(), Vec<Box<Diagnostic>>> {
        // Errors of reading and writing are left for the run: statements before may create or change the files.
        Trial::of(self).program(program, |d| d.code.is_language())
    }
}

/// Binds statements one after another in a session, and restores the session when it is dropped.
///
/// **Invariant:** the process is left as it was. Headers behind a `set gdal` are read under that option by this thread
/// alone.
pub(super) struct Trial<'s> {
    pub(super) session: &'s mut Session,
    before: (Scope, Option<AnyPlan>, Settings),
    options: Option<ThreadOptions>,
}

impl<'s> Trial<'s> {
    pub(super) fn of(session: &'s mut Session) -> Trial<'s> {
        let before = (session.scope.clone(), session.last.clone(), session.settings.clone());
        Trial { session, before, options: None }
    }

    /// Takes a statement over as a run would. A pipeline is handed back.
    pub(super) fn take(&mut self, statement: &ast::Statement) -> Result<Option<BoundPipeline>> {
        let meaning = self.session.bind(statement)?;
        if let Meaning::Settings(settings) = &meaning {
            let (_, _, before) = &self.before;
            settings.limits.hold_for_requests();
            // The options of the statement before are dropped first, which restores those that held before it.
            self.options = None;
            self.options = ThreadOptions::hold(settings.gdal.iter().filter(|(k, v)| before.gdal.get(*k) != Some(v)));
        }
        Ok(self.session.adopt(meaning))
    }

    /// Takes a whole program, and says what is wrong with it, as far as that counts.
    fn program(
        mut self,
        program: &ast::Program,
        counts: impl Fn(&Diagnostic) -> bool,
    ) -> Result<(), Vec<Box<Diagnostic>>> {
        let mut found = Vec::new();
        for statement in &program.statements {
            if self.session.cancel.load(Ordering::Relaxed) {
                break;
            }
            if let Err(diagnostic) = self.take(statement) {
                found.extend(counts(&diagnostic).then_some(diagnostic));
                if !matches!(statement.kind, ast::StatementKind::Pipeline(_) | ast::StatementKind::Set { .. }) {
                    // Later statements would only fail for the names that this one was to bind.
                    break;
                }
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let (scope, last, settings) = &mut self.before;
        self.session.scope = std::mem::take(scope);
        self.session.last = last.take();
        self.session.settings = std::mem::take(settings);
        self.session.settings.limits.hold_for_requests();
    }
}

//! Binds statements only to find their errors: names and settings are values, and are put back afterwards.

use super::Session;
use super::statement::Meaning;
use crate::diagnostic::{Diagnostic, Result};
use crate::gdal::settings::ThreadOptions;
use crate::lang::ast;
use crate::lang::bind::BoundPipeline;
use crate::lang::scope::Scope;
use crate::plan::AnyPlan;
use crate::settings::Settings;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering;

/// Binds statements one after another in a session, and restores the session when it is dropped.
///
/// **Invariant:** the process is not touched. Headers behind a `set gdal` are read under that option by this thread
/// alone.
pub(super) struct Trial<'s> {
    session: &'s mut Session,
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
            // The options of the statement before are dropped first, which restores those that held before it.
            self.options = None;
            self.options = ThreadOptions::hold(settings.gdal.iter().filter(|(k, v)| before.gdal.get(*k) != Some(v)));
        }
        Ok(self.session.adopt(meaning))
    }

    /// Takes a whole program; everything that is wrong with it goes to `report`.
    pub(super) fn program(mut self, program: &ast::Program, report: &mut dyn FnMut(Box<Diagnostic>)) {
        for statement in &program.statements {
            if self.session.cancel.load(Ordering::Relaxed) {
                return;
            }
            if let Err(diagnostic) = self.take(statement) {
                report(diagnostic);
                if !matches!(statement.kind, ast::StatementKind::Pipeline(_) | ast::StatementKind::Set { .. }) {
                    // Later statements would only fail for the names that this one was to bind.
                    return;
                }
            }
        }
    }
}

impl Deref for Trial<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for Trial<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let (scope, last, settings) = &mut self.before;
        self.session.scope = std::mem::take(scope);
        self.session.last = last.take();
        self.session.settings = std::mem::take(settings);
    }
}

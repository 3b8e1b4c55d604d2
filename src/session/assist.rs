//! What a session knows for someone who is still typing.

use super::statement::{Meaning, Statements};
use super::trial::Trial;
use super::{Session, no_pipeline};
use crate::diagnostic::{Diagnostic, Result, Sources};
use crate::geometry::systems;
use crate::io;
use crate::lang::bind::Binder;
use crate::lang::complete::{self, Candidate, Surroundings};
use crate::lang::inspect::{self, Form};
use crate::lang::registry::Verb;
use crate::lang::scope::Scope;
use crate::lang::{self, Completeness, ast};
use crate::params;
use crate::plan::AnyPlan;
use crate::settings::SETTINGS;
use crate::show::Output;
use std::ops::Range;
use std::path::PathBuf;

/// The reference systems that are offered at most.
const MOST_SYSTEMS: usize = 40;

impl Session {
    /// The byte from which a candidate replaces the text up to `cursor`, and the candidates, best first.
    ///
    /// Headers of what is loaded before the cursor are read once; no pixel is.
    pub fn complete(&self, text: &str, cursor: usize) -> (usize, Vec<Candidate>) {
        complete::complete(text, on_edge(text, cursor), self)
    }

    /// The word under the cursor, in bytes, and what it is.
    pub fn inspect(&self, text: &str, cursor: usize, form: Form) -> Option<(Range<usize>, String)> {
        inspect::at(text, on_edge(text, cursor), self, form)
    }

    /// Whether a text can run, or wants further lines.
    pub fn is_complete(&self, text: &str) -> Completeness {
        lang::needs_more(text)
    }

    /// Forgets names, the last result and what is open; settings stay.
    pub fn reset(&mut self) {
        let base = self.scope.base.take();
        self.scope = Scope { base, ..Scope::default() };
        self.last = None;
        self.open.forget();
        self.journal.clear();
    }

    /// Plan and cost of the pipelines of a text, or of the last result where the text is empty. Nothing runs or
    /// changes.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn explain(&mut self, text: &str) -> Result<Output, Vec<Box<Diagnostic>>> {
        let text = if text.trim().is_empty() { "| explain" } else { text };
        self.stoppable(|session| {
            let program = session.parse("prompt", text)?;
            // Files may have changed since the last line.
            session.open.forget();
            let mut trial = Trial::of(session);
            trial.session.settings.dry_run = true;
            let mut out = Output::default();
            for statement in &program.statements {
                let bound = trial.take(statement).map_err(|d| vec![d])?;
                let answer = bound.map(|bound| trial.session.answer(&bound)).transpose().map_err(|d| vec![d])?;
                out.append(answer.and_then(|answer| answer.output).unwrap_or_default());
            }
            Ok(out)
        })
    }

    /// The plan of the last pipeline of a text. Nothing changes.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn result_of(&mut self, text: &str) -> Result<AnyPlan, Vec<Box<Diagnostic>>> {
        let program = self.parse("program", text)?;
        let mut trial = Trial::of(self);
        let mut result = None;
        for statement in &program.statements {
            result = trial.take(statement).map_err(|d| vec![d])?.map(|bound| bound.result).or(result);
        }
        result.ok_or_else(no_pipeline)
    }

    /// Takes one statement of a text that has not run into the scope.
    fn learn(&self, statement: &ast::Statement, scope: &mut Scope) -> Result<()> {
        // Errors are reported when the text runs, not while it is typed.
        let texts = &mut Sources::default();
        let (last, sources) = (self.last.as_ref(), self.open_sources());
        let meaning = Statements { scope, last, sources, rebinds: true, texts, importing: &[] }.bind(statement)?;
        if let Meaning::Names(names) = meaning {
            scope.extend(names);
        }
        Ok(())
    }
}

/// The start of a character at or before `cursor`, which a front end may have put into the middle of one.
fn on_edge(text: &str, cursor: usize) -> usize {
    (0..=cursor.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl Surroundings for Session {
    fn scope(&self, before: &str) -> Scope {
        let mut scope = self.scope.clone();
        // A statement that does not parse or fails is left out, and the others still count.
        for statement in lang::read(before, u32::MAX).0.statements {
            let _ = self.learn(&statement, &mut scope);
        }
        scope
    }

    fn result(&self, scope: &Scope, pipeline: &str) -> Option<AnyPlan> {
        if pipeline.trim().is_empty() {
            return self.last.clone();
        }
        let program = lang::parse(pipeline, u32::MAX).ok()?;
        let ast::StatementKind::Pipeline(pipeline) = &program.statements.last()?.kind else { return None };
        let binder = Binder { scope, catalog: &self.open_sources(), last: self.last.clone(), within: Vec::new() };
        binder.pipeline(pipeline).ok()?.carried()
    }

    fn settings(&self) -> Vec<(&'static str, &'static str)> {
        SETTINGS.iter().map(|setting| (setting.name, setting.help)).collect()
    }

    fn words_of(&self, setting: &str) -> &'static [&'static str] {
        SETTINGS.iter().find(|row| row.name == setting).map_or(&[], |row| row.words)
    }

    fn types(&self) -> &'static [&'static str] {
        &params::TYPES
    }

    fn contents(&self, format: &str, path: &str) -> Vec<(String, String)> {
        self.open.contents(format, path)
    }

    fn fields(&self, path: &str) -> Vec<(String, String)> {
        io::fields(path)
    }

    fn systems(&self, code: &str) -> Vec<(String, String)> {
        let known = systems::find(code).into_iter().take(MOST_SYSTEMS);
        known.map(|system| (system.code.clone(), format!("{}, {}", system.name, system.area))).collect()
    }

    fn extensions(&self, stage: Option<&Verb>) -> &'static [&'static str] {
        match stage {
            None => &["rastra"],
            Some(verb) => io::extensions(verb.name),
        }
    }

    fn files(&self, prefix: &str) -> Vec<(String, String)> {
        let (folder, name) = prefix.rsplit_once('/').map_or(("", prefix), |(folder, name)| (folder, name));
        if prefix.contains("://") || prefix.starts_with("/vsi") {
            return Vec::new();
        }
        let folder = match (folder, prefix.starts_with('/')) {
            ("", true) => PathBuf::from("/"),
            ("", false) => self.scope.base.clone().unwrap_or_else(|| PathBuf::from(".")),
            (folder, _) => PathBuf::from(self.scope.resolve(&format!("{folder}/"))),
        };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut all: Vec<(String, String)> = entries
            .flatten()
            .filter_map(|entry| {
                let own = entry.file_name().to_str()?.to_string();
                // Hidden files are offered only after a typed dot.
                let fits = own.starts_with(name) && (name.starts_with('.') || !own.starts_with('.'));
                let is_dir = entry.path().is_dir();
                fits.then(|| if is_dir { (format!("{own}/"), "folder".into()) } else { (own, String::new()) })
            })
            .collect();
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests;

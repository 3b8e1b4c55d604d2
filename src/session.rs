//! One session behind every door: script, prompt, notebook, and programs that embed Rastra.
//!
//! A statement that fails leaves nothing behind.

mod assist;
mod catalog;
mod dataset;
mod history;
mod import;
mod statement;
mod trial;
mod values;

use crate::cluster;
use crate::diagnostic::{self, Diagnostic, Result, Sources, codes};
use crate::exec::{self, Executor, Observer, Silent};
use crate::lang::bind::BoundPipeline;
use crate::lang::scope::Scope;
use crate::lang::{self, ast};
use crate::plan::{AnyPlan, Picture, Plan, TablePlan};
use crate::run::{self, Answer};
pub use crate::settings::{ProgressMode, Settings, Thumbnails};
use catalog::OpenSources;
use statement::{Meaning, Statements};
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes the observer of a run for the kind of progress that a program chooses by `set progress`.
type Observers = dyn Fn(ProgressMode) -> Arc<dyn Observer> + Send + Sync;

/// Names, settings and what is open: programs run in it one after another.
///
/// It computes on threads of its own and is used by the thread that made it; other threads may set its
/// [flag](Session::cancel_flag).
pub struct Session {
    /// What the next run may use; `set` changes it.
    pub settings: Settings,
    /// The texts that diagnostics point into.
    pub sources: Sources,
    scope: Scope,
    last: Option<AnyPlan>,
    /// Names may be bound again, as at a prompt.
    interactive: bool,
    /// Columns and rows of the terminal in whose cells pictures are drawn, too.
    #[cfg(feature = "pictures")]
    pub(crate) screen: Option<[usize; 2]>,
    open: OpenSources,
    cancel: Arc<AtomicBool>,
    observers: Arc<Observers>,
    /// Who computed the last run that was not computed here: the connection is kept for the next.
    executor: RefCell<Option<Arc<dyn Executor>>>,
    /// The texts that ran without error, as a prompt or notebook adds them.
    pub journal: Vec<String>,
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// A session without names, with the default settings.
    pub fn new() -> Session {
        exec::threads::begin();
        Session {
            settings: Settings::default(),
            sources: Sources::default(),
            scope: Scope::default(),
            last: None,
            interactive: false,
            #[cfg(feature = "pictures")]
            screen: None,
            open: OpenSources::default(),
            cancel: Arc::default(),
            observers: Arc::new(|_| Arc::new(Silent)),
            executor: RefCell::default(),
            journal: Vec::new(),
        }
    }

    /// Lets names be bound again and keeps the last result for lines that start with `|`.
    pub fn interactive(mut self) -> Session {
        self.interactive = true;
        self
    }

    /// Sets who observes runs. `set progress` chooses between a bar, JSON lines and silence while the program runs, so
    /// what is given makes an observer for each of them.
    pub fn observe(&mut self, observers: impl Fn(ProgressMode) -> Arc<dyn Observer> + Send + Sync + 'static) {
        self.observers = Arc::new(observers);
    }

    /// A flag that stops the run when it is set, from any thread or a signal handler.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        self.cancel.clone()
    }

    /// Lets another flag, which the caller owns, stop the runs from now on.
    pub fn obey(&mut self, cancel: Arc<AtomicBool>) {
        self.cancel = cancel;
    }

    /// The session as it is now, for help with what is typed while this one runs.
    pub fn snapshot(&self) -> Session {
        Session {
            settings: self.settings.clone(),
            scope: self.scope.clone(),
            last: self.last.clone(),
            interactive: self.interactive,
            #[cfg(feature = "pictures")]
            screen: self.screen,
            open: self.open.share(),
            ..Session::new()
        }
    }

    /// Where relative paths start.
    pub fn set_base(&mut self, base: impl Into<std::path::PathBuf>) {
        self.scope.base = Some(base.into());
    }

    #[cfg(feature = "cli")]
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The result of the last pipeline, before it was saved or shown.
    pub fn last(&self) -> Option<&AnyPlan> {
        self.last.as_ref()
    }

    /// Runs a program; `show` gets each answer as it comes.
    ///
    /// # Errors
    /// Every diagnostic of the text, if it does not parse or bind: then nothing has run. Otherwise the first failure.
    pub fn run(&mut self, name: &str, text: &str, show: &mut dyn FnMut(Answer)) -> Result<(), Vec<Box<Diagnostic>>> {
        self.stoppable(|session| session.run_text(name, text, show))
    }

    /// Calls `f` with the flag cleared before and after, so that stopping one run stops no other.
    fn stoppable<R>(&mut self, f: impl FnOnce(&mut Session) -> R) -> R {
        self.cancel.store(false, Ordering::Relaxed);
        let _patience = crate::io::requests::wait_until(&self.cancel);
        // Also those requests that look around before a run keep to its limits.
        self.settings.limits.hold_for_requests();
        let result = f(self);
        if self.cancel.swap(false, Ordering::Relaxed) {
            crate::io::requests::leave_behind();
        }
        result
    }

    fn run_text(&mut self, name: &str, text: &str, show: &mut dyn FnMut(Answer)) -> Result<(), Vec<Box<Diagnostic>>> {
        let program = self.parse(name, text)?;
        if self.interactive {
            // Files may have changed since the last line.
            self.open.forget();
        }
        if program.statements.len() > 1 && !self.interactive {
            exec::told_of(&*self.observer(), || self.check_program(&program))?;
        }
        let before = (self.scope.clone(), self.last.clone());
        for statement in &program.statements {
            if let Err(diagnostic) = self.statement(statement, show) {
                if self.interactive {
                    // Names bound by the statements before the failing one of the same line go with it.
                    (self.scope, self.last) = before;
                    let why = format!("error[{}]: {}", diagnostic.code.number, diagnostic.message);
                    let names = program.statements.iter().filter_map(ast::Statement::binds);
                    let names = names.filter(|name| !self.scope.variables.contains_key(*name));
                    let dropped: Vec<_> = names.map(|name| (name.to_string(), why.clone())).collect();
                    self.scope.dropped.extend(dropped);
                }
                return Err(vec![diagnostic]);
            }
        }
        Ok(())
    }

    /// The plan of a program's last pipeline, which is one of a cube or a table.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn carried(&mut self, text: &str) -> Result<AnyPlan, Vec<Box<Diagnostic>>> {
        let program = self.parse("program", text)?;
        let mut result = None;
        for statement in &program.statements {
            let bound = self.take(statement).map_err(|d| vec![d])?;
            result = bound.map(|bound| bound.clone().carried().unwrap_or(bound.result)).or(result);
        }
        result.ok_or_else(no_pipeline)
    }

    /// The plan of a program's last pipeline, where that gives a cube.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0120` if it gives a table.
    pub fn plan(&mut self, text: &str) -> Result<Arc<Plan>, Vec<Box<Diagnostic>>> {
        let carried = self.carried(text)?;
        carried.cube().cloned().ok_or_else(|| vec![other_kind(&carried, "a cube")])
    }

    /// The plan of a program's last pipeline, where that gives a table.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0120` if it gives a cube.
    pub fn table_plan(&mut self, text: &str) -> Result<Arc<TablePlan>, Vec<Box<Diagnostic>>> {
        let carried = self.carried(text)?;
        carried.table().cloned().ok_or_else(|| vec![other_kind(&carried, "a table")])
    }

    /// The picture of a program's last pipeline, where that draws one.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0120` if it gives a cube or a table.
    pub fn picture(&mut self, text: &str) -> Result<Arc<Picture>, Vec<Box<Diagnostic>>> {
        let carried = self.carried(text)?;
        carried.picture().cloned().ok_or_else(|| vec![other_kind(&carried, "a picture")])
    }

    /// Draws a picture: its bytes by MIME type, or, where it is saved, what was written.
    ///
    /// # Errors
    /// `E0403` for pixels that cannot be read, `E0401` once the run is to stop, `E0402` where the memory is too small,
    /// `E05xx` for a file that cannot be written.
    pub fn draw(&self, picture: &Arc<Picture>) -> Result<Answer> {
        run::picture(picture, &self.run_with()?)
    }

    /// Computes a plan into memory: pixels as `(time, band, y, x)` through [`crate::cube::Chunk::to_array`].
    ///
    /// # Errors
    /// `E0403` for pixels that cannot be read, `E0401` once the run is to stop, `E0402` where the memory is too small.
    pub fn collect(&self, plan: &Arc<Plan>) -> Result<crate::cube::Chunk> {
        run::collect(plan, &self.run_with()?).map(|(chunk, _)| chunk)
    }

    /// Computes a table into memory, column by column.
    ///
    /// # Errors
    /// As [`Session::collect`].
    pub fn tabulate(&self, plan: &Arc<TablePlan>) -> Result<crate::table::Table> {
        Ok(self.rows(plan)?.0)
    }

    /// A diagnostic as text.
    pub fn render(&self, diagnostic: &Diagnostic, style: diagnostic::Style) -> String {
        diagnostic::render(diagnostic, &self.sources, style, None)
    }

    /// A diagnostic as text for a terminal of so many columns.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))]
    pub(crate) fn render_within(&self, diagnostic: &Diagnostic, style: diagnostic::Style, width: usize) -> String {
        diagnostic::render(diagnostic, &self.sources, style, Some(width))
    }

    /// # Errors
    /// What the text fails to parse with.
    pub(crate) fn parse(&mut self, name: &str, text: &str) -> Result<ast::Program, Vec<Box<Diagnostic>>> {
        let id = self.sources.add(name, text);
        lang::parse(text, id).map_err(|errors| lang::misnamed(text, id, errors, &self.scope))
    }

    fn run_with(&self) -> Result<run::With<'_>> {
        let own = &self.settings.limits;
        let executor = match &self.settings.executor {
            Some(address) => Some(self.connected(address)?),
            None => None,
        };
        Ok(self.run_on(executor.as_ref().map_or(Cow::Borrowed(own), |e| Cow::Owned(e.limits(own))), executor))
    }

    fn run_on<'a>(&'a self, limits: Cow<'a, exec::Limits>, executor: Option<Arc<dyn Executor>>) -> run::With<'a> {
        run::With {
            limits,
            cancel: self.cancel.clone(),
            observer: self.observer(),
            sources: Box::new(self.open_sources()),
            executor,
            options: &self.settings.gdal,
            thumbnails: self.settings.thumbnails,
            #[cfg(feature = "pictures")]
            screen: self.screen,
        }
    }

    /// Whoever computes at an address.
    fn connected(&self, address: &str) -> Result<Arc<dyn Executor>> {
        let executor = cluster::connect(address, &self.settings.limits)?;
        *self.executor.borrow_mut() = Some(executor.clone());
        Ok(executor)
    }

    /// The pipeline of a program that has one which saves, and none but names and settings beside it.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0407` where there is no such pipeline, or another one.
    pub(crate) fn saving(&mut self, name: &str, text: &str) -> Result<AnyPlan, Vec<Box<Diagnostic>>> {
        let program = self.parse(name, text)?;
        exec::told_of(&*self.observer(), || self.check_program(&program))?;
        let mut saving = None;
        for statement in &program.statements {
            let Some(bound) = self.take(statement).map_err(|d| vec![d])? else { continue };
            if saving.is_some() || !bound.is_write() {
                let problem = "a job is of one pipeline that saves";
                let what = if bound.is_write() { "a second one" } else { "it saves nothing" };
                return Err(vec![Diagnostic::new(codes::BAD_JOB, problem).label(statement.span, what).help(
                    "give a name to what others need: `let mean = load .. | mean`; each `save` is a job of its own",
                )]);
            }
            saving = Some(bound.result);
        }
        saving.ok_or_else(no_pipeline)
    }

    /// Computes what saves, on whoever is given.
    pub(crate) fn save_on(&self, saving: &AnyPlan, executor: Arc<dyn Executor>) -> Result<Answer> {
        let bound = BoundPipeline { result: saving.clone(), view: None };
        let limits = Cow::Borrowed(&self.settings.limits);
        run::answer(&bound, &self.settings, &self.run_on(limits, Some(executor)), false)
    }

    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        (self.observers)(self.settings.progress)
    }

    fn statement(&mut self, statement: &ast::Statement, show: &mut dyn FnMut(Answer)) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
        }
        let bound = exec::told_of(&*self.observer(), || self.take(statement))?;
        let Some(bound) = bound else { return Ok(()) };
        let answer = self.answer(&bound)?;
        if bound.is_write() {
            // The run may have written files that are open as sources.
            self.open.forget();
        }
        self.last = Some(bound.result.unwritten());
        show(answer);
        Ok(())
    }

    fn answer(&self, bound: &BoundPipeline) -> Result<Answer> {
        run::answer(bound, &self.settings, &self.run_with()?, self.interactive)
    }

    /// Binds a statement and takes over its names and settings. A pipeline is handed back.
    fn take(&mut self, statement: &ast::Statement) -> Result<Option<BoundPipeline>> {
        let mut meaning = self.bind(statement)?;
        self.remember(statement, &mut meaning);
        if let Meaning::Settings(settings) = &meaning {
            for (name, value) in settings.gdal.iter().filter(|(k, v)| self.settings.gdal.get(*k) != Some(v)) {
                crate::gdal::settings::set(name, value)?;
            }
            settings.limits.hold_for_requests();
        }
        Ok(self.adopt(meaning))
    }

    /// Takes over names and settings; a pipeline, which is the last result from now on, is handed back.
    fn adopt(&mut self, meaning: Meaning) -> Option<BoundPipeline> {
        match meaning {
            Meaning::Names(names) => self.scope.extend(names),
            Meaning::Settings(settings) => self.settings = *settings,
            Meaning::Pipeline(bound) => {
                if !bound.is_write() {
                    self.last = Some(bound.result.clone());
                }
                return Some(bound);
            }
        }
        None
    }

    fn open_sources(&self) -> catalog::Sources<'_> {
        catalog::Sources { open: &self.open, settings: &self.settings, cancel: &self.cancel }
    }

    fn bind(&mut self, statement: &ast::Statement) -> Result<Meaning> {
        let sources = catalog::Sources { open: &self.open, settings: &self.settings, cancel: &self.cancel };
        let (rebinds, texts) = (self.interactive, &mut self.sources);
        let last = self.last.as_ref();
        Statements { scope: &self.scope, last, sources, rebinds, texts, importing: &[] }.bind(statement)
    }
}

fn no_pipeline() -> Vec<Box<Diagnostic>> {
    vec![Diagnostic::new(codes::SYNTAX, "the program has no pipeline")]
}

fn other_kind(carried: &AnyPlan, wanted: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_RESULT, format!("the program does not give {wanted}"))
        .help(format!("it gives {}", carried.describe()))
        .help(format!("`{}` plans it", other_door(carried)))
}

fn other_door(carried: &AnyPlan) -> &'static str {
    match carried {
        AnyPlan::Cube(_) => "Session::plan",
        AnyPlan::Table(_) => "Session::table_plan",
        AnyPlan::Picture(_) => "Session::picture",
    }
}

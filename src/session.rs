//! One session behind every door: script, prompt, notebook, and programs that embed Rastra.
//!
//! A statement that fails leaves nothing behind.

mod assist;
mod values;

use crate::diagnostic::{self, Diagnostic, Result, Sources, Span, codes};
use crate::exec::op::Opener;
use crate::exec::{Observer, Silent};
use crate::io::{self, Source};
use crate::lang::bind::{Binder, Bound};
use crate::lang::registry::Arg;
use crate::lang::scope::{Function, Scope};
use crate::lang::{self, ast};
use crate::plan::{Carried, Catalog, Picture, Plan, SinkSpec, SourceSpec, TablePlan};
use crate::run::{self, Answer};
pub use crate::settings::{Options, Telling};
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Session {
    pub options: Options,
    pub sources: Sources,
    scope: Scope,
    last: Option<Carried>,
    /// Names may be bound again, as at a prompt.
    interactive: bool,
    open: OpenSources,
    cancel: Arc<AtomicBool>,
    observer: Arc<dyn Observer>,
    /// Makes the observer that `set progress` asks for.
    observers: Arc<dyn Fn(Telling) -> Arc<dyn Observer> + Send + Sync>,
    /// Files being imported, innermost last.
    importing: Vec<String>,
    /// The texts that ran without error, as a prompt or notebook adds them.
    pub journal: Vec<String>,
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    pub fn new() -> Session {
        let open = OpenSources::default();
        Session {
            options: Options::default(),
            sources: Sources::default(),
            scope: Scope::default(),
            last: None,
            interactive: false,
            cancel: open.cancel.clone(),
            open,
            observer: Arc::new(Silent),
            observers: Arc::new(|_| Arc::new(Silent)),
            importing: Vec::new(),
            journal: Vec::new(),
        }
    }

    /// Lets names be bound again and keeps the last result for lines that start with `|`.
    pub fn interactive(mut self) -> Session {
        self.interactive = true;
        self
    }

    /// Who is told how a run goes on, for each way of telling that the program may ask for by `set progress`.
    pub fn observe(&mut self, observers: impl Fn(Telling) -> Arc<dyn Observer> + Send + Sync + 'static) {
        self.observer = observers(self.options.progress);
        self.observers = Arc::new(observers);
    }

    fn set_options(&mut self, options: Options) {
        if options.progress != self.options.progress {
            self.observer = (self.observers)(options.progress);
        }
        self.options = options;
    }

    /// Set from anywhere, also a signal handler, to stop the run.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        self.cancel.clone()
    }

    /// Lets somebody else's flag stop the runs from now on.
    pub fn obey(&mut self, cancel: Arc<AtomicBool>) {
        self.open.cancel = cancel.clone();
        self.cancel = cancel;
    }

    /// The session as it is now, for help with what is typed while this one runs.
    pub fn snapshot(&self) -> Session {
        let open = OpenSources { discovered: self.open.discovered.clone(), ..OpenSources::default() };
        Session {
            options: self.options.clone(),
            scope: self.scope.clone(),
            last: self.last.clone(),
            interactive: self.interactive,
            open,
            ..Session::new()
        }
    }

    /// Where relative paths start.
    pub fn set_base(&mut self, base: impl Into<std::path::PathBuf>) {
        self.scope.base = Some(base.into());
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The result of the last pipeline, before it was saved or shown.
    pub fn last(&self) -> Option<&Carried> {
        self.last.as_ref()
    }

    /// Runs a program; `show` gets each answer as it comes.
    ///
    /// # Errors
    /// Every diagnostic of the text, if it does not parse or bind: then nothing has run. Otherwise the first failure.
    pub fn run(&mut self, name: &str, text: &str, show: &mut dyn FnMut(Answer)) -> Result<(), Vec<Box<Diagnostic>>> {
        self.cancel.store(false, Ordering::Relaxed);
        let result = self.run_text(name, text, show);
        // What stopped a run does not stop the questions after it.
        self.cancel.store(false, Ordering::Relaxed);
        result
    }

    fn run_text(&mut self, name: &str, text: &str, show: &mut dyn FnMut(Answer)) -> Result<(), Vec<Box<Diagnostic>>> {
        let program = self.parse(name, text)?;
        if self.interactive {
            // Files may have come and gone since the last line.
            self.open.forget();
        }
        if program.statements.len() > 1 && !self.interactive {
            self.check_program(&program)?;
        }
        let before = (self.scope.clone(), self.last.clone());
        for statement in &program.statements {
            if let Err(diagnostic) = self.statement(statement, show) {
                if self.interactive {
                    // Names bound by the statements before the failing one of the same line go with it.
                    (self.scope, self.last) = before;
                }
                return Err(vec![diagnostic]);
            }
        }
        Ok(())
    }

    /// Parses and binds without running: every diagnostic of the language, and what reading headers finds.
    pub fn check(&mut self, name: &str, text: &str) -> Result<(), Vec<Box<Diagnostic>>> {
        let program = self.parse(name, text)?;
        let mut found = Vec::new();
        // A program that has run is no worse for it: its targets are there.
        self.trial(&program, &mut |d| {
            if d.code != codes::TARGET_EXISTS {
                found.push(d);
            }
        });
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    /// What a program's last pipeline comes to: the plan of a cube or of a table.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn carried(&mut self, text: &str) -> Result<Carried, Vec<Box<Diagnostic>>> {
        let program = self.parse("program", text)?;
        let mut result = None;
        for statement in &program.statements {
            result = self.bind_statement(statement).map_err(|d| vec![d])?.map(|b| b.result).or(result);
        }
        result.ok_or_else(|| vec![Diagnostic::new(codes::SYNTAX, "the program has no pipeline")])
    }

    /// The plan of a program's last pipeline, where that gives a cube.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0120` if it gives a table.
    pub fn plan(&mut self, text: &str) -> Result<Arc<Plan>, Vec<Box<Diagnostic>>> {
        let carried = self.carried(text)?;
        carried.cube().cloned().ok_or_else(|| vec![other_kind(&carried, "a cube")])
    }

    /// The same where it gives a table.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0120` if it gives a cube.
    pub fn table_plan(&mut self, text: &str) -> Result<Arc<TablePlan>, Vec<Box<Diagnostic>>> {
        let carried = self.carried(text)?;
        carried.table().cloned().ok_or_else(|| vec![other_kind(&carried, "a table")])
    }

    /// The same where it draws a picture.
    ///
    /// # Errors
    /// As [`Session::run`]; `E0120` if it gives a cube or a table.
    pub fn picture(&mut self, text: &str) -> Result<Arc<Picture>, Vec<Box<Diagnostic>>> {
        let carried = self.carried(text)?;
        carried.picture().cloned().ok_or_else(|| vec![other_kind(&carried, "a picture")])
    }

    /// Draws a picture: its bytes by MIME type, or, where it is saved, what was written.
    pub fn draw(&self, picture: &Arc<Picture>) -> Result<Answer> {
        run::picture(picture, &self.run_with())
    }

    /// Computes a plan into memory: pixels as `(time, band, y, x)` through [`crate::cube::Chunk::to_array`].
    pub fn collect(&self, plan: &Arc<Plan>) -> Result<crate::cube::Chunk> {
        run::collect(plan, &self.run_with()).map(|(chunk, _)| chunk)
    }

    /// Computes a table into memory, column by column.
    pub fn tabulate(&self, plan: &Arc<TablePlan>) -> Result<crate::table::Table> {
        run::tabulate(plan, &self.run_with()).map(|(table, _)| table)
    }

    /// A diagnostic as text.
    pub fn render(&self, diagnostic: &Diagnostic, style: diagnostic::Style) -> String {
        diagnostic::render(diagnostic, &self.sources, style)
    }

    fn parse(&mut self, name: &str, text: &str) -> Result<ast::Program, Vec<Box<Diagnostic>>> {
        let id = self.sources.add(name, text);
        lang::parse(text, id)
    }

    fn run_with(&self) -> run::With<'_> {
        run::With {
            limits: &self.options.limits,
            cancel: self.cancel.clone(),
            observer: &*self.observer,
            sources: &self.open,
            thumbnails: self.options.thumbnails,
        }
    }

    /// Binds every statement once before the first one runs, so that a slip in the last line costs nothing.
    fn check_program(&mut self, program: &ast::Program) -> Result<(), Vec<Box<Diagnostic>>> {
        let mut found = Vec::new();
        // What reading or writing says now may be different once the statements before it have run.
        self.trial(program, &mut |d| {
            if d.code.is_language() {
                found.push(d);
            }
        });
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn trial(&mut self, program: &ast::Program, report: &mut dyn FnMut(Box<Diagnostic>)) {
        let before = (self.scope.clone(), self.last.clone());
        let options = self.options.clone();
        for statement in &program.statements {
            if self.cancel.load(Ordering::Relaxed) {
                break;
            }
            let bound = self.bind_statement(statement);
            match bound {
                Ok(_) => {}
                Err(diagnostic) => {
                    let binds =
                        !matches!(statement.kind, ast::StatementKind::Pipeline(_) | ast::StatementKind::Set { .. });
                    report(diagnostic);
                    if binds {
                        // What follows would complain about names that this statement was to bind.
                        break;
                    }
                }
            }
        }
        (self.scope, self.last) = before;
        // Each statement is to run with the settings before it.
        self.set_options(options);
    }

    fn statement(&mut self, statement: &ast::Statement, show: &mut dyn FnMut(Answer)) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Diagnostic::new(codes::INTERRUPTED, "interrupted"));
        }
        let Some(bound) = self.bind_statement(statement)? else { return Ok(()) };
        let answer = run::answer(&bound, &self.options, &self.run_with(), self.interactive)?;
        if bound.is_write() {
            // What was read may be what was written.
            self.open.forget();
        }
        self.last = Some(bound.result.unwritten());
        show(answer);
        Ok(())
    }

    /// Binds names, or returns the pipeline that is to be run.
    fn bind_statement(&mut self, statement: &ast::Statement) -> Result<Option<Bound>> {
        use ast::StatementKind::*;
        match &statement.kind {
            Pipeline(pipeline) => {
                let bound = self.binder().pipeline(pipeline)?;
                if !bound.is_write() {
                    self.last = Some(bound.result.clone());
                }
                return Ok(Some(bound));
            }
            Let { name, value } => {
                self.refuse_rebinding(name)?;
                let value = match value {
                    ast::Value::Expr(expr) => self.binder().value(expr)?,
                    ast::Value::Pipeline(pipeline) => {
                        let bound = self.binder().pipeline(pipeline)?;
                        if bound.view.is_some() || bound.is_write() {
                            return Err(Diagnostic::new(codes::MISPLACED_STAGE, "`let` binds a cube or a table")
                                .label(pipeline.span, "this pipeline shows or saves"));
                        }
                        bound.result.into()
                    }
                };
                self.scope.bind(name, value);
            }
            Fn { name, params, body } => {
                self.refuse_rebinding(name)?;
                if lang::registry::find(&name.value).is_some()
                    || lang::registry::first_words().contains(&name.value.as_str())
                    || lang::expr::FUNCTIONS.iter().any(|(n, ..)| *n == name.value)
                {
                    return Err(Diagnostic::new(codes::REBOUND, format!("`{}` is a word of the language", name.value))
                        .label(name.span, "taken"));
                }
                let function = Function {
                    params: params.iter().map(|p| p.value.clone()).collect(),
                    body: body.clone(),
                    doc: statement.doc.clone(),
                    span: name.span,
                    home: None,
                };
                self.scope.functions.insert(name.value.clone(), function);
            }
            Param { name, type_name, default } => {
                let value = crate::params::value(
                    name,
                    type_name.as_ref(),
                    default.as_ref().map(|d| self.binder().value(d)).transpose()?,
                    self.options.params.get(&name.value).map(String::as_str),
                    statement.doc.as_deref(),
                )?;
                self.scope.bind(name, value);
            }
            Set { key, values } => {
                let args = values.iter().map(|v| self.binder().atom(v)).collect::<Result<Vec<_>>>()?;
                let mut options = self.options.clone();
                crate::settings::set(&mut options, key, &args)?;
                self.set_options(options);
            }
            Import { path, alias } => self.import(path, alias.as_ref())?,
        }
        Ok(None)
    }

    fn binder(&self) -> Binder<'_> {
        self.open.skip_errors.set(self.options.skip_errors);
        Binder { scope: &self.scope, catalog: &self.open, last: self.last.clone(), within: Vec::new() }
    }

    fn refuse_rebinding(&self, name: &ast::Name) -> Result<()> {
        let bound = self.scope.variables.get(&name.value).map(|a| a.span);
        let bound = bound.or(self.scope.functions.get(&name.value).map(|f| f.span));
        match bound {
            Some(first) if !self.interactive => {
                Err(Diagnostic::new(codes::REBOUND, format!("`{}` is bound already", name.value))
                    .label(name.span, "again")
                    .label(first, "first bound here")
                    .help("names of a script stand for one thing; choose another"))
            }
            _ => Ok(()),
        }
    }

    fn import(&mut self, path: &ast::Text, alias: Option<&ast::Name>) -> Result<()> {
        let written = self.scope.text(path)?;
        // Relative to the file that imports it.
        let here = self.sources.get(path.span.text).map(|(name, _)| name.to_string()).unwrap_or_default();
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
        let program = self.parse(&name, &text).map_err(|mut all| all.remove(0))?;
        let mut inner = Session { scope: Scope::default(), interactive: false, ..Session::new() };
        std::mem::swap(&mut inner.sources, &mut self.sources);
        inner.importing = self.importing.iter().cloned().chain([name]).collect();
        inner.options.params = self.options.params.clone();
        let mut result = Ok(());
        for statement in &program.statements {
            if let ast::StatementKind::Pipeline(pipeline) = &statement.kind {
                result = Err(Diagnostic::new(codes::MISPLACED_STAGE, "an imported file defines, it does not run")
                    .label(pipeline.span, "a pipeline")
                    .help("bind it: `let name = ...`"));
            } else {
                result = inner.bind_statement(statement).map(|_| ());
            }
            if result.is_err() {
                break;
            }
        }
        std::mem::swap(&mut inner.sources, &mut self.sources);
        result?;
        let home = Arc::new(inner.scope.clone());
        let named = |n: &str| alias.map_or(n.to_string(), |a| format!("{}.{n}", a.value));
        for (n, function) in inner.scope.functions {
            let home = Some(function.home.clone().unwrap_or_else(|| home.clone()));
            self.scope.functions.insert(named(&n), Function { home, ..function });
        }
        for (n, arg) in inner.scope.variables {
            self.scope.variables.insert(named(&n), Arg { ..arg });
        }
        Ok(())
    }
}

fn other_kind(carried: &Carried, wanted: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::WRONG_RESULT, format!("the program does not give {wanted}"))
        .help(format!("it gives {}", carried.describe()))
        .help(format!("`{}` plans it", other_door(carried)))
}

fn other_door(carried: &Carried) -> &'static str {
    match carried {
        Carried::Cube(_) => "Session::plan",
        Carried::Table(_) => "Session::table_plan",
        Carried::Picture(_) => "Session::picture",
    }
}

/// Sources that are open, so that binding and running share one; and what binding asks of `io`.
#[derive(Default)]
struct OpenSources {
    /// That of the session.
    cancel: Arc<AtomicBool>,
    discovered: RefCell<Vec<(String, serde_json::Value, Arc<dyn Source>)>>,
    skip_errors: Cell<bool>,
    /// Names inside of files, by format and path, for completion.
    contents: RefCell<Vec<(String, String, Vec<(String, String)>)>>,
}

impl Opener for OpenSources {
    fn open(&self, spec: &SourceSpec, schema: &Arc<crate::cube::Schema>) -> Result<Arc<dyn Source>> {
        let known =
            self.discovered.borrow().iter().find(|(_, _, s)| s.schema() == schema && s.spec() == *spec).cloned();
        match known {
            Some((_, _, source)) => Ok(source),
            None => io::open(spec, schema),
        }
    }
}

impl OpenSources {
    fn contents(&self, format: &str, path: &str) -> Vec<(String, String)> {
        if let Some((.., found)) = self.contents.borrow().iter().find(|(f, p, _)| f == format && p == path) {
            return found.clone();
        }
        let found = io::contents(format, path);
        self.contents.borrow_mut().push((format.into(), path.into(), found.clone()));
        found
    }

    fn forget(&self) {
        self.discovered.borrow_mut().clear();
        self.contents.borrow_mut().clear();
    }
}

impl Catalog for OpenSources {
    fn constant(&self, expr: &crate::plan::Expr) -> Option<f64> {
        crate::exec::ops::eval::constant(expr)
    }

    fn scan(&self, format: &str, mut options: serde_json::Value, span: Span) -> Result<Arc<Plan>> {
        if self.skip_errors.get()
            && !matches!(format, "ramp" | "create")
            && let Some(map) = options.as_object_mut()
        {
            map.entry("on_error").or_insert_with(|| "skip".into());
        }
        let known = self.discovered.borrow().iter().find(|(f, o, _)| f == format && *o == options).cloned();
        let source = match known {
            Some((_, _, source)) => source,
            None => {
                let source = io::discover(format, &options, &self.cancel)?;
                self.discovered.borrow_mut().push((format.into(), options, source.clone()));
                source
            }
        };
        Ok(Plan::scan(source.spec(), (**source.schema()).clone(), span))
    }

    fn check_sink(&self, sink: &SinkSpec, schema: &crate::cube::Schema) -> Result<()> {
        io::check(sink, schema)
    }

    fn check_table_sink(&self, sink: &SinkSpec) -> Result<()> {
        io::table::check(sink)
    }

    fn check_picture_sink(&self, sink: &SinkSpec) -> Result<()> {
        io::picture::check(sink)
    }

    fn crs(&self, text: &str) -> Result<crate::cube::Crs> {
        crate::geometry::crs::parse(text)
    }

    fn project(
        &self,
        bbox: crate::cube::BBox,
        from: &crate::cube::Crs,
        to: &crate::cube::Crs,
    ) -> Result<crate::cube::BBox> {
        crate::geometry::crs::project(bbox, from, to)
    }

    fn suggest_grid(&self, grid: &crate::cube::GeoBox, to: &crate::cube::Crs) -> Result<crate::cube::GeoBox> {
        crate::geometry::warp::suggest_grid(grid, to)
    }

    fn polygons(&self, path: &str, to: Option<&crate::cube::Crs>) -> Result<crate::plan::catalog::Shapes> {
        io::vector::polygons(path, to)
    }

    fn place(&self, point: [f64; 2], from: &crate::cube::Crs, to: &crate::cube::Crs) -> Result<[f64; 2]> {
        let [mut x, mut y] = point.map(|v| [v]);
        crate::geometry::crs::points(from, to, &mut x, &mut y)?;
        Ok([x[0], y[0]])
    }

    fn zones(&self, query: &crate::plan::catalog::Features) -> Result<crate::table::Zones> {
        io::vector::zones(query)
    }

    fn sites(&self, query: &crate::plan::catalog::Features) -> Result<crate::table::Sites> {
        io::vector::sites(query)
    }
}

//! Binds pipelines: looks stages up, matches arguments to parameters, and lets each verb lower itself to plan nodes.

mod matcher;

use super::ast::{self, Args, AtomKind, ExprKind, Literal};
use super::elsewhere;
use super::expr::{self, Cx, Domain};
use super::registry::{self, Call, Lower, Param, ParamKind, Shape, Verb, View, wrong_result};
use super::scope::{Function, Scope};
use super::value::{Arg, Value};
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::plan::{AnyPlan, Catalog, Rows, TablePlan};
use matcher::Matcher;

/// A pipeline that was checked: what it computes, and how it ends.
#[derive(Clone, Debug)]
pub(crate) struct BoundPipeline {
    pub result: AnyPlan,
    /// What its last stage shows, if that is a stage that shows something.
    pub view: Option<View>,
}

impl BoundPipeline {
    pub(crate) fn is_write(&self) -> bool {
        self.result.is_write()
    }

    /// What a further stage works on and a name stands for, where the pipeline does not end: of `stats` and `show`, which
    /// show the statistics and the pixels of a cube, these as a table.
    pub(crate) fn carried(self) -> Option<AnyPlan> {
        match (self.view, &self.result) {
            _ if self.is_write() => None,
            (None, _) => Some(self.result),
            (Some(View::Stats), AnyPlan::Cube(cube)) => {
                Some(AnyPlan::Table(TablePlan::new(cube, Rows::Bands, cube.span)))
            }
            (Some(View::Show), AnyPlan::Cube(cube)) => Some(AnyPlan::Table(TablePlan::every_pixel(cube, cube.span))),
            (Some(View::Show), AnyPlan::Table(table)) => Some(AnyPlan::Table(table.clone())),
            (Some(_), _) => None,
        }
    }
}

pub(crate) struct Binder<'a> {
    pub scope: &'a Scope,
    pub catalog: &'a dyn Catalog,
    /// The last result, which a line that starts with `|` continues.
    pub last: Option<AnyPlan>,
    /// The stage functions whose bodies are being bound, so that recursion can be refused.
    pub within: Vec<String>,
}

impl Binder<'_> {
    pub(crate) fn pipeline(&self, pipeline: &ast::Pipeline) -> Result<BoundPipeline> {
        let mut current = None;
        if pipeline.continues {
            let last = self.continued(pipeline.span)?;
            // Stages after `plot` work on what was drawn; only sinks take the picture itself.
            let keeps = pipeline.stages.first().is_some_and(|stage| {
                self.verb(stage).is_ok_and(|(verb, ..)| matches!(verb.lower, Lower::PictureSink(_)))
            });
            let result = if keeps { last } else { last.undrawn() };
            current = Some(BoundPipeline { result, view: None });
        }
        if let Some(name) = &pipeline.source {
            current = Some(BoundPipeline { result: self.result_variable(name)?, view: None });
        }
        self.stages(&pipeline.stages, current)?
            .ok_or_else(|| Diagnostic::new(codes::SYNTAX, "an empty pipeline").label(pipeline.span, "no stage"))
    }

    fn continued(&self, span: Span) -> Result<AnyPlan> {
        self.last.clone().ok_or_else(|| {
            Diagnostic::new(codes::MISPLACED_STAGE, "there is no last result to continue")
                .label(Span { end: span.start + 1, ..span }, "starts with `|`")
                .help("begin with a source: `load files \"*.tif\" | ...`")
        })
    }

    fn result_variable(&self, name: &ast::Name) -> Result<AnyPlan> {
        let arg = self.scope.variable(&name.value, name.span)?;
        match &arg.value {
            Value::Cube(plan) => Ok(AnyPlan::Cube(plan.clone())),
            Value::Table(plan) => Ok(AnyPlan::Table(plan.clone())),
            Value::Picture(picture) => Ok(AnyPlan::Picture(picture.clone())),
            other => Err(Diagnostic::new(codes::WRONG_TYPE, format!("`${}` is {}", name.value, other.describe()))
                .label(name.span, "neither a cube nor a table")),
        }
    }

    fn stages(&self, stages: &[ast::Stage], mut current: Option<BoundPipeline>) -> Result<Option<BoundPipeline>> {
        if let Some(stage) = stages.get(MOST_STAGES) {
            return Err(Diagnostic::new(codes::TOO_DEEP, format!("a pipeline of {} stages is too long", stages.len()))
                .label(stage.span, format!("the {}th", MOST_STAGES + 1))
                .help("bind a part of it with `let`"));
        }
        for stage in stages {
            let ended = || {
                Diagnostic::new(codes::MISPLACED_STAGE, format!("`{}` comes after the end", stage.name.value))
                    .label(stage.span, "nothing flows in here")
                    .help("stages that show or save end a pipeline; bind the result with `let` to use it twice")
            };
            let input = current.map(|bound| bound.carried().ok_or_else(ended)).transpose()?;
            let bound = self.stage(stage, input)?;
            if let Some(why) = bound.result.is_too_large() {
                return Err(Diagnostic::new(codes::TOO_DEEP, format!("what comes to this stage is {why}"))
                    .label(stage.span, "here it is too much")
                    .help("save what comes before, as with `save zarr \"part.zarr\"`, and load that"));
            }
            current = Some(bound);
        }
        Ok(current)
    }

    fn stage(&self, stage: &ast::Stage, input: Option<AnyPlan>) -> Result<BoundPipeline> {
        if let Some(function) = self.scope.functions.get(&stage.name.value) {
            return self.user_stage(stage, function, input);
        }
        let (verb, name_span, rest) = self.verb(stage)?;
        let call = self.call(verb, stage, name_span, rest)?;
        let labeled = |d: Box<Diagnostic>| d.or_at(stage.span, "in this stage");
        let plain = |result| BoundPipeline { result, view: None };
        let cube = |plan| plain(AnyPlan::Cube(plan));
        let table = |plan| plain(AnyPlan::Table(plan));
        let picture = |picture| plain(AnyPlan::Picture(picture));
        match (&verb.lower, input) {
            (Lower::Source(lower), None) => lower(&call).map(cube).map_err(labeled),
            (Lower::TableSource(lower), None) => lower(&call).map(table).map_err(labeled),
            (Lower::Stage(lower) | Lower::Sink(lower) | Lower::Both(lower, _), Some(AnyPlan::Cube(input))) => {
                lower(&call, &input).map(cube).map_err(labeled)
            }
            (Lower::Table(lower), Some(AnyPlan::Cube(input))) => lower(&call, &input).map(table).map_err(labeled),
            (Lower::TableSink(lower) | Lower::Both(_, lower), Some(AnyPlan::Table(input))) => {
                lower(&call, &input).map(table).map_err(labeled)
            }
            (Lower::PictureSink(holds), Some(input)) => call.save_picture(&input, *holds).map(picture).map_err(labeled),
            (Lower::See(View::Explain), Some(result)) => Ok(BoundPipeline { result, view: Some(View::Explain) }),
            (_, Some(input @ AnyPlan::Picture(_))) => Err(wrong_result(named(verb, stage), name_span, &input)),
            (Lower::Picture(lower), Some(input)) => lower(&call, &input).map(picture).map_err(labeled),
            (Lower::Either(lower), Some(input)) => lower(&call, &input).map(plain).map_err(labeled),
            (Lower::See(view), Some(result)) if *view != View::Stats || result.cube().is_some() => {
                Ok(BoundPipeline { result, view: Some(*view) })
            }
            (Lower::TableSource(_), Some(_)) => {
                Err(Diagnostic::new(codes::MISPLACED_STAGE, format!("`{}` starts a pipeline", verb.name))
                    .label(name_span, "something flows in here")
                    .help("let it stand first, on a line of its own"))
            }
            (Lower::Source(_), Some(_)) => {
                Err(Diagnostic::new(codes::MISPLACED_STAGE, format!("`{}` starts a pipeline", verb.name))
                    .label(name_span, "something flows in here")
                    .help("bring two cubes together with `join`: `... | join ( load ... )`"))
            }
            (_, Some(input)) => Err(wrong_result(verb.name, name_span, &input)),
            (_, None) => {
                let named = named(verb, stage);
                Err(Diagnostic::new(codes::MISPLACED_STAGE, format!("`{named}` needs a cube to work on"))
                    .label(name_span, "nothing flows in here")
                    .help(format!("begin with a source: `load files \"*.tif\" | {named} ...`")))
            }
        }
    }

    /// The verb of a stage, the span of its name, and the atoms that are left.
    fn verb<'s>(&self, stage: &'s ast::Stage) -> Result<(&'static Verb, Span, &'s [ast::Atom])> {
        let word = stage.name.value.as_str();
        let atoms: &[ast::Atom] = match &stage.args {
            Args::Atoms(atoms) => atoms,
            _ => &[],
        };
        // A name of two words goes before its first word alone: `mask polygon` before `mask`.
        if let Some(AtomKind::Word(second)) = atoms.first().map(|a| &a.value)
            && let Some(verb) = registry::find(&format!("{word} {second}"))
        {
            return Ok((verb, stage.name.span.to(atoms[0].span), &atoms[1..]));
        }
        if let Some(verb) = registry::find(word) {
            return Ok((verb, stage.name.span, atoms));
        }
        let family = registry::family(word);
        if !family.is_empty() {
            let known = || family.iter().copied();
            let Some(first) = atoms.first() else {
                return Err(Diagnostic::new(
                    codes::UNKNOWN_STAGE,
                    format!("`{word}` is only the first word of a stage"),
                )
                .label(stage.name.span, "a second word is missing")
                .help(format!("there is {}", list_family(word, &family))));
            };
            let diagnostic = match &first.value {
                AtomKind::Word(second) => {
                    Diagnostic::new(codes::UNKNOWN_STAGE, format!("unknown stage `{word} {second}`"))
                        .label(first.span, "not a kind of it")
                        .help_if(absent(&format!("{word} {second}")).or_else(|| {
                            if second.contains('.') {
                                return Some(format!(
                                    "write `{} \"{second}\"`",
                                    crate::verbs::stage_for(word, second)?
                                ));
                            }
                            let near = || diagnostic::nearest(second, known()).map(|near| format!("{word} {near}"));
                            let stage = crate::verbs::stage_called(word, second).map(str::to_string).or_else(near)?;
                            let rest = atoms.get(1).and_then(|atom| self.atom(atom).ok()?.value.written());
                            Some(match rest {
                                Some(rest) => format!("did you mean `{stage} {rest}`?"),
                                None => format!("did you mean `{stage}`?"),
                            })
                        }))
                }
                AtomKind::Literal(ast::Literal::Text(_)) => {
                    let path = self.atom(first).ok().and_then(|arg| arg.value.as_text());
                    let stage = path.and_then(|path| Some((crate::verbs::stage_for(word, &path)?, path)));
                    Diagnostic::new(codes::UNKNOWN_STAGE, format!("`{word}` is only the first word of a stage"))
                        .label(first.span, "the format is missing before this")
                        .help_if(stage.map(|(stage, path)| format!("write `{stage} \"{path}\"`")))
                }
                _ => Diagnostic::new(codes::UNKNOWN_STAGE, format!("`{word}` is only the first word of a stage"))
                    .label(first.span, "a word is missing before this"),
            };
            return Err(diagnostic.help(format!("there is {}", list_family(word, &family))));
        }
        if registry::is_reducer(word)
            && let Some(verb) = registry::find("reduce")
        {
            return Ok((verb, stage.name.span, atoms));
        }
        Err(unknown_stage(word, stage.name.span, "", self.scope))
    }

    fn call<'s>(
        &'s self,
        verb: &'static Verb,
        stage: &ast::Stage,
        name_span: Span,
        atoms: &[ast::Atom],
    ) -> Result<Call<'s>> {
        let mut call = Call { verb, span: stage.span, args: Vec::new(), catalog: self.catalog, scope: self.scope };
        match &stage.args {
            Args::Assigns(assigns) => {
                let assigned = |p: &&Param| matches!(p.shape, Shape::Assigns | Shape::AssignsOrExpr);
                let Some(param) = verb.params.iter().find(assigned) else {
                    return Err(Diagnostic::new(
                        codes::UNKNOWN_ARGUMENT,
                        format!("`{}` without an assignment", verb.name),
                    )
                    .label(stage.span, "`=` stands here"));
                };
                call.args.push((param, vec![Arg { value: Value::Assigns(assigns.clone()), span: stage.span }]));
            }
            Args::Expr(expr) => {
                let Some(param) = verb.params.iter().find(|p| p.shape.is_expression()) else {
                    return Err(Diagnostic::new(
                        codes::UNKNOWN_ARGUMENT,
                        format!("`{}` takes no expression", verb.name),
                    )
                    .label(expr.span, "an expression")
                    .help(short_usage(verb)));
                };
                if param.shape == Shape::Assigns {
                    return Err(unnamed(verb, expr));
                }
                call.args.push((param, vec![Arg { value: Value::Expr(expr.clone()), span: expr.span }]));
            }
            Args::Atoms(_) => {
                // A reducer as a stage is `reduce` with itself as the first argument.
                let own = registry::is_reducer(&stage.name.value) && verb.name == "reduce";
                let own = own.then(|| Arg { value: Value::Word(stage.name.value.clone()), span: stage.name.span });
                Matcher { binder: self, verb, atoms, at: 0 }.run(own, &mut call)?;
            }
        }
        for param in verb.params {
            if param.kind == ParamKind::Required && !call.has(param.name) {
                return Err(Diagnostic::new(
                    codes::MISSING_ARGUMENT,
                    format!("`{}` needs {}", verb.name, param.shape.expected()),
                )
                .label(name_span, format!("`{}` is missing", param.name))
                .help(short_usage(verb))
                .help_if(
                    verb.examples.first().map(|e| format!("for example: {}", e.script.lines().next().unwrap_or(""))),
                ));
            }
        }
        Ok(call)
    }

    fn user_stage(&self, stage: &ast::Stage, function: &Function, input: Option<AnyPlan>) -> Result<BoundPipeline> {
        let name = &stage.name.value;
        let ast::Body::Stages(stages) = &function.body else {
            return Err(Diagnostic::new(
                codes::MISPLACED_STAGE,
                format!("`{name}` is a function of expressions, not a stage"),
            )
            .label(stage.name.span, "used as a stage")
            .help(format!("use it in one: `map a = {name}(...)`")));
        };
        if self.within.contains(name) {
            return Err(Diagnostic::new(codes::RECURSION, format!("`{name}` uses itself"))
                .label(stage.name.span, "again")
                .help("a stage function is replaced by its stages where it is used, so it cannot use itself"));
        }
        let atoms: &[ast::Atom] = match &stage.args {
            Args::Atoms(atoms) => atoms,
            _ => &[],
        };
        if atoms.len() != function.params.len() {
            return Err(Diagnostic::new(
                codes::WRONG_ARITY,
                format!("`{name}` takes {} arguments, not {}", function.params.len(), atoms.len()),
            )
            .label(stage.span, "used here")
            .help(format!("usage: {name} {}", function.params.join(" "))));
        }
        let mut scope = function.home.as_deref().unwrap_or(self.scope).clone();
        for (param, atom) in function.params.iter().zip(atoms) {
            let arg = self.atom(atom)?;
            scope.variables.insert(param.clone(), arg);
        }
        let within = self.within.iter().cloned().chain([name.clone()]).collect();
        let inner = Binder { scope: &scope, catalog: self.catalog, last: None, within };
        let input = input.map(|result| BoundPipeline { result, view: None });
        inner.stages(stages, input)?.ok_or_else(|| Diagnostic::new(codes::SYNTAX, format!("`{name}` has no stages")))
    }

    /// The value of an atom.
    pub(crate) fn atom(&self, atom: &ast::Atom) -> Result<Arg> {
        let value = match &atom.value {
            AtomKind::Word(word) | AtomKind::Quoted(word) => Value::Word(word.clone()),
            AtomKind::Variable(name) => self.scope.variable(name, atom.span)?.value.clone(),
            AtomKind::Literal(literal) => self.literal(literal)?,
            AtomKind::List(items) => Value::List(items.iter().map(|i| self.atom(i)).collect::<Result<_>>()?),
            AtomKind::Pipeline(pipeline) => {
                let bound = self.pipeline(pipeline)?;
                let ended = || {
                    Diagnostic::new(codes::MISPLACED_STAGE, "a pipeline in parentheses gives a result")
                        .label(atom.span, "this one shows or saves")
                };
                bound.carried().ok_or_else(ended)?.into()
            }
            AtomKind::Expr(expr) => self.value(expr)?,
            AtomKind::Range(ends) => self.scope.range(ends)?,
            AtomKind::Keyed(key, value) => {
                return Err(keyed(atom.span).help(format!("write `{key} {value}`")));
            }
        };
        Ok(Arg { value, span: atom.span })
    }

    /// The value of an expression of a `let`, a default or an argument, as far as it is constant; the rest stays as it
    /// is.
    pub(crate) fn value(&self, expr: &ast::Expr) -> Result<Value> {
        match &expr.value {
            ExprKind::Group(inner) => self.value(inner),
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Variable(name) => Ok(self.scope.variable(name, expr.span)?.value.clone()),
            ExprKind::List(items) => {
                let items = items.iter().map(|i| Ok(Arg { value: self.value(i)?, span: i.span }));
                Ok(Value::List(items.collect::<Result<_>>()?))
            }
            ExprKind::Band(word) => Ok(Value::Word(word.clone())),
            ExprKind::Range(ends) => self.scope.range(ends),
            _ => {
                let bound = expr::bind(expr, &Cx::over(Domain::Constants, self.scope));
                let number = bound.ok().and_then(|bound| crate::expr::constant(&bound));
                Ok(number.map_or_else(|| Value::Expr(expr.clone()), Value::Number))
            }
        }
    }

    fn literal(&self, literal: &Literal) -> Result<Value> {
        Ok(match literal {
            Literal::Number(v) => Value::Number(*v),
            Literal::Text(text) => Value::Text(self.scope.text(text)?),
            Literal::Date(date) => Value::Date(date.clone()),
            Literal::DateRange { start, end, half_open } => {
                Value::DateRange { start: start.clone(), end: end.clone(), half_open: *half_open }
            }
            Literal::Range { start, end, half_open } => {
                Value::Range { start: *start, end: *end, half_open: *half_open }
            }
            Literal::Quantity { value, unit, text } => {
                Value::Quantity { value: *value, unit: unit.clone(), text: text.clone() }
            }
            Literal::Nodata => Value::Nodata,
            Literal::Bool(b) => Value::Bool(*b),
        })
    }
}

/// A stage as it was written: a reducer is a stage of `reduce`.
fn named<'a>(verb: &'a Verb, stage: &'a ast::Stage) -> &'a str {
    if registry::is_reducer(&stage.name.value) { &stage.name.value } else { verb.name }
}

/// The error for `key=value` in place of a key and a value.
fn keyed(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(codes::SYNTAX, "a keyword argument is written without `=`").label(span, "`=` only binds names")
}

/// The error for an expression without a name, in a stage that makes bands.
fn unnamed(verb: &Verb, expr: &ast::Expr) -> Box<Diagnostic> {
    match &expr.value {
        ExprKind::Binary { op: ast::Binary::Eq, left, right } if matches!(left.value, ExprKind::Band(_)) => {
            let between = Span { start: left.span.end, end: right.span.start, ..expr.span };
            Diagnostic::new(codes::SYNTAX, "`==` compares, it does not bind").label(between, "`=` expected here")
        }
        _ => Diagnostic::new(codes::SYNTAX, format!("`{}` without the name of a band", verb.name))
            .label(expr.span, "the band that this makes has no name")
            .help(format!("write `{} name = ..`", verb.name)),
    }
}

/// The most stages of a pipeline, more than anybody types; each is a level of the plan's tree.
const MOST_STAGES: usize = 300;

fn list_family(word: &str, family: &[&str]) -> String {
    family.iter().map(|f| format!("`{word} {f}`")).collect::<Vec<_>>().join(", ")
}

/// A stage that this build lacks with its feature is unknown to it, but the message can name the feature.
fn absent(name: &str) -> Option<String> {
    crate::verbs::absence(name, cfg!(feature = "pictures"))
}

/// That no stage has the name, and what has one like it, written with `rest` behind it.
pub(super) fn unknown_stage(word: &str, span: Span, rest: &str, scope: &Scope) -> Box<Diagnostic> {
    let diagnostic =
        Diagnostic::new(codes::UNKNOWN_STAGE, format!("unknown stage `{word}`")).label(span, "not a stage");
    if let Some(absent) = absent(word) {
        return diagnostic.help(absent);
    }
    if scope.variables.contains_key(word) {
        return diagnostic.help(format!("the variable of that name is `${word}`"));
    }
    if let Some(here) = elsewhere::stage(word, rest) {
        return diagnostic.help(here);
    }
    if let Some(near) = near_stage(word, scope) {
        return diagnostic.help(format!("did you mean `{near}{rest}`?"));
    }
    diagnostic.help("`:help` lists the stages")
}

/// Whether a stage or a function begins with the word.
pub(super) fn is_stage(word: &str, scope: &Scope) -> bool {
    registry::first_words().contains(&word) || scope.functions.contains_key(word)
}

/// The stage whose name is a slip of the fingers away; nothing for words that say themselves what they are here.
pub(super) fn near_stage<'a>(word: &str, scope: &'a Scope) -> Option<&'a str> {
    let known = || registry::first_words().into_iter().chain(scope.functions.keys().map(String::as_str));
    if is_told(word, scope) { None } else { diagnostic::nearest(word, known()) }
}

/// Whether a word that is no stage says itself what it is here.
pub(super) fn is_told(word: &str, scope: &Scope) -> bool {
    absent(word).is_some() || scope.variables.contains_key(word) || elsewhere::stage(word, "").is_some()
}

/// The usage of a stage in a line of a message, with no more arguments than are read there.
pub(crate) fn short_usage(verb: &Verb) -> String {
    const MOST: usize = 12;
    let shown = match verb.arguments().count() > MOST + 2 {
        true => usage_of(verb, MOST).join(" ") + &format!(" ..; `help {}` lists all", verb.name),
        false => usage(verb),
    };
    format!("usage: {shown}")
}

/// `crop [bbox W S E N] [lonlat W S E N] [touch true|false]`.
pub(crate) fn usage(verb: &Verb) -> String {
    usage_of(verb, usize::MAX).join(" ")
}

/// The widest line of a usage.
const WIDEST: usize = 100;

/// The same over as many lines as it needs, broken before arguments.
pub(crate) fn usage_lines(verb: &Verb) -> String {
    let mut out = String::new();
    let mut width = 0;
    for part in usage_of(verb, usize::MAX) {
        let length = part.chars().count();
        let (before, begun) = match width {
            0 => ("", 0),
            width if width + 1 + length > WIDEST => ("\n    ", 4),
            width => (" ", width + 1),
        };
        out.push_str(before);
        out.push_str(&part);
        width = begun + length;
    }
    out
}

/// The name of a stage, and each of its arguments.
pub(crate) fn usage_of(verb: &Verb, most: usize) -> Vec<String> {
    let mut parts = vec![verb.name.to_string()];
    for param in verb.arguments().take(most) {
        let value = param.shape.placeholder(param.name);
        parts.push(match param.kind {
            ParamKind::Required => value,
            ParamKind::Optional => format!("[{value}]"),
            ParamKind::Rest => format!("{value} .."),
            ParamKind::Named | ParamKind::Option => format!("[{} {value}]", param.name),
            ParamKind::Flag => format!("[{}]", param.name),
        });
    }
    if most > verb.params.len() && verb.params.iter().any(|p| p.kind == ParamKind::Option) {
        parts.push("[OPTION VALUE ..]".into());
    }
    parts
}

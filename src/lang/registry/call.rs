//! A call of a verb whose arguments were matched to its parameters; verbs read their arguments from it.

use super::{Param, ParamKind, Verb, wrong_result};
use crate::cube::{BBox, Crs, GeoBox, Schema, Touch};
use crate::diagnostic::{self, Code, Diagnostic, Result, Span, codes};
use crate::lang::elsewhere;
use crate::lang::scope::Scope;
use crate::lang::value::{Arg, Value};
use crate::lang::{ast, expr};
use crate::plan::{
    self, AnyPlan, Catalog, Expr, Holds, IfExists, Payload, Picture, Plan, Resampling, SinkSpec, TablePlan,
};
use std::sync::Arc;

pub struct Call<'a> {
    pub verb: &'static Verb,
    /// The whole stage.
    pub span: Span,
    pub args: Vec<(&'static Param, Vec<Arg>)>,
    pub catalog: &'a dyn Catalog,
    pub scope: &'a Scope,
}

impl Call<'_> {
    /// All values given for a parameter.
    pub fn all(&self, name: &str) -> &[Arg] {
        debug_assert!(self.takes(name), "`{}` has no parameter `{name}`", self.verb.name);
        self.args.iter().find(|(p, _)| p.name == name).map_or(&[], |(_, args)| args)
    }

    pub fn get(&self, name: &str) -> Option<&Arg> {
        self.all(name).first()
    }

    /// Whether the verb has such a parameter.
    pub fn takes(&self, name: &str) -> bool {
        self.verb.params.iter().any(|p| p.name == name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.args.iter().any(|(p, _)| p.name == name)
    }

    pub fn span_of(&self, name: &str) -> Span {
        self.all(name).iter().map(|a| a.span).reduce(Span::to).unwrap_or(self.span)
    }

    /// A diagnostic at an argument.
    pub fn error(&self, name: &str, code: Code, message: impl Into<String>, label: &str) -> Box<Diagnostic> {
        Diagnostic::new(code, message).label(self.span_of(name), label)
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(|a| a.value.as_text())
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)?.value {
            Value::Number(v) => Some(v),
            _ => None,
        }
    }

    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.get(name)?.value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// What of a pixel must lie inside of a box or polygon.
    pub(crate) fn touch(&self, name: &str) -> Option<Touch> {
        Some(match self.get(name)?.value {
            Value::Bool(true) => Touch::Any,
            Value::Bool(false) => Touch::Center,
            _ => Touch::Inside,
        })
    }

    /// Names with their places: a word, a list of words, or several words.
    pub fn names(&self, name: &str) -> Vec<(String, Span)> {
        fn collect(arg: &Arg, out: &mut Vec<(String, Span)>) {
            match &arg.value {
                Value::List(items) => items.iter().for_each(|i| collect(i, out)),
                value => out.extend(value.as_text().map(|t| (t, arg.span))),
            }
        }
        let mut out = Vec::new();
        self.all(name).iter().for_each(|a| collect(a, &mut out));
        out
    }

    /// Names that must be bands of the cube here.
    pub fn bands(&self, name: &str, schema: &Schema) -> Result<Vec<usize>> {
        self.names(name)
            .into_iter()
            .map(|(band, span)| schema.band(&band).map_err(|d| d.or_at(span, "no band of the cube here")))
            .collect()
    }

    pub fn bbox(&self, name: &str) -> Option<BBox> {
        let number = |a: &Arg| match a.value {
            Value::Number(v) => Some(v),
            _ => None,
        };
        let v: Vec<f64> = self.all(name).iter().filter_map(number).collect();
        (v.len() == 4).then(|| BBox::new(v[0], v[1], v[2], v[3]))
    }

    pub fn crs(&self, name: &str) -> Result<Option<Crs>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        self.catalog.crs(&text).map(Some).map_err(|d| d.or_at(self.span_of(name), "no reference system"))
    }

    /// The two numbers of a point.
    pub fn point(&self, name: &str) -> Option<[f64; 2]> {
        match self.all(name) {
            [Arg { value: Value::Number(x), .. }, Arg { value: Value::Number(y), .. }] => Some([*x, *y]),
            _ => None,
        }
    }

    /// A length in the units of `crs`.
    pub fn length(&self, name: &str, crs: Option<&Crs>) -> Result<Option<f64>> {
        let Some(arg) = self.get(name) else { return Ok(None) };
        let angular = crs.is_some_and(Crs::is_angular);
        let value = match &arg.value {
            Value::Number(v) => *v,
            Value::Quantity { value, unit, .. } => match (unit.as_str(), angular) {
                ("m", false) | ("deg", true) => *value,
                ("km", false) => value * 1000.0,
                (unit, _) => {
                    let grid = crs.map_or("the grid", |c| c.name.as_str());
                    let right = if angular { "0.25deg" } else { "10m" };
                    return Err(self
                        .error(
                            name,
                            codes::WRONG_TYPE,
                            format!("a length in `{unit}` cannot be used on {grid}"),
                            "of another unit",
                        )
                        .help(format!("write a length such as `{right}`")));
                }
            },
            _ => return Ok(None),
        };
        if value <= 0.0 || !value.is_finite() {
            return Err(self.error(name, codes::OUT_OF_RANGE, "a length must be more than zero", "not a length"));
        }
        Ok(Some(value))
    }

    pub fn cube(&self, name: &str) -> Option<Arc<Plan>> {
        match &self.get(name)?.value {
            Value::Cube(plan) => Some(plan.clone()),
            _ => None,
        }
    }

    /// The cube that flows in, for a stage that takes tables only with some of its arguments.
    pub fn cube_here<'c>(&self, input: &'c AnyPlan) -> Result<&'c Arc<Plan>> {
        input.cube().ok_or_else(|| {
            // Where a reducer is the stage, its name is the first argument.
            let own = self.args.iter().flat_map(|(_, args)| args).find(|arg| arg.span.start == self.span.start);
            let written = own.and_then(|arg| arg.value.as_text()).unwrap_or(self.verb.name.into());
            wrong_result(&written, self.span, input)
        })
    }

    /// A cube, or the file of a path loaded as one.
    pub fn cube_or_file(&self, name: &str) -> Result<Option<Arc<Plan>>> {
        match self.get(name) {
            None => Ok(None),
            Some(arg) => match &arg.value {
                Value::Cube(plan) => Ok(Some(plan.clone())),
                value => {
                    let path = value.as_text().unwrap_or_default();
                    let mut options = Payload::default();
                    options.set("path", self.scope.resolve(&path));
                    self.catalog
                        .scan(self.catalog.format_of(&path), options, arg.span)
                        .map(Some)
                        .map_err(|d| d.or_at(arg.span, "this file"))
                }
            },
        }
    }

    /// # Errors
    /// `E0206` for a grid whose rows and columns are no coordinates, which shapes on the ground would be taken for.
    pub fn refuse_unplaced(&self, grid: &GeoBox) -> Result<()> {
        match grid.places.is_none() {
            true => Ok(()),
            false => Err(Diagnostic::new(codes::NO_CRS, "rows and columns of the cube are no places on the ground")
                .label(self.span, "where is this?")
                .help(grid.way_to_a_system())),
        }
    }

    /// The expression of the stage, bound to the bands of `schema`.
    pub fn expr(&self, name: &str, schema: &Schema) -> Result<Expr> {
        match self.get(name).map(|a| &a.value) {
            Some(Value::Expr(e)) => expr::bind(e, &expr::Cx::new(schema, self.scope)),
            _ => Err(self.error(
                name,
                codes::MISSING_ARGUMENT,
                format!("`{}` needs an expression", self.verb.name),
                "here",
            )),
        }
    }

    /// The parse tree of an expression that is not about pixels.
    pub fn raw_expr(&self, name: &str) -> Option<&ast::Expr> {
        match &self.get(name)?.value {
            Value::Expr(e) => Some(e),
            _ => None,
        }
    }

    /// The assignments of the stage.
    pub fn assigns(&self, name: &str) -> &[ast::Assign] {
        match self.get(name).map(|a| &a.value) {
            Some(Value::Assigns(assigns)) => assigns,
            _ => &[],
        }
    }

    /// A resampling method; nearest unless given.
    pub fn resampling(&self, name: &str) -> Resampling {
        let word = self.text(name).unwrap_or_default();
        Resampling::NAMES.iter().find(|(n, _)| *n == word).map_or(Resampling::Nearest, |(_, m)| *m)
    }

    /// Adds the verb's place to whatever fails in here.
    pub fn at<T>(&self, result: Result<T>, label: &str) -> Result<T> {
        result.map_err(|d| d.or_at(self.span, label))
    }

    /// The error for an unknown word as an argument, which suggests the most similar of some names.
    pub fn unknown(&self, name: &str, what: &str, word: &str, known: &[&str]) -> Box<Diagnostic> {
        let near = || diagnostic::did_you_mean(word, known.iter().copied());
        self.error(name, codes::UNKNOWN_CHOICE, format!("no {what} is named `{word}`"), "not known")
            .help_if(elsewhere::choice(word, known).or_else(near))
            .help(format!("there is {}", diagnostic::list_some(known.iter().copied(), 40)))
    }
}

/// The system of a grid, for messages.
pub(crate) fn crs_of(grid: &GeoBox) -> String {
    grid.crs.as_ref().map_or("no reference system".into(), |c| c.name.clone())
}

/// The extents of a grid and of a box outside of it, for messages.
pub(crate) fn extents(grid: &GeoBox, bbox: BBox) -> [String; 2] {
    [format!("the box:  {bbox}"), format!("the cube: {} ({})", grid.bounds(), crs_of(grid))]
}

/// The lowering that all `save` verbs share.
impl Call<'_> {
    /// The plan that writes `input` in a format. Everything that can be refused before pixels are read is refused.
    pub fn save(&self, input: &Arc<Plan>) -> Result<Arc<Plan>> {
        let mut sink = self.sink()?;
        sink.fingerprint = sink.resumable.then(|| input.fingerprint());
        self.catalog.check_sink(&sink, &input.schema).map_err(|d| self.at_path(d))?;
        Ok(Plan::write(input, sink, self.span))
    }

    /// The same for a format that refers to pixels where they lie, and copies none.
    pub fn save_references(&self, input: &Arc<Plan>) -> Result<Arc<Plan>> {
        let refers = Some(Box::new(plan::SourceSlice::of(input)?));
        let sink = SinkSpec { refers, ..self.sink()? };
        self.catalog.check_sink(&sink, &input.schema).map_err(|d| self.at_path(d))?;
        Ok(Plan::write(input, sink, self.span))
    }

    /// The same for a table.
    pub fn save_table(&self, input: &Arc<TablePlan>) -> Result<Arc<TablePlan>> {
        let sink = self.sink()?;
        self.catalog.check_table_sink(&sink).map_err(|d| self.at_path(d))?;
        Ok(input.write(sink, self.span))
    }

    /// The same for a picture. A cube or table is drawn first, as `plot` or `animate` would draw it.
    pub fn save_picture(&self, input: &AnyPlan, holds: Holds) -> Result<Arc<Picture>> {
        let (sink, format) = (self.sink()?, self.format());
        let steps = input.cube().map_or(1, |cube| cube.schema.time.len());
        let moving = match holds {
            Holds::Stills | Holds::StillsFirst => false,
            Holds::Animations => true,
            Holds::AnimationsFirst => steps > 1,
        };
        let picture = input.drawn(moving, self.span)?;
        if moving && input.picture().is_none() && !picture.is_moving() || holds == Holds::Stills && picture.is_moving()
        {
            let (what, takes) = if moving { ("a chart", "animations") } else { ("an animation", "still pictures") };
            return Err(Diagnostic::new(codes::WRONG_RESULT, format!("`save {format}` writes {takes}, not {what}"))
                .label(self.span, format!("{what} here"))
                .help("`save png` and `save html` take either"));
        }
        self.catalog.check_picture_sink(&sink).map_err(|d| self.at_path(d))?;
        Ok(picture.write(sink, self.span))
    }

    fn sink(&self) -> Result<SinkSpec> {
        let flag = |name: &str| self.verb.params.iter().any(|p| p.name == name) && self.has(name);
        let resumable = flag("resume");
        let existing = match (flag("overwrite"), flag("append")) {
            (false, false) => IfExists::Refuse,
            (true, false) => IfExists::Overwrite,
            (false, true) if !resumable => IfExists::Append,
            (_, true) => {
                let message = "`append` goes with neither `overwrite` nor `resume`";
                return Err(Diagnostic::new(codes::REPEATED_ARGUMENT, message).label(self.span, "several here"));
            }
        };
        let options = self.payload(|param| param.kind == ParamKind::Option)?;
        let path = self.text("path").unwrap_or_default();
        // Standard output lies in no folder.
        let path = if path == "-" { path } else { self.scope.resolve(&path) };
        Ok(SinkSpec { resumable, ..SinkSpec::new(self.format(), path, existing, options) })
    }

    fn at_path(&self, diagnostic: Box<Diagnostic>) -> Box<Diagnostic> {
        self.in_place(diagnostic).or_at(self.span_of("path"), "asked for here")
    }
}

//! What may be typed next: candidates for a cursor in a text that need not parse, and hints.

mod place;
// What editors show while a stage is typed.
#[cfg_attr(not(feature = "lsp"), allow(dead_code))]
mod signature;

pub(crate) use place::{CursorContext, Here, StageInput, place};
#[cfg_attr(not(feature = "lsp"), allow(unused_imports))]
pub(crate) use signature::signature;

use super::bind::usage;
use super::registry::{self, Group, Lower, Param, ParamKind, Shape, Verb};
use super::scope::Scope;
use super::value::Value;
use crate::cube::TimeAxis;
use crate::cube::time::{ADVERBS, NOUNS};
use crate::expr::FUNCTIONS;
use crate::plan::picture::colormap;
use crate::plan::show::typed;
use crate::plan::{AnyPlan, Reducer};

/// What a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A stage.
    Stage,
    /// A word that opens a statement.
    Keyword,
    /// The name of an argument or a setting.
    Argument,
    /// One of a few words.
    Choice,
    /// The name of a color map.
    ColorMap,
    /// A reducer.
    Reducer,
    /// A band of the cube.
    Band,
    /// A function of expressions.
    Function,
    /// A `$name`.
    Variable,
    /// A file or folder.
    File,
    /// A meta line, or what one takes.
    Meta,
}

/// What may be typed next.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The text that is put in.
    pub text: String,
    /// What it is.
    pub kind: What,
    /// One line; may be empty.
    pub help: String,
}

impl Candidate {
    pub(crate) fn new(text: impl Into<String>, kind: What, help: impl Into<String>) -> Candidate {
        Candidate { text: text.into(), kind, help: help.into() }
    }
}

/// What completion needs to know from the session.
pub(crate) trait Surroundings {
    /// The names that are bound once the statements `before` have run.
    fn scope(&self, before: &str) -> Scope;
    /// What a pipeline gives; the last result for an empty text.
    fn result(&self, scope: &Scope, pipeline: &str) -> Option<AnyPlan>;
    /// The settings, with help.
    fn settings(&self) -> Vec<(&'static str, &'static str)>;
    /// The values of a setting that is one of a few words.
    fn words_of(&self, setting: &str) -> &'static [&'static str];
    /// The types of parameters.
    fn types(&self) -> &'static [&'static str];
    /// The names of bands and the like in the file at `path`, as a load of this format takes them, with help.
    fn contents(&self, format: &str, path: &str) -> Vec<(String, String)>;
    /// The fields of the features in the vector file at `path`, with their types.
    fn fields(&self, path: &str) -> Vec<(String, String)>;
    /// The reference systems whose code begins with `code`, with their names.
    fn systems(&self, code: &str) -> Vec<(String, String)>;
    /// What the files are called that a stage reads or writes, or `import` where there is none; nothing where all may be.
    fn extensions(&self, stage: Option<&Verb>) -> &'static [&'static str];
    /// Files and folders whose path begins with `prefix`: the text that replaces the last part of the path, and help.
    fn files(&self, prefix: &str) -> Vec<(String, String)>;
}

/// The byte from which a candidate replaces the text up to the cursor, and the candidates, best first.
pub(crate) fn complete(text: &str, cursor: usize, world: &dyn Surroundings) -> (usize, Vec<Candidate>) {
    let place = place(text, cursor);
    if let Here::Text { typed, import } = &place.here {
        return in_text(&place, typed.as_ref(), *import, world);
    }
    let mut all = Vec::new();
    let scope = world.scope(place.before);
    let mut seek = false;
    match &place.here {
        Here::Nothing | Here::Text { .. } => {}
        Here::Stage { first, statement, expression } => {
            seek = !expression;
            stages(*first, &scope, &mut all);
            if *first {
                variables(&scope, |v| *expression || matches!(v, Value::Cube(_) | Value::Table(_)), &mut all);
            }
            if *statement {
                all.extend(KEYWORDS.iter().map(|(word, help)| Candidate::new(*word, What::Keyword, *help)));
            }
            if *expression {
                functions(&scope, &mut all);
            }
        }
        Here::Second(first) => {
            let verbs = crate::verbs::VERBS.iter().filter_map(|v| Some((v.name.split_once(' ')?, v.summary)));
            let family = verbs.filter(|((word, _), _)| word == first);
            all.extend(family.map(|((_, second), help)| Candidate::new(second, What::Stage, help)));
        }
        Here::Argument { typed, pipeline } => {
            let input = pipeline.and_then(|pipeline| world.result(&scope, pipeline));
            let takes_system = typed.value_of.or(typed.positional).is_some_and(|param| param.shape == Shape::Crs);
            // The registry has thousands: enough of a code is typed first.
            if takes_system && place.prefix.len() > "EPSG:".len() {
                let known = world.systems(place.prefix).into_iter();
                all.extend(known.map(|(code, name)| Candidate::new(code, What::Choice, name)));
            }
            arguments(typed, input.as_ref(), &scope, world, &mut all);
        }
        Here::Expression { stage, pipeline } => {
            let input = pipeline.and_then(|pipeline| world.result(&scope, pipeline));
            expression(*stage, input.as_ref(), &scope, &mut all);
        }
        Here::Setting(words) => match words[..] {
            [] => {
                all.extend(world.settings().into_iter().map(|(name, help)| Candidate::new(name, What::Argument, help)))
            }
            [setting] => {
                all.extend(world.words_of(setting).iter().map(|word| Candidate::new(*word, What::Choice, "")));
            }
            _ => {}
        },
        Here::Type => all.extend(world.types().iter().map(|word| Candidate::new(*word, What::Choice, ""))),
    }
    let fits = |c: &Candidate| starts_with(&c.text, place.prefix);
    let sought = seek && !place.prefix.is_empty() && !all.iter().any(fits);
    match sought {
        true => all.retain(|c| is_sought(c, place.prefix)),
        false => all.retain(fits),
    }
    (place.start, all)
}

/// What the stage being typed still takes, for showing behind the cursor.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub(crate) fn hint(text: &str) -> Option<String> {
    let place = place(text, text.len());
    if !place.prefix.is_empty() || !text.ends_with([' ', '[', '\n']) {
        return None;
    }
    match place.here {
        Here::Argument { typed, .. } => {
            let mut parts = Vec::new();
            if let Some(param) = typed.value_of {
                parts.push(param.shape.placeholder(param.name));
            }
            let positional = typed.verb.params.iter().filter(|p| p.is_positional());
            let left = positional.skip_while(|p| typed.positional.is_none_or(|next| next.name != p.name));
            parts.extend(left.map(|p| p.shape.placeholder(p.name)));
            let left = typed.verb.params.iter().filter(|p| !p.is_positional() && !typed.used.contains(&p.name));
            parts.extend(left.map(|p| match p.kind {
                ParamKind::Flag => format!("[{}]", p.name),
                _ => format!("[{} {}]", p.name, p.shape.placeholder(p.name)),
            }));
            let mut hint = String::new();
            for part in parts {
                if hint.len() + part.len() > 60 {
                    hint.push_str(" ..");
                    break;
                }
                if !hint.is_empty() {
                    hint.push(' ');
                }
                hint.push_str(&part);
            }
            (!hint.is_empty()).then_some(hint)
        }
        Here::Expression { stage: Some(verb), .. } => {
            let words = text.split_whitespace().next_back()?;
            (words == verb.name).then(|| usage(verb)[verb.name.len()..].trim().to_string())
        }
        Here::Second(first) => Some(registry::family(first).join("|")),
        _ => None,
    }
}

/// The words that begin a statement.
pub(crate) const KEYWORDS: [(&str, &str); 5] = [
    ("let", "name a cube or a value: `let x = load ...`"),
    ("fn", "name an expression or some stages: `fn ndvi(a, b) = (a - b) / (a + b)`"),
    ("param", "a value that the command line can set: `param year: number = 2020`"),
    ("import", "names of another file: `import \"lib.rastra\" as lib`"),
    ("set", "memory, threads and other settings: `set memory 4GiB`"),
];

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// Whether a stage is looked for by this word: people type the words of other tools, such as `clip` for `crop`.
fn is_sought(candidate: &Candidate, prefix: &str) -> bool {
    let named = |v: &&&Verb| v.name.split(' ').next() == Some(candidate.text.as_str());
    candidate.kind == What::Stage
        && prefix.len() >= 3
        && crate::verbs::VERBS.iter().filter(named).any(|v| v.seek.iter().any(|word| starts_with(word, prefix)))
}

fn stages(first: bool, scope: &Scope, all: &mut Vec<Candidate>) {
    let fits = |v: &&&Verb| matches!(v.lower, Lower::Source(_) | Lower::TableSource(_)) == first;
    for verb in crate::verbs::VERBS.iter().filter(fits) {
        let word = verb.name.split(' ').next().unwrap_or_default();
        if word == verb.name {
            all.push(Candidate::new(word, What::Stage, verb.summary));
        } else if !all.iter().any(|c| c.text == word) {
            all.push(Candidate::new(word, What::Stage, registry::family(word).join(", ")));
        }
    }
    for (name, function) in &scope.functions {
        if let super::ast::Body::Stages(stages) = &function.body {
            let source = stages.first().is_some_and(|s| is_source(&s.name.value));
            if source == first {
                all.push(Candidate::new(name, What::Function, function.doc.clone().unwrap_or_default()));
            }
        }
    }
    if !first {
        all.extend(Reducer::words().map(|r| Candidate::new(r.name, What::Reducer, r.help)));
        all.push(Candidate::new("quantile", What::Reducer, "`quantile 0.9`, which is also `p90`"));
    }
    all.sort_by(|a, b| a.text.cmp(&b.text));
}

fn is_source(word: &str) -> bool {
    crate::verbs::VERBS
        .iter()
        .any(|v| v.group == Group::Source && (v.name == word || v.name.split(' ').next() == Some(word)))
}

fn variables(scope: &Scope, fits: impl Fn(&Value) -> bool, all: &mut Vec<Candidate>) {
    let known = scope.variables.iter().filter(|(_, arg)| fits(&arg.value));
    all.extend(known.map(|(name, arg)| Candidate::new(format!("${name}"), What::Variable, describe(&arg.value))));
}

/// A cube by its schema, anything else as messages call it.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Cube(plan) => crate::plan::show::summary(&plan.schema),
        Value::Table(plan) => plan.schema.summary(),
        value => value.describe(),
    }
}

fn functions(scope: &Scope, all: &mut Vec<Candidate>) {
    let call = |name: &str, takes: bool| if takes { format!("{name}(") } else { name.to_string() };
    let known = FUNCTIONS.iter().map(|f| Candidate::new(call(f.name, f.args.1 > 0), What::Function, f.help));
    all.extend(known);
    for (name, function) in &scope.functions {
        if matches!(function.body, super::ast::Body::Expr(_)) {
            let help = function.doc.clone().unwrap_or_else(|| format!("{name}({})", function.params.join(", ")));
            all.push(Candidate::new(call(name, !function.params.is_empty()), What::Function, help));
        }
    }
}

/// The bands of a cube, or the columns of a table.
fn names(input: Option<&AnyPlan>, all: &mut Vec<Candidate>) {
    let mut add = |name: &str, kind: &str, unit: Option<&str>| {
        let unit = unit.filter(|unit| !unit.is_empty()).map_or(String::new(), |unit| format!(", {unit}"));
        all.push(Candidate::new(typed(name), What::Band, format!("{kind}{unit}")));
    };
    match input {
        Some(AnyPlan::Cube(cube)) => {
            cube.schema.bands.iter().for_each(|band| add(&band.name, band.dtype.name(), band.unit.as_deref()));
        }
        Some(AnyPlan::Table(table)) => {
            table.schema.columns.iter().for_each(|own| add(&own.name, own.kind.name(), own.unit.as_deref()));
        }
        Some(AnyPlan::Picture(_)) | None => {}
    }
}

/// A name that is no word is written in backquotes.
fn plain(name: &str) -> String {
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    if word { name.to_string() } else { format!("`{name}`") }
}

/// A text that is no word stands in quotes.
fn as_text(text: &str) -> String {
    if plain(text) == text {
        text.to_string()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// The path that an argument stands for: a string, its variables filled in, or a variable.
fn path(written: &str, scope: &Scope) -> Option<String> {
    let text = |name: &str| scope.variables.get(name)?.value.as_text();
    let path = match written.strip_prefix('$') {
        Some(name) => text(name)?,
        None => {
            let mut rest = written.trim_start_matches('r').strip_prefix('"')?.strip_suffix('"')?;
            let mut path = String::new();
            while let Some((before, inner)) = rest.split_once("${") {
                let (name, after) = inner.split_once('}')?;
                path.push_str(before);
                path.push_str(&text(name)?);
                rest = after;
            }
            path + rest
        }
    };
    Some(scope.resolve(&path))
}

fn properties(input: Option<&AnyPlan>, all: &mut Vec<Candidate>) {
    let known = input.and_then(AnyPlan::cube).into_iter().flat_map(|cube| cube.schema.properties.keys());
    all.extend(known.map(|name| Candidate::new(name, What::Band, "known of every step")));
}

fn expression(stage: Option<&'static Verb>, input: Option<&AnyPlan>, scope: &Scope, all: &mut Vec<Candidate>) {
    let is_filter = stage.is_some_and(|v| v.params.iter().any(|p| p.shape == Shape::Filter));
    if is_filter && input.is_some_and(|input| input.cube().is_some()) {
        properties(input, all);
    } else {
        names(input, all);
    }
    variables(scope, |v| !matches!(v, Value::Cube(_) | Value::Table(_)), all);
    functions(scope, all);
    all.extend(["and", "or", "not", "in", "case", "nodata"].map(|word| Candidate::new(word, What::Keyword, "")));
}

fn arguments(
    typed: &StageInput,
    input: Option<&AnyPlan>,
    scope: &Scope,
    world: &dyn Surroundings,
    all: &mut Vec<Candidate>,
) {
    if let Some(param) = typed.value_of {
        values(typed, param, input, scope, world, all);
        if !typed.is_optional() {
            return;
        }
    }
    if let Some(param) = typed.positional {
        values(typed, param, input, scope, world, all);
        if param.kind == ParamKind::Required {
            // A positional argument that is still missing comes before all others.
            return;
        }
    }
    let free = |p: &&Param| !p.is_positional() && !typed.used.contains(&p.name);
    let named = typed.verb.params.iter().filter(free);
    all.extend(named.map(|p| Candidate::new(p.name, What::Argument, p.help)));
}

fn values(
    typed: &StageInput,
    param: &Param,
    input: Option<&AnyPlan>,
    scope: &Scope,
    world: &dyn Surroundings,
    all: &mut Vec<Candidate>,
) {
    // All choices share the help of their parameter, which would only hide them.
    let choice = |word: &str| Candidate::new(word, What::Choice, "");
    match param.shape {
        Shape::Choice(words) | Shape::MaybeChoice(words) => all.extend(words.iter().copied().map(choice)),
        Shape::Touch => all.extend(["true", "false", "inside"].map(choice)),
        Shape::Bool | Shape::Switch => all.extend(["true", "false"].map(choice)),
        Shape::Names if param.name == "bands" => names(input, all),
        Shape::Names if param.name == "by" => match input {
            Some(AnyPlan::Table(_)) => names(input, all),
            _ => {
                all.push(choice("time"));
                properties(input, all);
            }
        },
        Shape::Names if typed.verb.group == Group::Source => {
            if let Some((_, format)) = typed.verb.name.split_once(' ')
                && let Some(path) = typed.first.and_then(|written| path(written, scope))
            {
                let known = world.contents(format, &path).into_iter();
                all.extend(known.map(|(name, help)| Candidate::new(plain(&name), What::Band, help)));
            }
        }
        #[cfg(feature = "pictures")]
        Shape::Crs if param.name == "projection" => {
            let known = crate::lang::registry::projection::PROJECTIONS.iter();
            all.extend(known.map(|(name, help)| Candidate::new(*name, What::Choice, *help)));
        }
        Shape::ColorMap => {
            let names = colormap::NAMES.iter().map(|name| Candidate::new(*name, What::ColorMap, ""));
            let of_classes =
                colormap::QUALITATIVE.iter().map(|name| Candidate::new(*name, What::ColorMap, "for classes"));
            all.extend(names.chain(of_classes));
        }
        Shape::Text if param.name == "by" => {
            // Features of a file are called by one of their fields.
            if let Some(path) = typed.first.and_then(|written| path(written, scope)) {
                let known = world.fields(&path).into_iter();
                all.extend(known.map(|(name, help)| Candidate::new(as_text(&name), What::Choice, help)));
            }
        }
        Shape::Reducers => {
            all.extend(Reducer::words().map(|r| Candidate::new(r.name, What::Reducer, r.help)));
            let quantiles =
                [("p10", "tenth percentile"), ("p90", "ninetieth percentile"), ("quantile", "`quantile 0.9`")];
            all.extend(quantiles.map(|(name, help)| Candidate::new(name, What::Reducer, help)));
        }
        Shape::Groups => {
            if let Some(AnyPlan::Table(_)) = input {
                names(input, all);
            }
            all.extend(NOUNS.iter().copied().map(choice));
        }
        Shape::Period => {
            all.extend(["1mo", "10d", "1w", "1d", "1q", "1y"].map(choice));
            all.extend(ADVERBS.iter().copied().map(choice));
        }
        Shape::Stretch => all.extend(["3", "12", "30d"].map(choice)),
        Shape::Crs => {
            let systems =
                [("EPSG:4326", "degrees, WGS 84"), ("EPSG:3857", "web maps"), ("EPSG:3035", "Europe, equal area")];
            all.extend(systems.map(|(name, help)| Candidate::new(name, What::Choice, help)));
        }
        Shape::Interval => {
            let time = input.and_then(AnyPlan::cube).map(|cube| &cube.schema.time);
            let span = time.and_then(TimeAxis::instants).and_then(|(c, all)| Some((c, all.first()?, all.last()?)));
            if let Some((calendar, first, last)) = span {
                let (first, last) = (calendar.fields(*first).year, calendar.fields(*last).year);
                all.extend((first..=last).take(30).map(|y| choice(&y.to_string())));
            }
        }
        Shape::Expr | Shape::Filter => return expression(Some(typed.verb), input, scope, all),
        // Only the quote is offered here; inside of it files are.
        Shape::Path | Shape::Paths | Shape::CubeOrPath => {
            all.push(Candidate::new("\"", What::File, "a file or folder"))
        }
        _ => {}
    }
    let fits = |v: &Value| match param.shape {
        Shape::Cube | Shape::CubeOrPath => matches!(v, Value::Cube(_)),
        Shape::Result => matches!(v, Value::Cube(_) | Value::Table(_)),
        _ => !matches!(v, Value::Cube(_) | Value::Table(_)),
    };
    variables(scope, fits, all);
}

fn in_text(
    place: &CursorContext,
    typed: Option<&StageInput>,
    import: bool,
    world: &dyn Surroundings,
) -> (usize, Vec<Candidate>) {
    if let Some(at) = place.prefix.rfind("${").filter(|at| !place.prefix[*at..].contains('}')) {
        let written = &place.prefix[at + 2..];
        let scope = world.scope(place.before);
        let known =
            scope.variables.iter().filter(|(name, arg)| starts_with(name, written) && arg.value.as_text().is_some());
        let all = known.map(|(name, arg)| Candidate::new(format!("{name}}}"), What::Variable, describe(&arg.value)));
        return (place.start + at + 2, all.collect());
    }
    let is_path = |typed: &StageInput| {
        let param = typed.value_of.or(typed.positional);
        matches!(param.map(|p| p.shape), Some(Shape::Path | Shape::Paths | Shape::CubeOrPath))
    };
    if !import && !typed.is_some_and(is_path) {
        return (place.start, Vec::new());
    }
    let start = place.start + place.prefix.rfind('/').map_or(0, |at| at + 1);
    let mut files = world.files(place.prefix);
    // Folders lead to others; where none is of the kind, it may be called otherwise.
    let extensions = world.extensions(typed.map(|typed| typed.verb));
    let is_of_kind = |name: &str| {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        extensions.iter().any(|known| known.eq_ignore_ascii_case(end))
    };
    if files.iter().any(|(name, _)| is_of_kind(name)) {
        files.retain(|(name, _)| name.ends_with('/') || is_of_kind(name));
    }
    (start, files.into_iter().map(|(name, help)| Candidate::new(name, What::File, help)).collect())
}

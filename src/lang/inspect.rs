//! Help from the registry: a page for each stage, reducer and function, and an explanation of the word under a cursor.

mod form;

pub use form::Form;
pub(crate) use form::{table as markdown_table, verb as verb_markdown};

use super::bind::usage_lines;
use super::complete::{Here, Surroundings, describe, place};
use super::elsewhere;
use super::registry::{self, Group, Param, ParamKind, Shape, Verb};
use super::scan::{Token, scan};
use crate::diagnostic;
use crate::expr::{FUNCTIONS, Function};
use crate::plan::picture::colormap;
use crate::plan::{AnyPlan, Reducer};
use std::fmt::Write as _;
use std::ops::Range;

/// A name with what it does, in columns.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let rows: Vec<(&str, &str)> = rows.into_iter().collect();
    // A single long name must not widen the column.
    let width = rows.iter().map(|(name, _)| name.chars().count()).filter(|w| *w <= 24).max().unwrap_or(0);
    let mut out = String::new();
    for (name, help) in rows {
        let _ = writeln!(out, "{}", format!("  {name:<width$}  {help}").trim_end());
    }
    out
}

/// Groups with their stages, one line each.
pub(crate) fn stages(form: Form) -> String {
    let mut out = String::new();
    for (group, title) in Group::ALL {
        let verbs: Vec<&&Verb> = crate::verbs::VERBS.iter().filter(|v| v.group == group).collect();
        if verbs.is_empty() {
            continue;
        }
        out.push_str(&form.title(title));
        out.push_str(&form.rows(verbs.iter().map(|v| (v.name, v.summary))));
    }
    out
}

pub(crate) fn reducers(form: Form) -> String {
    let named = Reducer::words().map(|reducer| (reducer.name, reducer.help));
    let more = [("p0 .. p100", "percentiles: `p90`"), ("quantile", "`quantile 0.9`, which is also `p90`")];
    form.rows(named.chain(more))
}

pub(crate) fn functions(form: Form) -> String {
    form.rows(FUNCTIONS.iter().map(|f| (f.name, f.help)))
}

/// The spectral indices with their formulas.
pub(crate) fn indices(form: Form) -> String {
    let row = |&(name, formula, about): &(&'static str, &str, &str)| (name, format!("{formula}   ({about})"));
    let rows: Vec<(&str, String)> = super::indices::INDICES.iter().map(row).collect();
    form.rows(rows.iter().map(|(name, text)| (*name, text.as_str())))
}

/// What it does, usage, arguments, options, examples.
pub(crate) fn verb_page(verb: &Verb) -> String {
    let mut out = format!("{}\n\n{}\n", verb.summary, usage_lines(verb));
    let written = |p: &Param| match p.kind {
        ParamKind::Required | ParamKind::Optional => p.shape.placeholder(p.name),
        ParamKind::Rest => format!("{} ..", p.shape.placeholder(p.name)),
        ParamKind::Named | ParamKind::Option => format!("{} {}", p.name, p.shape.placeholder(p.name)),
        ParamKind::Flag => p.name.to_string(),
    };
    let rows: Vec<(String, String)> = verb
        .arguments()
        .map(|p| match written(p) {
            long if long.len() > 24 => (p.name.to_string(), format!("{} ({})", p.help, p.shape.placeholder(p.name))),
            short => (short, p.help.to_string()),
        })
        .collect();
    if !rows.is_empty() {
        let _ = write!(out, "\nArguments\n{}", table(rows.iter().map(|(a, b)| (a.as_str(), b.as_str()))));
    }
    if verb.options().next().is_some() {
        let _ = write!(out, "\nOptions\n{}", table(verb.options().map(|p| (p.name, p.help))));
    }
    if !verb.examples.is_empty() {
        out.push_str("\nExamples\n");
    }
    for example in verb.examples {
        let _ = writeln!(out, "  # {}", example.title);
        for line in example.script.lines() {
            let _ = writeln!(out, "  {line}");
        }
        for line in example.output.lines() {
            let _ = writeln!(out, "      {line}");
        }
    }
    out
}

/// The page of a stage, a family of stages, a reducer or a function.
pub(crate) fn page(name: &str, form: Form) -> Option<String> {
    let name = name.trim().trim_matches('`');
    if let Some(verb) = registry::find(name) {
        let mut text = match form {
            Form::Text => verb_page(verb),
            Form::Markdown => format!("**{name}**: {}", verb_markdown(verb)),
        };
        if let Some((call, help)) = function(name) {
            let _ = write!(text, "\n{}{}", form.title("In expressions"), form.rows([(call.as_str(), help)]));
        }
        return Some(text);
    }
    let family = crate::verbs::VERBS.iter().filter(|v| v.name.split_once(' ').is_some_and(|(first, _)| first == name));
    let family: Vec<(&str, &str)> = family.map(|v| (v.name, v.summary)).collect();
    if !family.is_empty() {
        return Some(form.rows(family));
    }
    let mut parts = Vec::new();
    let stages = |lines: &[String]| lines.iter().map(|line| format!("... | {line}")).collect::<Vec<_>>();
    if let Some(reducer) = Reducer::words().find(|reducer| reducer.name == name) {
        let about = "A reducer: a stage of its own, or what `resample`, `groupby` and `reduce` take.";
        let uses = stages(&[name.into(), format!("resample 1mo {name}"), format!("groupby month {name}")]);
        let gap = if form == Form::Markdown { "\n" } else { "" };
        parts.push(format!("{}{gap}{about}\n\n{}", form.line(name, reducer.help), form.program(&uses)));
    } else if registry::is_reducer(name) {
        let uses = stages(&["p90".into(), "quantile 0.9".into(), "resample 1mo [p10 p90]".into()]);
        let help = form.line(name, "a quantile, linear between values, exact.");
        parts.push(format!("{help}\n{}", form.program(&uses)));
    }
    parts.extend(function(name).map(|(call, help)| form.rows([(call.as_str(), help)])));
    // `clip` is a function here, and in other tools the name of what `crop` does, so both are named.
    let sought = elsewhere::sought(name);
    if !parts.is_empty() && !sought.is_empty() {
        parts.push(format!("See also {}\n", diagnostic::list_some(sought, 4)));
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// How a function is called, and what it gives.
fn function(name: &str) -> Option<(String, &'static str)> {
    let Function { name, args, help, .. } = Function::find(name)?;
    let takes = match args {
        (_, 0) => name.to_string(),
        (0, _) => format!("{name}(time)"),
        (least, most) if least == most => {
            format!("{name}({})", ["a", "b", "c"].iter().take(*least).copied().collect::<Vec<_>>().join(", "))
        }
        _ => format!("{name}(a, b, ..)"),
    };
    Some((takes, help))
}

/// The names a slip of the fingers may have meant.
pub(crate) fn suggestion(name: &str, more: &[&str]) -> Option<String> {
    if let Some(here) = elsewhere::stage(name, "").or_else(|| elsewhere::function(name)) {
        return Some(here);
    }
    let verbs = crate::verbs::VERBS.iter().map(|v| v.name);
    let reducers = Reducer::words().map(|reducer| reducer.name);
    let functions = FUNCTIONS.iter().map(|f| f.name);
    diagnostic::did_you_mean(name, verbs.chain(reducers).chain(functions).chain(more.iter().copied()))
}

/// The word under a cursor, and what it is.
pub(crate) fn at(text: &str, cursor: usize, world: &dyn Surroundings, form: Form) -> Option<(Range<usize>, String)> {
    let touches = |(token, range): &(Token, Range<usize>)| {
        matches!(token, Token::Word | Token::Variable) && range.start <= cursor && cursor <= range.end
    };
    let (_, range) = scan(text).into_iter().find(touches)?;
    let word = &text[range.clone()];
    let place = place(text, range.end);
    let help = match place.here {
        _ if word.starts_with('$') => {
            let scope = world.scope(place.before);
            form.line(word, &describe(&scope.variables.get(&word[1..])?.value))
        }
        Here::Second(first) => page(&format!("{first} {word}"), form)?,
        Here::Argument { typed, pipeline } => {
            if let Some(param) = typed.verb.params.iter().find(|p| p.name == word && !p.is_positional()) {
                form.line(word, param.help)
            } else if typed.value_of.is_some_and(|param| param.shape == Shape::ColorMap)
                && colormap::check(word).is_ok()
            {
                form.line(
                    word,
                    if colormap::is_qualitative(word) {
                        "a map of colors for classes"
                    } else {
                        "a color map; `_r` behind its name reverses it"
                    },
                )
            } else {
                reducer(word, form).or_else(|| band(word, pipeline, place.before, world, form))?
            }
        }
        Here::Expression { pipeline, .. } => {
            let function = || function(word).map(|(call, help)| form.line(&call, help));
            let own = || own_function(word, place.before, world, form);
            band(word, pipeline, place.before, world, form).or_else(own).or_else(function)?
        }
        Here::Stage { .. } => {
            // In a family such as `load`, the second word chooses the stage.
            let next = scan(&text[range.end..]).into_iter().next();
            let second = next.map(|(_, r)| &text[range.end + r.start..range.end + r.end]).unwrap_or_default();
            let known = page(&format!("{word} {second}"), form).or_else(|| page(word, form));
            known.or_else(|| own_function(word, place.before, world, form))?
        }
        _ => return None,
    };
    Some((range, help))
}

/// A function of the program: how it is called, and what its author says of it.
fn own_function(word: &str, before: &str, world: &dyn Surroundings, form: Form) -> Option<String> {
    let scope = world.scope(before);
    let function = scope.functions.get(word)?;
    let call = match (&function.body, function.params.join(", ")) {
        (super::ast::Body::Expr(_), params) => format!("fn {word}({params})"),
        (super::ast::Body::Stages(_), params) if params.is_empty() => format!("fn {word}"),
        (super::ast::Body::Stages(_), params) => format!("fn {word}({params})"),
    };
    Some(form.line(&call, function.doc.as_deref().unwrap_or("a function of this program")))
}

fn reducer(word: &str, form: Form) -> Option<String> {
    Reducer::words().find(|reducer| reducer.name == word).map(|reducer| form.line(reducer.name, reducer.help))
}

fn band(word: &str, pipeline: Option<&str>, before: &str, world: &dyn Surroundings, form: Form) -> Option<String> {
    let input = world.result(&world.scope(before), pipeline?)?;
    if let AnyPlan::Table(table) = &input {
        let column = &table.schema.columns[table.schema.position(word)?];
        let unit = column.unit.as_deref().map_or(String::new(), |unit| format!(", {unit}"));
        return Some(form.line(&format!("column {word}"), &format!("{}{unit}", column.kind.name())));
    }
    let band = input.cube()?.schema.bands.iter().find(|b| b.name == word)?;
    let mut text = band.dtype.to_string();
    for part in [&band.unit, &band.long_name].into_iter().flatten().filter(|t| !t.is_empty()) {
        let _ = write!(text, ", {part}");
    }
    Some(form.line(&format!("band {word}"), &text))
}

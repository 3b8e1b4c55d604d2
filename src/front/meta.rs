//! Meta lines, which start with `:`: questions to the session, the same at the prompt and in a notebook.

mod asked;
mod errors;
pub(crate) mod journal;
mod topics;

use super::origin::Origin;
use crate::diagnostic::{self, Diagnostic, Span, codes};
use crate::io::place;
use crate::io::target::Target;
use crate::lang::complete::{Candidate, Surroundings, What, describe};
use crate::lang::inspect::{self, Form};
use crate::lang::{self, ast};
use crate::plan::IfExists;
use crate::session::Session;
use crate::settings::{SETTINGS, Setting};
use crate::show::Output;
use topics::TOPICS;

/// What a meta line asks the front end to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MetaAnswer {
    /// An answer to show; its text may be empty.
    Shown(Output),
    /// A program to run as if it had been typed.
    Run {
        name: String,
        text: String,
    },
    /// Whether to tell how long each run took.
    Timing(bool),
    Quit,
}

struct Meta {
    name: &'static str,
    takes: &'static str,
    help: &'static str,
}

const METAS: [Meta; 13] = [
    Meta { name: "help", takes: "[STAGE|FUNCTION|TOPIC]", help: "what there is, or how one of it is used" },
    Meta {
        name: "explain",
        takes: "[PIPELINE]",
        help: "plan, tasks, bytes and memory of a pipeline, or of the last result",
    },
    Meta { name: "schema", takes: "[PIPELINE|$x]", help: "steps, bands and grid of a pipeline, or of the last result" },
    Meta { name: "vars", takes: "", help: "the names bound so far" },
    Meta { name: "params", takes: "", help: "the parameters and their values" },
    Meta { name: "set", takes: "[SETTING VALUE]", help: "settings: `:set memory 4GiB`" },
    Meta { name: "timing", takes: "on|off", help: "print how long each run takes" },
    Meta { name: "load", takes: "FILE", help: "run a program in this session" },
    Meta { name: "save", takes: "FILE [overwrite]", help: "write the statements that ran without error to a file" },
    Meta { name: "history", takes: "", help: "the statements that ran without error" },
    Meta { name: "fmt", takes: "[TEXT]", help: "lay out a program, or the last statement" },
    Meta { name: "reset", takes: "", help: "forget all names and the last result" },
    Meta { name: "quit", takes: "", help: "leave" },
];

/// Short forms and other common names of meta lines.
const ALIASES: [(&str, &str); 6] =
    [("h", "help"), ("?", "help"), ("q", "quit"), ("exit", "quit"), ("let", "vars"), ("format", "fmt")];

/// Whether a line is a meta line, or one of another console that is answered as such.
pub(crate) fn is_meta(line: &str) -> bool {
    asked::meta(line).is_some() || asked::refused(line).is_some()
}

/// Answers a line for which [`is_meta`] holds.
///
/// # Errors
/// `E0117` for an unknown name, and whatever the program in the line is refused for.
pub(crate) fn run(line: &str, session: &mut Session) -> Result<MetaAnswer, Vec<Box<Diagnostic>>> {
    if let Some(refused) = asked::refused(line) {
        return Err(vec![refused]);
    }
    if let Some(name) = asked::variable(line) {
        return Ok(MetaAnswer::Run { name: "prompt".into(), text: format!("{name} | describe") });
    }
    let body = asked::meta(line).unwrap_or_default();
    let (word, rest) =
        body.split_once(char::is_whitespace).map_or((body.as_str(), ""), |(word, rest)| (word, rest.trim()));
    let word = if word.is_empty() { "help" } else { word };
    let name = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word, |(_, name)| name);
    let shown = |text: String| MetaAnswer::Shown(Output::text(text));
    let text = |text: String| Ok(shown(text));
    match name {
        "help" => help(rest, session).map(MetaAnswer::Shown).map_err(|d| vec![d]),
        "explain" => session.explain(rest).map(MetaAnswer::Shown),
        "schema" => schema(rest, session).map(shown),
        "vars" => Ok(MetaAnswer::Shown(listing(&vars(session), "no names yet: `let x = load ...`\n"))),
        "params" => Ok(MetaAnswer::Shown(listing(&params(session), "no parameters: `param year: number = 2020`\n"))),
        "set" if rest.is_empty() => text(settings(session, Form::Text)),
        "set" => Ok(MetaAnswer::Run { name: "prompt".into(), text: format!("set {rest}") }),
        "timing" => match rest {
            "on" | "" => Ok(MetaAnswer::Timing(true)),
            "off" => Ok(MetaAnswer::Timing(false)),
            _ => Err(vec![Diagnostic::new(
                codes::UNKNOWN_CHOICE,
                format!("`:timing` takes `on` or `off`, not `{rest}`"),
            )]),
        },
        "load" => match unquoted(rest) {
            "" => Err(needs("load", "ndvi.rastra")),
            path => {
                let origin = Origin::File(session.scope().resolve(path).into());
                let text = origin.read().map_err(|d| vec![d])?;
                Ok(MetaAnswer::Run { name: origin.name(), text })
            }
        },
        "save" => save(rest, session).map(shown),
        "history" => text(journal::program(&session.journal)),
        "fmt" => {
            let last = session.journal.last().cloned().unwrap_or_default();
            let program = if rest.is_empty() { &last } else { rest };
            // The spans of a text that does not parse point into it, so it is registered.
            lang::format(program).map(shown).map_err(|all| relocate(all, session.sources.add("prompt", program)))
        }
        "reset" => {
            session.reset();
            text(String::new())
        }
        "quit" => Ok(MetaAnswer::Quit),
        _ => Err(vec![unknown(line, word, session)]),
    }
}

/// A piece of a text that holds programs and meta lines.
pub(crate) enum Part {
    Program(String),
    Meta(String),
}

/// Cuts a text into programs and meta lines. Empty lines before a program keep its line numbers right.
pub(crate) fn parts(code: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut program = String::new();
    let end = |program: &mut String, parts: &mut Vec<Part>| {
        let text = std::mem::take(program);
        if !text.trim().is_empty() {
            parts.push(Part::Program(text));
        }
    };
    // A line of a string may begin with `:`, too; then the whole text is a program.
    let may_ask = code.lines().count() == 1 || code.lines().any(is_meta) && lang::parse(code, u32::MAX).is_err();
    for (number, line) in code.lines().enumerate() {
        if may_ask && is_meta(line) {
            end(&mut program, &mut parts);
            parts.push(Part::Meta(line.to_string()));
            continue;
        }
        if program.is_empty() {
            program = "\n".repeat(number);
        }
        program.push_str(line);
        program.push('\n');
    }
    end(&mut program, &mut parts);
    parts
}

/// The program of a text that may hold meta lines too, which are left empty.
pub(crate) fn program(code: &str) -> String {
    let mut program = String::new();
    for part in parts(code) {
        if let Part::Program(text) = part {
            // A program behind meta lines begins with as many empty lines as stand before it in all.
            let known = program.lines().count();
            program.extend(text.lines().skip(known).map(|line| format!("{line}\n")));
        }
    }
    program
}

fn unknown(line: &str, word: &str, session: &mut Session) -> Box<Diagnostic> {
    let start = line.find(word).unwrap_or(0);
    let span = Span::new(session.sources.add("prompt", line), start, start + word.len());
    let names = || METAS.iter().map(|m| m.name);
    let near = diagnostic::nearest(word, names()).map(|near| format!("did you mean `:{near}`?"));
    Diagnostic::new(codes::UNKNOWN_META, format!("no meta line is named `:{word}`"))
        .label(span, "not known")
        .help_if(near)
        .help(format!("there is {}", names().map(|n| format!("`:{n}`")).collect::<Vec<_>>().join(", ")))
}

fn needs(name: &str, example: &str) -> Vec<Box<Diagnostic>> {
    vec![
        Diagnostic::new(codes::MISSING_ARGUMENT, format!("`:{name}` needs a file"))
            .help(format!("for example `:{name} {example}`")),
    ]
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text)
}

fn relocate(mut all: Vec<Box<Diagnostic>>, text: u32) -> Vec<Box<Diagnostic>> {
    all.iter_mut().flat_map(|d| &mut d.labels).for_each(|label| label.span.text = text);
    all
}

fn help(topic: &str, session: &Session) -> Result<Output, Box<Diagnostic>> {
    let text = help_in(Form::Text, topic, session)?;
    Ok(Output::text(text).with("text/markdown", help_in(Form::Markdown, topic, session)?))
}

fn help_in(form: Form, topic: &str, session: &Session) -> Result<String, Box<Diagnostic>> {
    let topic = topic.trim().trim_matches('`').trim_start_matches(':');
    match topic {
        "" => return Ok(overview(form)),
        "functions" => return Ok(inspect::functions(form)),
        "reducers" => return Ok(inspect::reducers(form)),
        "indices" => return Ok(inspect::indices(form)),
        "settings" => return Ok(settings(session, form)),
        "meta" => return Ok(form.rows(METAS.iter().map(|m| (m.name, m.help)))),
        _ => {}
    }
    if let Some(page) = inspect::page(topic, form).or_else(|| errors::entry(topic, form)) {
        return Ok(page);
    }
    if let Some((_, _, text)) = TOPICS.iter().find(|(name, ..)| *name == topic) {
        return Ok(form.prose(text));
    }
    if let Some(meta) = METAS.iter().find(|m| m.name == topic) {
        let usage = format!(":{} {}", meta.name, meta.takes);
        return Ok(form.line(usage.trim_end(), meta.help));
    }
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == topic) {
        return Ok(form.line(&format!("set {topic}"), setting.help));
    }
    let scope = session.scope();
    if let Some(function) = scope.functions.get(topic) {
        let doc = function.doc.as_deref().unwrap_or("a function of this session");
        return Ok(form.line(&format!("fn {topic}({})", function.params.join(", ")), doc));
    }
    if let Some(arg) = topic.strip_prefix('$').and_then(|name| scope.variables.get(name)) {
        return Ok(form.line(topic, &describe(&arg.value)));
    }
    let more: Vec<&str> = TOPICS.iter().map(|(name, ..)| *name).chain(METAS.iter().map(|m| m.name)).collect();
    Err(Diagnostic::new(codes::UNKNOWN_META, format!("there is no help on `{topic}`"))
        .help_if(inspect::suggestion(topic, &more))
        .help("`:help` lists what there is"))
}

fn overview(form: Form) -> String {
    let more = [
        ("functions", "of expressions: `sqrt`, `if`, `bit` .."),
        ("reducers", "`mean`, `p90` ..; each is a stage of its own too"),
        ("indices", "spectral indices of `index`: `ndvi`, `evi` .."),
        ("settings", "memory, threads .."),
        ("E0102", "a number of an error: its cause, and what to do"),
        ("meta", "lines that start with `:`"),
    ];
    let topics = TOPICS.iter().map(|(name, about, _)| (*name, *about)).chain(more);
    let more = form.title("More: `:help resample`, `:help save zarr`, or `:help` with one of");
    format!("{}{}{more}{}", inspect::stages(form), if form == Form::Text { "\n" } else { "" }, form.rows(topics))
}

fn schema(text: &str, session: &mut Session) -> Result<String, Vec<Box<Diagnostic>>> {
    if text.is_empty() {
        return session.last().map(|last| format!("{}\n", last.summary())).ok_or_else(|| {
            vec![Diagnostic::new(codes::MISPLACED_STAGE, "there is no last result").help("for example `:schema $x`")]
        });
    }
    session.result_of(text).map(|result| format!("{}\n", result.summary()))
}

/// Names with what they are, as text and as a table of a notebook; `none` where there are none.
fn listing(rows: &[(String, String)], none: &str) -> Output {
    let rows = || rows.iter().map(|(name, about)| (name.as_str(), about.as_str()));
    match rows().next() {
        None => Output::text(none),
        Some(_) => Output::text(Form::Text.rows(rows())).with("text/markdown", Form::Markdown.rows(rows())),
    }
}

fn vars(session: &Session) -> Vec<(String, String)> {
    let scope = session.scope();
    let mut rows: Vec<(String, String)> =
        scope.variables.iter().map(|(name, arg)| (format!("${name}"), describe(&arg.value))).collect();
    for (name, function) in &scope.functions {
        let name = match function.params.is_empty() {
            true => name.clone(),
            false => format!("{name}({})", function.params.join(", ")),
        };
        let kind = if matches!(function.body, ast::Body::Stages(_)) { "stages" } else { "an expression" };
        rows.push((name, function.doc.clone().unwrap_or_else(|| kind.into())));
    }
    rows
}

fn params(session: &Session) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for text in &session.journal {
        for statement in lang::parse(text, u32::MAX).map(|p| p.statements).unwrap_or_default() {
            if let ast::StatementKind::Param { name, type_name, .. } = &statement.kind {
                let value = session.scope().variables.get(&name.value).map(|arg| describe(&arg.value));
                let kind = type_name.as_ref().map_or(String::new(), |t| format!(": {}", t.value));
                let doc = statement.doc.map_or(String::new(), |d| format!("; {d}"));
                rows.retain(|(known, _)| !known.starts_with(&format!("{}:", name.value)) && *known != name.value);
                rows.push((format!("{}{kind}", name.value), format!("{}{doc}", value.unwrap_or_default())));
            }
        }
    }
    rows
}

fn settings(session: &Session, form: Form) -> String {
    let row = |setting: &Setting| {
        let now = (setting.now)(&session.settings).map_or(String::new(), |now| format!("now {now}; "));
        (setting.name, format!("{now}{}", setting.help))
    };
    let rows: Vec<(&str, String)> = SETTINGS.iter().map(row).collect();
    form.rows(rows.iter().map(|(a, b)| (*a, b.as_str())))
}

fn save(rest: &str, session: &Session) -> Result<String, Vec<Box<Diagnostic>>> {
    let (path, overwrite) = rest.strip_suffix(" overwrite").map_or((rest, false), |path| (path.trim(), true));
    let path = unquoted(path);
    if path.is_empty() {
        return Err(needs("save", "session.rastra"));
    }
    let full = session.scope().resolve(path);
    if !overwrite && std::path::Path::new(&full).exists() {
        return Err(vec![
            Diagnostic::new(codes::TARGET_EXISTS, format!("`{path}` exists"))
                .help(format!("replace it: `:save {path} overwrite`, or choose another name")),
        ]);
    }
    let path = std::path::Path::new(path);
    let program = journal::program(&session.journal);
    let written = Target::hold(full.as_ref(), IfExists::Overwrite).and_then(|target| {
        target.write(|to| to.write_all(program.as_bytes()).map_err(|e| place::cannot_write(path, e)))
    });
    written.map_err(|e| vec![e])?;
    let path = path.display();
    Ok(format!("saved {path}: {}\n", crate::plan::show::plural(session.journal.len(), "statement")))
}

/// The byte from which a candidate replaces the text up to `cursor`, and the candidates, for program text and meta
/// lines.
pub(crate) fn complete(text: &str, cursor: usize, session: &Session) -> (usize, Vec<Candidate>) {
    of_meta(text, cursor, session).unwrap_or_else(|| session.complete(text, cursor))
}

/// Candidates for a meta line; none for other text, which is a program.
fn of_meta(text: &str, cursor: usize, session: &Session) -> Option<(usize, Vec<Candidate>)> {
    let cursor = cursor.min(text.len());
    let head = text.get(..cursor)?;
    let colon = head.len() - head.trim_start().len();
    let body = head[colon..].strip_prefix(':')?;
    let Some((name, _)) = body.split_once(char::is_whitespace) else {
        let named = METAS.iter().filter(|m| m.name.starts_with(body));
        return Some((colon + 1, named.map(|m| Candidate::new(m.name, What::Meta, m.help)).collect()));
    };
    let gap = head[colon + 1 + name.len()..].len() - head[colon + 1 + name.len()..].trim_start().len();
    let start = colon + 1 + name.len() + gap;
    let rest = &head[start..];
    let fitting = |all: Vec<Candidate>| all.into_iter().filter(|c| c.text.starts_with(rest)).collect();
    Some(match name {
        "explain" | "schema" | "fmt" => {
            let (at, all) = session.complete(&text[start..], cursor - start);
            (start + at, all)
        }
        "help" | "h" | "?" => {
            let verbs = crate::verbs::VERBS.iter().map(|v| Candidate::new(v.name, What::Stage, v.summary));
            let reducers = crate::plan::Reducer::words().map(|r| Candidate::new(r.name, What::Reducer, r.help));
            let functions = crate::expr::FUNCTIONS.iter().map(|f| Candidate::new(f.name, What::Function, f.help));
            let topics = TOPICS.iter().map(|(n, about, _)| Candidate::new(*n, What::Meta, *about));
            let mut all: Vec<Candidate> = verbs.chain(reducers).chain(functions).chain(topics).collect();
            all.extend(
                ["functions", "reducers", "indices", "settings", "meta"].map(|n| Candidate::new(n, What::Meta, "")),
            );
            all.sort_by(|a, b| a.text.cmp(&b.text));
            all.dedup_by(|a, b| a.text == b.text);
            (start, fitting(all))
        }
        "set" => {
            let known = SETTINGS.iter().map(|s| Candidate::new(s.name, What::Argument, s.help));
            (start, fitting(known.collect()))
        }
        "timing" => (start, fitting(["on", "off"].map(|word| Candidate::new(word, What::Choice, "")).into())),
        "load" | "save" => {
            let path = rest.trim_start_matches('"');
            let at = cursor - path.len() + path.rfind('/').map_or(0, |slash| slash + 1);
            (at, session.files(path).into_iter().map(|(name, help)| Candidate::new(name, What::File, help)).collect())
        }
        _ => (cursor, Vec::new()),
    })
}

#[cfg(test)]
mod tests;

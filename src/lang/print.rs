//! The canonical layout of a program, which `rastra fmt` writes.
//!
//! The tree has no comments: they are taken from the source and put back beside the same statements and stages.
//! Literals are copied as they were written.

mod comments;
mod expr;
#[cfg(test)]
mod tests;

use super::ast::{Args, Atom, AtomKind, Body, Literal, Pipeline, Program, Stage, Statement, StatementKind, Value};
use crate::plan::show::typed;
use comments::{Comment, Comments};

/// The longest pipeline that is printed on one line.
const WIDTH: usize = 100;

/// The program as text, with the comments of the source it was parsed from.
///
/// Printing its result again changes nothing, and parsing that gives the same tree up to spans.
pub fn print(program: &Program, source: &str) -> String {
    let mut comments = Comments::new(source);
    let mut printer = Printer { source, out: String::new() };
    for (idx, statement) in program.statements.iter().enumerate() {
        printer.between(comments.until(statement.span.start as usize));
        printer.blank_line_before(statement.span.start as usize);
        printer.statement(statement, idx == 0, comments.until(statement.span.end as usize));
    }
    printer.between(comments.until(usize::MAX));
    printer.out
}

struct Printer<'a> {
    source: &'a str,
    out: String,
}

/// A stage as printed, with the comments that belong to it.
struct StageText<'a> {
    above: Vec<&'a str>,
    text: String,
    trailing: Vec<&'a str>,
}

impl<'a> Printer<'a> {
    /// Comments outside statements.
    fn between(&mut self, comments: &[Comment<'a>]) {
        for (idx, comment) in comments.iter().enumerate() {
            // A second comment on a line would become part of the first.
            if idx == 0 && comment.trails && !self.out.is_empty() {
                self.out.truncate(self.out.trim_end().len());
                self.out.push_str("  ");
            } else {
                self.blank_line_before(comment.start);
            }
            self.out.push_str(comment.text);
            self.out.push('\n');
        }
    }

    /// Keeps one empty line where the source has any.
    fn blank_line_before(&mut self, at: usize) {
        let gap = &self.source[..at];
        let blanks = &gap[gap.trim_end_matches([' ', '\t', '\r', '\n', ';', '\u{feff}']).len()..];
        if blanks.matches('\n').count() > 1 && !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn statement(&mut self, statement: &Statement, is_first: bool, comments: &[Comment<'a>]) {
        // Without a `;` it would continue the statement before it.
        let apart = !is_first && matches!(&statement.kind, StatementKind::Pipeline(pipeline) if pipeline.continues);
        let (head, source, stages, indent) = match &statement.kind {
            StatementKind::Pipeline(pipeline) => (String::new(), self.opening(pipeline), &pipeline.stages, ""),
            StatementKind::Let { name, value: Value::Pipeline(pipeline) } => {
                (format!("let {} = ", name.value), self.opening(pipeline), &pipeline.stages, "  ")
            }
            StatementKind::Fn { name, params, body: Body::Stages(stages) } => {
                (format!("fn {}{} =", name.value, parameters(params)), Some(String::new()), stages, "  ")
            }
            kind => {
                self.hoist(comments);
                let line = self.plain(kind);
                self.out.push_str(&line);
                self.out.push('\n');
                return;
            }
        };
        let written_start = statement.span.start as usize;
        self.pipeline(if apart { "; " } else { &head }, source, stages, indent, written_start, comments);
    }

    /// The text before the first `|`, unless that is a stage.
    fn opening(&self, pipeline: &Pipeline) -> Option<String> {
        match &pipeline.source {
            Some(name) => Some(format!("{}${}", if pipeline.continues { "| " } else { "" }, name.value)),
            None => pipeline.continues.then(String::new),
        }
    }

    /// Prints comments from inside a one-line statement above it. There a `##` would be its help text, so it becomes
    /// `#`.
    fn hoist(&mut self, comments: &[Comment<'a>]) {
        for comment in comments {
            let text = comment.text.strip_prefix('#').filter(|rest| rest.starts_with('#')).unwrap_or(comment.text);
            self.out.push_str(text.trim_end());
            self.out.push('\n');
        }
    }

    fn plain(&self, kind: &StatementKind) -> String {
        match kind {
            StatementKind::Import { path, alias } => {
                let alias = alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.value));
                format!("import {}{alias}", self.written(path.span))
            }
            StatementKind::Param { name, type_name, default } => {
                let type_name = type_name.as_ref().map_or(String::new(), |name| format!(": {}", name.value));
                let default = default.as_ref().map_or(String::new(), |value| format!(" = {}", self.expr(value)));
                format!("param {}{type_name}{default}", name.value)
            }
            StatementKind::Let { name, value: Value::Expr(value) } => {
                format!("let {} = {}", name.value, self.expr(value))
            }
            StatementKind::Fn { name, params, body: Body::Expr(body) } => {
                format!("fn {}{} = {}", name.value, parameters(params), self.expr(body))
            }
            StatementKind::Set { key, values } => format!("set {} {}", key.value, self.atoms(values)),
            // These are laid out as pipelines.
            StatementKind::Let { .. } | StatementKind::Fn { .. } | StatementKind::Pipeline(_) => String::new(),
        }
    }

    /// `head` and `source` come before the first `|`; without a source the first stage does.
    fn pipeline(
        &mut self,
        head: &str,
        source: Option<String>,
        stages: &[Stage],
        indent: &str,
        start: usize,
        comments: &[Comment<'a>],
    ) {
        let mut rest = comments;
        let mut before_end = start;
        let mut laid: Vec<StageText> = Vec::new();
        let mut above_all = Vec::new();
        let opening = format!("{head}{}", source.as_deref().unwrap_or(""));
        // Nothing stands before the first `|`.
        let bare = matches!(opening.as_str(), "" | "; ");
        for (idx, stage) in stages.iter().enumerate() {
            let is_first = idx == 0 && source.is_none();
            let column = if is_first { head.len() } else { indent.len() + 2 };
            let inside = rest.iter().take_while(|c| c.start < stage.span.end as usize).count();
            let (here, later) = rest.split_at(inside);
            rest = later;
            let (text, here) = self.stage(stage, column, here);
            let mut above = Vec::new();
            for comment in here {
                match laid.last_mut() {
                    Some(before) if self.same_line(before_end, comment.start) => before.trailing.push(comment.text),
                    _ if is_first || (idx == 0 && bare) => above_all.push(*comment),
                    _ => above.push(comment.text),
                }
            }
            before_end = stage.span.end as usize;
            laid.push(StageText { above, text, trailing: Vec::new() });
        }
        // These comments stand between the last stage and the bracket around the pipeline.
        match laid.last_mut().filter(|_| stages.len() > 1 || source.is_some()) {
            Some(last) => last.above.extend(rest.iter().map(|comment| comment.text)),
            None => above_all.extend(rest),
        }
        self.hoist(&above_all);
        let one_line = join(&opening, source.is_some(), &laid);
        let last = stages.last().map_or(start, |stage| stage.span.end as usize);
        let together = self.same_line(start, last) || laid.len() + usize::from(!opening.is_empty()) <= 3;
        let plain = laid.iter().all(|l| l.above.is_empty() && l.trailing.is_empty() && !l.text.contains('\n'));
        if plain && together && one_line.chars().count() <= WIDTH || stages.is_empty() {
            self.out.push_str(&one_line);
            self.out.push('\n');
            return;
        }
        let mut line_open = !bare;
        self.out.push_str(&opening);
        for (idx, stage) in laid.iter().enumerate() {
            if idx > 0 || source.is_some() {
                if line_open {
                    self.out.push('\n');
                }
                for comment in &stage.above {
                    self.out.push_str(&format!("{indent}{comment}\n"));
                }
                self.out.push_str(&format!("{indent}| "));
            }
            self.out.push_str(&stage.text);
            // A second comment cannot trail the same line.
            for (nth, comment) in stage.trailing.iter().enumerate() {
                let gap = if nth == 0 { "  ".to_owned() } else { format!("\n{indent}") };
                self.out.push_str(&format!("{gap}{comment}"));
            }
            line_open = true;
        }
        self.out.push('\n');
    }

    fn same_line(&self, from: usize, to: usize) -> bool {
        !self.source.get(from..to).unwrap_or("").contains('\n')
    }

    /// Prints a stage from a column on. Returns the comments for which it has no place.
    fn stage<'c>(&self, stage: &Stage, column: usize, comments: &'c [Comment<'a>]) -> (String, Vec<&'c Comment<'a>>) {
        let name = &stage.name.value;
        match &stage.args {
            Args::Atoms(atoms) if atoms.is_empty() => (name.clone(), comments.iter().collect()),
            Args::Atoms(atoms) => (format!("{name} {}", self.atoms(atoms)), comments.iter().collect()),
            Args::Expr(expr) => (format!("{name} {}", self.expr(expr)), comments.iter().collect()),
            Args::Assigns(assigns) => {
                let column = column + name.len() + 1;
                let texts: Vec<String> =
                    assigns.iter().map(|a| format!("{} = {}", typed(&a.name.value), self.expr(&a.value))).collect();
                let one_line = texts.join(", ");
                let (first, last) = (stage.span.start as usize, stage.span.end as usize);
                let fits = column + one_line.chars().count() <= WIDTH;
                if assigns.len() == 1 || (fits && self.same_line(first, last)) {
                    return (format!("{name} {one_line}"), comments.iter().collect());
                }
                let mut left = Vec::new();
                let mut rest = comments;
                let mut text = format!("{name} ");
                for (idx, assign) in assigns.iter().enumerate() {
                    let until = assigns.get(idx + 1).map_or(last, |next| next.name.span.start as usize);
                    let before = rest.iter().take_while(|c| c.start < assign.value.span.end as usize).count();
                    left.extend(&rest[..before]);
                    rest = &rest[before..];
                    let after = rest.iter().take_while(|c| c.start < until).count();
                    let (here, later) = rest.split_at(after);
                    rest = later;
                    text.push_str(&texts[idx]);
                    if idx + 1 == assigns.len() {
                        left.extend(here);
                        break;
                    }
                    text.push(',');
                    let end = assign.value.span.end as usize;
                    let indent = " ".repeat(column);
                    for comment in here {
                        let gap = if self.same_line(end, comment.start) { "  ".into() } else { format!("\n{indent}") };
                        text.push_str(&gap);
                        text.push_str(comment.text);
                    }
                    text.push_str(&format!("\n{indent}"));
                }
                left.extend(rest);
                (text, left)
            }
        }
    }

    fn atoms(&self, atoms: &[Atom]) -> String {
        atoms.iter().map(|atom| self.atom(atom)).collect::<Vec<_>>().join(" ")
    }

    fn atom(&self, atom: &Atom) -> String {
        match &atom.value {
            AtomKind::Word(word) => word.clone(),
            AtomKind::Quoted(name) => format!("`{name}`"),
            AtomKind::Variable(name) => format!("${name}"),
            AtomKind::Literal(literal) => self.literal(literal, atom.span),
            AtomKind::List(atoms) => format!("[{}]", self.atoms(atoms)),
            AtomKind::Expr(expr) => format!("({})", self.expr(expr)),
            AtomKind::Range(_) | AtomKind::Keyed(..) => self.written(atom.span).to_owned(),
            AtomKind::Pipeline(pipeline) => {
                let source = self.opening(pipeline);
                let laid: Vec<StageText> = pipeline
                    .stages
                    .iter()
                    .map(|stage| StageText { above: Vec::new(), text: self.inline(stage), trailing: Vec::new() })
                    .collect();
                format!("({})", join(source.as_deref().unwrap_or(""), source.is_some(), &laid))
            }
        }
    }

    /// The stage of a sub-pipeline, always on one line.
    fn inline(&self, stage: &Stage) -> String {
        match &stage.args {
            Args::Assigns(assigns) => {
                let texts: Vec<String> =
                    assigns.iter().map(|a| format!("{} = {}", typed(&a.name.value), self.expr(&a.value))).collect();
                format!("{} {}", stage.name.value, texts.join(", "))
            }
            _ => self.stage(stage, 0, &[]).0,
        }
    }

    fn literal(&self, literal: &Literal, span: crate::diagnostic::Span) -> String {
        match literal {
            Literal::Nodata => "nodata".into(),
            Literal::Bool(value) => value.to_string(),
            _ => self.written(span).to_owned(),
        }
    }

    fn written(&self, span: crate::diagnostic::Span) -> &'a str {
        self.source.get(span.range()).unwrap_or("")
    }
}

fn parameters(params: &[super::ast::Name]) -> String {
    match params {
        [] => String::new(),
        _ => format!("({})", params.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")),
    }
}

/// Everything on one line.
fn join(opening: &str, piped: bool, stages: &[StageText]) -> String {
    let mut line = opening.to_owned();
    for (idx, stage) in stages.iter().enumerate() {
        if idx > 0 || piped {
            line.push_str(if line.is_empty() || line.ends_with(' ') { "| " } else { " | " });
        }
        line.push_str(&stage.text);
    }
    line
}

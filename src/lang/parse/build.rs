//! Statements, stages and arguments out of what the grammar matched.

use super::grammar::Rule;
use super::literal;
use crate::cube::time::NOUNS;
use crate::diagnostic::{Diagnostic, Result, Span, Spanned, codes};
use crate::lang::ast::{
    Args, Assign, Atom, AtomKind, Body, Literal, Name, Pipeline, Stage, Statement, StatementKind, Value,
};
use pest::iterators::{Pair, Pairs};

/// Where the statement's text lies in the program.
pub(super) struct Builder<'a> {
    pub text: &'a str,
    pub base: usize,
    pub id: u32,
}

impl Builder<'_> {
    pub(super) fn statement(&self, pairs: Pairs<Rule>, doc: Option<String>) -> Result<Statement> {
        let line = pairs.into_iter().next().expect("the grammar gives one line");
        let pair = line.into_inner().next().expect("a line holds a statement");
        let span = self.at(0, self.text.len());
        let doc = doc.filter(|_| matches!(pair.as_rule(), Rule::function | Rule::param));
        let kind = match pair.as_rule() {
            Rule::import => self.import(pair)?,
            Rule::param => self.param(pair)?,
            Rule::binding => self.binding(pair)?,
            Rule::function => self.function(pair)?,
            Rule::setting => {
                let mut inner = after_keyword(pair);
                let key = self.name(inner.next().expect("a setting has a key"));
                StatementKind::Set { key, values: self.atoms(inner)? }
            }
            _ => StatementKind::Pipeline(self.pipeline(pair)?),
        };
        Ok(Statement { kind, span, doc })
    }

    fn import(&self, pair: Pair<Rule>) -> Result<StatementKind> {
        let mut inner = after_keyword(pair);
        let path = inner.next().expect("an import has a path");
        let path = literal::text(path.as_str(), self.span(&path))?;
        let alias = inner.find(|pair| pair.as_rule() == Rule::ident).map(|pair| self.name(pair));
        Ok(StatementKind::Import { path, alias })
    }

    fn param(&self, pair: Pair<Rule>) -> Result<StatementKind> {
        let mut inner = after_keyword(pair);
        let name = self.name(inner.next().expect("a param has a name"));
        let (mut type_name, mut default) = (None, None);
        for pair in inner {
            match pair.as_rule() {
                Rule::type_name => type_name = Some(self.name(pair)),
                Rule::expr => default = Some(self.expr(pair)?),
                _ => {}
            }
        }
        Ok(StatementKind::Param { name, type_name, default })
    }

    fn binding(&self, pair: Pair<Rule>) -> Result<StatementKind> {
        let mut inner = after_keyword(pair);
        let name = self.name(inner.next().expect("a let has a name"));
        let value = inner.next_back().expect("a let has a value");
        let value = match value.as_rule() {
            Rule::pipeline => Value::Pipeline(self.pipeline(value)?),
            _ => Value::Expr(self.expr(value)?),
        };
        Ok(StatementKind::Let { name, value })
    }

    fn function(&self, pair: Pair<Rule>) -> Result<StatementKind> {
        let mut inner = after_keyword(pair);
        let name = self.name(inner.next().expect("a function has a name"));
        let mut params = Vec::new();
        let mut stages = Vec::new();
        for pair in inner {
            match pair.as_rule() {
                Rule::params => params = pair.into_inner().map(|pair| self.name(pair)).collect(),
                Rule::stage => stages.push(self.stage(pair)?),
                Rule::expr => {
                    return Ok(StatementKind::Fn { name, params, body: Body::Expr(self.expr(pair)?) });
                }
                _ => {}
            }
        }
        Ok(StatementKind::Fn { name, params, body: Body::Stages(stages) })
    }

    fn pipeline(&self, pair: Pair<Rule>) -> Result<Pipeline> {
        let start = pair.as_span().start();
        let mut pipeline = Pipeline { continues: false, source: None, stages: Vec::new(), span: self.at(start, start) };
        for pair in pair.into_inner() {
            match pair.as_rule() {
                Rule::lead => pipeline.continues = true,
                Rule::variable => {
                    let name = self.variable(&pair);
                    pipeline.span = pipeline.span.to(name.span);
                    pipeline.source = Some(name);
                }
                _ => {
                    let stage = self.stage(pair)?;
                    pipeline.span = pipeline.span.to(stage.span);
                    pipeline.stages.push(stage);
                }
            }
        }
        Ok(pipeline)
    }

    fn stage(&self, pair: Pair<Rule>) -> Result<Stage> {
        let mut inner = pair.into_inner();
        let name = self.name(inner.next().expect("a stage has a name"));
        let (args, end) = match inner.peek().map(|pair| pair.as_rule()) {
            Some(Rule::assign) => {
                let assigns = inner.map(|pair| self.assign(pair)).collect::<Result<Vec<_>>>()?;
                let end = assigns.last().map(|assign| assign.value.span);
                (Args::Assigns(assigns), end)
            }
            Some(Rule::expr) => {
                let expr = self.expr(inner.next().expect("just seen"))?;
                let end = Some(expr.span);
                (Args::Expr(expr), end)
            }
            _ => {
                let mut atoms = self.atoms(inner)?;
                nodata_key(&mut atoms);
                self.apart(name.span, &atoms)?;
                let end = atoms.last().map(|atom| atom.span);
                (Args::Atoms(atoms), end)
            }
        };
        let span = end.map_or(name.span, |end| name.span.to(end));
        Ok(Stage { name, args, span })
    }

    fn assign(&self, pair: Pair<Rule>) -> Result<Assign> {
        let mut inner = pair.into_inner();
        let name = inner.next().expect("an assign has a name");
        let name = match name.as_rule() {
            Rule::quoted => Spanned::new(unquoted(&name), self.span(&name)),
            _ => self.name(name),
        };
        let value = self.expr(inner.next_back().expect("an assign has a value"))?;
        Ok(Assign { name, value })
    }

    fn atoms(&self, pairs: Pairs<Rule>) -> Result<Vec<Atom>> {
        let mut atoms = Vec::with_capacity(pairs.len());
        for pair in pairs {
            self.atom(pair, &mut atoms)?;
        }
        Ok(atoms)
    }

    fn atom(&self, pair: Pair<Rule>, atoms: &mut Vec<Atom>) -> Result<()> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::list => {
                let list = self.atoms(pair.into_inner())?;
                if let Some(first) = list.first() {
                    self.apart(first.span, &list[1..])?;
                }
                AtomKind::List(list)
            }
            Rule::group => {
                let inner = pair.into_inner().next().expect("a group holds something");
                match inner.as_rule() {
                    Rule::pipeline => AtomKind::Pipeline(Box::new(self.pipeline(inner)?)),
                    _ => AtomKind::Expr(Box::new(self.expr(inner)?)),
                }
            }
            Rule::filtered => {
                let mut inner = pair.into_inner();
                let word = self.name(inner.next().expect("the word filter"));
                atoms.push(Spanned::new(AtomKind::Word(word.value), word.span));
                let expr = self.expr(inner.next_back().expect("a comparison"))?;
                let span = expr.span;
                atoms.push(Spanned::new(AtomKind::Expr(Box::new(expr)), span));
                return Ok(());
            }
            Rule::variable => AtomKind::Variable(self.variable(&pair).value),
            Rule::quoted => AtomKind::Quoted(unquoted(&pair)),
            Rule::string | Rule::raw => AtomKind::Literal(Literal::Text(literal::text(pair.as_str(), span)?)),
            Rule::numeral => AtomKind::Literal(literal::numeral(pair.as_str(), span)?),
            Rule::between => AtomKind::Range(literal::between(pair.as_str(), span, true)?),
            Rule::keyed => {
                let (key, value) = pair.as_str().split_once('=').expect("the grammar has seen it");
                AtomKind::Keyed(key.into(), value.into())
            }
            _ => match pair.as_str() {
                "true" => AtomKind::Literal(Literal::Bool(true)),
                "false" => AtomKind::Literal(Literal::Bool(false)),
                "nodata" => AtomKind::Literal(Literal::Nodata),
                word => match literal::iso(word) {
                    Some(duration) => AtomKind::Literal(duration),
                    None => AtomKind::Word(word.into()),
                },
            },
        };
        atoms.push(Spanned::new(kind, span));
        Ok(())
    }

    /// Refuses arguments without a blank between them: the grammar takes `a"b"` for two.
    pub(super) fn apart<T>(&self, first: Span, rest: &[Spanned<T>]) -> Result<()> {
        let mut before = first;
        for atom in rest {
            if before.end == atom.span.start {
                let (start, split, end) = (before.start, before.end, atom.span.end);
                let part = |from: u32, to: u32| &self.text[from as usize - self.base..to as usize - self.base];
                let (left, right) = (part(start, split), part(split, end));
                let error = |message: &str| {
                    Diagnostic::new(codes::SYNTAX, message)
                        .label(Span { start: split, ..atom.span }, format!("follows `{left}` without a blank"))
                };
                let inside = right.strip_prefix('(').map(|inside| inside.trim_end_matches(')').trim());
                return Err(match inside {
                    Some(inside) if NOUNS.contains(&left) => error("functions are called only in expressions")
                        .help("parts of the dates of a table go by their names: `groupby [year month] mean`")
                        .help(format!("a column of it is made first: `derive {left} = {left}({inside})`")),
                    Some(inside) => error("neither stages nor reducers are called with parentheses")
                        .help(called(left, inside))
                        .help("functions are called only in expressions"),
                    None => error("a blank is missing between two arguments").help(format!("write `{left} {right}`")),
                });
            }
            before = atom.span;
        }
        Ok(())
    }

    pub(super) fn name(&self, pair: Pair<Rule>) -> Name {
        Spanned::new(pair.as_str().to_owned(), self.span(&pair))
    }

    pub(super) fn variable(&self, pair: &Pair<Rule>) -> Name {
        Spanned::new(pair.as_str()[1..].to_owned(), self.span(pair))
    }

    pub(super) fn span(&self, pair: &Pair<Rule>) -> Span {
        let span = pair.as_span();
        self.at(span.start(), span.end())
    }

    pub(super) fn at(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, self.base + start, self.base + end)
    }

    pub(super) fn source(&self, span: Span) -> &str {
        &self.text[span.start as usize - self.base..span.end as usize - self.base]
    }
}

/// The parts after the keyword of a statement such as `let`.
fn after_keyword(pair: Pair<Rule>) -> Pairs<Rule> {
    let mut inner = pair.into_inner();
    inner.next();
    inner
}

pub(super) fn unquoted(pair: &Pair<Rule>) -> String {
    pair.as_str().trim_matches('`').to_owned()
}

/// Makes the literal `nodata` a word where it is the name of an argument, as in `save cog "x" nodata 255`.
fn nodata_key(atoms: &mut [Atom]) {
    for idx in 1..atoms.len() {
        let value = match &atoms[idx].value {
            AtomKind::Literal(Literal::Number(_)) | AtomKind::Variable(_) => true,
            AtomKind::Word(word) => word == "none",
            _ => false,
        };
        if value && atoms[idx - 1].value == AtomKind::Literal(Literal::Nodata) {
            atoms[idx - 1].value = AtomKind::Word("nodata".into());
        }
    }
}

/// How a stage is written that was called as a function is in other languages.
fn called(stage: &str, inside: &str) -> String {
    let plain = inside.trim_start_matches("dim=").trim_start_matches("axis=");
    let dimension = plain.trim_matches(['"', '\'']);
    match dimension {
        "time" | "space" | "band" => format!("write `{stage} over {dimension}`"),
        "" => format!("write `{stage}`"),
        plain if plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') => format!("write `{stage} {plain}`"),
        _ if plain.matches('"').count() == 2 && plain.starts_with('"') && plain.ends_with('"') => {
            format!("write `{stage} {plain}`")
        }
        _ => "arguments follow a stage, separated by blanks".into(),
    }
}

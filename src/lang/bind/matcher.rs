//! Gives each argument of a stage to a parameter of its verb, and says what to write where one fits none.

use super::{Binder, is_stage, keyed, short_usage};
use crate::cube::time::NOUNS;
use crate::diagnostic::{self, Diagnostic, Result, Span, codes};
use crate::lang::ast::{self, AtomKind, Literal};
use crate::lang::elsewhere;
use crate::lang::parse::unit_of_time;
use crate::lang::registry::{self, Call, Param, ParamKind, Shape, Verb};
use crate::lang::value::{Arg, Value};
use crate::plan::picture::{Color, colormap};

/// Walks the atoms of a call and gives each to a parameter.
pub(super) struct Matcher<'a> {
    pub binder: &'a Binder<'a>,
    pub verb: &'static Verb,
    pub atoms: &'a [ast::Atom],
    pub at: usize,
}

impl Matcher<'_> {
    pub(super) fn run(&mut self, own: Option<Arg>, call: &mut Call) -> Result<()> {
        if let Some(atom) = self.atoms.iter().find(|a| matches!(a.value, AtomKind::Keyed(..))) {
            return Err(self.keyed(atom));
        }
        let mut positional = self.verb.params.iter().filter(|p| p.is_positional()).peekable();
        if let Some(own) = own
            && let Some(param) = positional.next()
        {
            let mut args = vec![own];
            if args[0].value == Value::Word("quantile".into()) {
                args.extend(self.take(1)?);
            }
            call.args.push((param, args));
        }
        if let Some(error) = self.apart().or_else(|| self.swapped()) {
            return Err(error);
        }
        while self.at < self.atoms.len() {
            let atom = &self.atoms[self.at];
            if let AtomKind::Word(word) = &atom.value
                && let Some(param) = self.keyword(word)
            {
                // Only pairs may be given several times: one for each dimension.
                if call.has(param.name) && param.shape != Shape::Pair {
                    return Err(Diagnostic::new(codes::REPEATED_ARGUMENT, format!("`{word}` is given twice"))
                        .label(atom.span, "again"));
                }
                self.at += 1;
                let args = match param.kind {
                    ParamKind::Flag => vec![Arg { value: Value::Bool(true), span: atom.span }],
                    _ => self.values(param, atom.span)?,
                };
                match call.args.iter_mut().find(|(given, _)| given.name == param.name) {
                    Some((_, pairs)) => pairs.extend(args),
                    None => call.args.push((param, args)),
                }
                continue;
            }
            let Some(param) = positional.peek().copied() else {
                return Err(self.unexpected(atom));
            };
            // A name that this argument has elsewhere stands before its value.
            if let AtomKind::Word(word) = &atom.value
                && param.shape != Shape::Expr
                && elsewhere::argument(self.verb.name, self.verb.params, word).is_some()
            {
                return Err(self.unexpected(atom));
            }
            let args = match param.kind {
                ParamKind::Rest => {
                    let mut args = Vec::new();
                    while self.at < self.atoms.len() && !self.at_keyword() {
                        args.extend(self.values(param, self.atoms[self.at].span)?);
                    }
                    args
                }
                _ => self.values(param, atom.span)?,
            };
            positional.next();
            call.args.push((param, args));
        }
        Ok(())
    }

    fn at_keyword(&self) -> bool {
        let Some(AtomKind::Word(word)) = self.atoms.get(self.at).map(|a| &a.value) else { return false };
        self.keyword(word).is_some()
    }

    fn keyword(&self, word: &str) -> Option<&'static Param> {
        self.verb.params.iter().find(|p| !p.is_positional() && p.name == word)
    }

    fn take(&mut self, n: usize) -> Result<Vec<Arg>> {
        let end = (self.at + n).min(self.atoms.len());
        let args = self.atoms[self.at..end].iter().map(|a| self.binder.atom(a)).collect();
        self.at = end;
        args
    }

    /// As many atoms as the parameter's shape wants, checked.
    fn values(&mut self, param: &Param, name_span: Span) -> Result<Vec<Arg>> {
        let next = self.atoms.get(self.at).map(|atom| &atom.value);
        if param.shape == Shape::Switch && !next.is_some_and(is_truth) {
            return Ok(vec![Arg { value: Value::Bool(true), span: name_span }]);
        }
        if let Shape::MaybeChoice(words) = param.shape
            && !matches!(next, Some(AtomKind::Word(word)) if words.contains(&word.as_str()))
        {
            return Ok(vec![Arg { value: Value::Word(words[0].into()), span: name_span }]);
        }
        let level = self.atoms.get(self.at + 1).map(|atom| &atom.value);
        let many = match param.shape {
            Shape::Codec if matches!(level, Some(AtomKind::Literal(Literal::Number(_)))) => 2,
            Shape::BBox => 4,
            Shape::Pair | Shape::Point | Shape::Size => 2,
            Shape::Reducers if matches!(self.atoms.get(self.at).map(|a| &a.value), Some(AtomKind::Word(w)) if w == "quantile") => {
                2
            }
            _ => 1,
        };
        // A box or a pair may come in a variable or a list.
        let first = self.take(1)?;
        let args = match first.first() {
            Some(Arg { value: Value::List(items), .. })
                if matches!(param.shape, Shape::BBox | Shape::Point | Shape::Size) && items.len() == many =>
            {
                items.clone()
            }
            Some(_) if many > 1 => first.into_iter().chain(self.take(many - 1)?).collect(),
            _ => first,
        };
        if args.len() < many || args.is_empty() {
            return Err(Diagnostic::new(
                codes::MISSING_ARGUMENT,
                format!("`{}` needs {}", param.name, param.shape.expected()),
            )
            .label(name_span, "not enough follows")
            .help(short_usage(self.verb)));
        }
        for arg in &args {
            self.check(param, arg)?;
        }
        Ok(args)
    }

    fn check(&self, param: &Param, arg: &Arg) -> Result<()> {
        let v = &arg.value;
        let textual = matches!(v, Value::Text(_) | Value::Word(_));
        let listed = |f: &dyn Fn(&Value) -> bool| match v {
            Value::List(items) => items.iter().all(|i| f(&i.value)),
            v => f(v),
        };
        let fits = match param.shape {
            Shape::Any | Shape::Flag | Shape::Pair => true,
            Shape::Bool => matches!(v, Value::Bool(_)),
            // What is none of these words is the next argument.
            Shape::Switch | Shape::MaybeChoice(_) => true,
            Shape::Touch => matches!(v, Value::Bool(_)) || v.as_text().as_deref() == Some("inside"),
            Shape::Codec => listed(&|v| matches!(v, Value::Text(_) | Value::Word(_) | Value::Number(_))),
            Shape::Sizes => {
                matches!(v, Value::List(items) if items.len() % 2 == 0 && listed(&|v| v.as_text().is_some()))
            }
            Shape::Number | Shape::BBox | Shape::Point => matches!(v, Value::Number(_)),
            Shape::Size => matches!(v, Value::Number(_) | Value::Quantity { .. }),
            Shape::Steps => {
                let whole = |end: &Option<f64>| end.is_none_or(|n| n.fract() == 0.0);
                listed(&|v| match v {
                    Value::Number(n) => n.fract() == 0.0,
                    Value::Range { start, end, .. } => whole(start) && whole(end),
                    _ => false,
                })
            }
            Shape::Numbers => listed(&|v| matches!(v, Value::Number(_))),
            Shape::Span => matches!(v, Value::Range { .. }),
            Shape::Legend => matches!(v, Value::List(_)),
            Shape::Color | Shape::Colors => return self.colors(param, arg),
            Shape::ColorMap => match v.as_text() {
                Some(name) => return color_map(&name, arg.span),
                None => false,
            },
            Shape::Integer => matches!(v, Value::Number(n) if n.fract() == 0.0),
            Shape::Text => textual || matches!(v, Value::Number(_) | Value::Date(_)),
            Shape::Path => textual,
            Shape::Paths => listed(&|v| matches!(v, Value::Text(_) | Value::Word(_))),
            Shape::Names => listed(&|v| v.as_text().is_some()),
            Shape::Choice(words) => match v.as_text() {
                Some(word) if param.choice(&word).is_some() => true,
                Some(word) => {
                    return Err(Diagnostic::new(
                        codes::UNKNOWN_CHOICE,
                        format!("`{word}` is no choice for `{}`", param.name),
                    )
                    .label(arg.span, "not known here")
                    .help_if(
                        elsewhere::choice(&word, words)
                            .or_else(|| diagnostic::did_you_mean(&word, words.iter().copied())),
                    )
                    .help(format!("choose {}", param.shape.expected())));
                }
                None => false,
            },
            Shape::Crs => v.as_text().is_some(),
            Shape::Length | Shape::Extent => matches!(v, Value::Number(_) | Value::Quantity { .. }),
            Shape::Interval => {
                matches!(v, Value::Date(_) | Value::DateRange { .. } | Value::Range { .. })
                    || matches!(v, Value::Number(n) if n.fract() == 0.0 && (0.0..=9999.0).contains(n))
            }
            Shape::Period => textual || matches!(v, Value::Quantity { .. }),
            Shape::Stretch => {
                matches!(v, Value::Number(n) if n.fract() == 0.0)
                    || matches!(v, Value::Quantity { .. } | Value::Text(_))
            }
            Shape::Groups => textual || matches!(v, Value::List(_) | Value::Quantity { .. } | Value::Expr(_)),
            Shape::Reducers => listed(&|v| v.as_text().is_some()),
            Shape::MinCount => {
                matches!(v, Value::Number(_)) || matches!(v, Value::Quantity { unit, .. } if unit == "%")
            }
            Shape::Cube => matches!(v, Value::Cube(_)),
            Shape::Result => matches!(v, Value::Cube(_) | Value::Table(_)),
            Shape::CubeOrPath => textual || matches!(v, Value::Cube(_)),
            Shape::Expr | Shape::Filter => matches!(v, Value::Expr(_) | Value::Number(_) | Value::Bool(_)),
            Shape::Assigns | Shape::AssignsOrExpr => matches!(v, Value::Expr(_) | Value::Assigns(_)),
        };
        if fits {
            return Ok(());
        }
        Err(Diagnostic::new(codes::WRONG_TYPE, format!("`{}` takes {}", param.name, param.shape.expected()))
            .label(arg.span, format!("{} stands here", v.describe()))
            .help(short_usage(self.verb)))
    }

    fn colors(&self, param: &Param, arg: &Arg) -> Result<()> {
        match &arg.value {
            Value::List(items) if param.shape == Shape::Colors => items.iter().try_for_each(|i| self.colors(param, i)),
            value => {
                let written = value.as_text().unwrap_or_default();
                if Color::parse(&written).is_some() {
                    return Ok(());
                }
                Err(Diagnostic::new(codes::UNKNOWN_CHOICE, format!("no color is named `{written}`"))
                    .label(arg.span, "not a color")
                    .help_if(diagnostic::did_you_mean(&written, Color::names()))
                    .help("write a name such as `red`, or red, green and blue as \"#ff8000\""))
            }
        }
    }

    /// What to write for `key=value`: how depends on whether the argument has a name.
    fn keyed(&self, atom: &ast::Atom) -> Box<Diagnostic> {
        let AtomKind::Keyed(key, value) = &atom.value else { return self.unexpected(atom) };
        let value = match value.as_str() {
            "" => "..".to_string(),
            list if list.starts_with(['[', '"']) => list.to_string(),
            plain => plain.replace(',', " "),
        };
        let params = self.verb.params;
        let known = || params.iter().map(|p| p.name);
        let error = keyed(atom.span);
        if let Some(here) =
            elsewhere::argument(self.verb.name, self.verb.params, key).filter(|_| params.iter().all(|p| p.name != key))
        {
            return error.help(here);
        }
        match params.iter().find(|p| p.name == key) {
            Some(param) if param.is_positional() => {
                error.help(format!("`{key}` is given without its name: `{value}` alone")).help(short_usage(self.verb))
            }
            Some(param) if param.kind == ParamKind::Flag => error.help(format!("write `{key}`, or leave it out")),
            Some(param) if param.shape == Shape::BBox && !value.contains(' ') => {
                error.help(format!("write `{key} W S E N`"))
            }
            Some(_) => error.help(format!("write `{key} {value}`")),
            // In a stage that takes an expression, such as `filter cloud_cover=3`, a comparison was meant.
            None if params.iter().any(|p| p.shape.is_expression()) => {
                error.help(format!("to compare, write `{key} == {value}`"))
            }
            None => error.help_if(diagnostic::did_you_mean(key, known())).help(short_usage(self.verb)),
        }
    }

    /// The named arguments that the value here would fit, written with their names.
    fn named(&self) -> Vec<String> {
        let given: Vec<Arg> = self.atoms[self.at..].iter().map_while(|a| self.binder.atom(a).ok()).collect();
        let Some(first) = given.first() else { return Vec::new() };
        let fits = |param: &&Param| {
            let telling = match param.shape {
                Shape::BBox => given.len() >= 4 && given[..4].iter().all(|a| matches!(a.value, Value::Number(_))),
                Shape::Number | Shape::Integer | Shape::Length | Shape::Extent => {
                    !matches!(given.get(1), Some(Arg { value: Value::Number(_), .. }))
                }
                Shape::Path | Shape::Paths => matches!(first.value, Value::Text(_)),
                Shape::CubeOrPath => !matches!(first.value, Value::Word(_)),
                Shape::Cube | Shape::Result | Shape::Interval | Shape::Choice(_) | Shape::Period => true,
                _ => false,
            };
            param.kind == ParamKind::Named && telling && self.check(param, first).is_ok()
        };
        let verb = if self.at == 0 { format!("{} ", self.verb.name) } else { String::new() };
        let written = |param: &Param| {
            let count = if param.shape == Shape::BBox { 4 } else { 1 };
            let values: Vec<String> = given[..count].iter().filter_map(|a| a.value.written()).collect();
            (values.len() == count).then(|| format!("`{verb}{} {}`", param.name, values.join(" ")))
        };
        self.verb.params.iter().filter(fits).filter_map(written).collect()
    }

    /// The formats whose `load` or `save` has an argument of this name, which this one lacks.
    fn siblings(&self, word: &str) -> Option<String> {
        let (family, _) = self.verb.name.split_once(' ')?;
        let has = |verb: &&&Verb| verb.params.iter().any(|param| !param.is_positional() && param.name == word);
        let is_sibling = |verb: &&&Verb| verb.name.split_once(' ').is_some_and(|(first, _)| first == family);
        let names: Vec<&str> = crate::verbs::VERBS.iter().filter(is_sibling).filter(has).map(|v| v.name).collect();
        (!names.is_empty()).then(|| format!("`{word}` is an argument of {}", diagnostic::list_some(names, 9)))
    }

    /// A number and its unit that are written apart: `30 days`.
    fn apart(&self) -> Option<Box<Diagnostic>> {
        let takes_time = |param: &Param| matches!(param.shape, Shape::Period | Shape::Stretch | Shape::Groups);
        if !self.verb.params.iter().any(takes_time) {
            return None;
        }
        let pair = |pair: &[ast::Atom]| match (&pair[0].value, &pair[1].value) {
            // `rolling 5 min` is the least of five steps.
            (AtomKind::Literal(Literal::Number(number)), AtomKind::Word(word)) => unit_of_time(word)
                .filter(|_| !registry::is_reducer(word))
                .map(|unit| (format!("{number} {word}"), format!("{number}{unit}"), pair[0].span.to(pair[1].span))),
            _ => None,
        };
        let (apart, together, span) = self.atoms.windows(2).find_map(pair)?;
        let error = Diagnostic::new(codes::WRONG_TYPE, format!("`{apart}` is two arguments"));
        Some(error.label(span, "a number and its unit are one word").help(format!("write `{together}`")))
    }

    /// A reducer before what it reduces by: `resample mean 1mo`.
    fn swapped(&self) -> Option<Box<Diagnostic>> {
        let mut positional = self.verb.params.iter().filter(|param| param.is_positional());
        let (first, second) = (positional.next()?, positional.next()?);
        let [reducer, by, ..] = self.atoms else { return None };
        let is_word = |atom: &ast::Atom| matches!(&atom.value, AtomKind::Word(word) if registry::is_reducer(word));
        let takes = matches!(first.shape, Shape::Period | Shape::Groups | Shape::Stretch | Shape::Path);
        let is_keyword = matches!(&by.value, AtomKind::Word(word) if self.keyword(word).is_some());
        if !takes || second.shape != Shape::Reducers || !is_word(reducer) || is_word(by) || is_keyword {
            return None;
        }
        let line =
            format!("{} {} {}", self.verb.name, self.written(&self.atoms[1..2])?, self.written(&self.atoms[..1])?);
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, "a reducer stands before what it reduces by");
        Some(error.label(reducer.span.to(by.span), "these two are swapped").help(format!("write `{line}`")))
    }

    /// What is written in some arguments, where all of it can be.
    fn written(&self, atoms: &[ast::Atom]) -> Option<String> {
        let one = |atom: &ast::Atom| self.binder.atom(atom).ok()?.value.written();
        let all: Option<Vec<String>> = atoms.iter().map(one).collect();
        all.map(|all| all.join(" "))
    }

    /// A part of the date where the reducer stands: `groupby year month mean`.
    fn second_noun(&self, atom: &ast::Atom, reducer: &str) -> Option<Box<Diagnostic>> {
        let AtomKind::Word(noun) = &atom.value else { return None };
        let first = self.atoms.first().filter(|first| first.span != atom.span)?;
        let AtomKind::Word(by) = &first.value else { return None };
        if registry::is_reducer(noun) || ![noun, by].iter().all(|word| NOUNS.contains(&word.as_str())) {
            return None;
        }
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`{noun}` is no reducer"));
        Some(
            error
                .label(atom.span, "a second part of the date")
                .help(format!("rows of a table are grouped by both in brackets: `groupby [{by} {noun}] {reducer}`"))
                .help(format!("steps of a cube, one value each month of each year: `resample 1mo {reducer}`")),
        )
    }

    /// A word that begins another stage, or is one reducer too many.
    fn stage_begins(&self, atom: &ast::Atom) -> Option<Box<Diagnostic>> {
        let AtomKind::Word(word) = &atom.value else { return None };
        if registry::is_reducer(word) && self.verb.params.iter().any(|param| param.shape == Shape::Reducers) {
            if let Some(error) = self.at.checked_sub(1).and_then(|at| self.second_noun(&self.atoms[at], word)) {
                return Some(error);
            }
            let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`{word}` is one reducer too many"));
            let before = self.at.checked_sub(1).and_then(|at| self.binder.atom(&self.atoms[at]).ok()?.value.as_text());
            let own = Some(self.verb.name.to_string()).filter(|_| self.at == 0);
            let before = before.or(own).filter(|before| registry::is_reducer(before)).unwrap_or_else(|| "mean".into());
            let earlier = self.written(&self.atoms[..self.at.saturating_sub(1)])?;
            let list = self.atoms[self.at..].iter().map_while(|atom| match &atom.value {
                AtomKind::Word(word) if registry::is_reducer(word) => Some(format!(" {word}")),
                _ => None,
            });
            let blank = if earlier.is_empty() { "" } else { " " };
            let line = format!("{} {earlier}{blank}[{before}{}]", self.verb.name, list.collect::<String>());
            return Some(
                error
                    .label(atom.span, "several reducers stand in brackets")
                    .help(format!("write `{line}`"))
                    .help(short_usage(self.verb)),
            );
        }
        // Of a text of several words the second may be the name of a stage.
        let keyword = self.at.checked_sub(2).map(|at| &self.atoms[at].value);
        if let Some(AtomKind::Word(name)) = keyword
            && let Some(param) = self.keyword(name)
            && let Some(error) = self.several(param, name)
        {
            return Some(error);
        }
        // Behind the name of an argument stands its value.
        let before = self.at.checked_sub(1).map(|at| &self.atoms[at].value);
        if matches!(before, Some(AtomKind::Word(name)) if self.keyword(name).is_some()) {
            return None;
        }
        let over = self.verb.params.iter().find(|param| param.name == "over");
        if self.at + 1 == self.atoms.len() && over.is_some_and(|over| over.choice(word).is_some()) {
            let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`over` is missing before `{word}`"));
            return Some(error.label(atom.span, "what is reduced").help(format!("write `over {word}`")));
        }
        if !is_stage(word, self.binder.scope) {
            return None;
        }
        let rest = self.written(&self.atoms[self.at..]).unwrap_or_else(|| format!("{word} .."));
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`|` is missing before `{word}`"));
        Some(error.label(atom.span, "another stage begins here").help(format!("write `| {rest}`")))
    }

    /// The second of several words that stand for one text or a list of names.
    fn several(&self, param: &Param, name: &str) -> Option<Box<Diagnostic>> {
        let words: Vec<String> = self.atoms[self.at - 1..]
            .iter()
            .map_while(|atom| match &atom.value {
                AtomKind::Word(word) if self.keyword(word).is_none() => Some(word.clone()),
                _ => None,
            })
            .collect();
        let [_, _, ..] = &words[..] else { return None };
        let (message, label, line) = match param.shape {
            Shape::Names | Shape::Paths => {
                ("several names stand in brackets", "a second one", format!("[{}]", words.join(" ")))
            }
            Shape::Text => {
                ("a text of several words stands in quotes", "a second word", format!("\"{}\"", words.join(" ")))
            }
            _ => return None,
        };
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, message);
        Some(error.label(self.atoms[self.at].span, label).help(format!("write `{name} {line}`")))
    }

    /// The name of a file behind a stage that writes none.
    fn to_file(&self, atom: &ast::Atom) -> Option<Box<Diagnostic>> {
        let Value::Text(path) = self.binder.atom(atom).ok()?.value else { return None };
        let is_file = self.verb.name.starts_with("load ") || self.verb.name.starts_with("save ");
        let stage = crate::verbs::stage_for("save", &path).filter(|_| !is_file)?;
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`{}` writes no file", self.verb.name));
        Some(
            error
                .label(atom.span, "the name of one")
                .help(format!("write `| {stage} \"{path}\"`"))
                .help(short_usage(self.verb)),
        )
    }

    /// The second end of a range that was written as two arguments.
    fn range(&self, atom: &ast::Atom) -> Option<Box<Diagnostic>> {
        let before = self.at.checked_sub(1).map(|at| &self.atoms[at])?;
        let [start, end] = [before, atom].map(|atom| self.binder.atom(atom).ok()?.value.written());
        let is_end = |atom: &ast::Atom| matches!(atom.value, AtomKind::Literal(Literal::Date(_) | Literal::Number(_)));
        let takes = |param: &Param| {
            param.is_positional() && matches!(param.shape, Shape::Interval | Shape::Steps | Shape::Span)
        };
        let fits = is_end(before) && is_end(atom) && self.verb.params.iter().any(takes);
        let range = format!("{}..{}", start?, end?);
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`{}` takes one range", self.verb.name));
        fits.then(|| {
            error.label(atom.span, "its end stands apart").help(format!("write `{range}`")).help(short_usage(self.verb))
        })
    }

    /// `[0]` behind a source, as other languages take one of several.
    fn index(&self, atom: &ast::Atom) -> Option<Box<Diagnostic>> {
        let AtomKind::List(_) = &atom.value else { return None };
        let Value::List(items) = self.binder.atom(atom).ok()?.value else { return None };
        let wanted = match items.as_slice() {
            [Arg { value: Value::Number(step), .. }] if step.fract() == 0.0 => format!("step {step}"),
            [Arg { value: Value::Text(name) | Value::Word(name), .. }] => format!("select {name}"),
            _ => return None,
        };
        let error = Diagnostic::new(codes::UNKNOWN_ARGUMENT, "brackets take nothing out of a cube");
        Some(error.label(atom.span, "a stage does").help(format!("write `| {wanted}`")))
    }

    fn unexpected(&self, atom: &ast::Atom) -> Box<Diagnostic> {
        let meant = self.stage_begins(atom).or_else(|| self.index(atom));
        if let Some(error) = meant.or_else(|| self.to_file(atom)).or_else(|| self.range(atom)) {
            return error;
        }
        let named = self.named();
        let named = (!named.is_empty()).then(|| format!("did you mean {}?", named.join(" or ")));
        let keywords = || self.verb.params.iter().filter(|p| !p.is_positional()).map(|p| p.name);
        let diagnostic = match &atom.value {
            AtomKind::Word(word) => {
                Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`{}` has no argument `{word}`", self.verb.name))
                    .label(atom.span, "not an argument")
                    .help_if(
                        elsewhere::argument(self.verb.name, self.verb.params, word)
                            .or_else(|| diagnostic::did_you_mean(word, keywords())),
                    )
                    .help_if(self.siblings(word))
                    .help_if(named)
            }
            _ => Diagnostic::new(codes::UNKNOWN_ARGUMENT, format!("`{}` takes no further argument", self.verb.name))
                .label(atom.span, "one too many")
                .help_if(named),
        };
        diagnostic.help(short_usage(self.verb))
    }
}

/// What may stand after a switch; anything else is the next argument.
fn is_truth(value: &AtomKind) -> bool {
    match value {
        AtomKind::Literal(Literal::Bool(_)) | AtomKind::Variable(_) => true,
        AtomKind::Word(word) => matches!(word.as_str(), "true" | "false" | "yes" | "no"),
        _ => false,
    }
}

fn color_map(name: &str, span: Span) -> Result<()> {
    colormap::check(name).map_err(|near| {
        Diagnostic::new(codes::UNKNOWN_CHOICE, format!("no color map is named `{name}`"))
            .label(span, "not known")
            .help_if(near)
            .help(format!("there is {}", diagnostic::list_some(colormap::NAMES.iter().copied(), 60)))
            .help(format!("for classes {}", diagnostic::list_some(colormap::QUALITATIVE.iter().copied(), 20)))
            .help("`_r` behind a name reverses the map")
    })
}

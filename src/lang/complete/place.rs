//! Where in a program a cursor stands. It follows from the tokens before it, so the text need not parse.

use crate::lang::parse::wants_more;
use crate::lang::registry::{self, Param, ParamKind, Shape, Verb};
use crate::lang::scan::{Token, scan};
use std::ops::Range;

/// What surrounds a cursor.
#[derive(Debug)]
pub(crate) struct CursorContext<'t> {
    /// The byte where the word being typed begins; the cursor itself where none is.
    pub start: usize,
    /// That word up to the cursor.
    pub prefix: &'t str,
    /// The statements before that of the cursor.
    pub before: &'t str,
    pub here: Here<'t>,
}

#[derive(Debug)]
pub(crate) enum Here<'t> {
    /// A place where nothing can be completed, such as a comment.
    Nothing,
    /// The name of a stage is being typed.
    Stage {
        /// Whether it is the first stage of its pipeline.
        first: bool,
        /// Whether a statement may begin here, too.
        statement: bool,
        /// Whether an expression may stand here, too, as after `let x =`.
        expression: bool,
    },
    /// The second word of a stage of two.
    Second(&'t str),
    /// An argument; `pipeline` is the text of what flows in, empty where that is the last result.
    Argument { typed: StageInput<'t>, pipeline: Option<&'t str> },
    /// Inside an expression over the bands of what `pipeline` gives.
    Expression { stage: Option<&'static Verb>, pipeline: Option<&'t str> },
    /// Inside a string.
    Text { typed: Option<StageInput<'t>>, import: bool },
    /// After `set`; the words between it and the cursor.
    Setting(Vec<&'t str>),
    /// The type of a parameter.
    Type,
}

/// A stage as far as it is typed.
#[derive(Debug)]
pub(crate) struct StageInput<'t> {
    pub verb: &'static Verb,
    /// Named arguments and flags that are given already.
    pub used: Vec<&'static str>,
    /// The argument whose value comes next. Nothing else may stand here, unless the value may be left out.
    pub value_of: Option<&'static Param>,
    /// The next positional argument.
    pub positional: Option<&'static Param>,
    /// The first positional argument, as written.
    pub first: Option<&'t str>,
    /// The number of atoms that `value_of` still needs.
    left: usize,
}

/// Tokens of one bracket, or of the whole statement.
struct Frame {
    /// Index of the opening bracket among the significant tokens; none for the statement.
    open: Option<usize>,
    /// Indices where the pipeline and its last stage begin.
    first: usize,
    stage: usize,
    /// The last pipe.
    pipe: Option<usize>,
}

struct Walk<'t> {
    text: &'t str,
    tokens: Vec<(Token, Range<usize>)>,
    frames: Vec<Frame>,
    /// `let`, `fn` or `param`, where the `=` after it has been read.
    binds: Option<&'t str>,
}

/// The place of `cursor`, a byte on a character's edge.
pub(crate) fn place(text: &str, cursor: usize) -> CursorContext<'_> {
    let text = &text[..cursor];
    let mut tokens = scan(text);
    let nothing = |here| CursorContext { start: cursor, prefix: "", before: "", here };
    let (mut start, mut in_text) = (cursor, false);
    match tokens.last() {
        Some((Token::Comment, _)) => return nothing(Here::Nothing),
        Some((Token::Text { closed: false }, range)) => {
            let quote = text[range.clone()].find('"').unwrap_or(0);
            start = range.start + quote + 1;
            in_text = true;
            tokens.pop();
        }
        Some((Token::Word | Token::Variable | Token::Number | Token::Date, range)) if range.end == cursor => {
            start = range.start;
            tokens.pop();
        }
        Some((Token::Bad, range)) if range.end == cursor && &text[range.clone()] == "$" => {
            start = range.start;
            tokens.pop();
        }
        _ => {}
    }
    let mut walk = Walk { text, tokens, frames: Vec::new(), binds: None };
    let begin = walk.frames(start);
    let here = if in_text { walk.in_text() } else { walk.here(walk.frames.len() - 1) };
    CursorContext { start, prefix: &text[start..], before: &text[..begin], here }
}

impl<'t> Walk<'t> {
    fn word(&self, idx: usize) -> &'t str {
        self.tokens.get(idx).map_or("", |(_, range)| &self.text[range.clone()])
    }

    /// Opens and closes frames up to the end and keeps the significant tokens. Returns the byte at which the last
    /// statement begins.
    fn frames(&mut self, start: usize) -> usize {
        let fresh = |idx| Frame { open: None, first: idx, stage: idx, pipe: None };
        let tokens = std::mem::take(&mut self.tokens);
        self.frames = vec![fresh(0)];
        let mut begin = None;
        for (at, (token, range)) in tokens.iter().enumerate() {
            let (idx, depth) = (self.tokens.len(), self.frames.len());
            let statement = self.frames[0].first;
            let ends = match token {
                Token::Semicolon => depth == 1,
                // A statement goes on in the next line if that starts with a pipe.
                Token::Newline => {
                    let next = tokens[at..].iter().find(|(token, _)| token.is_significant());
                    let whole = idx > statement && !wants_more(self.text, &self.tokens[idx - 1]);
                    depth == 1 && whole && !matches!(next, Some((Token::Pipe, _)))
                }
                _ => false,
            };
            if ends {
                (self.frames, self.binds, begin) = (vec![fresh(idx)], None, None);
                continue;
            }
            if !token.is_significant() {
                continue;
            }
            begin.get_or_insert(range.start);
            self.tokens.push((*token, range.clone()));
            match token {
                Token::Open => self.frames.push(Frame { open: Some(idx), ..fresh(idx + 1) }),
                Token::Close if depth > 1 => {
                    self.frames.pop();
                }
                Token::Pipe => {
                    if let Some(top) = self.frames.last_mut() {
                        (top.stage, top.pipe) = (idx + 1, Some(range.start));
                    }
                }
                Token::Operator if depth == 1 && &self.text[range.clone()] == "=" => {
                    let keyword = self.word(statement);
                    if self.binds.is_none() && matches!(keyword, "let" | "fn" | "param") {
                        (self.frames, self.binds) = (vec![fresh(idx + 1)], Some(keyword));
                    }
                }
                _ => {}
            }
        }
        begin.unwrap_or(start)
    }

    /// The keyword with which the statement of the cursor begins, and whether its `=` has been read.
    fn keyword(&self) -> (&'t str, bool) {
        match (self.binds, self.word(self.frames[0].first)) {
            (Some(keyword), _) => (keyword, true),
            (None, word @ ("let" | "fn" | "param" | "set" | "import")) => (word, false),
            _ => ("", false),
        }
    }

    fn here(&self, top: usize) -> Here<'t> {
        let frame = &self.frames[top];
        let Some(open) = frame.open else { return self.in_statement() };
        let outside = self.here(top - 1);
        let in_call = open > 0 && {
            let (token, range) = &self.tokens[open - 1];
            *token == Token::Word && range.end == self.tokens[open].1.start
        };
        match (self.word(open), outside) {
            (_, Here::Expression { stage, pipeline }) => Here::Expression { stage, pipeline },
            ("(", Here::Argument { typed, pipeline }) => {
                let wants = typed.value_of.or(typed.positional).map(|p| p.shape);
                if in_call || self.is_expression(frame) {
                    return Here::Expression { stage: Some(typed.verb), pipeline };
                }
                let expression = matches!(wants, Some(Shape::Expr | Shape::Filter | Shape::Groups | Shape::Any));
                self.in_pipeline(frame, false, expression)
            }
            ("(", Here::Stage { expression: true, .. }) if in_call || self.is_expression(frame) => {
                Here::Expression { stage: None, pipeline: None }
            }
            ("(", Here::Stage { expression, .. }) => self.in_pipeline(frame, false, expression),
            ("[", argument @ Here::Argument { .. }) => argument,
            _ => Here::Expression { stage: None, pipeline: None },
        }
    }

    /// Whether what is in a bracket cannot be a pipeline.
    fn is_expression(&self, frame: &Frame) -> bool {
        let Some((token, range)) = self.tokens.get(frame.first) else { return false };
        let word = &self.text[range.clone()];
        let called = self.tokens.get(frame.first + 1).is_some_and(|(t, r)| *t == Token::Open && r.start == range.end);
        match token {
            Token::Word => frame.pipe.is_none() && (called || !registry::first_words().contains(&word)),
            Token::Variable | Token::Pipe => false,
            _ => true,
        }
    }

    fn in_statement(&self) -> Here<'t> {
        let frame = &self.frames[0];
        let typed = || (frame.first + 1..self.tokens.len()).map(|idx| self.word(idx)).collect::<Vec<_>>();
        match self.keyword() {
            ("", _) => self.in_pipeline(frame, true, false),
            ("set", _) => Here::Setting(typed()),
            ("param", false) if typed().last() == Some(&":") => Here::Type,
            ("param", true) => Here::Expression { stage: None, pipeline: None },
            ("let", true) => {
                if frame.pipe.is_none() && self.tokens.len() > frame.first && self.is_expression(frame) {
                    return Here::Expression { stage: None, pipeline: None };
                }
                self.in_pipeline(frame, false, true)
            }
            ("fn", true) if frame.pipe.is_none() => Here::Expression { stage: None, pipeline: None },
            ("fn", true) => self.in_pipeline(frame, false, false),
            _ => Here::Nothing,
        }
    }

    fn in_pipeline(&self, frame: &Frame, statement: bool, expression: bool) -> Here<'t> {
        let end = self.end_of(frame);
        let name = self.word(frame.stage);
        if frame.stage >= end {
            let first = frame.pipe.is_none();
            return Here::Stage { first, statement: first && statement, expression: first && expression };
        }
        // In the body of a stage function nothing is known of the cube that flows in.
        let in_function = frame.open.is_none() && self.keyword() == ("fn", true);
        let from = self.tokens.get(frame.first).map_or(0, |(_, range)| range.start);
        let pipeline = frame.pipe.filter(|_| !in_function).map(|pipe| &self.text[from.min(pipe)..pipe]);
        let mut args = frame.stage + 1;
        let mut verb = registry::find(name);
        if verb.is_none() && !registry::family(name).is_empty() {
            if args >= end {
                return Here::Second(name);
            }
            verb = registry::find(&format!("{name} {}", self.word(args)));
            args += 1;
        }
        let is_reducer = verb.is_none() && registry::is_reducer(name);
        if is_reducer {
            verb = registry::find("reduce");
        }
        let Some(verb) = verb else { return Here::Nothing };
        if verb.takes_expression() {
            return Here::Expression { stage: Some(verb), pipeline };
        }
        let mut typed = StageInput::new(verb);
        if is_reducer {
            typed.atom(name, true);
        }
        let mut depth = 0usize;
        for idx in args..end {
            match self.tokens[idx].0 {
                Token::Open => {
                    depth += 1;
                    if depth == 1 && self.closes(idx, end) {
                        typed.atom(self.word(idx), false);
                    }
                }
                Token::Close => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                Token::Word => typed.atom(self.word(idx), true),
                token if token != Token::Comma => typed.atom(self.word(idx), false),
                _ => {}
            }
        }
        Here::Argument { typed, pipeline }
    }

    /// Where the tokens of a frame end: at the bracket that is open in it.
    fn end_of(&self, frame: &Frame) -> usize {
        let inner = self.frames.iter().filter_map(|f| f.open).find(|&open| open >= frame.first);
        inner.unwrap_or(self.tokens.len())
    }

    fn closes(&self, open: usize, end: usize) -> bool {
        let mut depth = 0usize;
        for idx in open..end {
            match self.tokens[idx].0 {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return true;
            }
        }
        false
    }

    fn in_text(&self) -> Here<'t> {
        let import = self.frames.len() == 1 && self.keyword().0 == "import";
        match self.here(self.frames.len() - 1) {
            Here::Argument { typed, .. } => Here::Text { typed: Some(typed), import },
            _ => Here::Text { typed: None, import },
        }
    }
}

impl<'t> StageInput<'t> {
    fn new(verb: &'static Verb) -> StageInput<'t> {
        let positional = verb.params.iter().find(|p| p.is_positional());
        StageInput { verb, used: Vec::new(), value_of: None, positional, first: None, left: 0 }
    }

    /// Takes one atom, as the binder would; lists and parentheses come as their opening bracket.
    fn atom(&mut self, text: &'t str, is_word: bool) {
        if self.is_optional() && is_word && !["true", "false", "yes", "no"].contains(&text) {
            self.value_of = None;
        }
        if self.value_of.is_some() {
            self.count(text);
            return;
        }
        if is_word && let Some(param) = self.verb.params.iter().find(|p| !p.is_positional() && p.name == text) {
            self.used.push(param.name);
            if param.kind != ParamKind::Flag {
                self.expect(param);
            }
            return;
        }
        if let Some(param) = self.positional {
            self.first = self.first.or(Some(text));
            if param.kind != ParamKind::Rest {
                let mut after = self.verb.params.iter().skip_while(|p| p.name != param.name).skip(1);
                self.positional = after.find(|p| p.is_positional());
                self.expect(param);
                self.count(text);
            }
        }
    }

    /// Whether the argument whose value comes next can do without it: a switch, or the level of a codec.
    pub(crate) fn is_optional(&self) -> bool {
        match self.value_of.map(|param| param.shape) {
            Some(Shape::Switch | Shape::MaybeChoice(_)) => true,
            Some(Shape::Codec) => self.left == 1,
            _ => false,
        }
    }

    /// Whether a value must follow.
    #[cfg_attr(not(feature = "lsp"), allow(dead_code))]
    pub(crate) fn is_expected(&self) -> bool {
        let is_required = self.positional.is_some_and(|param| param.kind == ParamKind::Required);
        self.value_of.is_some() && !self.is_optional() || self.value_of.is_none() && is_required
    }

    fn expect(&mut self, param: &'static Param) {
        self.value_of = Some(param);
        self.left = match param.shape {
            Shape::BBox => 4,
            Shape::Point => 2,
            Shape::Pair | Shape::Codec => 2,
            _ => 1,
        };
    }

    fn count(&mut self, text: &str) {
        match (self.value_of.map(|p| p.shape), text) {
            (Some(Shape::Reducers), "quantile") => return,
            (_, "[" | "(") => self.left = 0,
            _ => self.left -= 1,
        }
        if self.left == 0 {
            self.value_of = None;
        }
    }
}

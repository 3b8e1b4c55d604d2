//! Explains why a statement does not match the grammar.

use super::build::Builder;
use super::check;
use super::grammar::{Grammar, Rule};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::lang::scan::Token;
use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};
use std::ops::Range;

type Tokens<'a> = &'a [(Token, Range<usize>)];

/// The token where matching stopped, with what stands before it.
struct Stop<'a> {
    id: u32,
    found: Option<(Token, &'a str)>,
    span: Span,
    before: Option<(Token, &'a str)>,
    before_span: Span,
    /// The word that opens the stage or statement.
    stage: &'a str,
    /// The bracket it stands in, or nothing.
    bracket: &'a str,
    /// Whether an expression is being read.
    in_expr: bool,
    wants: Vec<&'static str>,
}

pub(super) fn explain(builder: &Builder, tokens: Tokens, error: Error<Rule>) -> Box<Diagnostic> {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let ErrorVariant::ParsingError { positives, .. } = error.variant else {
        // Pest reports this only if its limit of depth was reached.
        return check::too_deep(builder.at(at, builder.text.len()));
    };
    let place = place(builder, tokens, builder.base + at, &positives);
    special(builder, &place).unwrap_or_else(|| general(&place))
}

fn place<'a>(builder: &'a Builder, tokens: Tokens, at: usize, positives: &[Rule]) -> Stop<'a> {
    let significant: Vec<&(Token, Range<usize>)> = tokens.iter().filter(|(token, _)| token.is_significant()).collect();
    let idx = significant.partition_point(|(_, range)| range.end <= at);
    let read = |(token, range): &(Token, Range<usize>)| {
        let text = &builder.text[range.start - builder.base..range.end - builder.base];
        (*token, text, Span::new(builder.id, range.start, range.end))
    };
    let before = idx.checked_sub(1).and_then(|idx| significant.get(idx)).map(|token| read(token));
    let end = builder.at(builder.text.len(), builder.text.len());
    // Matching may stop inside a token: `a-b` is one word as an argument, and three tokens in an expression.
    let found = significant.get(idx).map(|token| read(token)).map(|(token, text, span)| {
        let inside = at.saturating_sub(span.start as usize).min(text.len());
        let kept = if inside > 0 && matches!(token, Token::Word | Token::Number) { inside } else { 0 };
        (token, &text[kept..], Span { start: span.start + kept as u32, ..span })
    });
    let (stage_idx, bracket_idx) = surroundings(&significant, idx.min(significant.len()));
    let bracket = bracket_idx.and_then(|idx| significant.get(idx)).map_or("", |token| read(token).1);
    let stage = significant.get(stage_idx).map_or("", |token| read(token).1);
    Stop {
        id: builder.id,
        found: found.map(|(token, text, _)| (token, text)),
        span: found.map_or(end, |(_, _, span)| span),
        before: before.map(|(token, text, _)| (token, text)),
        before_span: before.map_or(end, |(_, _, span)| span),
        stage,
        bracket,
        in_expr: !positives.iter().any(|rule| matches!(rule, Rule::word | Rule::numeral)),
        wants: wants(positives),
    }
}

/// The token after the last `|` that is not in a bracket closed since, and the innermost bracket that is open.
fn surroundings(tokens: &[&(Token, Range<usize>)], end: usize) -> (usize, Option<usize>) {
    let mut closed = 0usize;
    let mut bracket = None;
    for idx in (0..end).rev() {
        match tokens[idx].0 {
            Token::Close => closed += 1,
            Token::Open if closed == 0 => bracket = bracket.or(Some(idx)),
            Token::Open => closed -= 1,
            Token::Pipe if closed == 0 => return (idx + 1, bracket),
            _ => {}
        }
    }
    (0, bracket)
}

fn wants(positives: &[Rule]) -> Vec<&'static str> {
    let has = |rule: Rule| positives.contains(&rule);
    let mut wants = Vec::new();
    if has(Rule::infix) {
        wants.push("an operator");
    }
    let value = has(Rule::expr) || has(Rule::prefix) || has(Rule::number) || has(Rule::signed) || has(Rule::band);
    match () {
        _ if has(Rule::line) => wants.push("a statement"),
        _ if has(Rule::arm) => wants.push("an arm `condition => value`"),
        _ if has(Rule::assign) => wants.push("another `band = value`"),
        _ if has(Rule::numeral) => wants.push("an argument"),
        _ if value && has(Rule::pipeline) => wants.push("a value or a pipeline"),
        _ if value => wants.push("a value"),
        _ if has(Rule::word) || has(Rule::stage) => wants.push("a stage"),
        _ if has(Rule::string) => wants.push("a path in quotes"),
        _ if has(Rule::type_name) => wants.push("a type (number, text, date, path, bbox or list)"),
        _ if has(Rule::ident) => wants.push("a name"),
        _ => {}
    }
    if has(Rule::arrow) {
        wants.push("`=>`");
    }
    if has(Rule::bind) && !has(Rule::infix) {
        wants.push("`=`");
    }
    if has(Rule::EOI) {
        wants.extend(["`|`", "the end of the statement"]);
    }
    wants
}

fn special(builder: &Builder, place: &Stop) -> Option<Box<Diagnostic>> {
    let new = |message: String| Diagnostic::new(codes::SYNTAX, message);
    let (token, found) = place.found?;
    let (before_token, before) = place.before.unwrap_or((Token::Newline, ""));
    let statement = builder.text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let binds = place.wants.contains(&"`=`");
    Some(match (token, found) {
        (_, colon) if colon.starts_with(':') && place.span.start as usize == builder.base => {
            let line = builder.text.lines().next().unwrap_or_default();
            let word = line.split_whitespace().next().unwrap_or_default();
            new(format!("`{word}` is not a statement of a program"))
                .label(place.span, "lines that start with `:` are for the prompt and notebooks")
                .help(format!("leave it out; in a shell, run `rastra -c '{}'`", line.trim_end()))
        }
        (Token::Operator, "=")
            if place.before_span.start as usize == builder.base
                && before_token == Token::Word
                && !matches!(before, "import" | "param" | "let" | "fn" | "set") =>
        {
            let value = builder.text[place.span.end as usize - builder.base..].trim();
            let value = value.lines().next().filter(|line| !line.is_empty()).unwrap_or("..");
            bound_by_let(place.span, before, value)
        }
        (Token::Word, word) if statement == "import" && place.wants.contains(&"a path in quotes") => {
            new(format!("`{word}` is no file of definitions"))
                .label(place.span, "a path in quotes expected here")
                .help("functions and reducers need no import: `:help functions`, `:help reducers`")
                .help("own definitions come from a file: `import \"own.rastra\"`")
        }
        (Token::Operator, "=")
            if matches!(statement, "set" | "var" | "const" | "auto")
                && builder.text[..place.span.start as usize - builder.base].split_whitespace().count() == 2 =>
        {
            let value = builder.text[place.span.end as usize - builder.base..].trim();
            bound_by_let(place.span, before, value)
        }
        (Token::Operator, "=") if before_token == Token::Word && !place.in_expr => {
            let value = next_word(builder, place.span.end);
            new("a keyword argument is written without `=`".into())
                .label(place.span, "`=` only binds names")
                .help(format!("write `{before} {value}`"))
        }
        (Token::Operator, "==") if binds && before_token == Token::Word => {
            new("`==` compares, it does not bind".into()).label(place.span, "`=` expected here")
        }
        (Token::Comma | Token::Close, _) if place.bracket == "[" && place.wants.contains(&"an argument") => {
            new("an empty place in a list".into()).label(place.span, "a value expected before this")
        }
        (Token::Operator, operator) if place.in_expr && place.bracket == "[" && place.wants.contains(&"a value") => {
            new(format!("`{operator}` in a list"))
                .label(place.span, "blanks separate the values of a list")
                .help("put the calculation in parentheses: `[(a + b) c]`")
        }
        (Token::Word, _) if statement == "fn" && place.bracket.is_empty() && place.wants.contains(&"an operator") => {
            new("a function of stages starts with `|`".into())
                .label(place.span, "what stands before this was read as an expression")
                .help("write `fn name = | stage | stage`")
        }
        (Token::Comma, _) if assigns(place.stage) && place.wants.contains(&"an operator") => {
            new("a `,` after an expression without a name".into())
                .label(place.span, "only named bands can be listed")
                .help(format!("write `{} name = .., other = ..`; `=` binds, `==` compares", place.stage))
        }
        (Token::Comma, _) if !place.in_expr => {
            let all = listed(builder, place);
            let is_pair = all.len() == 2 && all.iter().all(|one| one.starts_with(|c: char| c.is_ascii_digit()));
            new("arguments are separated by blanks".into())
                .label(place.span, "a `,` stands only in brackets")
                .help(format!("write `{}`", all.join(" ")))
                .help_if(is_pair.then(|| format!("a range is written `{}`", all.join(".."))))
        }
        (Token::Operator, "..") if !place.in_expr && matches!(before_token, Token::Text { .. }) => {
            let end = next_word(builder, place.span.end);
            let plain = |text: &str| text.trim_matches('"').to_string();
            new("the ends of a range stand without quotes".into())
                .label(place.before_span, "a text, no date or number")
                .help(format!("write `{}..{}`", plain(before), plain(if end == ".." { "" } else { end })))
        }
        (Token::Operator, "*") if before == "(" && !place.in_expr => new("`*` among arguments".into())
            .label(place.span, "nothing stands for all here")
            .help(format!("write `{}` alone", place.stage)),
        (Token::Operator, "//") if builder.text[..place.span.start as usize - builder.base].ends_with(' ') => {
            new("`//` is no comment".into())
                .label(place.span, "not part of the language")
                .help("a comment begins with `#` and goes to the end of the line")
        }
        (Token::Operator, "/" | "*" | "//" | "**" | "??" | ":") if !place.in_expr => {
            let path = around(builder, place);
            let error =
                new(format!("`{found}` among arguments")).label(place.span, "operators stand only in expressions");
            if let Some(date) = dated(path) {
                return Some(error.help(format!("a date is written `{date}`")));
            }
            error
                .help(format!("a path stands in quotes: `\"{path}\"`"))
                .help("a calculation stands in parentheses: `(a / b)`")
        }
        (Token::Operator, "..") if !place.in_expr => new("a range that is not of dates or numbers".into())
            .label(place.span, "both ends are written out: `2020..2021`, `0..1`"),
        (Token::Operator, _) if !place.in_expr => return operator(builder, place, found, before_token),
        (Token::Open, "(") if before_token == Token::Pipe => new("a stage starts with its name, not with `(`".into())
            .label(place.span, "a stage expected here")
            .label(place.before_span, "`|` is only the pipe")
            .help("between conditions write `or`"),
        (Token::Open, "{") => new("`{` stands only in strings".into())
            .label(place.span, "not part of the language")
            .help("a file pattern stands in quotes: `\"{band}.tif\"`; a list in `[ ]`"),
        // A name such as `lyr.1` is read as far as it is one.
        (Token::Word | Token::Number, rest) if place.in_expr && rest.starts_with('.') => {
            let (begin, name) = run_around(builder, place);
            new(format!("`{name}` is no plain name"))
                .label(builder.at(begin, begin + name.len()), "a `.` before a digit, or a `-`, ends a plain name")
                .help(format!("write `` `{name}` ``, in backquotes"))
        }
        (Token::Word, word) if place.in_expr && place.wants.contains(&"an operator") => {
            let lower = word.to_ascii_lowercase();
            let error = new(format!("`{word}` cannot follow a value")).label(place.span, "an operator expected here");
            match lower.as_str() {
                _ if before == "if" || before == "when" => error.help("write `if(condition, value, other)`"),
                "and" | "or" | "not" | "in" => error.help(format!("write `{lower}` in lower case")),
                "is" => match next_word(builder, place.span.end).to_ascii_lowercase().as_str() {
                    "null" | "na" | "nan" | "missing" | "nodata" => error.help(format!("write `isnodata({before})`")),
                    "not" => {
                        error.help(format!("write `isvalid({before})` for no missing one, `!=` for another value"))
                    }
                    _ => error.help("write `==`"),
                },
                "eq" => error.help("write `==`"),
                "between" => {
                    let rest: Vec<&str> =
                        builder.text[place.span.end as usize - builder.base..].split_whitespace().collect();
                    let range = match rest[..] {
                        [low, and, high, ..] if and.eq_ignore_ascii_case("and") => format!("{low}..{high}"),
                        _ => "1..4".into(),
                    };
                    error.help(format!("write `{before} in {range}`"))
                }
                "as" => {
                    let name = next_word(builder, place.span.end);
                    error.help(format!(
                        "the new name comes first: `{} {name} = ..`",
                        if assigns(place.stage) { place.stage } else { "rename" }
                    ))
                }
                "if" | "when" => error.help("write `if(condition, value, other)`"),
                _ => error.help("stages are joined by `|`, conditions by `and` or `or`"),
            }
        }
        (Token::Date, date) if place.in_expr && !date.starts_with('@') => {
            new("a date in an expression begins with `@`".into()).label(place.span, format!("write `@{date}`"))
        }
        (Token::Comma, _) if place.in_expr && place.bracket == "(" => new("`,` between values in parentheses".into())
            .label(place.span, "parentheses hold one value")
            .help("several stand in brackets, without commas: `[a b]`"),
        (Token::Close, ")") if before == "(" && !place.stage.is_empty() => {
            new("neither stages nor reducers are called with parentheses".into())
                .label(place.span, "nothing stands in them")
                .help(format!("write `{}` alone", place.stage))
        }
        (Token::Word, "case") if place.wants.contains(&"a value") => new("`case` cannot begin a value here".into())
            .label(place.span, "a value expected here")
            .help("write `if(condition, value, other)`"),
        (Token::Word, "and" | "or" | "in" | "case" | "else") if place.wants.contains(&"a name") => {
            new(format!("`{found}` is a word of the language")).label(place.span, "cannot be a name")
        }
        (Token::Operator, _) if before_token == Token::Variable && place.wants.contains(&"`|`") => {
            return operator(builder, place, found, before_token);
        }
        _ => return None,
    })
}

/// That a name needs `let`, with the line that binds it.
fn bound_by_let(span: Span, name: &str, value: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::SYNTAX, "a name is bound with `let`")
        .label(span, "`=` only binds names")
        .help(format!("write `let {name} = {value}`"))
}

/// An operator among the arguments of a stage, or behind its name, by what it was probably meant for.
fn operator(builder: &Builder, place: &Stop, found: &str, before: Token) -> Option<Box<Diagnostic>> {
    let at = place.span.start as usize - builder.base;
    let (left, right) = (builder.text[..at].trim(), builder.text[at + found.len()..].trim_start());
    let written = |text: &str| text.split(['|', ';', '\n']).next().unwrap_or_default().trim().to_string();
    let error = Diagnostic::new(codes::SYNTAX, format!("`{found}` among arguments"));
    let is_first = place.before_span.start as usize == builder.base;
    let name = left.trim_start_matches('$');
    Some(match found {
        _ if left.rsplit('|').next().is_some_and(|stage| stage.contains(" hatch ")) => {
            let condition = left.rsplit_once(" hatch ").map_or("", |(_, condition)| condition);
            error
                .label(place.span, "only two values are compared without parentheses")
                .help(format!("write `hatch ({condition} {found} {})`", written(right)))
        }
        "<" if is_first && right.starts_with('-') => Diagnostic::new(codes::SYNTAX, "a name is bound with `let`")
            .label(place.span, "`=` binds names")
            .help(format!("write `let {name} = {}`", written(&right[1..]))),
        ">" if right.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            let value = left.rsplit(char::is_whitespace).next().unwrap_or_default();
            let condition = format!("{value} > {}", written(right));
            error
                .label(place.span, "values are compared only in expressions")
                .help(format!("how many are: `map above = {condition} | sum`; only those: `where {condition}`"))
        }
        ">" | ">>" => {
            let path = written(right).trim_matches('"').to_string();
            let path = if path.is_empty() { "out.nc".to_string() } else { path };
            let stage = crate::verbs::stage_for("save", &path).unwrap_or("save netcdf");
            error.label(place.span, "a result is saved by a stage").help(format!("write `| {stage} \"{path}\"`"))
        }
        // `--var`, `-o`: an option of a command line.
        "-" if builder.text[..at].ends_with(char::is_whitespace)
            && builder.text[at..].trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphabetic()) =>
        {
            let word = right.trim_start_matches('-');
            error
                .label(place.span, "arguments have no dashes")
                .help(format!("write `{}`", word.split(|c: char| c.is_whitespace() || c == '=').next().unwrap_or(word)))
        }
        "+" if right.starts_with("proj") || left.ends_with("proj") => {
            error.label(place.span, "a text stands in quotes").help(format!("write `\"+{}\"`", written(right)))
        }
        _ if before == Token::Variable && left.starts_with('$') && !left.contains(' ') => {
            Diagnostic::new(codes::SYNTAX, "cubes are computed with by stages")
                .label(place.span, "operators stand only in expressions")
                .help(format!("of one band: `{left} | map v {found} {}`", written(right)))
                .help("of two cubes: `$a | join $b as b | map v - b_v`")
        }
        _ if before == Token::Word && left.ends_with(place.stage) => error
            .label(place.span, "operators stand only in expressions")
            .help(format!("a calculation is a stage: `map {} {found} {}`", place.stage, written(right))),
        _ => error
            .label(place.span, "operators stand only in expressions")
            .help("put the calculation in parentheses: `(a + b)`"),
    })
}

/// Whether the word is a stage of assignments, such as `map`.
fn assigns(stage: &str) -> bool {
    Grammar::parse(Rule::assigning, stage).is_ok()
}

fn general(place: &Stop) -> Box<Diagnostic> {
    let found = match place.found {
        None => "the statement ends too early".to_owned(),
        Some((token, text)) => {
            let short: String = text.chars().take(30).collect();
            let kind = match token {
                Token::Number => "the number ",
                Token::Text { .. } => "the string ",
                Token::Date => "the date ",
                _ => "",
            };
            format!("{kind}`{short}` cannot stand here")
        }
    };
    let label = match place.wants.split_last() {
        None => "not understood".to_owned(),
        Some((only, [])) => format!("{only} expected here"),
        Some((last, rest)) => format!("{} or {last} expected here", rest.join(", ")),
    };
    let span = match place.found {
        Some(_) => place.span,
        // Behind the last character a caret is easy to overlook, so the token before it is marked.
        None => Span { text: place.id, ..place.before_span },
    };
    let label = if place.found.is_none() { label.replace(" here", " after this") } else { label };
    Diagnostic::new(codes::SYNTAX, found).label(span, label)
}

/// The value of a `key=value`, as written.
fn next_word<'a>(builder: &'a Builder, end: u32) -> &'a str {
    let rest = builder.text[end as usize - builder.base..].trim_start();
    let stop = rest.find([' ', '\n', '|', ',', ')']).unwrap_or(rest.len());
    if stop == 0 { ".." } else { &rest[..stop] }
}

/// The text around the place up to the next blanks, which was probably meant as a path.
fn around<'a>(builder: &'a Builder, place: &Stop) -> &'a str {
    let at = place.span.start as usize - builder.base;
    let blank = |c: char| c.is_whitespace() || matches!(c, '|' | '"' | '[' | ']' | ',');
    let start = behind_last(&builder.text[..at], blank);
    let end = builder.text[at..].find(blank).map_or(builder.text.len(), |len| at + len);
    &builder.text[start..end]
}

/// Where the text behind the last such character begins.
fn behind_last(text: &str, is_it: impl Fn(char) -> bool) -> usize {
    text.char_indices().rev().find(|(_, c)| is_it(*c)).map_or(0, |(at, c)| at + c.len_utf8())
}

/// What commas separate around the place.
fn listed<'a>(builder: &'a Builder, place: &Stop) -> Vec<&'a str> {
    let at = place.span.start as usize - builder.base;
    let blank = |c: char| c.is_whitespace() || matches!(c, '|' | ';' | ')');
    let before = builder.text[..at].trim_end();
    let start = behind_last(before, blank);
    let rest = &builder.text[at..];
    // Behind a comma a blank may stand.
    let mut end = at;
    for (index, c) in rest.char_indices() {
        let follows_comma = rest[..index].trim_end().ends_with(',');
        if matches!(c, '|' | ';' | ')') || c.is_whitespace() && !follows_comma {
            break;
        }
        end = at + index + c.len_utf8();
    }
    builder.text[start..end].split(',').map(str::trim).filter(|one| !one.is_empty()).collect()
}

/// A date that was written with slashes, the year first.
fn dated(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.split('/').collect();
    let is_number = |field: &&str| !field.is_empty() && field.bytes().all(|c| c.is_ascii_digit());
    match fields[..] {
        [year, month, day] if year.len() == 4 && fields.iter().all(is_number) => {
            Some(format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => None,
    }
}

/// What names of bands are made of elsewhere.
fn is_of_name(c: &char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':')
}

/// The name around the place, as far as it goes, and where it begins.
fn run_around<'a>(builder: &'a Builder, place: &Stop) -> (usize, &'a str) {
    let at = place.span.start as usize - builder.base;
    let text = builder.text;
    let start = at - text[..at].chars().rev().take_while(is_of_name).count();
    let end = at + text[at..].chars().take_while(is_of_name).count();
    (start, text[start..end].trim_end_matches(['.', '-', ':']))
}

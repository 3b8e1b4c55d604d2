//! Reads numbers, quantities, dates and ranges, each of which is one piece to the grammar.

use super::date;
use crate::diagnostic::{Diagnostic, Result, Span, Spanned, codes, did_you_mean};
use crate::lang::ast::{End, Ends, Literal, Piece, Text};

const UNITS: [&str; 26] = [
    "min", "h", "d", "w", "mo", "q", "y", "s", "ms", "m", "km", "deg", "px", "mm", "cm", "in", "KiB", "MiB", "GiB",
    "TiB", "kB", "MB", "GB", "TB", "B", "%",
];

/// So many of them, from the first on, are of time.
const UNITS_OF_TIME: usize = 8;

/// Other names of units, with the names they have here.
const SYNONYMS: [(&str, &str); 43] = [
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("H", "h"),
    ("D", "d"),
    ("day", "d"),
    ("days", "d"),
    ("W", "w"),
    ("week", "w"),
    ("weeks", "w"),
    ("M", "mo"),
    ("MS", "mo"),
    ("ME", "mo"),
    ("mon", "mo"),
    ("month", "mo"),
    ("months", "mo"),
    ("Q", "q"),
    ("QS", "q"),
    ("quarter", "q"),
    ("quarters", "q"),
    ("Y", "y"),
    ("YS", "y"),
    ("YE", "y"),
    ("yr", "y"),
    ("year", "y"),
    ("years", "y"),
    ("yrs", "y"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("degrees", "deg"),
    ("degree", "deg"),
    ("meters", "m"),
    ("metres", "m"),
    ("pixels", "px"),
    ("KB", "kB"),
    ("G", "GiB"),
    ("gb", "GB"),
];

/// The unit of time that a word is, under whatever name and in letters of whatever size.
pub(in crate::lang) fn unit_of_time(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let unit = SYNONYMS.iter().find(|(other, _)| *other == word).map_or(word.as_str(), |(_, unit)| unit);
    UNITS[..UNITS_OF_TIME].iter().copied().find(|known| *known == unit)
}

enum Part {
    Number(f64),
    Quantity(Literal),
    Date(String),
}

fn bad(message: impl Into<String>, span: Span, label: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_LITERAL, message).label(span, label)
}

/// A number or a date as an argument, where dates are written without `@`.
pub(super) fn numeral(text: &str, span: Span) -> Result<Literal> {
    literal(text, span, true)
}

/// A number in an expression.
pub(super) fn number(text: &str, span: Span) -> Result<Literal> {
    literal(text, span, false)
}

fn literal(text: &str, span: Span, dates: bool) -> Result<Literal> {
    let Some((start, end, half_open)) = ends(text) else {
        return Ok(match part(text, span, dates)? {
            Part::Number(value) => Literal::Number(value),
            Part::Quantity(quantity) => quantity,
            Part::Date(date) => Literal::Date(date),
        });
    };
    let start_span = Span { end: span.start + start.len() as u32, ..span };
    let end_span = Span { start: span.end - end.len() as u32, ..span };
    let one = |text: &str, span| match text {
        "" => Ok(None),
        _ => part(text, span, dates).map(Some),
    };
    let parts = [one(start, start_span)?, one(end, end_span)?];
    if parts.iter().flatten().any(|part| matches!(part, Part::Quantity(_))) {
        return Err(bad("a range cannot hold quantities", span, "a range holds dates or plain numbers"));
    }
    if !parts.iter().flatten().any(|part| matches!(part, Part::Date(_))) {
        let [start, end] = parts.map(|part| match part {
            Some(Part::Number(value)) => Some(value),
            _ => None,
        });
        return Ok(Literal::Range { start, end, half_open });
    }
    let year = |text: &str, span| match text {
        "" => Ok(None),
        _ => date::check(text, span).map(Some),
    };
    date_range(year(start, start_span)?, year(end, end_span)?, half_open, span)
}

/// `@2020-06-15` and `@2020..2021`, with or without a second `@`.
pub(super) fn moment(text: &str, span: Span) -> Result<Literal> {
    let body = &text[1..];
    let Some((start, end, half_open)) = ends(body) else {
        return Ok(Literal::Date(date::check(body, Span { start: span.start + 1, ..span })?));
    };
    let end = end.trim_start_matches('@');
    let start_span = Span { start: span.start + 1, end: span.start + 1 + start.len() as u32, ..span };
    let start = date::check(start, start_span)?;
    let end = match end {
        "" => None,
        end => Some(date::check(end, Span { start: span.end - end.len() as u32, ..span })?),
    };
    date_range(Some(start), end, half_open, span)
}

fn date_range(start: Option<String>, end: Option<String>, half_open: bool, span: Span) -> Result<Literal> {
    if let (Some(first), Some(last)) = (&start, &end) {
        // Both ends are compared at the coarser precision: 2020-06..2020 is June to December.
        let len = first.len().min(last.len());
        if first[..len] > last[..len] {
            return Err(bad("a range that ends before it starts", span, format!("`{last}` is before `{first}`"))
                .help(format!("write `{last}..{first}`")));
        }
    }
    Ok(Literal::DateRange { start, end, half_open })
}

/// A range such as `$a..$b`; `dates` says that dates may stand without `@`, as in arguments.
pub(super) fn between(text: &str, span: Span, dates: bool) -> Result<Ends> {
    let (start, end, half_open) = ends(text).expect("the grammar has seen the dots");
    let one = |text: &str, from: u32| -> Result<Option<Spanned<End>>> {
        let span = Span { start: from, end: from + text.len() as u32, ..span };
        if text.is_empty() {
            return Ok(None);
        }
        let end = if let Some(name) = text.strip_prefix('$') {
            End::Variable(name.into())
        } else if let Some(date) = text.strip_prefix('@') {
            End::Literal(Literal::Date(date::check(date, span)?))
        } else {
            match part(text, span, dates)? {
                Part::Number(value) => End::Literal(Literal::Number(value)),
                Part::Date(date) => End::Literal(Literal::Date(date)),
                Part::Quantity(_) => {
                    return Err(bad("a range cannot hold quantities", span, "a range holds dates or plain numbers"));
                }
            }
        };
        Ok(Some(Spanned::new(end, span)))
    };
    let (first, last) = (one(start, span.start)?, one(end, span.end - end.len() as u32)?);
    Ok(Ends { start: first, end: last, half_open })
}

/// Both sides of `..` or `..<`, and whether it was the latter.
fn ends(text: &str) -> Option<(&str, &str, bool)> {
    let (start, end) = text.split_once("..")?;
    Some(match end.strip_prefix('<') {
        Some(end) => (start, end, true),
        None => (start, end, false),
    })
}

fn part(text: &str, span: Span, dates: bool) -> Result<Part> {
    if dates && date::looks_like(text) {
        return date::check(text, span).map(Part::Date);
    }
    let digits = number_len(text);
    let (number, unit) = text.split_at(digits);
    if number.ends_with('_') || number.contains("__") {
        return Err(bad(format!("the number `{number}`"), span, "`_` stands between digits"));
    }
    let value = match number.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => value,
        _ => return Err(bad(format!("the number `{number}`"), span, "too large for a number")),
    };
    match unit.as_bytes().first() {
        None => Ok(Part::Number(value)),
        _ if UNITS.contains(&unit) => {
            Ok(Part::Quantity(Literal::Quantity { value, unit: unit.into(), text: text.into() }))
        }
        Some(b':') if is_years(text) => Err(bad("a range is written with `..`", span, "not a number")
            .help(format!("write `{}`", text.replacen(':', "..", 1)))),
        Some(b':') => Err(bad(format!("a time of day without a date: `{text}`"), span, "not a number")
            .help("a time follows its date: `2020-06-15T10:30`")),
        Some(b'-' | b'+') => {
            if let Some(error) = other_date(text, span) {
                return Err(error);
            }
            let (sign, right) = unit.split_at(1);
            Err(Diagnostic::new(codes::SYNTAX, format!("`{sign}` is no operator among arguments"))
                .label(span, "arguments are separated by blanks")
                .help(format!(
                    "write `{number} {sign}{right}` for two numbers, `({number} {sign} {right})` for the result"
                )))
        }
        Some(b'.') => {
            Err(other_date(text, span).unwrap_or_else(|| bad(format!("the number `{text}`"), span, "a second `.`")))
        }
        _ => Err(unit_error(text, number, unit, span)),
    }
}

/// A date that ends with its year, and how it is written here.
fn other_date(text: &str, span: Span) -> Option<Box<Diagnostic>> {
    let dates = date::other_order(text)?;
    let told = match &dates[..] {
        [day_first, month_first] => {
            format!("write it as `{day_first}`, or as `{month_first}` if the month stands first")
        }
        _ => format!("write it as `{}`", dates.join("` or `")),
    };
    Some(bad(format!("`{text}` is no date here"), span, "a date begins with its year").help(told))
}

/// The length of `-1_000.5e-3` at the start of the text.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|c| c.is_ascii_digit() || **c == b'_').count();
    let mut at = usize::from(text.starts_with('-'));
    at += run(at);
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at += 1 + run(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit) {
            at += 1 + sign + run(at + 1 + sign);
        }
    }
    at
}

fn unit_error(text: &str, number: &str, unit: &str, span: Span) -> Box<Diagnostic> {
    let error = bad(format!("unknown unit `{unit}`"), span, "not a number, date or quantity");
    if let Some((_, right)) = SYNONYMS.iter().find(|(wrong, _)| *wrong == unit) {
        return error.help(format!("did you mean `{number}{right}`?"));
    }
    let error = match did_you_mean(unit, UNITS) {
        Some(help) if unit.len() > 2 => error.help(help),
        _ => error.help(format!("units are {}", UNITS.join(" "))),
    };
    error.help(format!("a name that starts with a digit stands in backquotes: `` `{text}` ``"))
}

/// `P16D`, `P1M`, `PT6H`, `P1Y6M`: an ISO 8601 duration, if the word is one.
pub(super) fn iso(word: &str) -> Option<Literal> {
    let body = word.strip_prefix('P')?;
    let (days, time) = body.split_once('T').map_or((body, None), |(days, time)| (days, Some(time)));
    let fits = |mut rest: &str, designators: &str| {
        let mut designators = designators.chars();
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let Some(designator) = rest[digits..].chars().next().filter(|_| digits > 0) else { return false };
            // Each designator may stand once, in the order of the standard.
            if !designators.any(|known| known == designator) {
                return false;
            }
            rest = &rest[digits + 1..];
        }
        true
    };
    let timed = time.is_none_or(|time| !time.is_empty() && fits(time, "HMS"));
    let whole = !body.is_empty() && fits(days, "YMWD") && timed;
    whole.then(|| Literal::Quantity { value: 0.0, unit: "iso".into(), text: word.into() })
}

/// A string with its escapes resolved and its `${name}` set apart.
pub(super) fn text(written: &str, span: Span) -> Result<Text> {
    if let Some(raw) = written.strip_prefix("r\"") {
        let body = raw[..raw.len() - 1].to_owned();
        let pieces = if body.is_empty() { Vec::new() } else { vec![Piece::Literal(body)] };
        return Ok(Text { pieces, raw: true, span });
    }
    let body = &written[1..written.len() - 1];
    let inside = |from: usize, to: usize| {
        let start = span.start + 1;
        Span { start: start + from as u32, end: start + to as u32, ..span }
    };
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(offset) = body[at..].find(['\\', '$']) {
        plain.push_str(&body[at..at + offset]);
        at += offset;
        let rest = &body[at..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let escaped = escaped.chars().next().unwrap_or('\\');
            let len = 1 + escaped.len_utf8();
            plain.push(match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '"' | '\\' | '$' => escaped,
                _ => {
                    let double = body.replace('\\', "\\\\");
                    return Err(bad(format!("unknown escape `\\{escaped}`"), inside(at, at + len), "no such escape")
                        .help(format!("a raw string keeps `\\` as it is: `r\"{body}\"`; or write `\"{double}\"`")));
                }
            });
            at += len;
        } else if let Some(inner) = rest.strip_prefix("${") {
            let len = inner.bytes().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.')).count();
            let name = &inner[..len];
            if name.is_empty() || name.as_bytes()[0].is_ascii_digit() || !inner[len..].starts_with('}') {
                return Err(bad("`${` without a name and `}`", inside(at, at + 2), "opened here")
                    .help("write `${name}`, or `\\${` for the characters themselves"));
            }
            if !plain.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Variable(Spanned::new(name.to_owned(), inside(at + 2, at + 2 + len))));
            at += len + 3;
        } else {
            plain.push('$');
            at += 1;
        }
    }
    plain.push_str(&body[at..]);
    if !plain.is_empty() {
        pieces.push(Piece::Literal(plain));
    }
    Ok(Text { pieces, raw: false, span })
}

/// Two years with a `:` between them, which is a range in other languages.
fn is_years(text: &str) -> bool {
    let is_year = |part: &str| part.len() == 4 && part.bytes().all(|c| c.is_ascii_digit());
    text.split_once(':').is_some_and(|(start, end)| is_year(start) && is_year(end))
}

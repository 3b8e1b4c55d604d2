//! Checks written dates as far as that is possible without a calendar, which belongs to the cube.

use crate::diagnostic::{Diagnostic, Result, Span, codes};

/// Whether a text begins with four digits and a `-`, by which a date is meant.
pub(super) fn looks_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 5 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// What a date is probably that does not begin with its year: `01-02-2024`, the day first, then the month.
pub(super) fn other_order(text: &str) -> Option<Vec<String>> {
    let fields: Vec<u32> = text.split(['-', '.']).map(|field| field.parse().ok()).collect::<Option<_>>()?;
    let [a, b, year] = fields[..] else { return None };
    if !(1000..=9999).contains(&year) {
        return None;
    }
    let date = |day: u32, month: u32| {
        ((1..=31).contains(&day) && (1..=12).contains(&month)).then(|| format!("{year}-{month:02}-{day:02}"))
    };
    let mut dates: Vec<String> = date(a, b).into_iter().chain(date(b, a)).collect();
    dates.dedup();
    (!dates.is_empty()).then_some(dates)
}

/// The date, if it is one of `2020`, `2020-06`, `2020-06-15`, `2020-06-15T10:30:00Z` or a beginning of the last.
pub(super) fn check(text: &str, span: Span) -> Result<String> {
    let bad = |label: String| {
        Diagnostic::new(codes::BAD_LITERAL, format!("`{text}` is not a date"))
            .label(span, label)
            .help("dates are written `2020`, `2020-06`, `2020-06-15` or `2020-06-15T10:30Z`")
    };
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let fields: Vec<&str> = day.split('-').collect();
    let widths = [4, 2, 2];
    let names = ["the year has four digits", "the month has two digits", "the day has two digits"];
    if fields.len() > 3 {
        return Err(bad("more than year, month and day".into()));
    }
    let mut numbers = [0u32; 3];
    for (idx, field) in fields.iter().enumerate() {
        match digits(field, widths[idx]) {
            Some(value) => numbers[idx] = value,
            None => return Err(bad(names[idx].into())),
        }
    }
    let [_, month, day] = numbers;
    if fields.len() > 1 && !(1..=12).contains(&month) {
        return Err(bad(format!("there is no month {month:02}")));
    }
    if fields.len() > 2 && !(1..=31).contains(&day) {
        return Err(bad(format!("no month has a day {day:02}")));
    }
    match time {
        None => Ok(text.to_owned()),
        Some(_) if fields.len() < 3 => Err(bad("a time follows a whole date".into())),
        Some(time) => match time_fault(time) {
            None => Ok(text.to_owned()),
            Some(fault) => Err(bad(fault.into())),
        },
    }
}

fn digits(text: &str, width: usize) -> Option<u32> {
    (text.len() == width && text.bytes().all(|c| c.is_ascii_digit())).then(|| text.parse().ok())?
}

fn time_fault(time: &str) -> Option<&'static str> {
    if time.contains(['+', '-']) {
        return Some("times are in UTC: no other offset");
    }
    let time = time.strip_suffix('Z').unwrap_or(time);
    let (clock, fraction) = time.split_once('.').map_or((time, None), |(clock, fraction)| (clock, Some(fraction)));
    let fields: Vec<&str> = clock.split(':').collect();
    let limits = [24, 60, 60];
    let fits = |(field, limit): (&&str, u32)| digits(field, 2).is_some_and(|value| value < limit);
    if fields.len() > 3 || !fields.iter().zip(limits).all(fits) {
        return Some("the time of day is written `10:30` or `10:30:00`");
    }
    match fraction {
        Some(fraction) if fields.len() < 3 || fraction.is_empty() || !fraction.bytes().all(|c| c.is_ascii_digit()) => {
            Some("only seconds have a fraction")
        }
        _ => None,
    }
}

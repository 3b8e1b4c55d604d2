//! The nouns of the calendar that steps are grouped by, and the group of an instant by each.

use super::axis::Label;
use super::calendar::{Calendar, Instant};
use super::window::Base;

/// The nouns `groupby` takes.
///
/// Labels are month 1..12, dayofyear 1..366 (counted by the calendar), dekad 1..36, pentad 1..72, ISO week 1..53, hour
/// 0..23, the year, day of the month 1..31 and quarter 1..4; seasons are DJF, MAM, JJA, SON, weekdays Mon..Sun and month
/// with day 01-01..12-31.
pub(crate) const NOUNS: &[&str] = &[
    "month",
    "season",
    "dayofyear",
    "monthday",
    "dekad",
    "pentad",
    "week",
    "hour",
    "year",
    "weekday",
    "day",
    "quarter",
];

pub(super) const SEASONS: [&str; 4] = ["DJF", "MAM", "JJA", "SON"];
pub(super) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The numbers by which groups of a noun are named, from the first to the last; `None` where they are named by words.
fn numbers(noun: &str) -> Option<(f64, f64)> {
    match noun {
        "month" => Some((1.0, 12.0)),
        "quarter" => Some((1.0, 4.0)),
        "day" => Some((1.0, 31.0)),
        "hour" => Some((0.0, 23.0)),
        "dekad" => Some((1.0, 36.0)),
        "pentad" => Some((1.0, 72.0)),
        "week" => Some((1.0, 53.0)),
        "dayofyear" => Some((1.0, 366.0)),
        "year" => Some((f64::MIN, f64::MAX)),
        _ => None,
    }
}

/// Whether a group of a noun can be named like this. Seasons can have names of their own.
pub(crate) fn is_label(noun: &str, label: &Label) -> bool {
    match (numbers(noun), label) {
        (Some((first, last)), Label::Number(number)) => (first..=last).contains(number) && number.fract() == 0.0,
        (None, Label::Text(text)) => noun != "weekday" || WEEKDAYS.iter().any(|day| day[..3] == *text),
        (Some(_), Label::Text(_)) | (None, Label::Number(_)) => false,
    }
}

/// How groups of a noun are named, for a message.
pub(crate) fn labels_text(noun: &str) -> String {
    match (numbers(noun), noun) {
        (_, "year") => "years are whole numbers".into(),
        (Some((first, last)), _) => format!("{noun}s are the numbers {first} to {last}"),
        (None, "weekday") => "weekdays are Mon, Tue, Wed, Thu, Fri, Sat and Sun".into(),
        (None, "monthday") => "days of a month are written as 02-29".into(),
        (None, _) => format!("{noun}s have names, such as {}", SEASONS[0]),
    }
}

/// The name of an instant's group by a noun.
pub(super) fn label(calendar: Calendar, noun: &str, at: Instant) -> Label {
    named(noun, number(calendar, noun, at))
}

/// The name of a group by its number.
pub(super) fn named(noun: &str, number: i64) -> Label {
    match noun {
        "season" => Label::Text(SEASONS[number as usize].into()),
        "monthday" => Label::Text(format!("{:02}-{:02}", number / 100, number % 100)),
        "weekday" => Label::Text(WEEKDAYS[number as usize][..3].into()),
        _ => Label::Number(number as f64),
    }
}

/// The number of an instant's group by a noun, which also is its place in the order.
pub(super) fn number(calendar: Calendar, noun: &str, at: Instant) -> i64 {
    let fields = calendar.fields(at);
    let month = i64::from(fields.month);
    match noun {
        "month" => month,
        "season" => month % 12 / 3,
        "quarter" => (month + 2) / 3,
        "year" => fields.year,
        "day" => i64::from(fields.day),
        "monthday" => month * 100 + i64::from(fields.day),
        "hour" => i64::from(fields.hour),
        "dekad" => Base::Dekads.index(calendar, at).rem_euclid(36) + 1,
        "pentad" => Base::Pentads.index(calendar, at).rem_euclid(72) + 1,
        "week" => i64::from(calendar.iso_week(at).1),
        "weekday" => i64::from(calendar.weekday(at)),
        _ => i64::from(calendar.day_of_year(at)),
    }
}

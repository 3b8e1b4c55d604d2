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

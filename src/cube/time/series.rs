//! The dates of many names: where one could be read in two ways, the others decide.

use super::calendar::{Calendar, Instant};
use super::wellknown::{Form, Reading, Tail};
use crate::diagnostic::{Diagnostic, Result, codes};
use std::collections::{BTreeMap, BTreeSet};

/// The date of each name by what all of them allow; an error where two ways remain, or none.
pub(super) fn settle(names: &[&str], readings: &[Vec<Reading>]) -> Result<Vec<Option<Instant>>> {
    // A number that is no time of day makes numbers of the others.
    let timed = !readings.iter().flatten().any(|reading| reading.tail == Tail::Number);
    let hourly = counts_hours(readings);
    let at = |reading: &Reading| match reading.tail {
        Tail::Clock if timed => reading.at,
        Tail::Hour if hourly => reading.at,
        Tail::Clock | Tail::Hour | Tail::Number => reading.date,
        Tail::Absent => reading.at,
    };
    let allowed = |form: Form| {
        let of_family = |reading: &Reading| reading.form.family() == form.family();
        let mut speaking = readings.iter().filter(|name| name.iter().any(of_family));
        speaking.all(|name| name.iter().any(|reading| reading.form == form))
    };
    let mut forms = [Form::Plain, Form::DayFirst, Form::MonthFirst, Form::Day, Form::Dekad, Form::Pentad].to_vec();
    forms.retain(|form| allowed(*form));
    if let Some(part) = whole_months(readings).filter(|part| forms.contains(part)) {
        forms.retain(|form| form.family() != part.family() || *form == part);
    }
    let one = |(name, all): (&&str, &Vec<Reading>)| {
        let left: Vec<&Reading> = all.iter().filter(|reading| forms.contains(&reading.form)).collect();
        let dates: BTreeSet<Instant> = left.iter().map(|reading| at(reading)).collect();
        match dates.len() {
            0 if !all.is_empty() => Err(unclear(name, all)),
            0 | 1 => Ok(dates.first().copied()),
            _ => Err(unclear(name, &left)),
        }
    };
    names.iter().zip(readings).map(one).collect()
}

/// Whether two digits after the dates are hours: all names have them, and they count on the hours of a day in equal steps,
/// from 0 or up to 24. Numbers of parts or tiles hardly do.
fn counts_hours(readings: &[Vec<Reading>]) -> bool {
    let mut days: BTreeMap<Instant, BTreeSet<i64>> = BTreeMap::new();
    for reading in readings.iter().flatten() {
        if reading.tail != Tail::Hour {
            return false;
        }
        days.entry(reading.date).or_default().insert((reading.at.0 - reading.date.0) / 3_600_000_000);
    }
    let Some(fullest) = days.values().max_by_key(|hours| hours.len()).filter(|hours| hours.len() > 1) else {
        return false;
    };
    let step = 24 / fullest.len() as i64;
    let is_day = |first: i64| (0..fullest.len() as i64).all(|n| fullest.contains(&(first + n * step)));
    step * fullest.len() as i64 == 24
        && (is_day(0) || is_day(step))
        && days.values().all(|hours| hours.is_subset(fullest))
}

/// Dekads or pentads, where two months or more have all of them and none has more: days would go on.
fn whole_months(readings: &[Vec<Reading>]) -> Option<Form> {
    let mut months: BTreeMap<(i64, u32), BTreeSet<u32>> = BTreeMap::new();
    for day in readings.iter().flatten().filter(|reading| reading.form == Form::Day) {
        let fields = Calendar::Standard.fields(day.date);
        months.entry((fields.year, fields.month)).or_default().insert(fields.day);
    }
    let last = months.values().flatten().max().copied()?;
    let whole = months.values().filter(|days| days.len() == last as usize).count();
    match last {
        3 if whole > 1 => Some(Form::Dekad),
        6 if whole > 1 => Some(Form::Pentad),
        _ => None,
    }
}

fn unclear<'a>(
    name: &str,
    readings: impl IntoIterator<Item = &'a (impl std::borrow::Borrow<Reading> + 'a)>,
) -> Box<Diagnostic> {
    let mut told =
        Diagnostic::new(codes::UNCLEAR_NAMES, format!("the date in `{name}` can be read in more than one way"));
    for reading in readings {
        let reading = reading.borrow();
        let pattern = reading.form.pattern(reading.separator);
        told = told.help(format!("`dates \"{pattern}\"` reads {}", Calendar::Standard.iso(reading.date)));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::wellknown::readings;
    use super::*;

    fn shown(names: &str) -> String {
        let names: Vec<&str> = names.split(' ').collect();
        let found: Vec<Vec<Reading>> = names.iter().map(|name| readings(name)).collect();
        let text = |at: Option<Instant>| at.map_or("none".to_string(), |at| Calendar::Standard.iso(at));
        match settle(&names, &found) {
            Ok(dates) => dates.into_iter().map(text).collect::<Vec<_>>().join(" "),
            Err(e) => e.message.clone(),
        }
    }

    #[test]
    fn the_series_decides() {
        let cases = [
            ("05-06-2020 23-06-2020", "2020-06-05 2020-06-23"),
            ("05-06-2020 06-23-2020", "2020-05-06 2020-06-23"),
            ("05-06-2020 07-06-2020", "the date in `05-06-2020` can be read in more than one way"),
            ("13-06-2020 06-13-2020", "the date in `13-06-2020` can be read in more than one way"),
            ("05-05-2020", "2020-05-05"),
            ("2020-01-01 23-06-2020 no", "2020-01-01 2020-06-23 none"),
            ("2020.01.1", "2020-01-01"),
            ("2020.01.2", "the date in `2020.01.2` can be read in more than one way"),
            ("2020.01.1 2020.01.2 2020.01.3", "the date in `2020.01.2` can be read in more than one way"),
            (
                "2020.01.1 2020.01.2 2020.01.3 2020.02.1 2020.02.2 2020.02.3",
                "2020-01-01 2020-01-11 2020-01-21 2020-02-01 2020-02-11 2020-02-21",
            ),
            (
                "2020.01.1 2020.01.2 2020.01.3 2020.01.4 2020.01.5 2020.01.6 2020.02.1 2020.02.2 2020.02.3 2020.02.4 \
                 2020.02.5 2020.02.6",
                "2020-01-01 2020-01-06 2020-01-11 2020-01-16 2020-01-21 2020-01-26 2020-02-01 2020-02-06 2020-02-11 \
                 2020-02-16 2020-02-21 2020-02-26",
            ),
            ("2020.10.1 2020.10.7", "2020-10-01 2020-10-07"),
            ("2020.10.2 2020.10.10", "2020-10-02 2020-10-10"),
            ("1979.9.3 1979.10.3", "1979-09-03 1979-10-03"),
            ("20200101_0010 20200102_1245", "2020-01-01T00:10 2020-01-02T12:45"),
            ("20200101_0010 20200102_1299", "2020-01-01 2020-01-02"),
            ("20200101_2400 20200102_1200", "2020-01-02 2020-01-02T12:00"),
            ("20200101_240000 20200102_240001", "2020-01-01 2020-01-02"),
            // Hours of a day count on in equal steps; other numbers of two digits are none.
            (
                "20200101_06 20200101_12 20200101_18 20200101_24",
                "2020-01-01T06:00 2020-01-01T12:00 2020-01-01T18:00 2020-01-02",
            ),
            ("r_20200101_00 r_20200101_12 r_20200102_12", "2020-01-01 2020-01-01T12:00 2020-01-02T12:00"),
            ("20200101_01 20200101_02 20200101_03", "2020-01-01 2020-01-01 2020-01-01"),
            ("20200101_12 20200102_12", "2020-01-01 2020-01-02"),
            ("20200101_00 20200101_12 20200102_25", "2020-01-01 2020-01-01 2020-01-02"),
        ];
        for (names, expected) in cases {
            assert_eq!(shown(names), expected);
        }
    }
}

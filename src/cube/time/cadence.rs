//! How regularly steps follow each other, and which periods they therefore fill.

use super::calendar::{Calendar, Instant, MICROS_PER_DAY};
use super::window::Base;
use std::collections::HashSet;

/// Dates tens of thousands of years away are not judged, so that distances can be added without overflow.
const FARTHEST: i64 = i64::MAX / 8;

/// The cadence of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cadence {
    /// Fewer than two dates.
    Unknown,
    /// One step for each stretch of the calendar.
    Calendar(Base),
    /// One step about every `micros` microseconds, exactly (`regular`) or only roughly.
    Fixed { micros: i64, regular: bool },
}

/// For each window (sorted, disjoint) how many steps it should have and whether it has them all.
///
/// The cadence is judged from the median distance of neighboring dates. About a month, a quarter or a year of distance,
/// or days 1/11/21, 1/6/11/16/21/26 or 1/15 or 1/16 throughout, mean one step for each such stretch of the calendar,
/// and a window expects as many as start in it. Otherwise a step is missing wherever the distance to the next exceeds
/// one and a half medians, and before the first and after the last date as far as the windows go; a window is complete
/// if none is missing in it. On axes that keep only roughly to their distance a missing step counts for the window in
/// which the middle of its time would lie, so that 16-day composites or dekads do not fail over a month with 31 days.
///
/// A window without steps is not complete, and neither is any of an axis with a single date, which has no cadence.
pub(super) fn coverage(
    calendar: Calendar,
    values: &[Instant],
    windows: &[(Instant, Instant)],
    group_of_step: &[Option<usize>],
) -> Vec<(Option<usize>, bool)> {
    let mut dates = values.to_vec();
    dates.sort_unstable();
    dates.dedup();
    let outer = [dates.first(), dates.last(), windows.first().map(|w| &w.0), windows.last().map(|w| &w.1)];
    if outer.into_iter().flatten().any(|at| at.0.saturating_abs() > FARTHEST) {
        return vec![(None, false); windows.len()];
    }
    let cadence = Cadence::of(calendar, &dates);
    // Steps of one date, or of one stretch of the calendar, count once.
    let place = |at: Instant| match cadence {
        Cadence::Calendar(base) => base.index(calendar, at),
        _ => at.0,
    };
    let mut filled = vec![HashSet::new(); windows.len()];
    for (&at, group) in values.iter().zip(group_of_step) {
        if let Some(group) = *group {
            filled[group].insert(place(at));
        }
    }
    let n_filled = filled.iter().map(HashSet::len);
    match cadence {
        Cadence::Unknown => vec![(None, false); windows.len()],
        Cadence::Calendar(base) => {
            // The first stretch that starts at or after an instant.
            let next = |at: Instant| {
                let index = base.index(calendar, at);
                if base.start(calendar, index) < at { index + 1 } else { index }
            };
            let expected = windows.iter().map(|&(start, end)| (next(end) - next(start)) as usize);
            expected.zip(n_filled).map(|(expected, n)| (Some(expected), n > 0 && n >= expected)).collect()
        }
        Cadence::Fixed { micros, regular } => {
            let missing = missing(&dates, windows, micros, regular);
            missing.into_iter().zip(n_filled).map(|(missing, n)| (Some(n + missing), n > 0 && missing == 0)).collect()
        }
    }
}

/// How many microseconds each step stands for, by how steps mostly follow one another: the whole stretch of the calendar
/// it lies in, or the time until the next, where that is no longer than usual. So neither steps that are left out nor
/// their order change the others.
pub(crate) fn lengths(calendar: Calendar, values: &[Instant]) -> Vec<i64> {
    let mut dates = values.to_vec();
    dates.sort_unstable();
    dates.dedup();
    let far = dates.iter().any(|at| at.0.saturating_abs() > FARTHEST);
    let cadence = if far { Cadence::Unknown } else { Cadence::of(calendar, &dates) };
    let length = |at: &Instant| match cadence {
        Cadence::Unknown => MICROS_PER_DAY,
        Cadence::Calendar(base) => {
            let index = base.index(calendar, *at);
            base.start(calendar, index + 1).0 - base.start(calendar, index).0
        }
        Cadence::Fixed { micros, .. } => {
            let next = dates.get(dates.partition_point(|other| other <= at));
            next.map(|next| next.0 - at.0).filter(|length| *length <= micros + micros / 2).unwrap_or(micros)
        }
    };
    values.iter().map(length).collect()
}

/// The step after which the first is missing, where steps in order mostly follow one another at one distance.
pub(crate) fn first_gap(calendar: Calendar, dates: &[Instant]) -> Option<usize> {
    if dates.iter().any(|at| at.0.saturating_abs() > FARTHEST) {
        return None;
    }
    let cadence = Cadence::of(calendar, dates);
    dates.windows(2).position(|pair| match cadence {
        Cadence::Calendar(base) => base.index(calendar, pair[1]) - base.index(calendar, pair[0]) > 1,
        Cadence::Fixed { micros, regular: true } => pair[1].0 - pair[0].0 > micros + micros / 2,
        Cadence::Fixed { regular: false, .. } | Cadence::Unknown => false,
    })
}

impl Cadence {
    fn of(calendar: Calendar, dates: &[Instant]) -> Cadence {
        let mut distances: Vec<i64> = dates.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        if distances.is_empty() {
            return Cadence::Unknown;
        }
        let middle = (distances.len() - 1) / 2;
        let micros = *distances.select_nth_unstable(middle).1;
        let fields = || dates.iter().map(|&at| calendar.fields(at));
        let on_days = |days: &[u32]| fields().all(|fields| days.contains(&fields.day));
        let from = calendar.fields(dates[0]).month;
        // Quarters and years get a day or two more, for dates in the middle of them.
        let candidate = match (micros + MICROS_PER_DAY / 2) / MICROS_PER_DAY {
            3..=6 if on_days(&[1, 6, 11, 16, 21, 26]) => Some(Base::Pentads),
            8..=11 if on_days(&[1, 11, 21]) => Some(Base::Dekads),
            13..=17 if on_days(&[1, 15]) => Some(Base::SemiMonths { day: 15 }),
            13..=17 if on_days(&[1, 16]) => Some(Base::SemiMonths { day: 16 }),
            28..=31 => Some(Base::MONTH),
            88..=93 => Some(Base::Months { len: 3, from: (from - 1) % 3 + 1 }),
            354..=367 => Some(Base::Months { len: 12, from }),
            _ => None,
        };
        if let Some(base) = candidate {
            let mut indices = dates.iter().map(|&at| base.index(calendar, at));
            let mut before = indices.next();
            if indices.all(|index| before.replace(index) != Some(index)) {
                return Cadence::Calendar(base);
            }
        }
        let near = |distance: i64| {
            let off = distance % micros;
            off.min(micros - off) <= micros / 100
        };
        Cadence::Fixed { micros, regular: distances.iter().all(|&distance| near(distance)) }
    }
}

/// How many steps are missing in each window.
fn missing(dates: &[Instant], windows: &[(Instant, Instant)], micros: i64, regular: bool) -> Vec<usize> {
    let shift = if regular { 0 } else { micros / 2 };
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
        return vec![0; windows.len()];
    };
    // A hole is a row of missing steps: where it starts, how far they are apart, how many they are.
    let mut holes: Vec<(i64, i64, i64)> = Vec::new();
    if let Some(&(start, _)) = windows.first() {
        let n = (first.0 + shift).saturating_sub(start.0).max(0) / micros;
        holes.push((first.0 - n * micros, micros, n));
    }
    for pair in dates.windows(2) {
        let distance = pair[1].0 - pair[0].0;
        if distance > micros + micros / 2 {
            let n = (distance + micros / 2) / micros;
            holes.push((pair[0].0 + distance / n, distance / n, n - 1));
        }
    }
    if let Some(&(_, end)) = windows.last() {
        holes.push((last.0 + micros, micros, end.0.saturating_sub(last.0) / micros));
    }
    let mut counts = vec![0; windows.len()];
    let mut from = 0;
    for (start, apart, n) in holes {
        let start = start + shift;
        // Missing steps of the hole that lie before an instant.
        let before = |at: Instant| (at.0.saturating_sub(start).saturating_add(apart - 1).div_euclid(apart)).clamp(0, n);
        while from < windows.len() && windows[from].1.0 <= start {
            from += 1;
        }
        for (window, count) in windows.iter().zip(&mut counts).skip(from) {
            if n == 0 || window.0.0 > start + (n - 1) * apart {
                break;
            }
            *count += (before(window.1) - before(window.0)) as usize;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use crate::cube::time::calendar::{Calendar, Instant, MICROS_PER_DAY};
    use crate::cube::time::date::parse_partial;
    use crate::cube::time::{Period, TimeAxis, resample};
    use Calendar::*;

    /// Steps that are left out, or stand in another order, change no other.
    #[test]
    fn lengths_of_steps() {
        let days = |axis: &TimeAxis| -> Vec<i64> {
            let (calendar, values) = axis.instants().unwrap();
            super::lengths(*calendar, values).into_iter().map(|micros| micros / MICROS_PER_DAY).collect()
        };
        let summers = [5, 6, 7, 17, 18, 19];
        assert_eq!(days(&months(Standard, "2001-01-01", &summers)), [30, 31, 31, 30, 31, 31]);
        assert_eq!(days(&months(Standard, "2001-01-15", &[11, 0, 1])), [31, 31, 28]);
        assert_eq!(days(&months(NoLeap, "2004-01-01", &[0, 1, 2])), [31, 28, 31]);
        assert_eq!(days(&months(Standard, "2001-01-01", &[0, 12, 36, 48])), [365, 365, 366, 365]);
        assert_eq!(days(&every(1.0, Standard, "2001-01-01", 6, &[2, 3])), [1, 1, 1, 1]);
        assert_eq!(days(&dekads(0, 4)), [10, 10, 11, 10]);
        let composites = days(&composites(2001..2003));
        assert_eq!((composites[0], composites[22], composites[23]), (16, 13, 16));
        assert_eq!(days(&months(Standard, "2001-01-01", &[0])), [1]);
    }

    /// Makes `n` steps that are `days` apart from a date on, without some of them.
    fn every(days: f64, calendar: Calendar, first: &str, n: usize, without: &[usize]) -> TimeAxis {
        let first = parse_partial(first, calendar).unwrap().0;
        let at = |step: usize| Instant(first.0 + (step as f64 * days * MICROS_PER_DAY as f64) as i64);
        TimeAxis::of(calendar, (0..n).filter(|step| !without.contains(step)).map(at).collect())
    }

    fn months(calendar: Calendar, first: &str, months: &[i64]) -> TimeAxis {
        let first = parse_partial(first, calendar).unwrap().0;
        TimeAxis::of(calendar, months.iter().map(|&n| calendar.add_months(first, n)).collect())
    }

    /// MODIS dates: every 16 days, from 1 January of each year anew.
    fn composites(years: std::ops::Range<i64>) -> TimeAxis {
        let of_year =
            |year| (0..23).map(move |n| Instant(Standard.midnight(year, 1, 1).unwrap().0 + n * 16 * MICROS_PER_DAY));
        TimeAxis::of(Standard, years.flat_map(of_year).collect())
    }

    fn dekads(first: usize, n: usize) -> TimeAxis {
        let at = |dekad: usize| {
            Standard.midnight(2020 + dekad as i64 / 36, dekad as u32 / 3 % 12 + 1, dekad as u32 % 3 * 10 + 1)
        };
        TimeAxis::of(Standard, (first..first + n).map(|dekad| at(dekad).unwrap()).collect())
    }

    #[test]
    fn windows_are_complete_when_no_step_is_missing() {
        let cases = [
            ("daily", every(1.0, Standard, "2009-01-01", 100, &[]), "monthly", "31/31 28/28 31/31 10/30!"),
            ("noon", every(1.0, Standard, "2009-01-02T12", 58, &[]), "monthly", "30/31! 28/28"),
            ("late", every(1.0, Standard, "2009-01-01T23", 58, &[]), "monthly", "31/31 27/28!"),
            ("a hole", every(1.0, Standard, "2009-01-01", 59, &[40, 41]), "monthly", "31/31 26/28!"),
            ("6 hours", every(0.25, NoLeap, "2020-02-27T06", 8, &[]), "daily", "3/4! 4/4 1/4!"),
            ("360 days", every(1.0, Day360, "2020-01-01", 60, &[]), "monthly", "30/30 30/30"),
            (
                "months",
                months(Standard, "2019-01-16", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
                "yearly",
                "12/12 1/12!",
            ),
            ("month ends", months(Standard, "2019-01-31", &[0, 1, 2, 4, 5]), "quarterly", "3/3 2/3!"),
            ("seasons", months(Standard, "2019-01-01", &[0, 1, 2, 3, 4, 5, 6]), "seasonal", "2/3! 3/3 2/3!"),
            ("quarters", months(Standard, "2019-02-15", &[0, 3, 6, 9, 12]), "yearly", "4/4 1/4!"),
            ("years", months(NoLeap, "1990-07-01", &(0..10).map(|n| n * 12).collect::<Vec<_>>()), "decadal", "10/10"),
            ("dekads", dekads(0, 5), "monthly", "3/3 2/3!"),
            ("16 days", composites(2000..2002), "yearly", "23/23 23/23"),
            ("one date", every(1.0, Standard, "2009-01-01", 1, &[]), "monthly", "1/?!"),
        ];
        for (name, axis, period, expected) in cases {
            let bins = resample(&axis, &Period::from_adverb(period).unwrap(), false).unwrap();
            let windows = (0..bins.axis.len()).map(|group| {
                let n = bins.group_of_step.iter().filter(|of| **of == Some(group)).count();
                let of = bins.expected[group].map_or("?".into(), |n| n.to_string());
                format!("{n}/{of}{}", if bins.complete[group] { "" } else { "!" })
            });
            assert_eq!(windows.collect::<Vec<_>>().join(" "), expected, "{name}");
        }
    }

    #[test]
    fn composites_fill_months_in_which_only_one_starts() {
        let bins = resample(&composites(2001..2004), &Period::from_adverb("monthly").unwrap(), false).unwrap();
        assert!(bins.complete.iter().all(|complete| *complete));
    }
}

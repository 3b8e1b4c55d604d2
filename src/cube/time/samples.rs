//! Intervals that go from the first to the last sample of a day, month or year, and so end before it does.

use super::axis::TimeAxis;
use super::calendar::{Calendar, Instant, MICROS_PER_DAY};
use super::window::Base;

/// A unit of the calendar that means are taken over, and the least share of one that its intervals cover: what is between
/// the first and the last of four samples a day, three a month or a season, and twelve a year. Statistics of a part of
/// each day or year, such as six hours of a day, cover less.
const UNITS: [(&str, Unit, f64); 8] = [
    ("hour", Unit::Fixed(MICROS_PER_DAY / 24), 0.74),
    ("day", Unit::Fixed(MICROS_PER_DAY), 0.74),
    ("pentad", Unit::Calendar(Base::Pentads), 0.74),
    ("dekad", Unit::Calendar(Base::Dekads), 0.74),
    ("month", Unit::Calendar(Base::MONTH), 0.6),
    ("season", Unit::Calendar(Base::Months { len: 3, from: 12 }), 0.6),
    ("quarter", Unit::Calendar(Base::Months { len: 3, from: 1 }), 0.6),
    ("year", Unit::Calendar(Base::Months { len: 12, from: 1 }), 0.9),
];

/// By how much gaps between neighbors differ at most, as the last ten days of months do.
const UNEVEN: f64 = 1.5;

#[derive(Clone, Copy)]
enum Unit {
    /// As many microseconds, from midnight on.
    Fixed(i64),
    Calendar(Base),
}

impl Unit {
    fn index(self, calendar: Calendar, at: Instant) -> i64 {
        match self {
            Unit::Fixed(micros) => at.0.div_euclid(micros),
            Unit::Calendar(base) => base.index(calendar, at),
        }
    }

    fn start(self, calendar: Calendar, index: i64) -> i64 {
        match self {
            Unit::Fixed(micros) => index.saturating_mul(micros),
            Unit::Calendar(base) => base.start(calendar, index).0,
        }
    }
}

/// How long the steps are whose intervals end at their last samples, and the unit of the calendar that each stands for.
pub(crate) struct Whole {
    pub unit: &'static str,
    /// In microseconds.
    pub lengths: Vec<i64>,
}

impl Whole {
    /// The lengths of steps where CDO and others wrote their intervals from the first to the last sample: January as
    /// 1 January 12:00 to 31 January 12:00. Each interval then lies in a unit of its own, neighbors leave one gap, that
    /// between two samples, and the last sample is as far from the end of the unit at most. A first or last unit of which
    /// the data hold only a part stays one, and is longer by that gap. Nothing for all other intervals.
    pub(crate) fn of(axis: &TimeAxis) -> Option<Whole> {
        let TimeAxis::Instants { calendar, bounds: Some(bounds), .. } = axis else { return None };
        UNITS.into_iter().find_map(|(name, unit, share)| {
            let lengths = lengths(*calendar, bounds, unit, share)?;
            Some(Whole { unit: name, lengths })
        })
    }
}

fn lengths(calendar: Calendar, bounds: &[(Instant, Instant)], unit: Unit, share: f64) -> Option<Vec<i64>> {
    let index = |at: i64| unit.index(calendar, Instant(at));
    let start = |index: i64| unit.start(calendar, index);
    let mut sorted: Vec<(i64, i64, i64)> = Vec::with_capacity(bounds.len());
    for (from, to) in bounds {
        let own = index(from.0);
        if from >= to || index(to.0.checked_sub(1)?) != own {
            return None;
        }
        sorted.push((own, from.0, to.0));
    }
    sorted.sort_unstable();
    let neighbors = || sorted.windows(2).map(|pair| (pair[0], pair[1]));
    if neighbors().any(|(a, b)| a.0 == b.0) {
        return None;
    }
    let length = |own: i64| start(own + 1) - start(own);
    // Of steps that are not neighbors the gap is what is left of the unit, before and after them.
    let between: Vec<i64> = neighbors().filter(|(a, b)| b.0 == a.0 + 1).map(|(a, b)| b.1 - a.2).collect();
    let left = || sorted.iter().map(|(own, from, to)| length(*own) - (to - from)).collect::<Vec<i64>>();
    let gaps = if between.is_empty() { left() } else { between };
    let (least, most) = (*gaps.iter().min()?, *gaps.iter().max()?);
    if least <= 0 || most as f64 > least as f64 * UNEVEN {
        return None;
    }
    let covers = |(own, from, to): &(i64, i64, i64)| {
        let near = from - start(*own) < most && start(own + 1) - to <= most;
        near && (to - from) as f64 >= share * length(*own) as f64
    };
    let last = sorted.len() - 1;
    let is_end = |at: usize| sorted.len() > 2 && (at == 0 || at == last);
    if sorted.iter().enumerate().any(|(at, own)| !covers(own) && !is_end(at)) {
        return None;
    }
    let of = |(from, to): &(Instant, Instant)| {
        let own = (index(from.0), from.0, to.0);
        if covers(&own) { length(own.0) } else { to.0 - from.0 + least }
    };
    Some(bounds.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::date::parse_partial;
    use Calendar::*;

    fn days(calendar: Calendar, intervals: &str) -> Option<(&'static str, Vec<f64>)> {
        let at = |text: &str| parse_partial(text, calendar).unwrap().0;
        let bounds: Vec<_> =
            intervals.split(' ').map(|pair| pair.split_once('/').unwrap()).map(|(a, b)| (at(a), at(b))).collect();
        let values = bounds.iter().map(|(start, _)| *start).collect();
        let whole = Whole::of(&TimeAxis::Instants { calendar, values, bounds: Some(bounds) })?;
        Some((whole.unit, whole.lengths.iter().map(|micros| *micros as f64 / MICROS_PER_DAY as f64).collect()))
    }

    /// Intervals as CDO writes them for means of regular samples, and others that name first and last days.
    #[test]
    fn first_to_last_sample() {
        let cases: [(Calendar, &str, &str, &[f64]); 11] = [
            (Standard, "2001-02-01/2001-02-10 2001-02-11/2001-02-20 2001-02-21/2001-02-28", "dekad", &[10., 10., 8.]),
            (Standard, "2001-01-01/2001-01-31 2001-02-01/2001-02-28 2001-03-01/2001-03-31", "month", &[31., 28., 31.]),
            (Standard, "2001-01-01T12/2001-01-31T12 2001-02-01T12/2001-02-28T12", "month", &[31., 28.]),
            (Day360, "2001-01-01T12/2001-01-30T12 2001-02-01T12/2001-02-30T12", "month", &[30., 30.]),
            // Dekads; the gap is that of the last.
            (Standard, "2001-01-01/2001-01-21 2001-02-01/2001-02-21 2001-03-01/2001-03-21", "month", &[31., 28., 31.]),
            // Months that are not neighbors, and the end of a month in which the data begin.
            (Standard, "2001-02-01T06/2001-02-28T18 2002-02-01T06/2002-02-28T18", "month", &[28., 28.]),
            (Standard, "2001-01-16/2001-01-31 2001-02-01/2001-02-28 2001-03-01/2001-03-31", "month", &[16., 28., 31.]),
            (Standard, "2001-01-01/2001-01-01T18 2001-01-02/2001-01-02T18", "day", &[1., 1.]),
            (Standard, "2001-12-01/2002-02-01 2002-03-01/2002-05-01 2002-06-01/2002-08-01", "season", &[90., 92., 92.]),
            (Standard, "2001-01-16/2001-12-16 2002-01-16/2002-12-16", "year", &[365., 365.]),
            (NoLeap, "2000-01-01/2000-12-31 2001-01-01/2001-12-31", "year", &[365., 365.]),
        ];
        for (calendar, intervals, unit, expected) in cases {
            assert_eq!(days(calendar, intervals), Some((unit, expected.to_vec())), "{intervals}");
        }
    }

    /// Intervals that are what they say.
    #[test]
    fn whole_and_real() {
        let cases = [
            "2001-01-01/2001-02-01 2001-02-01/2001-03-01",
            "2001-01-01/2001-02-01 2001-03-01/2001-04-01",
            // Six hours, the daytime, a growing season; the wet half of months.
            "2001-01-01/2001-01-01T06 2001-01-02/2001-01-02T06 2001-01-03/2001-01-03T06",
            "2001-01-01T06/2001-01-01T18 2001-01-02T06/2001-01-02T18",
            "2001-03-01/2001-12-01 2002-03-01/2002-12-01",
            "2001-01-01/2001-01-16 2001-02-01/2001-02-15",
            // Gaps of several lengths, an interval over two months, two in one.
            "2001-01-01/2001-01-31 2001-02-01/2001-02-20 2001-03-01/2001-03-31 2001-04-01/2001-04-29",
            "2001-01-15/2001-02-14 2001-02-15/2001-03-14",
            "2001-01-01/2001-01-12 2001-01-13/2001-01-20",
            "2001-12-01/2002-03-01 2002-03-01/2002-06-01",
        ];
        for intervals in cases {
            assert_eq!(days(Standard, intervals), None, "{intervals}");
        }
    }
}

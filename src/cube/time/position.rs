//! The positions of steps along time as numbers, over which trends are fitted.

use super::axis::{Label, TimeAxis};
use super::calendar::{Calendar, Instant, MICROS_PER_DAY};

/// What a position counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    Day,
    Month,
    Year,
    Decade,
    /// Steps, whatever lies between them.
    Step,
}

impl Per {
    pub(crate) const WORDS: &[&str] = &["year", "decade", "month", "day", "step"];

    pub(crate) fn from_name(name: &str) -> Option<Per> {
        Some(match name {
            "day" => Per::Day,
            "month" => Per::Month,
            "year" => Per::Year,
            "decade" => Per::Decade,
            "step" => Per::Step,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Per::Day => "day",
            Per::Month => "month",
            Per::Year => "year",
            Per::Decade => "decade",
            Per::Step => "step",
        }
    }
}

/// How far each step is from the first, or nothing where the axis does not count that.
///
/// Years and months are those of the calendar, with the share of them that is over: from one first of January to the
/// next it is a year, leap year or not. Groups of a `groupby year` count years.
pub(crate) fn positions(axis: &TimeAxis, per: Per) -> Option<Vec<f64>> {
    match (axis, per) {
        (_, Per::Step) => Some((0..axis.len()).map(|step| step as f64).collect()),
        (TimeAxis::Instants { calendar, values, .. }, _) => {
            let at = |instant: &Instant| position(*calendar, *instant, per);
            let (whole, share) = values.first().map(at)?;
            let from_first = |instant| {
                let (own, part) = at(instant);
                let count = (own - whole) as f64 + (part - share);
                if per == Per::Decade { count / 10.0 } else { count }
            };
            Some(values.iter().map(from_first).collect())
        }
        (TimeAxis::Groups { key, labels, .. }, Per::Year | Per::Decade) if key == "year" => {
            let year = |label: &Label| match label {
                Label::Number(year) => Some(*year),
                Label::Text(_) => None,
            };
            let years: Vec<f64> = labels.iter().map(year).collect::<Option<_>>()?;
            let first = *years.first()?;
            let unit = if per == Per::Decade { 10.0 } else { 1.0 };
            Some(years.into_iter().map(|year| (year - first) / unit).collect())
        }
        _ => None,
    }
}

/// The position in whole units, and the share of the current one that has passed.
fn position(calendar: Calendar, at: Instant, per: Per) -> (i64, f64) {
    let fields = calendar.fields(at);
    let (whole, start, end) = match per {
        Per::Day | Per::Step => {
            let day = at.0.div_euclid(MICROS_PER_DAY);
            return (day, at.0.rem_euclid(MICROS_PER_DAY) as f64 / MICROS_PER_DAY as f64);
        }
        Per::Month => {
            let next = if fields.month == 12 { (fields.year + 1, 1) } else { (fields.year, fields.month + 1) };
            (fields.year * 12 + i64::from(fields.month), (fields.year, fields.month), next)
        }
        Per::Year | Per::Decade => (fields.year, (fields.year, 1), (fields.year + 1, 1)),
    };
    let midnight = |(year, month)| calendar.midnight(year, month, 1).unwrap_or(at).0;
    let (start, end) = (midnight(start), midnight(end));
    let share = if end > start { (at.0 - start) as f64 / (end - start) as f64 } else { 0.0 };
    (whole, share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::date::parse_partial;

    #[test]
    fn distances_from_the_first_step() {
        let cases = [
            (Per::Year, Calendar::Standard, "2019-01-01 2020-01-01 2021-01-01", [0.0, 1.0, 2.0]),
            (Per::Year, Calendar::NoLeap, "2019-01-01 2019-07-02T12 2020-01-01", [0.0, 0.5, 1.0]),
            (Per::Year, Calendar::Day360, "2019-01-01 2019-07-01 2019-04-01", [0.0, 0.5, 0.25]),
            (Per::Decade, Calendar::Standard, "2000-01-01 2010-01-01 2005-01-01", [0.0, 1.0, 0.5]),
            (Per::Month, Calendar::Standard, "2020-01-01 2020-02-01 2021-03-01", [0.0, 1.0, 14.0]),
            (Per::Month, Calendar::Standard, "2020-12-16T12 2021-01-16T12 2021-02-15", [0.0, 1.0, 2.0]),
            (Per::Day, Calendar::Standard, "2020-02-28 2020-03-01T06 2019-02-28", [0.0, 2.25, -365.0]),
            (Per::Step, Calendar::Standard, "2020-02-28 2020-03-01T06 2019-02-28", [0.0, 1.0, 2.0]),
        ];
        for (per, calendar, dates, expected) in cases {
            let values = dates.split(' ').map(|date| parse_partial(date, calendar).unwrap().0).collect();
            let found = positions(&TimeAxis::of(calendar, values), per).unwrap();
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{dates}: {found:?}");
        }
        let labels = [2019.0, 2021.0].map(Label::Number).to_vec();
        let years = TimeAxis::groups("year", labels);
        assert_eq!(positions(&years, Per::Year), Some(vec![0.0, 2.0]));
        assert_eq!(positions(&TimeAxis::Positions(2), Per::Year), None);
        assert_eq!(positions(&TimeAxis::Positions(2), Per::Step), Some(vec![0.0, 1.0]));
    }
}

//! Values that are dates: numbers whose unit counts from one, `days since 1970-01-01`, such as those of `argmax`.

use super::TimeAxis;
use super::time::{Calendar, Instant, cf};

/// How the numbers of a band are read as dates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DateUnit {
    unit: String,
    calendar: Calendar,
}

impl DateUnit {
    /// Of a band with this unit, in a cube of these steps, whose calendar counts.
    pub(crate) fn of(unit: Option<&str>, time: &TimeAxis) -> Option<DateUnit> {
        let unit = unit.filter(|unit| cf::is_time_unit(unit))?;
        let calendar = match time {
            TimeAxis::Groups { climatology: Some(dates), .. } => dates.calendar,
            _ => time.calendar().unwrap_or(Calendar::Standard),
        };
        // A unit that only looks like one, `days since then`, is none.
        cf::decode(unit, Some(calendar.cf_name()), &[]).ok()?;
        Some(DateUnit { unit: unit.to_string(), calendar })
    }

    /// Whether the dates are instants of the clocks that everybody has.
    pub(crate) fn is_clock(&self) -> bool {
        matches!(self.calendar, Calendar::Standard | Calendar::ProlepticGregorian)
    }

    /// The date of a number; nothing where it is missing.
    pub(crate) fn instant(&self, value: f64) -> Option<Instant> {
        let (_, dates) = cf::decode(&self.unit, Some(self.calendar.cf_name()), &[value]).ok()?;
        // A float of days has no digits for microseconds; a date that is nearly a whole millisecond is one.
        dates.first().map(|at| match (at.0 + 500).rem_euclid(1000) - 500 {
            off if off.abs() <= 10 => Instant(at.0 - off),
            _ => *at,
        })
    }

    /// The date as people write it.
    pub(crate) fn text(&self, value: f64) -> Option<String> {
        self.instant(value).map(|at| self.calendar.iso(at))
    }
}

/// The unit of differences of values: those of dates are lengths of time.
pub(crate) fn unit_of_differences(unit: Option<String>) -> Option<String> {
    match unit {
        Some(unit) if cf::is_time_unit(&unit) => unit.split_whitespace().next().map(str::to_string),
        unit => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dates() {
        let noleap = TimeAxis::of(Calendar::NoLeap, Vec::new());
        let none = TimeAxis::Positions(1);
        let cases = [
            ("days since 1970-01-01", &none, 18458.270833333332, Some("2020-07-15T06:30")),
            ("days since 1970-01-01", &none, 376000.3333333333, Some("2999-06-15T08:00")),
            ("hours since 2000-01-01 12:00", &none, -12.0, Some("2000-01-01")),
            ("days since 2000-01-01", &noleap, 59.0, Some("2000-03-01")),
            ("days since 1970-01-01", &none, f64::NAN, None),
        ];
        for (unit, time, value, text) in cases {
            let dates = DateUnit::of(Some(unit), time).expect(unit);
            assert_eq!(dates.text(value).as_deref(), text, "{value} {unit}");
        }
        for unit in ["K", "days", "days since then", ""] {
            assert_eq!(DateUnit::of(Some(unit), &none), None, "{unit}");
        }
        let differences = |unit: &str| unit_of_differences(Some(unit.to_string()));
        assert_eq!(differences("days since 1970-01-01").as_deref(), Some("days"));
        assert_eq!(differences("K").as_deref(), Some("K"));
    }
}

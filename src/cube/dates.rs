//! Values that are dates: numbers whose unit counts from one, `days since 1970-01-01`, such as those of `argmax`.

use super::TimeAxis;
use super::schema::Band;
use super::time::{Calendar, Instant, cf};

/// How the numbers of a band are read as dates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DateUnit {
    unit: String,
    calendar: Calendar,
}

impl DateUnit {
    /// Of a band, in a cube of these steps, whose calendar counts where the band has none.
    pub(crate) fn of(band: &Band, time: &TimeAxis) -> Option<DateUnit> {
        let unit = band.unit.as_deref().filter(|unit| cf::is_time_unit(unit))?;
        let of_steps = || match time {
            TimeAxis::Groups { climatology: Some(dates), .. } => Some(dates.calendar),
            _ => time.calendar(),
        };
        let calendar = band.calendar.or_else(of_steps).unwrap_or(Calendar::Standard);
        // A unit that only looks like one, `days since then`, is none.
        cf::decode(unit, Some(calendar.cf_name()), &[]).ok()?;
        Some(DateUnit { unit: unit.to_string(), calendar })
    }

    /// The calendar that the dates are counted in, which a file has to name beside the unit: without it readers count the
    /// days of the standard one.
    pub(crate) fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Whether the dates are instants of the clocks that everybody has.
    pub(crate) fn is_clock(&self) -> bool {
        self.calendar.is_clock()
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

/// The calendar of values in this unit, where they are dates and a file names one.
pub(crate) fn calendar_named(unit: Option<&str>, calendar: Option<&str>) -> Option<Calendar> {
    unit.filter(|unit| cf::is_time_unit(unit)).and(calendar).and_then(Calendar::from_cf)
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
    use crate::cube::DType;

    #[test]
    fn numbers_are_dates() {
        let noleap = TimeAxis::of(Calendar::NoLeap, Vec::new());
        let none = TimeAxis::Positions(1);
        let band = |unit: &str| Band { unit: Some(unit.into()), ..Band::new("d", DType::F64, None) };
        let own = Band { calendar: Some(Calendar::Day360), ..band("days since 2000-01-01") };
        assert_eq!(DateUnit::of(&own, &noleap).expect("a unit of dates").text(59.0).as_deref(), Some("2000-02-30"));
        let cases = [
            ("days since 1970-01-01", &none, 18458.270833333332, Some("2020-07-15T06:30")),
            ("days since 1970-01-01", &none, 376000.3333333333, Some("2999-06-15T08:00")),
            ("hours since 2000-01-01 12:00", &none, -12.0, Some("2000-01-01")),
            ("days since 2000-01-01", &noleap, 59.0, Some("2000-03-01")),
            ("days since 1970-01-01", &none, f64::NAN, None),
        ];
        for (unit, time, value, text) in cases {
            let dates = DateUnit::of(&band(unit), time).expect(unit);
            assert_eq!(dates.text(value).as_deref(), text, "{value} {unit}");
        }
        for unit in ["K", "days", "days since then", ""] {
            assert_eq!(DateUnit::of(&band(unit), &none), None, "{unit}");
        }
        let differences = |unit: &str| unit_of_differences(Some(unit.to_string()));
        assert_eq!(differences("days since 1970-01-01").as_deref(), Some("days"));
        assert_eq!(differences("K").as_deref(), Some("K"));
    }
}

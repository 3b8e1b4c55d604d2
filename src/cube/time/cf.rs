//! CF time coordinates: numbers in `UNIT since EPOCH`, read and written.

use super::calendar::{Calendar, Fields, Instant, MICROS_PER_DAY, MICROS_PER_SECOND};
use super::date::parse_epoch;
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};

const MINUTE: i64 = 60 * MICROS_PER_SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The names of each unit, lower case and singular; the first is the one to write.
const UNITS: &[(&[&str], Unit)] = &[
    (&["day", "d"], Unit::Micros(MICROS_PER_DAY)),
    (&["hour", "hr", "h"], Unit::Micros(HOUR)),
    (&["minute", "min"], Unit::Micros(MINUTE)),
    (&["second", "sec", "s"], Unit::Micros(MICROS_PER_SECOND)),
    (&["millisecond", "millisec", "msec", "ms"], Unit::Micros(1_000)),
    (&["microsecond", "microsec", "us", "µs"], Unit::Micros(1)),
    (&["nanosecond", "nanosec", "nsec", "ns"], Unit::Nanos),
    (&["week"], Unit::Micros(7 * MICROS_PER_DAY)),
    (&["month", "mon"], Unit::Months(1)),
    (&["year", "yr", "common_year"], Unit::Months(12)),
];

/// The words between a unit and the date it counts from.
const LINKS: [&str; 5] = ["since", "after", "from", "ref", "@"];

/// What a time coordinate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Micros(i64),
    /// Nanoseconds, which are finer than an instant and are rounded to microseconds.
    Nanos,
    /// Calendar months, 12 of them for a year.
    Months(i64),
}

/// The `units` attribute of a time coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CfUnits {
    pub unit: Unit,
    /// The epoch in UTC.
    pub epoch: Fields,
}

impl CfUnits {
    /// Reads `UNIT since EPOCH`, in any case.
    ///
    /// The epoch may lie in the year 0 of any calendar, read as the year before year 1. For the mixed and the Julian
    /// calendar xarray and cftime refuse that year; ncdump, CDO and udunits read it, and so do files made by Ferret
    /// (`hour since 0000-01-01`) come out in the months they are meant for.
    pub(crate) fn parse(units: &str, calendar: Calendar) -> Result<CfUnits> {
        let example = "time units read like `days since 1970-01-01`";
        let mut words = units.split_whitespace();
        let (word, link) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        if !LINKS.contains(&link.to_ascii_lowercase().as_str()) {
            let message = format!("the time unit `{units}` counts from no date");
            return Err(Diagnostic::new(codes::BAD_CALENDAR, message).help(example));
        }
        let unit = unit_named(word).ok_or_else(|| {
            let names = || UNITS.iter().map(|(names, _)| names[0]);
            Diagnostic::new(codes::BAD_CALENDAR, format!("`{word}` in `{units}` is not a unit of time"))
                .help_if(did_you_mean(word.trim_end_matches('s'), names()))
                .help(format!("units of time: {}", list_some(names(), 12)))
        })?;
        let written = words.collect::<Vec<_>>().join(" ");
        let read = parse_epoch(&written, calendar).and_then(|epoch| in_astronomical_years(calendar, epoch));
        let epoch = read.ok_or_else(|| {
            let message = format!("`{written}` in `{units}` is no date of the {} calendar", calendar.cf_name());
            Diagnostic::new(codes::BAD_CALENDAR, message).help(example)
        })?;
        Ok(CfUnits { unit, epoch: calendar.fields(epoch) })
    }

    /// The instant of one number; nothing where it is not finite or too far away.
    fn instant(&self, calendar: Calendar, epoch: Instant, value: f64) -> Option<Instant> {
        let micros = match self.unit {
            Unit::Micros(unit) => scaled(value, unit)?,
            Unit::Nanos => scaled(value / 1_000.0, 1)?,
            // All months of this calendar have 30 days, so fractions of months are well defined.
            Unit::Months(months) if calendar == Calendar::Day360 => scaled(value, months * 30 * MICROS_PER_DAY)?,
            Unit::Months(months) => {
                let whole = Some(value.floor()).filter(|whole| (whole * months as f64).abs() < 1e7)? as i64;
                let after = |n: i64| {
                    Some(calendar.add_months(epoch, n * months).0).filter(|at| *at != i64::MIN && *at != i64::MAX)
                };
                let part = value - value.floor();
                let (from, to) = (after(whole)?, if part > 0.0 { after(whole + 1)? } else { 0 });
                return Some(Instant(if part > 0.0 {
                    from + (part * (to - from) as f64).round() as i64
                } else {
                    from
                }));
            }
        };
        epoch.0.checked_add(micros).map(Instant)
    }
}

/// An epoch whose year was read as an astronomical one. The years of the mixed and the Julian calendar are those of
/// history, where 1 BC, written -1, comes before year 1: Julian day numbers count from `-4713-01-01 12:00`. The same
/// instant is also written in astronomical years, and nothing else counts from there.
fn in_astronomical_years(calendar: Calendar, epoch: Instant) -> Option<Instant> {
    let written = calendar.fields(epoch);
    let has_no_year_zero = match calendar {
        Calendar::Standard | Calendar::Julian => true,
        Calendar::ProlepticGregorian | Calendar::NoLeap | Calendar::AllLeap | Calendar::Day360 => false,
    };
    let julian_days = Fields { hour: 12, ..Fields::date(-4712, 1, 1) };
    match has_no_year_zero && written.year < 0 && written != julian_days {
        true => calendar.instant(&Fields { year: written.year + 1, ..written }),
        false => Some(epoch),
    }
}

/// Whether a unit is one of times: it counts from a date, or writes dates as numbers.
pub(crate) fn is_time_unit(units: &str) -> bool {
    let link = units.split_whitespace().nth(1).unwrap_or("").to_ascii_lowercase();
    LINKS.contains(&link.as_str()) || absolute(units).is_some()
}

/// What the numbers of an absolute time axis of CDO are: dates written with their digits, `day as %Y%m%d.%f`.
fn absolute(units: &str) -> Option<Absolute> {
    let words: Vec<String> = units.split_whitespace().map(str::to_ascii_lowercase).collect();
    let [unit, link, format] = words.as_slice() else { return None };
    let format = format.strip_suffix(".%f").unwrap_or(format);
    match (unit.trim_end_matches('s'), link.as_str(), format) {
        ("day", "as", "%y%m%d") => Some(Absolute::Day),
        ("month", "as", "%y%m") => Some(Absolute::Month),
        ("year", "as", "%y") => Some(Absolute::Year),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Absolute {
    Day,
    Month,
    Year,
}

impl Absolute {
    /// The instant of one number, whose fraction is the share of its day, month or year that has passed.
    fn instant(self, calendar: Calendar, value: f64) -> Option<Instant> {
        let whole = value.is_finite().then_some(value.trunc().abs())? as i64;
        let sign = if value < 0.0 { -1 } else { 1 };
        let (year, month, day) = match self {
            Absolute::Day => (whole / 10_000, whole / 100 % 100, whole % 100),
            Absolute::Month => (whole / 100, whole % 100, 1),
            Absolute::Year => (whole, 1, 1),
        };
        let begin = calendar.midnight(sign * year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
        let end = match self {
            Absolute::Day => Instant(begin.0.checked_add(MICROS_PER_DAY)?),
            Absolute::Month => calendar.add_months(begin, 1),
            Absolute::Year => calendar.add_months(begin, 12),
        };
        Some(Instant(begin.0 + (value.fract().abs() * (end.0 - begin.0) as f64).round() as i64))
    }
}

/// The instants of a CF time coordinate, rounded to microseconds. A missing `calendar` attribute means the standard
/// one.
///
/// Months and years are counted on the calendar, and a fraction is the share of its month or year that has passed: 0.5
/// is the middle of the first month, as the World Ocean Atlas means it. The 30.44 days udunits takes for a month are
/// never what a file means. In the 360-day calendar months are 30 days.
pub(crate) fn decode(units: &str, calendar: Option<&str>, values: &[f64]) -> Result<(Calendar, Vec<Instant>)> {
    let calendar = match calendar {
        Some(name) => Calendar::from_cf(name).ok_or_else(|| unknown_calendar(name))?,
        None => Calendar::Standard,
    };
    if let Some(written) = absolute(units) {
        let read = |(step, &value): (usize, &f64)| {
            written.instant(calendar, value).ok_or_else(|| no_time(step, value, units, "is no date"))
        };
        return Ok((calendar, values.iter().enumerate().map(read).collect::<Result<_>>()?));
    }
    let cf = CfUnits::parse(units, calendar)?;
    let epoch = calendar.instant(&cf.epoch).expect("the epoch was read in this calendar");
    let read = |(step, &value): (usize, &f64)| {
        cf.instant(calendar, epoch, value).ok_or_else(|| no_time(step, value, units, "lies too far away"))
    };
    Ok((calendar, values.iter().enumerate().map(read).collect::<Result<_>>()?))
}

/// Whether some of the numbers are no whole months or years, whose fractions readers take in several ways.
pub(crate) fn has_parts_of_months(units: &str, calendar: Calendar, values: &[f64]) -> bool {
    let counts_months = CfUnits::parse(units, calendar).is_ok_and(|cf| matches!(cf.unit, Unit::Months(_)));
    counts_months
        && calendar != Calendar::Day360
        && values.iter().any(|value| value.is_finite() && value.fract() != 0.0)
}

/// Why a number is no time.
fn no_time(step: usize, value: f64, units: &str, why: &str) -> Box<Diagnostic> {
    let what = if value.is_nan() { "is missing".to_string() } else { format!("{why}: {value} {units}") };
    Diagnostic::new(codes::DAMAGED, format!("the time of step {step} {what}"))
        .help("keep the steps that have one: `ds.isel(time=ds.time.notnull())` in xarray")
}

/// Units and integers for these instants: the coarsest unit of days and less that is exact, counted from 1970-01-01 or,
/// if a date is earlier, from the start of the first date's year.
///
/// The epoch is never before year 1, because readers disagree on what came before.
pub(crate) fn encode(calendar: Calendar, instants: &[Instant]) -> (String, Vec<i64>) {
    let first = instants.iter().min().copied().unwrap_or(Instant(0));
    let year = if first.0 < 0 { calendar.fields(first).year.max(1) } else { 1970 };
    let epoch = calendar.midnight(year, 1, 1).expect("the year of an instant starts within reach, or is year 1");
    let since = |at: &Instant| at.0.saturating_sub(epoch.0);
    let exact = |unit: i64| instants.iter().all(|at| since(at) % unit == 0);
    let (name, unit) = UNITS
        .iter()
        .filter_map(|(names, unit)| match unit {
            Unit::Micros(unit) if *unit <= MICROS_PER_DAY => Some((names[0], *unit)),
            _ => None,
        })
        .find(|(_, unit)| exact(*unit))
        .unwrap_or(("microsecond", 1));
    (format!("{name}s since {}", calendar.iso(epoch)), instants.iter().map(|at| since(at) / unit).collect())
}

fn unit_named(word: &str) -> Option<Unit> {
    let lower = word.to_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    UNITS.iter().find(|(names, _)| names.iter().any(|n| *n == lower || *n == singular)).map(|(_, unit)| *unit)
}

fn unknown_calendar(name: &str) -> Box<Diagnostic> {
    let known = [
        "standard",
        "gregorian",
        "proleptic_gregorian",
        "noleap",
        "365_day",
        "all_leap",
        "366_day",
        "360_day",
        "julian",
    ];
    Diagnostic::new(codes::BAD_CALENDAR, format!("`{name}` is not a calendar of the CF conventions"))
        .help_if(did_you_mean(name, known))
        .help(format!("calendars: {}", list_some(known, known.len())))
}

/// `value * unit` to the nearest integer. The whole part is multiplied as an integer, since microseconds since year 1
/// have more digits than a float keeps.
fn scaled(value: f64, unit: i64) -> Option<i64> {
    if !value.is_finite() || value.abs() >= i64::MAX as f64 {
        return None;
    }
    let whole = i128::from(value.trunc() as i64) * i128::from(unit);
    i64::try_from(whole + (value.fract() * unit as f64).round() as i128).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_dates_cftime_gives() {
        // From cftime 1.6.6.1 (with `has_year_zero=True` for the year 0; CDO gives the same), but for its dropping
        // offsets written `-6:00` with one digit, which udunits keeps.
        let cases: &[(&str, Option<&str>, f64, &str)] = &[
            ("hour since 0000-01-01 00:00:00", None, 366.0, "0000-01-16T06:00"),
            ("hour since 0000-01-01 00:00:00", None, 1096.485, "0000-02-15T16:29:06"),
            ("hour since 0000-01-01 00:00:00", None, 8401.335, "0000-12-16T01:20:06"),
            ("Hour since 0000-01-01", Some("julian"), 366.0, "0000-01-16T06:00"),
            ("hours since 1970-01-01 00:00:00", Some("360_day"), -946_800.0, "1860-06-01"),
            ("hours since 1970-01-01 00:00:00", Some("360_day"), 1_118_160.0, "2099-06-01"),
            ("hours since 1800-01-01", Some("standard"), 1_883_178.0, "2014-10-31T18:00"),
            ("days since 1800-1-1 00:00:00", Some("gregorian"), 59_548.5, "1963-01-15T12:00"),
            ("days since 1950-01-01 00:00:00", Some("365_day"), 53_289.0, "2095-12-31"),
            ("hour since 1980-01-14 14:00:00", None, 113_293.5, "1992-12-17T03:30"),
            ("seconds since 1981-01-01 00:00:00", Some("Gregorian"), 1_149_508_800.0, "2017-06-05T12:00"),
            ("hours since 1-1-1 00:00:0.0", None, 17_604_456.25, "2009-04-21T00:15"),
            ("days since 1-1-1", Some("julian"), 730_000.5, "1999-08-20T12:00"),
            ("minutes since 2000-02-28 12:00", Some("all_leap"), 2160.5, "2000-03-01T00:00:30"),
            ("months since 1850-01-01", Some("360_day"), 0.5, "1850-01-16"),
            ("days since 1582-10-01", None, 4.0, "1582-10-15"),
            ("hours since 2000-01-01 00:00:00 -6:00", None, 0.0, "2000-01-01T06:00"),
            ("hours since 2000-01-01 00:00:00+02:00", None, 0.0, "1999-12-31T22:00"),
            ("msec since 1900-01-01T00:00:00Z", None, 1.5, "1900-01-01T00:00:00.0015"),
            ("Days Since 2000-1-1 UTC", None, 0.1, "2000-01-01T02:24"),
            ("days since 19500101", None, 1.0, "1950-01-02"),
            ("nanoseconds since 1970-01-01", None, 1_600_000_000_000_000_000.0, "2020-09-13T12:26:40"),
            ("months since 2000-01-31", None, 1.0, "2000-02-29"),
            ("years since 2000-01-01", Some("noleap"), 20.0, "2020-01-01"),
            // Shares of the months and years they fall in; cftime refuses them, udunits counts 30.44 days a month.
            ("months since 1955-01-01", None, 0.5, "1955-01-16T12:00"),
            ("months since 1955-01-01", None, 373.5, "1986-02-15"),
            ("months since 2001-01-15", None, -0.5, "2000-12-30T12:00"),
            ("years since 2001-01-01", None, 0.5, "2001-07-02T12:00"),
            // Julian day numbers, in the years of history and in astronomical ones.
            ("days since -4713-01-01 12:00:00", Some("julian"), 2_451_545.0, "1999-12-19T12:00"),
            ("days since -4712-01-01 12:00:00", Some("julian"), 2_451_545.0, "1999-12-19T12:00"),
            ("days since -4713-01-01 12:00:00", None, 2_451_545.0, "2000-01-01T12:00"),
            ("days since -4713-11-24 12:00:00", Some("proleptic_gregorian"), 2_451_545.0, "2000-01-01T12:00"),
            ("days since -1-12-31", Some("julian"), 1.0, "0001-01-01"),
            // As CDO reads its own; it drops the fraction of a month or a year.
            ("day as %Y%m%d.%f", None, 20_000_215.5, "2000-02-15T12:00"),
            ("day as %Y%m%d.%f", Some("360_day"), 20_000_230.5, "2000-02-30T12:00"),
            ("month as %Y%m.%f", None, 200_103.0, "2001-03-01"),
            ("month as %Y%m.%f", None, 200_102.5, "2001-02-15"),
            ("year as %Y.%f", None, 2002.0, "2002-01-01"),
        ];
        for &(units, calendar, value, date) in cases {
            let (calendar, instants) = decode(units, calendar, &[value]).expect(units);
            assert_eq!(calendar.iso(instants[0]), date, "{value} {units}");
        }
    }

    #[test]
    fn what_is_refused_says_what_to_write() {
        let cases: &[(&str, Option<&str>, f64, &str, &str)] = &[
            (
                "days since 1950-01-01",
                Some("gregorain"),
                0.0,
                "`gregorain` is not a calendar",
                "did you mean `gregorian`?",
            ),
            ("dayz since 1950-01-01", None, 0.0, "`dayz` in", "did you mean `day`?"),
            ("month", None, 0.0, "counts from no date", "time units read like"),
            ("days since 1950-02-30", None, 0.0, "is no date of the standard", "time units read like"),
            ("day as %Y%m%d.%f", None, 20_001_301.0, "the time of step 0 is no date: 20001301 day as", ""),
            ("days since 1950-01-01", None, f64::NAN, "the time of step 0 is missing", ""),
            ("days since 1950-01-01", None, 1e300, "the time of step 0 lies too far away", ""),
        ];
        for &(units, calendar, value, message, help) in cases {
            let error = decode(units, calendar, &[value]).unwrap_err();
            assert!(error.message.contains(message), "{}", error.message);
            assert!(help.is_empty() || error.help.iter().any(|line| line.starts_with(help)), "{:?}", error.help);
        }
    }

    #[test]
    fn units_are_coarse_exact_and_read_back() {
        let cases: &[(Calendar, &[&str], &str, &[i64])] = &[
            (Calendar::Standard, &["1979-01-01", "1979-01-02"], "days since 1970-01-01", &[3287, 3288]),
            (Calendar::Standard, &["1965-06-01", "1979-01-01"], "days since 1965-01-01", &[151, 5113]),
            (Calendar::Day360, &["2000-02-30", "2000-02-30T06:00"], "hours since 1970-01-01", &[260_616, 260_622]),
            (Calendar::NoLeap, &["2000-01-01T00:30"], "minutes since 1970-01-01", &[15_768_030]),
            (Calendar::Standard, &["1970-01-01T00:00:00.25"], "milliseconds since 1970-01-01", &[250]),
            (Calendar::Standard, &["1970-01-01T00:00:00.00025"], "microseconds since 1970-01-01", &[250]),
            (Calendar::Standard, &["0000-01-16T06:00"], "hours since 0001-01-01", &[-8418]),
            (Calendar::Standard, &[], "days since 1970-01-01", &[]),
        ];
        for &(calendar, dates, units, numbers) in cases {
            let read = |text: &&str| super::super::date::parse_partial(text, calendar).unwrap().0;
            let instants: Vec<Instant> = dates.iter().map(read).collect();
            assert_eq!(encode(calendar, &instants), (units.to_string(), numbers.to_vec()));
            let floats: Vec<f64> = numbers.iter().map(|&n| n as f64).collect();
            assert_eq!(decode(units, Some(calendar.cf_name()), &floats).unwrap(), (calendar, instants));
        }
    }
}

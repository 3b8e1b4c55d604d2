//! Dates and ranges as users and STAC write them.

use super::calendar::{Calendar, Fields, Instant, MICROS_PER_DAY, MICROS_PER_SECOND};
use super::format::MONTH_NAMES;
use crate::diagnostic::{Diagnostic, Result, codes};
use serde::{Deserialize, Serialize};

/// A half-open stretch of time; an end that is not there has no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interval {
    pub start: Option<Instant>,
    pub end: Option<Instant>,
}

impl Interval {
    pub(crate) fn contains(&self, instant: Instant) -> bool {
        self.start.is_none_or(|start| start <= instant) && self.end.is_none_or(|end| instant < end)
    }

    /// Whether a stretch of time, its end included, has an instant of this one.
    pub(crate) fn meets(&self, start: Instant, end: Instant) -> bool {
        self.start.is_none_or(|from| from <= end) && self.end.is_none_or(|to| start < to)
    }
}

/// The whole period a partial date stands for, half-open: `2020` is a year, `2020-06-15T10` an hour.
///
/// Takes `YYYY[-MM[-DD[Thh[:mm[:ss[.f]]]]]]`, a blank for `T`, and after a time of day `Z` or an offset, which is
/// converted to UTC. Months and days may have one digit, years a sign or a fifth digit. `24:00` and second 60 roll
/// over.
pub(crate) fn parse_partial(text: &str, calendar: Calendar) -> Option<(Instant, Instant)> {
    Parts::read(text, 4)?.period(calendar)
}

/// The range `a..b`, both ends inclusive at the precision they are written with, or `a..<b` where `half_open`.
///
/// A day or month end that the calendar lacks but common years have (31 January of `360_day`) is read as the moment the
/// next month starts, so that a range written for real dates works on model calendars.
pub(crate) fn interval(
    start: Option<&str>,
    end: Option<&str>,
    half_open: bool,
    calendar: Calendar,
) -> Result<Interval> {
    let first = start.map(|text| period(text, calendar)).transpose()?;
    let last = end.map(|text| period(text, calendar)).transpose()?;
    let range =
        Interval { start: first.map(|(from, _)| from), end: last.map(|(from, to)| if half_open { from } else { to }) };
    if let (Some(from), Some(to), Some(a), Some(b)) = (range.start, range.end, start, end)
        && to <= from
    {
        if let (true, Some(parts)) = (a == b && !half_open, Parts::read(a, 4)) {
            return Err(parts.absent(a, calendar));
        }
        let swapped = last < first;
        let message = if swapped { "the range ends before it starts" } else { "the range is empty" };
        let help = if swapped { format!("`{b}..{a}`") } else { format!("`{a}..{b}` includes its end") };
        return Err(Diagnostic::new(codes::BAD_LITERAL, message).help(help));
    }
    Ok(range)
}

/// The instant of an RFC 3339 date-time, as STAC has it: with an offset or in UTC, `T` or a blank between, fractions
/// cut at microseconds. A bare date is its midnight. Counted in [`Calendar::Standard`].
pub(crate) fn parse_rfc3339(text: &str) -> Option<Instant> {
    let parts = Parts::read(text, 4)?;
    parts.day?;
    parts.period(Calendar::Standard).map(|(from, _)| from)
}

/// The epoch of CF time units: as [`parse_rfc3339`], but years may be short (`1-1-1 00:00:0.0`), months and days left
/// out, and a date packed as `19500101`.
pub(super) fn parse_epoch(text: &str, calendar: Calendar) -> Option<Instant> {
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return parse_epoch(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]), calendar);
    }
    Parts::read(text, 1)?.period(calendar).map(|(from, _)| from)
}

/// The period a partial date stands for in a calendar, as [`interval`] reads it.
///
/// # Errors
/// `E0002` for what is no date, or none of this calendar.
pub(crate) fn period(text: &str, calendar: Calendar) -> Result<(Instant, Instant)> {
    let parts = Parts::read(text, 4).ok_or_else(|| {
        Diagnostic::new(codes::BAD_LITERAL, format!("`{text}` is not a date"))
            .help("write dates as `2020`, `2020-06`, `2020-06-15` or `2020-06-15T10:30`")
    })?;
    if let Some(period) = parts.period(calendar) {
        return Ok(period);
    }
    let model = matches!(calendar, Calendar::NoLeap | Calendar::AllLeap | Calendar::Day360);
    if model && parts.period(Calendar::ProlepticGregorian).is_some() {
        let whole_month = Parts { day: None, time: None, ..parts };
        if let Some((_, next)) = whole_month.period(calendar) {
            return Ok((next, next));
        }
    }
    Err(parts.absent(text, calendar))
}

/// Whether some calendar has this date: 30 February is one of `360_day`, 29 February 2001 one of `all_leap`.
pub(crate) fn is_date(text: &str) -> bool {
    [Calendar::AllLeap, Calendar::Day360].into_iter().any(|calendar| parse_partial(text, calendar).is_some())
}

/// A date cut into numbers, before a calendar says whether it exists.
#[derive(Clone, Copy, Debug)]
struct Parts {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    time: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Time {
    /// Since midnight UTC; an offset may have pushed it out of the day.
    micros: i64,
    /// Length of what the last written digit counts.
    precision: i64,
}

impl Parts {
    /// `year_digits` is how many digits a year has at least.
    fn read(text: &str, year_digits: usize) -> Option<Parts> {
        let mut cursor = Cursor(text.trim());
        let sign = if cursor.eat('-') { -1 } else { 1 };
        let signed = sign < 0 || cursor.eat('+');
        // Six unsigned digits are a year and a month written together, which is no date here.
        let year = cursor.digits(year_digits, if signed { 6 } else { 5 })? * sign;
        let mut parts = Parts { year, month: None, day: None, time: None };
        if cursor.eat('-') {
            parts.month = Some(cursor.digits(1, 2)? as u32);
            if cursor.eat('-') {
                parts.day = Some(cursor.digits(1, 2)? as u32);
                if cursor.eat('T') || cursor.eat('t') || (cursor.0.starts_with(' ') && cursor.eat_blanks()) {
                    parts.time = Some(Time::read(&mut cursor)?);
                }
            }
        }
        let utc = parts.day.is_some() && parts.time.is_none() && ["Z", "UTC"].contains(&cursor.0);
        (utc || cursor.0.is_empty()).then_some(parts)
    }

    fn period(&self, calendar: Calendar) -> Option<(Instant, Instant)> {
        let Parts { year, month, day, time } = *self;
        let from = calendar.instant(&Fields::date(year, month.unwrap_or(1), day.unwrap_or(1)))?;
        let after = |months| calendar.instant(&Fields::date(year + (months - 1) / 12, (months - 1) as u32 % 12 + 1, 1));
        match (month, day, time) {
            (_, _, Some(time)) => {
                let from = from.0.checked_add(time.micros)?;
                Some((Instant(from), Instant(from.checked_add(time.precision)?)))
            }
            (_, Some(_), None) => Some((from, Instant(from.0.checked_add(MICROS_PER_DAY)?))),
            (Some(month), None, None) => Some((from, after(i64::from(month) + 1)?)),
            (None, None, None) => Some((from, after(13)?)),
        }
    }
}

impl Parts {
    /// The error for a date that the calendar lacks.
    fn absent(&self, text: &str, calendar: Calendar) -> Box<Diagnostic> {
        let name = calendar.cf_name();
        let error = Diagnostic::new(codes::BAD_LITERAL, format!("there is no date `{text}` in the {name} calendar"));
        match (self.month, self.day) {
            (Some(month @ 1..=12), Some(day)) => {
                let last = calendar.last_day(self.year, month);
                let of = format!("{} {}", MONTH_NAMES[month as usize - 1], self.year);
                error.help(match day > last {
                    true => format!("{of} has {last} days there"),
                    false => format!("{of} does not have this day there"),
                })
            }
            _ => error,
        }
    }
}

impl Time {
    /// `hh[:mm[:ss[.f]]]` with or without colons, then `Z`, `UTC`, `+hh`, `+hhmm`, `+hh:mm` or nothing.
    fn read(cursor: &mut Cursor) -> Option<Time> {
        let mut seconds = cursor.digits(1, 2)? * 3600;
        let mut time = Time { micros: 0, precision: 3600 * MICROS_PER_SECOND };
        let (mut minute, mut second) = (0, 0);
        if cursor.more_of_time() {
            minute = cursor.digits(1, 2)?;
            time.precision = 60 * MICROS_PER_SECOND;
            if cursor.more_of_time() {
                second = cursor.digits(1, 2)?;
                time.precision = MICROS_PER_SECOND;
                if cursor.eat('.') || cursor.eat(',') {
                    let digits = cursor.0.bytes().take_while(u8::is_ascii_digit).count();
                    let (fraction, rest) = cursor.0.split_at(digits);
                    cursor.0 = rest;
                    for digit in fraction.bytes().take(6) {
                        time.precision /= 10;
                        time.micros += i64::from(digit - b'0') * time.precision;
                    }
                }
            }
        }
        if minute > 59 || second > 60 || seconds > 24 * 3600 {
            return None;
        }
        if seconds == 24 * 3600 && (minute, second, time.micros) != (0, 0, 0) {
            return None;
        }
        seconds += minute * 60 + second;
        time.micros += (seconds - cursor.offset()?) * MICROS_PER_SECOND;
        Some(time)
    }
}

struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn eat(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Passes blanks; true where a digit follows.
    fn eat_blanks(&mut self) -> bool {
        self.0 = self.0.trim_start();
        self.0.starts_with(|c: char| c.is_ascii_digit())
    }

    fn more_of_time(&mut self) -> bool {
        self.eat(':') || self.0.starts_with(|c: char| c.is_ascii_digit())
    }

    /// The next run of digits, of which there must be so many; a longer run stays.
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let n_digits = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(n_digits);
        self.0 = rest;
        (least <= n_digits).then(|| digits.parse().ok()).flatten()
    }

    /// The offset from UTC in seconds that ends a time of day.
    fn offset(&mut self) -> Option<i64> {
        let _ = self.eat_blanks();
        for utc in ["Z", "z", "UTC", "utc", "GMT"] {
            if self.0 == utc {
                self.0 = "";
            }
        }
        if self.0.is_empty() {
            return Some(0);
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') || self.eat('\u{2212}') {
            -1
        } else {
            return None;
        };
        let hours = self.digits(1, 2)?;
        let minutes = if self.more_of_time() { self.digits(2, 2)? } else { 0 };
        (hours <= 18 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Calendar::*;

    fn shown(text: &str, calendar: Calendar) -> Option<(String, String)> {
        parse_partial(text, calendar).map(|(from, to)| (calendar.iso(from), calendar.iso(to)))
    }

    #[test]
    fn partial_dates_are_whole_periods() {
        let cases = [
            ("2020", Standard, "2020-01-01", "2021-01-01"),
            ("2020-12", Standard, "2020-12-01", "2021-01-01"),
            ("2020-2", NoLeap, "2020-02-01", "2020-03-01"),
            ("2020-06-15", Standard, "2020-06-15", "2020-06-16"),
            ("2020-02-28", NoLeap, "2020-02-28", "2020-03-01"),
            ("2020-02-30", Day360, "2020-02-30", "2020-03-01"),
            ("2020-06-15T10", Standard, "2020-06-15T10:00", "2020-06-15T11:00"),
            ("2020-06-15T10:30Z", Standard, "2020-06-15T10:30", "2020-06-15T10:31"),
            ("2020-06-15 10:30:05.5", Standard, "2020-06-15T10:30:05.5", "2020-06-15T10:30:05.6"),
            ("2020-06-15T10:30+02:00", Standard, "2020-06-15T08:30", "2020-06-15T08:31"),
            ("2020-01-01T01:00:00-0330", Standard, "2020-01-01T04:30", "2020-01-01T04:30:01"),
            ("2019-12-31T24:00", Standard, "2020-01-01", "2020-01-01T00:01"),
            ("12000", Standard, "12000-01-01", "12001-01-01"),
            ("0000-01", Standard, "0000-01-01", "0000-02-01"),
            ("-0044-03-15", Standard, "-0044-03-15", "-0044-03-16"),
            ("1582-10", Standard, "1582-10-01", "1582-11-01"),
        ];
        for (text, calendar, from, to) in cases {
            assert_eq!(shown(text, calendar), Some((from.into(), to.into())), "{text}");
        }
        let none = [
            "",
            "20",
            "202006",
            "20200615",
            "2020-13",
            "2020-02-30",
            "2020-06-15T25",
            "2020-06-15T10:61",
            "2020-06-15T10:30+",
            "2020-06-15x",
            "2020-",
            "1582-10-10",
            "2020-00",
            "2020-06-15T24:01",
            "٢٠٢٠",
        ];
        for text in none {
            assert_eq!(shown(text, Standard), None, "{text}");
        }
    }

    #[test]
    fn ranges() {
        let cases = [
            (Some("2020-01"), Some("2020-03"), false, Standard, "2020-01-01", "2020-04-01"),
            (Some("2020-01"), Some("2020-03"), true, Standard, "2020-01-01", "2020-03-01"),
            (Some("2020"), None, false, Standard, "2020-01-01", "-"),
            (None, Some("2020-06-15"), false, Standard, "-", "2020-06-16"),
            (Some("1991-01-01"), Some("2020-12-31"), false, Day360, "1991-01-01", "2021-01-01"),
            (Some("2020-01-31"), Some("2020-03"), false, Day360, "2020-02-01", "2020-04-01"),
            (Some("2020-02-28"), Some("2020-02-29"), false, NoLeap, "2020-02-28", "2020-03-01"),
        ];
        for (start, end, half_open, calendar, from, to) in cases {
            let range = interval(start, end, half_open, calendar).unwrap();
            let shown = |side: Option<Instant>| side.map_or("-".into(), |at| calendar.iso(at));
            assert_eq!((shown(range.start).as_str(), shown(range.end).as_str()), (from, to));
        }
        let wrong = [
            (Some("2020-02-30"), None, false, "there is no date `2020-02-30` in the standard calendar"),
            (Some("monday"), None, false, "`monday` is not a date"),
            (Some("2021"), Some("2020"), false, "the range ends before it starts"),
            (Some("2021"), Some("2021"), true, "the range is empty"),
        ];
        for (start, end, half_open, message) in wrong {
            assert_eq!(interval(start, end, half_open, Standard).unwrap_err().message, message);
        }
        let june = interval(Some("2020-06"), Some("2020-06"), false, Standard).unwrap();
        let at = |text| parse_rfc3339(text).unwrap();
        assert!(june.contains(at("2020-06-30T23:59:59.999999Z")) && !june.contains(at("2020-07-01T00:00:00Z")));
    }

    #[test]
    fn stac_datetimes() {
        // Microseconds as `datetime.fromisoformat(..).timestamp()` of Python gives them.
        let cases = [
            ("2020-06-15T10:30:05.123456Z", 1_592_217_005_123_456),
            ("2020-06-15T10:30:05.1234567899Z", 1_592_217_005_123_456),
            ("2020-06-15 10:30:05+00:00", 1_592_217_005_000_000),
            ("2020-06-15t10:30:05z", 1_592_217_005_000_000),
            ("2020-06-15T10:30:05", 1_592_217_005_000_000),
            ("2020-06-15T12:30:05.5+02:00", 1_592_217_005_500_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
            ("1969-12-31T23:59:59.5Z", -500_000),
        ];
        for (text, micros) in cases {
            assert_eq!(parse_rfc3339(text), Some(Instant(micros)), "{text}");
        }
        for text in ["2020-06", "null", "2020-06-15T10:30:05+25:00", "2020-06-15T10:30:05 CET"] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}

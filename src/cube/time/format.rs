//! Instants as text.

use super::calendar::{Calendar, Fields, Instant};
use std::fmt::Write as _;

pub(crate) const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The number of a month by its English name, in full or three letters, in any case.
pub(crate) fn month_named(word: &str) -> Option<u32> {
    let same = |name: &str| name.eq_ignore_ascii_case(word) || name[..3].eq_ignore_ascii_case(word);
    MONTH_NAMES.iter().position(|name| same(name)).map(|idx| idx as u32 + 1)
}

impl Calendar {
    /// The instant in a strftime-like pattern: `%Y %y %m %d %H %M %S %f %j %b %B %%`; other letters are kept as they are.
    pub fn format(self, instant: Instant, pattern: &str) -> String {
        let Fields { year, month, day, hour, minute, second, micro } = self.fields(instant);
        let month_name = MONTH_NAMES[month as usize - 1];
        let mut out = String::with_capacity(pattern.len() + 8);
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            // Writing to a string cannot fail.
            let _ = match rest.next() {
                Some('Y') => write!(out, "{}", year_text(year)),
                Some('y') => write!(out, "{:02}", year.rem_euclid(100)),
                Some('m') => write!(out, "{month:02}"),
                Some('d') => write!(out, "{day:02}"),
                Some('H') => write!(out, "{hour:02}"),
                Some('M') => write!(out, "{minute:02}"),
                Some('S') => write!(out, "{second:02}"),
                Some('f') => write!(out, "{micro:06}"),
                Some('j') => write!(out, "{:03}", self.day_of_year(instant)),
                Some('b') => write!(out, "{}", &month_name[..3]),
                Some('B') => write!(out, "{month_name}"),
                Some('%') => write!(out, "%"),
                Some(other) => write!(out, "%{other}"),
                None => write!(out, "%"),
            };
        }
        out
    }

    /// The shortest ISO 8601 form: `2020-06-15` at midnight, else with the time of day as far as it is not zero.
    pub fn iso(self, instant: Instant) -> String {
        let Fields { year, month, day, hour, minute, second, micro } = self.fields(instant);
        let mut out = format!("{}-{month:02}-{day:02}", year_text(year));
        if (hour, minute, second, micro) != (0, 0, 0, 0) {
            let _ = write!(out, "T{hour:02}:{minute:02}");
        }
        if (second, micro) != (0, 0) {
            let _ = write!(out, ":{second:02}");
        }
        if micro != 0 {
            let _ = write!(out, ".{}", format!("{micro:06}").trim_end_matches('0'));
        }
        out
    }
}

/// Four digits or more, a minus before year 0.
fn year_text(year: i64) -> String {
    if year < 0 { format!("-{:04}", -year) } else { format!("{year:04}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let at = Fields { year: 2020, month: 6, day: 5, hour: 7, minute: 8, second: 9, micro: 50_000 };
        let instant = Calendar::Standard.instant(&at).unwrap();
        let cases = [
            ("%Y%m%d", "20200605"),
            ("%y-%j", "20-157"),
            ("%d %b %Y, %B", "05 Jun 2020, June"),
            ("%H:%M:%S.%f", "07:08:09.050000"),
            ("100%% %q %", "100% %q %"),
        ];
        for (pattern, text) in cases {
            assert_eq!(Calendar::Standard.format(instant, pattern), text);
        }
    }

    #[test]
    fn iso_is_as_short_as_can_be() {
        let cases = [
            (Fields::date(2020, 6, 15), "2020-06-15"),
            (Fields { hour: 10, minute: 30, ..Fields::date(2020, 6, 15) }, "2020-06-15T10:30"),
            (Fields { second: 5, ..Fields::date(2020, 6, 15) }, "2020-06-15T00:00:05"),
            (Fields { micro: 500_000, ..Fields::date(2020, 6, 15) }, "2020-06-15T00:00:00.5"),
            (Fields::date(0, 1, 1), "0000-01-01"),
            (Fields::date(-44, 3, 15), "-0044-03-15"),
            (Fields::date(12_000, 1, 1), "12000-01-01"),
        ];
        for (fields, text) in cases {
            assert_eq!(Calendar::Standard.iso(Calendar::Standard.instant(&fields).unwrap()), text);
        }
    }
}

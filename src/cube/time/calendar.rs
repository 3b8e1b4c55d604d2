//! Days and dates in every calendar CF knows.
//!
//! **Invariant:** an [`Instant`] means nothing without its [`Calendar`], and instants of two calendars are never compared.

use super::civil::{gregorian_date, gregorian_days, julian_date, julian_days};
use serde::{Deserialize, Serialize};

pub(crate) const MICROS_PER_SECOND: i64 = 1_000_000;
pub(crate) const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Days from 1970-01-01 to 1582-10-15, the first Gregorian day of [`Calendar::Standard`].
const CUTOVER: i64 = -141_427;
/// By how many days the Julian calendar was behind the Gregorian on 1970-01-01.
const JULIAN_LAG: i64 = 13;
/// Days before the first of each month, in years without and with a leap day.
const BEFORE: [[i64; 13]; 2] = [
    [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365],
    [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366],
];

/// A calendar of the CF conventions, section 4.4.1.
///
/// Years are astronomical in all of them: year 0 is the year before year 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Calendar {
    /// Julian until 1582-10-04, Gregorian from 1582-10-15, with no days between.
    Standard,
    /// The Gregorian calendar, also before 1582.
    ProlepticGregorian,
    /// 365 days every year.
    NoLeap,
    /// 366 days every year.
    AllLeap,
    /// 12 months of 30 days.
    Day360,
    /// A leap year every fourth.
    Julian,
}

/// Microseconds since 1970-01-01T00:00:00, counted in the calendar of its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(pub i64);

impl Instant {
    /// Midnight of the day that is this many days after 1970-01-01, if microseconds can count so far.
    pub fn from_days(days: i64) -> Option<Instant> {
        days.checked_mul(MICROS_PER_DAY).map(Instant)
    }

    /// Whole days since 1970-01-01, rounded down.
    pub fn days(self) -> i64 {
        self.0.div_euclid(MICROS_PER_DAY)
    }

    /// Days since 1970-01-01 with their parts, as expressions count time.
    pub fn exact_days(self) -> f64 {
        self.0 as f64 / MICROS_PER_DAY as f64
    }

    /// The moment that [`Instant::exact_days`] gave, to a microsecond as far as that many digits hold it.
    pub fn of_exact_days(days: f64) -> Instant {
        Instant((days * MICROS_PER_DAY as f64).round() as i64)
    }

    /// Midnight of this day.
    pub fn floor_day(self) -> Instant {
        Instant(self.0.saturating_sub(self.0.rem_euclid(MICROS_PER_DAY)))
    }
}

/// An instant as a date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fields {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub micro: u32,
}

impl Fields {
    /// Of the year, from 1 to 36: days 1 to 10, 11 to 20 and the rest of each month.
    pub fn dekad(&self) -> u32 {
        (self.month - 1) * 3 + ((self.day - 1) / 10).min(2) + 1
    }

    /// Midnight of a date.
    pub fn date(year: i64, month: u32, day: u32) -> Fields {
        Fields { year, month, day, hour: 0, minute: 0, second: 0, micro: 0 }
    }
}

impl Calendar {
    #[cfg(test)]
    const ALL: [Calendar; 6] = [
        Calendar::Standard,
        Calendar::ProlepticGregorian,
        Calendar::NoLeap,
        Calendar::AllLeap,
        Calendar::Day360,
        Calendar::Julian,
    ];

    /// The calendar of a CF `calendar` attribute, in any case and under any of its names.
    pub fn from_cf(name: &str) -> Option<Calendar> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "standard" | "gregorian" => Calendar::Standard,
            "proleptic_gregorian" => Calendar::ProlepticGregorian,
            "noleap" | "no_leap" | "365_day" | "365_days" => Calendar::NoLeap,
            "all_leap" | "allleap" | "366_day" | "366_days" => Calendar::AllLeap,
            "360_day" | "360_days" | "360" => Calendar::Day360,
            "julian" => Calendar::Julian,
            _ => return None,
        })
    }

    /// Whether these instants have one date in both calendars: the two that are real agree since their reform in 1582.
    pub(crate) fn agrees<'a>(self, other: Calendar, mut instants: impl Iterator<Item = &'a Instant>) -> bool {
        self == other || self.is_clock() && other.is_clock() && instants.all(|at| at.days() >= CUTOVER)
    }

    /// Whether its dates are those of the clocks that everybody has.
    pub(crate) fn is_clock(self) -> bool {
        match self {
            Calendar::Standard | Calendar::ProlepticGregorian => true,
            Calendar::NoLeap | Calendar::AllLeap | Calendar::Day360 | Calendar::Julian => false,
        }
    }

    /// As the CF conventions call it: `noleap`.
    pub fn cf_name(self) -> &'static str {
        match self {
            Calendar::Standard => "standard",
            Calendar::ProlepticGregorian => "proleptic_gregorian",
            Calendar::NoLeap => "noleap",
            Calendar::AllLeap => "all_leap",
            Calendar::Day360 => "360_day",
            Calendar::Julian => "julian",
        }
    }

    /// Year, month and the rest of an instant.
    pub fn fields(self, instant: Instant) -> Fields {
        let (year, month, day) = self.date(instant.days());
        let micros = instant.0.rem_euclid(MICROS_PER_DAY);
        let seconds = (micros / MICROS_PER_SECOND) as u32;
        Fields {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            micro: (micros % MICROS_PER_SECOND) as u32,
        }
    }

    /// The instant of these fields, or nothing where the calendar has no such date.
    pub fn instant(self, fields: &Fields) -> Option<Instant> {
        let Fields { year, month, day, hour, minute, second, micro } = *fields;
        if hour > 23 || minute > 59 || second > 59 || micro >= MICROS_PER_SECOND as u32 {
            return None;
        }
        let days = self.days(year, month, day)?;
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        let midnight = days.checked_mul(MICROS_PER_DAY)?;
        midnight.checked_add(seconds * MICROS_PER_SECOND + i64::from(micro)).map(Instant)
    }

    /// Midnight of a date, or nothing where the calendar has no such date.
    pub fn midnight(self, year: i64, month: u32, day: u32) -> Option<Instant> {
        Instant::from_days(self.days(year, month, day)?)
    }

    /// How many days the month has; October 1582 has 21 in [`Calendar::Standard`].
    pub fn days_in_month(self, year: i64, month: u32) -> u32 {
        let last = self.last_day(year, month);
        if self == Calendar::Standard && (year, month) == (1582, 10) { last - 10 } else { last }
    }

    pub(crate) fn days_in_year(self, year: i64) -> u32 {
        match self {
            Calendar::Day360 => 360,
            Calendar::Standard if year == 1582 => 355,
            _ if self.is_leap(year) => 366,
            _ => 365,
        }
    }

    /// 1 on 1 January.
    pub fn day_of_year(self, instant: Instant) -> u32 {
        let days = instant.days();
        let (year, _, _) = self.date(days);
        (days - self.first_of(year, 1) + 1) as u32
    }

    /// 0 on Monday. Model calendars have weeks too, counted on without a break as cftime does.
    pub fn weekday(self, instant: Instant) -> u32 {
        let of_day_zero = match self {
            Calendar::Standard | Calendar::ProlepticGregorian | Calendar::NoLeap => 3,
            Calendar::AllLeap => 6,
            Calendar::Day360 | Calendar::Julian => 2,
        };
        (instant.days() + of_day_zero).rem_euclid(7) as u32
    }

    /// Year and number of the ISO 8601 week: weeks start on Monday and belong to the year of their Thursday.
    pub fn iso_week(self, instant: Instant) -> (i64, u32) {
        let thursday = instant.days() - i64::from(self.weekday(instant)) + 3;
        let (year, _, _) = self.date(thursday);
        (year, ((thursday - self.first_of(year, 1)) / 7 + 1) as u32)
    }

    /// The same day and time of another month; a day that month lacks becomes its last.
    pub fn add_months(self, instant: Instant, months: i64) -> Instant {
        let mut fields = self.fields(instant);
        let index = (fields.year * 12 + i64::from(fields.month) - 1).saturating_add(months);
        fields.year = index.div_euclid(12);
        fields.month = index.rem_euclid(12) as u32 + 1;
        fields.day = fields.day.min(self.last_day(fields.year, fields.month));
        // Only the days dropped in October 1582 are missing now; the reform went from the 4th to the 15th.
        let found = self.instant(&fields).or_else(|| self.instant(&Fields { day: 15, ..fields }));
        found.unwrap_or(if months < 0 { Instant(i64::MIN) } else { Instant(i64::MAX) })
    }

    /// The highest day number in the month.
    pub fn last_day(self, year: i64, month: u32) -> u32 {
        if self == Calendar::Day360 {
            return 30;
        }
        let before = &BEFORE[usize::from(self.is_leap(year))];
        let month = (month.clamp(1, 12)) as usize;
        (before[month] - before[month - 1]) as u32
    }

    pub(crate) fn is_leap(self, year: i64) -> bool {
        let julian = year.rem_euclid(4) == 0;
        match self {
            Calendar::NoLeap | Calendar::Day360 => false,
            Calendar::AllLeap => true,
            Calendar::Julian => julian,
            Calendar::Standard if year < 1582 => julian,
            Calendar::Standard | Calendar::ProlepticGregorian => {
                julian && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
            }
        }
    }

    /// Day number of a date, counted from 1970-01-01.
    fn days(self, year: i64, month: u32, day: u32) -> Option<i64> {
        // A million years are beyond what an instant can count, and keep the arithmetic below from overflowing.
        let exists = (1..=12).contains(&month) && 1 <= day && day <= self.last_day(year, month);
        if !exists || year.abs() > 1_000_000 {
            return None;
        }
        if self == Calendar::Standard && (year, month) == (1582, 10) && 4 < day && day < 15 {
            return None;
        }
        let before_cutover = (year, month, day) < (1582, 10, 15);
        Some(match self {
            Calendar::ProlepticGregorian => gregorian_days(year, month, day),
            Calendar::Standard if before_cutover => julian_days(year, month, day),
            Calendar::Standard => gregorian_days(year, month, day),
            Calendar::Julian => julian_days(year, month, day) - JULIAN_LAG,
            Calendar::NoLeap => (year - 1970) * 365 + BEFORE[0][month as usize - 1] + i64::from(day) - 1,
            Calendar::AllLeap => (year - 1970) * 366 + BEFORE[1][month as usize - 1] + i64::from(day) - 1,
            Calendar::Day360 => (year - 1970) * 360 + i64::from(month - 1) * 30 + i64::from(day) - 1,
        })
    }

    fn first_of(self, year: i64, month: u32) -> i64 {
        self.days(year, month, 1).expect("every calendar has the first of each month of a year it returned")
    }

    /// Date of a day number counted from 1970-01-01.
    fn date(self, days: i64) -> (i64, u32, u32) {
        match self {
            Calendar::ProlepticGregorian => gregorian_date(days),
            Calendar::Standard if days < CUTOVER => julian_date(days),
            Calendar::Standard => gregorian_date(days),
            Calendar::Julian => julian_date(days + JULIAN_LAG),
            Calendar::NoLeap | Calendar::AllLeap => {
                let before = &BEFORE[usize::from(self == Calendar::AllLeap)];
                let of_year = days.rem_euclid(before[12]);
                // No month is longer than 31 days, so this guess is right or one too low.
                let guess = (of_year / 32) as usize;
                let month = if before[guess + 1] <= of_year { guess + 1 } else { guess };
                (1970 + days.div_euclid(before[12]), month as u32 + 1, (of_year - before[month]) as u32 + 1)
            }
            Calendar::Day360 => {
                let of_year = days.rem_euclid(360) as u32;
                (1970 + days.div_euclid(360), of_year / 30 + 1, of_year % 30 + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Calendar::*;
    use super::*;

    /// Calendar, date, days since 1970-01-01, day of the year and weekday, as cftime 1.6.6.1 gives them with
    /// `has_year_zero=True`.
    #[rustfmt::skip]
    const CFTIME: &[(Calendar, i64, u32, u32, i64, u32, u32)] = &[
        (Standard, 1970, 1, 1, 0, 1, 3), (Standard, 0, 1, 1, -719530, 1, 3), (Standard, 0, 2, 28, -719472, 59, 5),
        (Standard, 0, 3, 1, -719470, 61, 0), (Standard, 1, 1, 1, -719164, 1, 5),
        (Standard, -1, 12, 31, -719531, 365, 2), (Standard, 1582, 10, 4, -141428, 277, 3),
        (Standard, 1600, 2, 28, -135082, 59, 0), (Standard, 1900, 3, 1, -25508, 60, 3),
        (Standard, 2000, 12, 30, 11321, 365, 5), (Standard, 2024, 2, 28, 19781, 59, 2),
        (Standard, -4712, 1, 1, -2440588, 1, 0), (Standard, 99999, 6, 15, 35804522, 166, 1),
        (Standard, -2838, 7, 18, -1755911, 199, 0), (ProlepticGregorian, 1970, 1, 1, 0, 1, 3),
        (ProlepticGregorian, 0, 1, 1, -719528, 1, 5), (ProlepticGregorian, 0, 2, 28, -719470, 59, 0),
        (ProlepticGregorian, -1, 12, 31, -719529, 365, 4), (ProlepticGregorian, 2024, 2, 28, 19781, 59, 2),
        (ProlepticGregorian, -4712, 1, 1, -2440550, 1, 3), (ProlepticGregorian, 99999, 6, 15, 35804522, 166, 1),
        (ProlepticGregorian, 4519, 5, 26, 931148, 146, 4), (ProlepticGregorian, 3268, 1, 8, 474092, 8, 6),
        (ProlepticGregorian, 1262, 9, 12, -258337, 255, 1), (ProlepticGregorian, -734, 3, 27, -987530, 86, 5),
        (NoLeap, 1970, 1, 1, 0, 1, 3), (NoLeap, 0, 1, 1, -719050, 1, 0), (NoLeap, -1, 12, 31, -719051, 365, 6),
        (NoLeap, 2024, 2, 28, 19768, 59, 3), (NoLeap, 99999, 6, 15, 35780750, 166, 1),
        (NoLeap, -2131, 5, 7, -1496739, 127, 4), (NoLeap, 4724, 1, 27, 1005236, 27, 4),
        (NoLeap, 2248, 5, 26, 101615, 146, 6), (NoLeap, -774, 4, 6, -1001465, 96, 0), (AllLeap, 1970, 1, 1, 0, 1, 6),
        (AllLeap, 0, 1, 1, -721020, 1, 0), (AllLeap, -1, 12, 31, -721021, 366, 6), (AllLeap, 2024, 2, 28, 19822, 59, 4),
        (AllLeap, 99999, 6, 15, 35878780, 167, 6), (AllLeap, -462, 5, 21, -889971, 142, 1),
        (AllLeap, 4105, 12, 28, 781772, 363, 4), (AllLeap, 3951, 6, 3, 725200, 155, 6),
        (AllLeap, 3920, 10, 11, 713984, 285, 4), (Day360, 1970, 1, 1, 0, 1, 2), (Day360, 0, 1, 1, -709200, 1, 0),
        (Day360, -1, 12, 30, -709201, 360, 6), (Day360, 2024, 2, 28, 19497, 58, 4),
        (Day360, 99999, 6, 15, 35290604, 165, 1), (Day360, 2502, 7, 17, 191716, 197, 2),
        (Day360, -962, 3, 8, -1055453, 68, 2), (Day360, 879, 5, 3, -392638, 123, 1),
        (Day360, 4737, 9, 27, 996386, 267, 1), (Julian, 1970, 1, 1, 0, 1, 2), (Julian, 0, 1, 1, -719543, 1, 3),
        (Julian, 0, 2, 28, -719485, 59, 5), (Julian, 1, 1, 1, -719177, 1, 5), (Julian, -1, 12, 31, -719544, 365, 2),
        (Julian, 1582, 10, 4, -141441, 277, 3), (Julian, 1582, 10, 15, -141430, 288, 0),
        (Julian, 2024, 2, 28, 19781, 59, 1), (Julian, -4712, 1, 1, -2440601, 1, 0),
        (Julian, 99999, 6, 15, 35805257, 166, 0), (Julian, -541, 1, 10, -917134, 10, 1),
        (Julian, 1688, 12, 10, -102657, 345, 0), (Julian, 3947, 9, 7, 722348, 250, 6),
        (Julian, 391, 7, 20, -576530, 201, 6),
    ];

    #[test]
    fn dates_are_those_of_cftime() {
        for &(calendar, year, month, day, days, of_year, weekday) in CFTIME {
            let case = format!("{} {year}-{month}-{day}", calendar.cf_name());
            let instant = calendar.midnight(year, month, day).expect(&case);
            assert_eq!(instant.days(), days, "{case}");
            assert_eq!(calendar.fields(instant), Fields::date(year, month, day), "{case}");
            assert_eq!(calendar.day_of_year(instant), of_year, "{case}");
            assert_eq!(calendar.weekday(instant), weekday, "{case}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        for calendar in Calendar::ALL {
            let (mut year, mut month, mut day) = (1195, 1, 1);
            let mut instant = calendar.midnight(year, month, day).unwrap();
            for _ in 0..300_000 {
                assert_eq!(calendar.fields(instant), Fields::date(year, month, day));
                assert_eq!(calendar.instant(&Fields::date(year, month, day)), Some(instant));
                instant.0 += MICROS_PER_DAY;
                (year, month, day) = if day < calendar.last_day(year, month) {
                    let reform = calendar == Standard && (year, month, day) == (1582, 10, 4);
                    (year, month, if reform { 15 } else { day + 1 })
                } else if month < 12 {
                    (year, month + 1, 1)
                } else {
                    (year + 1, 1, 1)
                };
            }
            let counted: u32 = (1582..1584).map(|y| calendar.days_in_year(y)).sum();
            let months: u32 = (0..24).map(|m| calendar.days_in_month(1582 + m / 12, m as u32 % 12 + 1)).sum();
            assert_eq!(counted, months, "{}", calendar.cf_name());
        }
    }

    #[test]
    fn dates_that_do_not_exist() {
        let cases = [(Standard, 1582, 10, 5), (Standard, 2021, 2, 29), (NoLeap, 2020, 2, 29), (Day360, 2020, 1, 31)];
        for (calendar, year, month, day) in cases {
            assert_eq!(calendar.midnight(year, month, day), None);
        }
        for bad in
            [Fields { hour: 24, ..Fields::date(2000, 1, 1) }, Fields::date(2000, 13, 1), Fields::date(2000, 1, 0)]
        {
            assert_eq!(Standard.instant(&bad), None);
        }
        assert!(AllLeap.midnight(2021, 2, 29).is_some() && Day360.midnight(2021, 2, 30).is_some());
        assert_eq!(Standard.midnight(i64::MAX, 1, 1), None);
        assert_eq!(Standard.midnight(300_000, 1, 1), None);
    }

    #[test]
    fn iso_weeks_are_those_of_python() {
        let cases = [
            ((2021, 1, 3), (2020, 53)),
            ((2021, 1, 4), (2021, 1)),
            ((2018, 12, 31), (2019, 1)),
            ((2016, 1, 1), (2015, 53)),
            ((2024, 7, 15), (2024, 29)),
            ((1979, 1, 1), (1979, 1)),
        ];
        for ((year, month, day), week) in cases {
            assert_eq!(Standard.iso_week(Standard.midnight(year, month, day).unwrap()), week);
        }
    }

    #[test]
    fn months_are_added_with_the_day_clamped() {
        let cases = [
            (Standard, (2020, 1, 31), 1, (2020, 2, 29)),
            (NoLeap, (2020, 1, 31), 1, (2020, 2, 28)),
            (Day360, (2020, 1, 30), 1, (2020, 2, 30)),
            (Standard, (2020, 1, 15), -1, (2019, 12, 15)),
            (Standard, (2020, 3, 31), -13, (2019, 2, 28)),
            (Standard, (1582, 9, 10), 1, (1582, 10, 15)),
        ];
        for (calendar, (y, m, d), months, (year, month, day)) in cases {
            let moved = calendar.add_months(calendar.midnight(y, m, d).unwrap(), months);
            assert_eq!(calendar.fields(moved), Fields::date(year, month, day));
        }
        assert_eq!(Standard.add_months(Instant(0), i64::MAX), Instant(i64::MAX));
    }

    #[test]
    fn names_of_cf() {
        for calendar in Calendar::ALL {
            assert_eq!(Calendar::from_cf(&calendar.cf_name().to_uppercase()), Some(calendar));
        }
        assert_eq!(Calendar::from_cf("365_day"), Some(NoLeap));
        assert_eq!(Calendar::from_cf("Gregorian"), Some(Standard));
        let since = |year| [ProlepticGregorian.midnight(year, 1, 1).unwrap()];
        assert!(Standard.agrees(ProlepticGregorian, since(1583).iter()));
        assert!(!Standard.agrees(ProlepticGregorian, since(1582).iter()));
        assert!(!Standard.agrees(NoLeap, since(2000).iter()) && NoLeap.agrees(NoLeap, since(1).iter()));
        assert_eq!(Calendar::from_cf("lunar"), None);
    }
}

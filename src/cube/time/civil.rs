//! Day numbers of Gregorian and Julian dates.
//!
//! Both follow the method of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin
//! in March, so that the leap day is the last of a year, and (153 m + 2) / 5 counts the days before the m-th month of it.

/// Days from 1970-01-01 back to 0000-03-01 of the Gregorian calendar, and of the Julian, which had two days less by then.
const GREGORIAN_MARCH: i64 = 719_468;
const JULIAN_MARCH: i64 = 719_470;

fn march_year(year: i64, month: u32, day: u32) -> (i64, i64) {
    let m = (i64::from(month) + 9) % 12;
    (year - i64::from(month <= 2), (153 * m + 2) / 5 + i64::from(day) - 1)
}

fn from_march(year: i64, of_year: i64) -> (i64, u32, u32) {
    let m = (5 * of_year + 2) / 153;
    let month = if m < 10 { m + 3 } else { m - 9 };
    (year + i64::from(month <= 2), month as u32, (of_year - (153 * m + 2) / 5 + 1) as u32)
}

pub(super) fn gregorian_days(year: i64, month: u32, day: u32) -> i64 {
    let (year, of_year) = march_year(year, month, day);
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - GREGORIAN_MARCH
}

pub(super) fn gregorian_date(days: i64) -> (i64, u32, u32) {
    let days = days + GREGORIAN_MARCH;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    from_march(era * 400 + year, of_year)
}

pub(super) fn julian_days(year: i64, month: u32, day: u32) -> i64 {
    let (year, of_year) = march_year(year, month, day);
    365 * year + year.div_euclid(4) + of_year - JULIAN_MARCH
}

pub(super) fn julian_date(days: i64) -> (i64, u32, u32) {
    let days = days + JULIAN_MARCH;
    let (era, of_era) = (days.div_euclid(1_461), days.rem_euclid(1_461));
    let year = (of_era - of_era / 1_460) / 365;
    from_march(era * 4 + year, of_era - 365 * year)
}

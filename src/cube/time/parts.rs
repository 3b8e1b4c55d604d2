//! The days on which weeks, quarters, dekads and pentads of the standard calendar begin, and on which a day ends.

use super::calendar::{Calendar, Fields, Instant};

/// A day, 1 being Monday, of an ISO 8601 week.
pub(super) fn week(year: i64, week: u32, weekday: u32) -> Option<Fields> {
    let calendar = Calendar::Standard;
    // The fourth of January lies in the first week.
    let fourth = calendar.midnight(year, 1, 4)?;
    let monday = fourth.days() - i64::from(calendar.weekday(fourth));
    let at = Instant::from_days(monday + i64::from(week) * 7 - 7 + i64::from(weekday) - 1)?;
    let exists = (1..=7).contains(&weekday) && calendar.iso_week(at) == (year, week);
    exists.then(|| calendar.fields(at))
}

pub(super) fn quarter(year: i64, quarter: u32) -> Option<Fields> {
    (1..=4).contains(&quarter).then(|| Fields::date(year, quarter * 3 - 2, 1))
}

/// A dekad of a month: from the 1st, the 11th or the 21st.
pub(super) fn dekad(year: i64, month: u32, dekad: u32) -> Option<Fields> {
    (1..=3).contains(&dekad).then(|| Fields::date(year, month, dekad * 10 - 9))
}

pub(super) fn dekad_of_year(year: i64, number: u32) -> Option<Fields> {
    (1..=36).contains(&number).then(|| dekad(year, (number - 1) / 3 + 1, (number - 1) % 3 + 1))?
}

/// A pentad of a month: five days from the 1st, the sixth from the 26th to the end.
pub(super) fn pentad(year: i64, month: u32, pentad: u32) -> Option<Fields> {
    (1..=6).contains(&pentad).then(|| Fields::date(year, month, pentad * 5 - 4))
}

/// The instant of a date and time, where 24 hours are the end of the day, as ISO 8601-1:2004 and data of rain have them.
pub(super) fn instant(calendar: Calendar, fields: &Fields) -> Option<Instant> {
    if (fields.hour, fields.minute, fields.second, fields.micro) != (24, 0, 0, 0) {
        return calendar.instant(fields);
    }
    let midnight = calendar.instant(&Fields { hour: 0, ..*fields })?;
    Instant::from_days(midnight.days() + 1)
}

//! Stretches of the calendar that follow each other without gaps: months, weeks, dekads and the like, numbered.

use super::calendar::{Calendar, Instant};
use serde::{Deserialize, Serialize};

/// A division of the timeline into numbered stretches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Base {
    /// So many months (1 to 12, or 120), counted from January of the year 0 or, with another `from`, from that month.
    Months { len: u32, from: u32 },
    /// Seven days from this weekday, 0 being Monday.
    Weeks { weekday: u32 },
    /// From the 1st and from this day of each month.
    SemiMonths { day: u32 },
    /// Days 1 to 10, 11 to 20 and 21 to the end of each month.
    Dekads,
    /// Days 1 to 5 and so on, the sixth from 26 to the end of each month.
    Pentads,
    /// From the first of each month whose bit is set (January the lowest) to that of the next.
    Seasons { starts: u16 },
}

impl Base {
    pub(crate) const MONTH: Base = Base::Months { len: 1, from: 1 };

    /// The number of the stretch this instant lies in.
    pub(crate) fn index(self, calendar: Calendar, at: Instant) -> i64 {
        if let Base::Weeks { weekday } = self {
            let into_week = (i64::from(calendar.weekday(at)) - i64::from(weekday)).rem_euclid(7);
            return (at.days() - into_week - monday(calendar) - i64::from(weekday)).div_euclid(7);
        }
        let fields = calendar.fields(at);
        let month = fields.year * 12 + i64::from(fields.month) - 1;
        let day = i64::from(fields.day) - 1;
        match self {
            Base::Months { len, from } => (month - (i64::from(from) - 1)).div_euclid(i64::from(len)),
            Base::SemiMonths { day: second } => month * 2 + i64::from(fields.day >= second),
            Base::Dekads => month * 3 + (day / 10).min(2),
            Base::Pentads => month * 6 + (day / 5).min(5),
            Base::Seasons { starts } => {
                let begun = (starts & ((2 << month.rem_euclid(12)) - 1)).count_ones();
                fields.year * i64::from(starts.count_ones()) + i64::from(begun) - 1
            }
            Base::Weeks { .. } => unreachable!("weeks were answered above"),
        }
    }

    /// When the stretch of this number starts; far outside what an instant can count, the nearest it can.
    pub(crate) fn start(self, calendar: Calendar, index: i64) -> Instant {
        let (month, day) = match self {
            Base::Months { len, from } => (index.saturating_mul(i64::from(len)) + i64::from(from) - 1, 1),
            Base::SemiMonths { day } => (index.div_euclid(2), if index.rem_euclid(2) == 0 { 1 } else { day }),
            Base::Dekads => (index.div_euclid(3), index.rem_euclid(3) as u32 * 10 + 1),
            Base::Pentads => (index.div_euclid(6), index.rem_euclid(6) as u32 * 5 + 1),
            Base::Seasons { starts } => {
                let seasons = i64::from(starts.count_ones());
                let nth = index.rem_euclid(seasons) as usize;
                let month = (0..12).filter(|month| starts >> month & 1 == 1).nth(nth).unwrap_or(0);
                (index.div_euclid(seasons).saturating_mul(12) + month, 1)
            }
            Base::Weeks { weekday } => {
                let days = index.saturating_mul(7).saturating_add(monday(calendar) + i64::from(weekday));
                return Instant::from_days(days).unwrap_or(limit(index));
            }
        };
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
        // The days lost in October 1582 are the only ones missing; the stretch then starts after them.
        let found = calendar.midnight(year, month, day).or_else(|| calendar.midnight(year, month, 15));
        found.unwrap_or(limit(index))
    }
}

fn limit(index: i64) -> Instant {
    Instant(if index < 0 { i64::MIN } else { i64::MAX })
}

/// Day number of a Monday.
fn monday(calendar: Calendar) -> i64 {
    -i64::from(calendar.weekday(Instant(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::date::parse_partial;
    use Calendar::*;

    #[test]
    fn stretches() {
        let cases = [
            (Base::MONTH, Standard, "2020-02-29", "2020-02-01", "2020-03-01"),
            (Base::Months { len: 2, from: 1 }, Standard, "2020-02-29", "2020-01-01", "2020-03-01"),
            (Base::Months { len: 3, from: 12 }, Standard, "2020-02-29", "2019-12-01", "2020-03-01"),
            (Base::Months { len: 3, from: 12 }, Day360, "2020-12-30", "2020-12-01", "2021-03-01"),
            (Base::Months { len: 12, from: 4 }, NoLeap, "2020-02-28", "2019-04-01", "2020-04-01"),
            (Base::Months { len: 120, from: 1 }, Standard, "1999-12-31T23", "1990-01-01", "2000-01-01"),
            (Base::Weeks { weekday: 0 }, Standard, "2024-07-15", "2024-07-15", "2024-07-22"),
            (Base::Weeks { weekday: 0 }, Standard, "2024-07-14T23:59", "2024-07-08", "2024-07-15"),
            (Base::Weeks { weekday: 6 }, Standard, "2024-07-14", "2024-07-14", "2024-07-21"),
            (Base::Weeks { weekday: 3 }, Standard, "1969-12-31", "1969-12-25", "1970-01-01"),
            (Base::SemiMonths { day: 15 }, Standard, "2024-07-14", "2024-07-01", "2024-07-15"),
            (Base::SemiMonths { day: 15 }, Standard, "2024-07-15", "2024-07-15", "2024-08-01"),
            (Base::Dekads, Standard, "2024-07-31", "2024-07-21", "2024-08-01"),
            (Base::Dekads, Day360, "2024-02-30", "2024-02-21", "2024-03-01"),
            (Base::Dekads, Standard, "2024-07-10T23", "2024-07-01", "2024-07-11"),
            (Base::Seasons { starts: 0b0010_0010_0000 }, Standard, "2020-05-31", "2019-10-01", "2020-06-01"),
            (Base::Seasons { starts: 0b0010_0010_0000 }, Standard, "2020-06-01", "2020-06-01", "2020-10-01"),
            (Base::Seasons { starts: 0b1000_0000_0001 }, Standard, "2020-12-31", "2020-12-01", "2021-01-01"),
            (Base::Pentads, NoLeap, "2024-02-28", "2024-02-26", "2024-03-01"),
            (Base::Pentads, Standard, "2024-07-06", "2024-07-06", "2024-07-11"),
            (Base::Pentads, Standard, "1582-10-15", "1582-10-15", "1582-10-16"),
        ];
        for (base, calendar, at, start, end) in cases {
            let at = parse_partial(at, calendar).unwrap().0;
            let index = base.index(calendar, at);
            assert_eq!(calendar.iso(base.start(calendar, index)), start, "{base:?}");
            assert_eq!(calendar.iso(base.start(calendar, index + 1)), end, "{base:?}");
        }
    }
}

//! Days of the year, counted from 1 January or called by month and day: in leap years the two part at 29 February.

use super::axis::TimeAxis;
use super::calendar::Calendar;
use super::group::calendar_groups;
use super::nouns;
use std::borrow::Cow;

pub(crate) const COUNTED: &str = "dayofyear";
pub(crate) const MONTH_AND_DAY: &str = "monthday";

/// Whether the same day has two numbers, in leap years and in others.
fn counts_vary(calendar: Calendar) -> bool {
    match calendar {
        Calendar::Standard | Calendar::ProlepticGregorian | Calendar::Julian => true,
        Calendar::NoLeap | Calendar::AllLeap | Calendar::Day360 => false,
    }
}

/// The days of a climatology by month and day, where they are not counted days of several years: dates, one of each day,
/// as `cdo ydaymean` writes them; groups by month and day; and days counted in a calendar whose years are all as long,
/// where `other` is one whose years are not.
pub(crate) fn by_month_and_day(axis: &TimeAxis, other: Option<Calendar>) -> Option<Cow<'_, TimeAxis>> {
    match axis {
        TimeAxis::Instants { .. } => {
            let groups = calendar_groups(axis, MONTH_AND_DAY).ok()?;
            (groups.axis.len() == axis.len()).then_some(Cow::Owned(groups.axis))
        }
        TimeAxis::Groups { key, .. } if key == MONTH_AND_DAY => Some(Cow::Borrowed(axis)),
        TimeAxis::Groups { key, climatology: Some(dates), .. } if key == COUNTED => {
            let differ = !counts_vary(dates.calendar) && dates.calendar != Calendar::Day360;
            if !differ || !other.is_some_and(counts_vary) {
                return None;
            }
            let label = |&(start, _): &_| nouns::label(dates.calendar, MONTH_AND_DAY, start);
            let labels = dates.bounds.iter().map(label).collect();
            Some(Cow::Owned(TimeAxis::Groups { key: MONTH_AND_DAY.into(), labels, climatology: Some(dates.clone()) }))
        }
        TimeAxis::Groups { .. } | TimeAxis::Positions(_) | TimeAxis::Reduced { .. } => None,
    }
}

/// The nouns by which days may be grouped in a calendar, the likelier first where both fit. Who writes intervals without
/// their noun, as CDO does, groups by month and day.
pub(super) fn nouns_of_days(calendar: Calendar) -> &'static [&'static str] {
    if counts_vary(calendar) { &[MONTH_AND_DAY, COUNTED] } else { &[COUNTED] }
}

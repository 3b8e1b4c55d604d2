//! Steps put into the windows of a period, in order along the timeline.

use super::axis::TimeAxis;
use super::cadence;
use super::calendar::{Calendar, Instant, MICROS_PER_DAY};
use super::period::{Anchor, Period};
use crate::diagnostic::{Diagnostic, Result, codes};
use serde::{Deserialize, Serialize};

/// No raster series has so many windows; more are a slip in the period or the dates.
const MOST_WINDOWS: i64 = 10_000_000;

/// The windows of a resampling and the steps in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Labels of the windows, with the windows as half-open bounds.
    pub axis: TimeAxis,
    /// The window of each step of the resampled axis.
    pub group_of_step: Vec<Option<usize>>,
    /// Whether the steps present cover the window at the axis' own cadence; see [`cadence::coverage`].
    pub complete: Vec<bool>,
    /// How many steps the window would have without gaps, if the axis has a cadence.
    pub expected: Vec<Option<usize>>,
}

/// Puts every step of the axis, which need not be sorted, into its window. Windows without steps are left out unless
/// `keep_empty`, which keeps those between the first and the last.
pub fn resample(axis: &TimeAxis, period: &Period, keep_empty: bool) -> Result<Bins> {
    let Some((&calendar, values)) = axis.instants() else {
        return Err(no_dates(axis, "resample"));
    };
    let Some(&first) = values.iter().min() else {
        let axis = TimeAxis::Instants { calendar, values: Vec::new(), bounds: Some(Vec::new()) };
        return Ok(Bins { axis, group_of_step: Vec::new(), complete: Vec::new(), expected: Vec::new() });
    };
    let windows = Windows::new(calendar, period, first);
    let numbers: Vec<i64> = values.iter().map(|&at| windows.number(at)).collect();
    let mut present = numbers.clone();
    present.sort_unstable();
    present.dedup();
    if let (true, Some(&low), Some(&high)) = (keep_empty, present.first(), present.last()) {
        if high - low >= MOST_WINDOWS {
            let message = format!("{} windows from {} on are more than can be kept", high - low, calendar.iso(first));
            return Err(
                Diagnostic::new(codes::OUT_OF_MEMORY, message).help("use a longer period or leave out `keep_empty`")
            );
        }
        present = (low..=high).collect();
    }
    let bounds: Vec<_> = present.iter().map(|&number| (windows.start(number), windows.start(number + 1))).collect();
    let group_of_step: Vec<_> = numbers.iter().map(|number| present.binary_search(number).ok()).collect();
    let (expected, complete) = cadence::coverage(calendar, values, &bounds, &group_of_step).into_iter().unzip();
    let values = present.iter().map(|&number| windows.label(number)).collect();
    let axis = TimeAxis::Instants { calendar, values, bounds: Some(bounds) };
    Ok(Bins { axis, group_of_step, complete, expected })
}

/// Why a stage that needs dates cannot work on this axis, and what to do.
pub(super) fn no_dates(axis: &TimeAxis, stage: &str) -> Box<Diagnostic> {
    let error = Diagnostic::new(codes::NO_TIME, format!("`{stage}` needs dates, and the cube has none"));
    match axis {
        TimeAxis::Groups { key, .. } => {
            error.help(format!("its steps are groups by `{key}`; put `{stage}` before the `groupby`"))
        }
        TimeAxis::Reduced { .. } => error.help(format!("its time is reduced to one step; put `{stage}` before that")),
        _ => error.help("say how dates read in the names: `load files \"*.tif\" dates \"%Y%m%d\"`"),
    }
}

/// The windows of a period, numbered from the one of the first step.
struct Windows {
    calendar: Calendar,
    period: Period,
    /// Start of window 0: microseconds for a fixed length, else the number of its first stretch.
    origin: i64,
}

impl Windows {
    fn new(calendar: Calendar, period: &Period, first: Instant) -> Windows {
        let origin = match *period {
            Period::Fixed { .. } => first.floor_day().0,
            Period::Calendar { base, n, anchor } => {
                let index = base.index(calendar, first);
                match anchor {
                    Anchor::First => index,
                    Anchor::FirstYear => index - index.rem_euclid(12),
                    Anchor::End => index - (n - 1),
                }
            }
        };
        Windows { calendar, period: *period, origin }
    }

    fn number(&self, at: Instant) -> i64 {
        match self.period {
            Period::Fixed { micros } => at.0.saturating_sub(self.origin).div_euclid(micros),
            Period::Calendar { base, n, .. } => (base.index(self.calendar, at) - self.origin).div_euclid(n),
        }
    }

    fn start(&self, number: i64) -> Instant {
        match self.period {
            Period::Fixed { micros } => Instant(self.origin.saturating_add(number.saturating_mul(micros))),
            Period::Calendar { base, n, .. } => base.start(self.calendar, self.origin + number * n),
        }
    }

    fn label(&self, number: i64) -> Instant {
        match self.period {
            Period::Calendar { anchor: Anchor::End, .. } => Instant(self.start(number + 1).0 - MICROS_PER_DAY),
            _ => self.start(number),
        }
    }
}

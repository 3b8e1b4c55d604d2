//! The dates of groups of the calendar, as CF writes climatologies.

use super::calendar::{Calendar, Instant};
use serde::{Deserialize, Serialize};

/// The dates of groups, as CF writes climatologies (section 7.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Climatology {
    /// The calendar of the dates.
    pub calendar: Calendar,
    /// A date for each group, later than that of the group before wherever the data allow it.
    pub values: Vec<Instant>,
    /// For each group the start of its first occurrence and the end of its last.
    pub bounds: Vec<(Instant, Instant)>,
}

impl Climatology {
    pub(super) fn select(&self, groups: &[usize]) -> Climatology {
        Climatology {
            calendar: self.calendar,
            values: groups.iter().map(|&group| self.values[group]).collect(),
            bounds: groups.iter().map(|&group| self.bounds[group]).collect(),
        }
    }

    /// Both, one behind the other, where they are of one calendar.
    pub(crate) fn followed_by(mut self, next: Climatology) -> Option<Climatology> {
        if !self.calendar.agrees(next.calendar, self.values.iter().chain(&next.values)) {
            return None;
        }
        self.values.extend(next.values);
        self.bounds.extend(next.bounds);
        Some(self)
    }
}

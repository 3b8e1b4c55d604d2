//! The time dimension of a cube: dates, calendar groups, bare positions, or nothing left of it.

use super::calendar::{Calendar, Instant};
use super::climatology::Climatology;
use super::date::Interval;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// What the steps of a cube are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TimeAxis {
    /// Dates.
    Instants {
        /// The calendar they are dates of.
        calendar: Calendar,
        /// One a step, in order.
        values: Vec<Instant>,
        /// The interval of each step, half open.
        bounds: Option<Vec<(Instant, Instant)>>,
    },
    /// Groups of a `groupby`, in their order.
    Groups {
        /// The name of the dimension.
        key: String,
        /// The names of the groups.
        labels: Vec<Label>,
        /// Where they lie on the timeline, for groups of the calendar.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        climatology: Option<Climatology>,
    },
    /// Steps of which only the order is known.
    Positions(usize),
    /// One step that a reduction over all time left; outputs have no time dimension.
    Reduced {
        /// The calendar of the dates that went in.
        calendar: Calendar,
        /// The first of them.
        start: Instant,
        /// The last.
        end: Instant,
        /// How many.
        steps: usize,
    },
}

/// The name of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Label {
    /// A number, such as that of a month.
    Number(f64),
    /// A name.
    Text(String),
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::Number(number) => write!(f, "{number}"),
            Label::Text(text) => f.write_str(text),
        }
    }
}

impl TimeAxis {
    /// Dates without bounds.
    pub fn of(calendar: Calendar, values: Vec<Instant>) -> TimeAxis {
        TimeAxis::Instants { calendar, values, bounds: None }
    }

    /// Groups that are not of the calendar.
    pub fn groups(key: impl Into<String>, labels: Vec<Label>) -> TimeAxis {
        TimeAxis::Groups { key: key.into(), labels, climatology: None }
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        match self {
            TimeAxis::Instants { values, .. } => values.len(),
            TimeAxis::Groups { labels, .. } => labels.len(),
            TimeAxis::Positions(steps) => *steps,
            TimeAxis::Reduced { .. } => 1,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the dimension in outputs: `time`, the key of the groups, or `step`.
    pub fn dim_name(&self) -> &str {
        match self {
            TimeAxis::Instants { .. } | TimeAxis::Reduced { .. } => "time",
            TimeAxis::Groups { key, .. } => key,
            TimeAxis::Positions(_) => "step",
        }
    }

    /// Name of the dimension in files that follow CF, where groups of the calendar are times.
    pub fn stored_dim_name(&self) -> &str {
        match self {
            TimeAxis::Groups { climatology: Some(_), .. } => "time",
            _ => self.dim_name(),
        }
    }

    /// A step's name for people: its date, its group, or its position from 0.
    pub fn label(&self, step: usize) -> String {
        match self {
            TimeAxis::Instants { calendar, values, .. } => {
                values.get(step).map_or_else(|| step.to_string(), |&value| calendar.iso(value))
            }
            TimeAxis::Groups { labels, .. } => labels.get(step).map_or_else(|| step.to_string(), Label::to_string),
            TimeAxis::Positions(_) => step.to_string(),
            TimeAxis::Reduced { calendar, start, end, .. } if start == end => calendar.iso(*start),
            TimeAxis::Reduced { calendar, start, end, .. } => {
                format!("{} .. {}", calendar.iso(*start), calendar.iso(*end))
            }
        }
    }

    /// The steps at these positions, in this order. Panics on a position outside the axis.
    pub fn select(&self, steps: &[usize]) -> TimeAxis {
        match self {
            TimeAxis::Instants { calendar, values, bounds } => TimeAxis::Instants {
                calendar: *calendar,
                values: steps.iter().map(|&step| values[step]).collect(),
                bounds: bounds.as_ref().map(|bounds| steps.iter().map(|&step| bounds[step]).collect()),
            },
            TimeAxis::Groups { key, labels, climatology } => TimeAxis::Groups {
                key: key.clone(),
                labels: steps.iter().map(|&step| labels[step].clone()).collect(),
                climatology: climatology.as_ref().map(|dates| dates.select(steps)),
            },
            // The period of a reduction belongs to a single step; if the step is repeated or dropped, only positions
            // are left.
            TimeAxis::Reduced { .. } if steps.len() == 1 => self.clone(),
            TimeAxis::Positions(_) | TimeAxis::Reduced { .. } => TimeAxis::Positions(steps.len()),
        }
    }

    /// The calendar of the dates, where there are dates.
    pub fn calendar(&self) -> Option<Calendar> {
        match self {
            TimeAxis::Instants { calendar, .. } | TimeAxis::Reduced { calendar, .. } => Some(*calendar),
            TimeAxis::Groups { .. } | TimeAxis::Positions(_) => None,
        }
    }

    /// The dates with their calendar, where there are dates.
    pub fn instants(&self) -> Option<(&Calendar, &[Instant])> {
        match self {
            TimeAxis::Instants { calendar, values, .. } => Some((calendar, values)),
            _ => None,
        }
    }

    /// Whether a dated step lies in a range: its interval meets it, or where it has none its date does.
    pub(crate) fn is_within(&self, step: usize, range: Interval) -> bool {
        let TimeAxis::Instants { values, bounds, .. } = self else { return false };
        match bounds.as_ref().map(|bounds| bounds[step]).filter(|(start, end)| start < end) {
            // The end of an interval belongs to the next.
            Some((start, end)) => range.meets(start, Instant(end.0 - 1)),
            None => range.contains(values[step]),
        }
    }

    /// Whether a step is stamped with the end of its interval, as monthly means of some models are: January is
    /// 1 February at midnight.
    pub(crate) fn is_stamped_at_ends(&self) -> bool {
        let TimeAxis::Instants { values, bounds: Some(bounds), .. } = self else { return false };
        values.iter().zip(bounds).any(|(at, interval)| owned(*at, Some(*interval)) != *at)
    }

    /// The axis whose dates lie in the months, days and years that the steps stand for; see [`owned`]. What is left of a
    /// single step has the date of it.
    pub(crate) fn to_group(&self) -> Cow<'_, TimeAxis> {
        match self {
            TimeAxis::Instants { calendar, values, bounds: Some(bounds) } if self.is_stamped_at_ends() => {
                let values = values.iter().zip(bounds).map(|(at, interval)| owned(*at, Some(*interval))).collect();
                Cow::Owned(TimeAxis::Instants { calendar: *calendar, values, bounds: Some(bounds.clone()) })
            }
            TimeAxis::Reduced { calendar, start, end, .. } if start == end => {
                Cow::Owned(TimeAxis::of(*calendar, vec![*start]))
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// The axis in a line: `2009-01-01 .. 2009-04-10, 100 steps`, `12 months (month 1 .. 12)`.
    pub fn span_text(&self) -> String {
        let count = |n: usize| if n == 1 { "1 step".to_string() } else { format!("{n} steps") };
        match self {
            TimeAxis::Instants { calendar, values, .. } => match (values.iter().min(), values.iter().max()) {
                (Some(first), Some(last)) if first != last => {
                    format!("{} .. {}, {}", calendar.iso(*first), calendar.iso(*last), count(values.len()))
                }
                (Some(only), _) => format!("{}, {}", calendar.iso(*only), count(values.len())),
                _ => count(0),
            },
            TimeAxis::Groups { key, labels, .. } => {
                let named = key.chars().all(|c| c.is_ascii_lowercase());
                let n = match (labels.len(), key.as_str()) {
                    (1, _) => format!("1 {key}"),
                    (n, "dayofyear" | "monthday") => format!("{n} days"),
                    (n, "century") => format!("{n} centuries"),
                    (n, _) if named && !key.is_empty() => format!("{n} {key}s"),
                    (n, _) => format!("{n} groups"),
                };
                match (labels.first(), labels.last()) {
                    (Some(first), Some(last)) if labels.len() > 1 => format!("{n} ({key} {first} .. {last})"),
                    (Some(only), _) => format!("{n} ({only})"),
                    _ => n,
                }
            }
            TimeAxis::Positions(steps) => format!("{}, no dates", count(*steps)),
            TimeAxis::Reduced { steps, .. } => format!("{}, reduced over {}", self.label(0), count(*steps)),
        }
    }

    /// Whether no step is earlier than the one before it. Axes without dates are in order by themselves.
    pub fn is_sorted(&self) -> bool {
        self.instants().is_none_or(|(_, values)| values.is_sorted())
    }

    /// The positions of the steps in the order of their dates; steps of one date keep their order.
    pub fn sort_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if let Some((_, values)) = self.instants() {
            order.sort_by_key(|&step| values[step]);
        }
        order
    }

    /// How many steps have the date of another step before them.
    pub fn duplicates(&self) -> usize {
        self.instants().map_or(0, |(_, values)| values.len() - values.iter().collect::<HashSet<_>>().len())
    }
}

/// What a run tells where the dates that steps belong to are not those they are labeled with.
pub(crate) const BY_INTERVALS: &str =
    "steps are stamped with the ends of their intervals, and belong to the months and days of those";

/// The date that a step belongs to: its own, or the start of its interval where it is stamped with the end of it. The
/// parts of the calendar that a step has, and the groups and periods it is in, are those of this date.
pub(crate) fn owned(at: Instant, interval: Option<(Instant, Instant)>) -> Instant {
    interval.filter(|(start, end)| start < end && at == *end).map_or(at, |(start, _)| start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: &[i64]) -> TimeAxis {
        TimeAxis::of(Calendar::Standard, days.iter().map(|&d| Instant::from_days(d).unwrap()).collect())
    }

    fn months(months: std::ops::RangeInclusive<u32>) -> TimeAxis {
        TimeAxis::groups("month", months.map(|m| Label::Number(m.into())).collect())
    }

    #[test]
    fn spans() {
        let reduced = TimeAxis::Reduced {
            calendar: Calendar::Standard,
            start: Instant(0),
            end: Instant(86_400_000_000),
            steps: 2,
        };
        let seasons = TimeAxis::groups("season", vec![Label::Text("DJF".into()), Label::Text("JJA".into())]);
        let cases = [
            (days(&[0, 1, 99]), "1970-01-01 .. 1970-04-10, 3 steps", "time"),
            (days(&[5]), "1970-01-06, 1 step", "time"),
            (days(&[]), "0 steps", "time"),
            (months(1..=12), "12 months (month 1 .. 12)", "month"),
            (months(7..=7), "1 month (7)", "month"),
            (seasons, "2 seasons (season DJF .. JJA)", "season"),
            (TimeAxis::Positions(3), "3 steps, no dates", "step"),
            (reduced, "1970-01-01 .. 1970-01-02, reduced over 2 steps", "time"),
        ];
        for (axis, text, dim) in cases {
            assert_eq!(axis.span_text(), text);
            assert_eq!(axis.dim_name(), dim);
        }
    }

    #[test]
    fn steps_lie_in_ranges_that_their_intervals_meet() {
        let day = |n: i64| Instant::from_days(n).unwrap();
        let axis = TimeAxis::Instants {
            calendar: Calendar::Standard,
            values: vec![day(5), day(8)],
            bounds: Some(vec![(day(0), day(5)), (day(8), day(8))]),
        };
        let within = |from: i64, to: i64| {
            let range = Interval { start: Some(day(from)), end: Some(day(to)) };
            [axis.is_within(0, range), axis.is_within(1, range)]
        };
        assert_eq!(within(4, 5), [true, false]);
        // The end of an interval is the start of the next, and an empty one counts by its date.
        assert_eq!(within(5, 8), [false, false]);
        assert_eq!(within(-3, 1), [true, false]);
        assert_eq!(within(8, 9), [false, true]);
    }

    /// Each step belongs to its own interval, whatever the others do.
    #[test]
    fn steps_belong_to_the_intervals_they_end() {
        let day = |n: i64| Instant::from_days(n).unwrap();
        let axis = TimeAxis::Instants {
            calendar: Calendar::Standard,
            values: vec![day(31), day(45), day(59), day(59)],
            bounds: Some(vec![(day(0), day(31)), (day(31), day(59)), (day(31), day(59)), (day(59), day(59))]),
        };
        let own = axis.to_group().into_owned();
        assert_eq!(own.instants().unwrap().1, [day(0), day(45), day(31), day(59)]);
        assert!(axis.is_stamped_at_ends() && !own.is_stamped_at_ends());
        assert!(!axis.select(&[1, 3]).is_stamped_at_ends());
    }

    #[test]
    fn order() {
        let axis = days(&[3, 1, 3, 2]);
        assert!(!axis.is_sorted());
        assert_eq!(axis.sort_order(), [1, 3, 0, 2]);
        assert_eq!(axis.duplicates(), 1);
        let sorted = axis.select(&axis.sort_order());
        assert!(sorted.is_sorted());
        assert_eq!(sorted.label(0), "1970-01-02");
        assert_eq!(months(1..=12).select(&[6, 0]).label(0), "7");
        assert_eq!(TimeAxis::Positions(9).select(&[6, 0]), TimeAxis::Positions(2));
    }
}

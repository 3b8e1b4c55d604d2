//! Where the groups of a calendar lie on the timeline, and which groups the times of a file are: CF's climatological time.

use super::axis::{Label, TimeAxis};
use super::calendar::{Calendar, Fields, Instant, MICROS_PER_DAY};
use super::climatology::Climatology;
use super::days::nouns_of_days;
use super::format::MONTH_NAMES;
use super::nouns;
use super::resample::Bins;

/// Nouns by which a file's climatology is known where nothing but its intervals says what it is, and no interval of one
/// is an interval of another: quarters and seasons begin in other months, pentads and dekads end on other days.
const TOLD_APART: [&str; 7] = ["month", "season", "quarter", "dekad", "pentad", "week", "hour"];

impl Climatology {
    /// The dates of `groups` groups by the stretches of the timeline whose steps they pool; `group_of` is the group of
    /// a stretch by its start.
    pub(super) fn of(
        noun: &str,
        bins: &Bins,
        groups: usize,
        group_of: impl Fn(Instant) -> Option<usize>,
    ) -> Option<Climatology> {
        let TimeAxis::Instants { calendar, bounds: Some(bounds), .. } = &bins.axis else { return None };
        let mut is_filled = vec![false; bounds.len()];
        bins.group_of_step.iter().flatten().for_each(|&bin| is_filled[bin] = true);
        let mut occurrences = vec![Vec::new(); groups];
        for (&(start, end), _) in bounds.iter().zip(is_filled).filter(|(_, is_filled)| *is_filled) {
            if let Some(group) = group_of(start) {
                occurrences[group].push((start, end));
            }
        }
        let starts: Vec<Vec<Instant>> =
            occurrences.iter().map(|of_group| of_group.iter().map(|(start, _)| *start).collect()).collect();
        let values = within_a_cycle(*calendar, noun, &starts)?;
        let bounds = occurrences.iter().map(|of_group| Some((of_group.first()?.0, of_group.last()?.1)));
        Some(Climatology { calendar: *calendar, values, bounds: bounds.collect::<Option<_>>()? })
    }

    /// The groups that these are, by the noun that a file names, or else by what the intervals are.
    pub(crate) fn grouped(self, noun: Option<&str>) -> Option<TimeAxis> {
        // Between the first and the last sample of a season lies a part of it, which has no name of its own.
        let is_of_samples = noun.is_none() && self.lies_within("season");
        let noun = match noun {
            Some(noun) => noun.to_string(),
            None => self.noun()?.to_string(),
        };
        let label = |&(start, end): &(Instant, Instant)| match noun.as_str() {
            "season" if !is_of_samples => self.season(start, end).map(Label::Text),
            noun if nouns::NOUNS.contains(&noun) => Some(nouns::label(self.calendar, noun, start)),
            _ => None,
        };
        let labels: Vec<Label> = self.bounds.iter().map(label).collect::<Option<_>>()?;
        let is_twice = |(i, label): (usize, &Label)| labels[..i].contains(label);
        if labels.iter().enumerate().any(is_twice) {
            return None;
        }
        Some(TimeAxis::Groups { key: noun, labels, climatology: Some(self) })
    }

    /// Whether intervals that a file does not call climatological are: those of a timeline neither span years nor lie in
    /// one another. The date of each is in its own group, which that of a running mean is not.
    pub(crate) fn spans_years(&self) -> bool {
        let year = 366 * MICROS_PER_DAY;
        let longest = self.bounds.iter().map(|(start, end)| end.0.saturating_sub(start.0)).max().unwrap_or(0);
        // The first and the last step of a group that occurs once are one.
        let has_single = self.bounds.iter().any(|(start, end)| start == end);
        let lies_within = |&(start, end): &(Instant, Instant)| {
            let others = self.bounds.iter().filter(|other| **other != (start, end));
            others.into_iter().any(|other| start < other.0 && other.0 < end)
        };
        (longest > year || has_single && longest >= year - 6 * MICROS_PER_DAY) && self.bounds.iter().any(lies_within)
    }

    /// Whether each date is in the group of its interval, by the noun of the calendar that they are grouped by.
    pub(crate) fn holds_its_dates(&self) -> bool {
        let Some(noun) = self.noun() else { return false };
        let number = |at| nouns::number(self.calendar, noun, at);
        let pairs = self.values.iter().zip(&self.bounds);
        pairs.into_iter().all(|(at, (start, end))| at == end || number(*at) == number(*start))
    }

    /// The noun whose occurrences begin and end where the intervals do. Others than Rastra give the first and the last
    /// step of a group instead of where it begins and ends; these need only lie in the same month, season or day.
    fn noun(&self) -> Option<&'static str> {
        let number = |noun: &str, at| nouns::number(self.calendar, noun, at);
        let before = |at: Instant| Instant(at.0 - 1);
        let is_whole = |noun: &str| {
            self.bounds.iter().all(|&(start, end)| {
                let own = number(noun, start);
                number(noun, before(start)) != own && number(noun, before(end)) == own && number(noun, end) != own
            })
        };
        let days = nouns_of_days(self.calendar);
        let whole_days = || days.iter().copied().find(|noun| is_whole(noun) && self.is_distinct(noun));
        let whole = TOLD_APART.into_iter().find(|noun| is_whole(noun)).or_else(whole_days);
        // What is one in each month is a month, also where all dates are of the same day.
        let mut within = ["month"].iter().chain(days).chain(&["season"]).copied();
        let within = || within.find(|noun| self.lies_within(noun));
        let seasons = || {
            let months: Option<u32> = self.bounds.iter().map(|&(start, end)| self.whole_months(start, end)).sum();
            months.filter(|months| *months <= 12).map(|_| "season")
        };
        whole.or_else(within).or_else(seasons).or_else(|| self.lies_within("hour").then_some("hour"))
    }

    /// Whether no two intervals begin in one group of the noun.
    fn is_distinct(&self, noun: &str) -> bool {
        let mut groups: Vec<i64> =
            self.bounds.iter().map(|&(start, _)| nouns::number(self.calendar, noun, start)).collect();
        groups.sort_unstable();
        groups.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Whether each interval begins and ends in one group of the noun, as the first and the last sample of it do.
    fn lies_within(&self, noun: &str) -> bool {
        let number = |at: Instant| nouns::number(self.calendar, noun, at);
        let ends_in = |&(start, end): &(Instant, Instant)| {
            let own = number(start);
            number(end) == own || number(Instant(end.0 - 1)) == own
        };
        self.is_distinct(noun) && self.bounds.iter().all(ends_in)
    }

    /// The season of an interval: the initials of its months where it consists of whole ones, or the one of the four in
    /// which it begins and ends.
    fn season(&self, start: Instant, end: Instant) -> Option<String> {
        let of = |at| nouns::number(self.calendar, "season", at);
        let within = || (of(start) == of(end) || of(start) == of(Instant(end.0 - 1))).then_some(start);
        let label = |at| nouns::label(self.calendar, "season", at).to_string();
        self.whole_season(start, end).or_else(|| within().map(label))
    }

    /// How many whole months an interval consists of, within a year.
    fn whole_months(&self, start: Instant, end: Instant) -> Option<u32> {
        let (from, to) = (self.calendar.fields(start), self.calendar.fields(end));
        let is_start = |at: Instant| self.calendar.fields(Instant(at.0 - 1)).month != self.calendar.fields(at).month;
        (is_start(start) && is_start(end)).then(|| match (to.month + 12 - from.month) % 12 {
            0 => 12,
            months => months,
        })
    }

    /// The initials of the months of an interval, or the name of its only one.
    fn whole_season(&self, start: Instant, end: Instant) -> Option<String> {
        let from = self.calendar.fields(start);
        let months = self.whole_months(start, end)?;
        if months == 1 {
            return Some(MONTH_NAMES[from.month as usize - 1][..3].to_uppercase());
        }
        Some((0..months).map(|n| &MONTH_NAMES[((from.month - 1 + n) % 12) as usize][..1]).collect())
    }
}

/// A date for each group, one later than the other: of the first year, or day for hours, in which all groups occur.
fn within_a_cycle(calendar: Calendar, noun: &str, starts: &[Vec<Instant>]) -> Option<Vec<Instant>> {
    let from = |anchor: Instant| -> Option<Vec<Instant>> {
        let mut values = vec![anchor];
        for of_group in &starts[1..] {
            let before = values[values.len() - 1];
            let own = of_group.get(of_group.partition_point(|at| *at <= before)).copied();
            // Times must go up, so a group that occurs only earlier counts as if it came again years later.
            let again = || {
                let first = *of_group.first()?;
                (1..).map(|years| calendar.add_months(first, 12 * years)).take(1000).find(|at| *at > before)
            };
            values.push(own.or_else(again)?);
        }
        Some(values)
    };
    let end = |anchor: Instant| match noun {
        "hour" => Instant(anchor.0 + MICROS_PER_DAY),
        _ => calendar.add_months(anchor, 12),
    };
    let anchors = starts.first()?;
    let is_whole = |values: &Vec<Instant>| values[values.len() - 1] < end(values[0]);
    let whole = anchors.iter().filter_map(|anchor| from(*anchor)).find(is_whole);
    // Where no cycle has all groups, those that one lacks are moved into it by whole cycles.
    let new_year = |at: Instant| calendar.instant(&Fields::date(calendar.fields(at).year, 1, 1));
    let later = |at: Instant, cycles: i64| match noun {
        "hour" => Some(Instant(at.0 + cycles * MICROS_PER_DAY)),
        // Days are counted from the first of January, which in leap years gives them other dates.
        "dayofyear" => {
            let first = new_year(at)?;
            Some(Instant(calendar.add_months(first, 12 * cycles).0 + at.0 - first.0))
        }
        _ => Some(calendar.add_months(at, 12 * cycles)),
    };
    let moved = |anchor: Instant| -> Option<Vec<Instant>> {
        let end = end(anchor);
        let inside = |of_group: &Vec<Instant>| {
            let is_inside = |at: &Instant| *at >= anchor && *at < end;
            let own = of_group.iter().copied().find(is_inside);
            own.or_else(|| of_group.iter().find_map(|at| (-200..200).filter_map(|n| later(*at, n)).find(is_inside)))
        };
        let values: Vec<Instant> = starts.iter().map(inside).collect::<Option<_>>()?;
        values.windows(2).all(|pair| pair[0] < pair[1]).then_some(values)
    };
    // A leap year has a place for the last day of each.
    let cycles = || anchors.iter().flat_map(|anchor| (0..8).filter_map(|n| later(*anchor, n)));
    whole.or_else(|| cycles().find_map(moved)).or_else(|| from(*anchors.first()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::date::parse_partial;
    use crate::cube::time::{Seasons, group::calendar_groups};
    use Calendar::*;

    /// Days that no year has all of are dates of one leap year, in their order.
    #[test]
    fn sparse_days_of_the_year() {
        let dekads = [1, 11, 21];
        let days =
            |(year, month): (i64, u32)| dekads.map(|day| Standard.instant(&Fields::date(year, month, day)).unwrap());
        let months = (2003..2006).flat_map(|year| (1..=12).map(move |month| (year, month)));
        let axis = TimeAxis::of(Standard, months.flat_map(days).collect());
        let groups = calendar_groups(&axis, "dayofyear").unwrap();
        let TimeAxis::Groups { labels, climatology: Some(found), .. } = groups.axis else { panic!("no climatology") };
        assert_eq!((labels.len(), found.values.len()), (66, 66));
        assert!(found.values.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(found.values[65].0 - found.values[0].0 < 366 * MICROS_PER_DAY, "{found:?}");
    }

    fn at(text: &str, calendar: Calendar) -> Instant {
        parse_partial(text, calendar).unwrap().0
    }

    fn axis(from: &str, step: i64, steps: i64, calendar: Calendar) -> TimeAxis {
        let from = at(from, calendar).0;
        TimeAxis::of(calendar, (0..steps).map(|n| Instant(from + n * step)).collect())
    }

    const HOUR: i64 = 3_600_000_000;

    fn climatology(axis: &TimeAxis) -> Climatology {
        let TimeAxis::Groups { climatology, .. } = axis else { panic!("no groups") };
        climatology.clone().unwrap()
    }

    /// What is written is enough to know the groups again, with the noun and, but for years, without it.
    #[test]
    fn groups_are_known_again() {
        for calendar in [Standard, NoLeap, Day360, AllLeap] {
            let days = axis("2019-01-01", 24 * HOUR, 3 * 366, calendar);
            let hours = axis("2020-02-27", 6 * HOUR, 40, calendar);
            for noun in
                ["month", "season", "dayofyear", "monthday", "dekad", "pentad", "week", "hour", "year", "quarter"]
            {
                let groups = calendar_groups(if noun == "hour" { &hours } else { &days }, noun).unwrap().axis;
                let dates = climatology(&groups);
                assert!(dates.values.is_sorted_by(|a, b| a < b), "{noun}: {:?}", dates.values);
                assert_eq!(dates.clone().grouped(Some(noun)).as_ref(), Some(&groups), "{noun}");
                // Where years are all as long, days by month and day are counted days.
                if noun != "year" && (noun != "monthday" || calendar == Standard) {
                    assert_eq!(dates.grouped(None), Some(groups), "{noun}, {calendar:?}");
                }
            }
        }
        for noun in ["day", "weekday"] {
            let groups = calendar_groups(&axis("2019-01-01", 24 * HOUR, 40, Standard), noun).unwrap().axis;
            let TimeAxis::Groups { climatology, .. } = groups else { panic!("no groups") };
            assert_eq!(climatology, None, "{noun}");
        }
    }

    #[test]
    fn intervals_span_all_years() {
        let days = axis("2019-06-10", 24 * HOUR, 700, Standard);
        let dates = climatology(&calendar_groups(&days, "month").unwrap().axis);
        let [january, june] = [0, 5].map(|month| (dates.values[month], dates.bounds[month]));
        let span = |from, to| (at(from, Standard), at(to, Standard));
        assert_eq!(january, (at("2020-01-01", Standard), span("2020-01-01", "2021-02-01")));
        assert_eq!(june, (at("2020-06-01", Standard), span("2019-06-01", "2020-07-01")));
        // All days of a leap year, so that no day of the year has the date of another.
        let year =
            climatology(&calendar_groups(&axis("2019-01-01", 24 * HOUR, 1096, Standard), "dayofyear").unwrap().axis);
        assert_eq!([year.values[0], year.values[365]], [at("2020-01-01", Standard), at("2020-12-31", Standard)]);
        let winter = climatology(&calendar_groups(&days, "season").unwrap().axis);
        assert_eq!(winter.values[0], at("2019-12-01", Standard));
        assert_eq!(winter.bounds[0], span("2019-12-01", "2021-03-01"));
    }

    #[test]
    fn seasons_of_ones_own() {
        let days = axis("2019-01-01", 24 * HOUR, 730, Standard);
        for names in [&["JJAS", "ON"][..], &["NDJFM"], &["MAR", "JJA"], &["JASONDJFMAMJ"]] {
            let groups = Seasons::parse(names).unwrap().groups(&days).unwrap().axis;
            assert_eq!(climatology(&groups).grouped(Some("season")), Some(groups), "{names:?}");
        }
    }

    /// CDO gives the first and the last step that went into a group.
    #[test]
    fn stamps_instead_of_intervals() {
        let read = |pairs: &[(&str, &str)]| {
            let bounds: Vec<_> = pairs.iter().map(|(a, b)| (at(a, Standard), at(b, Standard))).collect();
            let values = bounds.iter().map(|(_, end)| *end).collect();
            Climatology { calendar: Standard, values, bounds }.grouped(None).map(|axis| axis.span_text())
        };
        let text = |text: &str| Some(text.to_string());
        assert_eq!(
            read(&[("2019-01-01", "2021-01-31"), ("2019-02-01", "2021-02-28")]),
            text("2 months (month 1 .. 2)")
        );
        assert_eq!(
            read(&[("2018-12-01", "2021-02-28"), ("2019-03-01T12", "2021-05-31")]),
            text("2 seasons (season DJF .. MAM)")
        );
        // Monthly means that are stamped with the first of their months.
        assert_eq!(
            read(&[("2018-12-01", "2021-02-01"), ("2019-03-01", "2021-05-01")]),
            text("2 seasons (season DJF .. MAM)")
        );
        assert_eq!(
            read(&[("2019-01-01", "2021-01-01"), ("2019-02-01", "2021-02-01")]),
            text("2 months (month 1 .. 2)")
        );
        assert_eq!(
            read(&[("2019-06-01", "2021-10-01"), ("2018-12-01", "2021-02-01")]),
            text("2 seasons (season JJAS .. DJ)")
        );
        assert_eq!(read(&[("2019-01-01", "2021-03-01T03")]), None);
        assert_eq!(read(&[("2019-01-01", "2021-01-31"), ("2022-01-01", "2023-01-31")]), None);
    }
}

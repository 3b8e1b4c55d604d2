//! Steps pooled over all years, by nouns of the calendar or by given labels.

use super::axis::{Label, TimeAxis};
use super::calendar::MICROS_PER_DAY;
use super::climatology::Climatology;
use super::format::MONTH_NAMES;
use super::nouns::{NOUNS, SEASONS, WEEKDAYS, named, number};
use super::period::{ADVERBS, Anchor, Period};
use super::resample::{no_dates, resample};
use super::window::Base;
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The groups of a `groupby` and the steps in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Groups {
    /// Labels of the groups that have steps, in calendar order.
    pub axis: TimeAxis,
    pub group_of_step: Vec<Option<usize>>,
    /// Whether every occurrence of the group from the first to the last step is covered by steps.
    pub complete: Vec<bool>,
}

/// Groups the steps by a noun of [`NOUNS`].
pub(crate) fn calendar_groups(axis: &TimeAxis, noun: &str) -> Result<Groups> {
    let occurrence = occurrence(noun)?;
    let axis = &*axis.to_group();
    let Some((&calendar, values)) = axis.instants() else {
        return Err(no_dates(axis, &format!("groupby {noun}")));
    };
    let numbers: Vec<i64> = values.iter().map(|&at| number(calendar, noun, at)).collect();
    let mut present = numbers.clone();
    present.sort_unstable();
    present.dedup();
    let group_of = |number: &i64| present.binary_search(number).ok();

    // An occurrence without any step, between others, makes its group incomplete, too.
    let bins = resample(axis, &occurrence, true).or_else(|_| resample(axis, &occurrence, false))?;
    let mut complete = vec![true; present.len()];
    if let TimeAxis::Instants { values: starts, .. } = &bins.axis {
        for ((&start, covered), expected) in starts.iter().zip(&bins.complete).zip(&bins.expected) {
            if let Some(group) = group_of(&number(calendar, noun, start)) {
                complete[group] &= *covered || *expected == Some(0);
            }
        }
    }
    // Days of a month and of a week are pooled over months and weeks, which CF has no words for.
    let is_climatology = !["day", "weekday"].contains(&noun);
    let dates = || Climatology::of(noun, &bins, present.len(), |start| group_of(&number(calendar, noun, start)));
    Ok(Groups {
        axis: TimeAxis::Groups {
            key: noun.into(),
            labels: present.iter().map(|number| named(noun, *number)).collect(),
            climatology: is_climatology.then(dates).flatten(),
        },
        group_of_step: numbers.iter().map(group_of).collect(),
        complete,
    })
}

/// Groups the steps by a list of labels, one for each step.
///
/// Numbers are put in numeric order. Text keeps the order of first appearance, but names of months, seasons or weekdays
/// are put in calendar order.
pub(crate) fn label_groups(key: &str, labels: &[Label], steps: usize) -> Result<Groups> {
    if labels.len() != steps {
        let message = format!("{} labels for {steps} steps", labels.len());
        return Err(Diagnostic::new(codes::WRONG_LABELS, message).help("give one label for each step"));
    }
    let is_number = |label: &&Label| matches!(label, Label::Number(_));
    let n_numbers = labels.iter().filter(is_number).count();
    if n_numbers != 0 && n_numbers != labels.len() {
        return Err(Diagnostic::new(codes::WRONG_LABELS, "labels are either numbers or text, not both")
            .help("put the numbers in quotes to make them text"));
    }
    if labels.iter().any(|label| matches!(label, Label::Number(number) if number.is_nan())) {
        return Err(Diagnostic::new(codes::WRONG_LABELS, "a label is not a number"));
    }
    let mut present: Vec<&Label> = Vec::new();
    let mut group_of_step = Vec::with_capacity(labels.len());
    let mut found = std::collections::HashMap::new();
    for label in labels {
        let group = *found.entry(label.to_string()).or_insert_with(|| {
            present.push(label);
            present.len() - 1
        });
        group_of_step.push(group);
    }
    let mut order: Vec<usize> = (0..present.len()).collect();
    let rank = [month_rank, season_rank, weekday_rank]
        .into_iter()
        .find(|rank| present.iter().all(|label| matches!(label, Label::Text(text) if rank(text).is_some())));
    order.sort_by(|&a, &b| match (present[a], present[b]) {
        (Label::Number(a), Label::Number(b)) => a.total_cmp(b),
        (Label::Text(a), Label::Text(b)) => rank.map_or(Ordering::Equal, |rank| rank(a).cmp(&rank(b))),
        _ => Ordering::Equal,
    });
    let mut position = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        position[old] = new;
    }
    Ok(Groups {
        axis: TimeAxis::groups(key, order.iter().map(|&group| present[group].clone()).collect()),
        group_of_step: group_of_step.into_iter().map(|group| Some(position[group])).collect(),
        complete: vec![true; order.len()],
    })
}

/// One occurrence of a noun on the timeline.
fn occurrence(noun: &str) -> Result<Period> {
    let base = match noun {
        "month" => Base::MONTH,
        "season" => Base::Months { len: 3, from: 12 },
        "quarter" => Base::Months { len: 3, from: 1 },
        "year" => Base::Months { len: 12, from: 1 },
        "dekad" => Base::Dekads,
        "pentad" => Base::Pentads,
        "week" => Base::Weeks { weekday: 0 },
        "hour" => return Ok(Period::Fixed { micros: MICROS_PER_DAY / 24 }),
        "day" | "weekday" | "dayofyear" | "monthday" => return Ok(Period::Fixed { micros: MICROS_PER_DAY }),
        _ if ADVERBS.contains(&noun) => {
            let message = format!("`{noun}` is a length of time, and `groupby` takes a noun of the calendar");
            let error = Diagnostic::new(codes::AMBIGUOUS_PERIOD, message);
            let pooled =
                noun_of(noun).map(|noun| format!("`groupby {noun}` pools all years: one group for each {noun}"));
            return Err(error.help_if(pooled).help(format!("`resample {noun}` stays on the timeline")));
        }
        _ => {
            return Err(Diagnostic::new(codes::UNKNOWN_CHOICE, format!("`{noun}` is not a noun of the calendar"))
                .help_if(did_you_mean(noun, NOUNS.iter().copied()))
                .help(format!("nouns: {}", list_some(NOUNS.iter().copied(), NOUNS.len()))));
        }
    };
    Ok(Period::Calendar { base, n: 1, anchor: Anchor::First })
}

/// The noun next to an adverb of [`ADVERBS`]: `month` for `monthly`.
pub(crate) fn noun_of(adverb: &str) -> Option<&'static str> {
    let nouns = ["hour", "day", "week", "pentad", "dekad", "month", "season", "quarter", "year"];
    ADVERBS.iter().zip(nouns).find(|(known, _)| **known == adverb).map(|(_, noun)| noun)
}

fn month_rank(text: &str) -> Option<usize> {
    name_rank(text, &MONTH_NAMES)
}

fn weekday_rank(text: &str) -> Option<usize> {
    name_rank(text, &WEEKDAYS)
}

fn season_rank(text: &str) -> Option<usize> {
    SEASONS.iter().position(|season| season.eq_ignore_ascii_case(text))
}

/// The position of a name, written in full or with three letters.
fn name_rank(text: &str, names: &[&str]) -> Option<usize> {
    names.iter().position(|name| name.eq_ignore_ascii_case(text) || name[..3].eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::date::parse_partial;
    use crate::cube::time::{Calendar, Instant};
    use Calendar::*;

    fn dates(text: &str, calendar: Calendar) -> TimeAxis {
        TimeAxis::of(calendar, text.split(' ').map(|date| parse_partial(date, calendar).unwrap().0).collect())
    }

    fn shown(groups: &Groups) -> String {
        let labels: Vec<String> = (0..groups.axis.len()).map(|group| groups.axis.label(group)).collect();
        let of_step = groups.group_of_step.iter().map(|group| group.map_or("-", |group| labels[group].as_str()));
        format!("{} <- {}", labels.join(" "), of_step.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn nouns() {
        let cases = [
            ("month", Standard, "2020-12-01 2020-02-01 2021-02-28", "2 12 <- 12 2 2"),
            ("season", Standard, "2020-11-30 2020-12-01 2020-02-01 2020-07-01", "DJF JJA SON <- SON DJF DJF JJA"),
            ("dayofyear", Standard, "2020-12-31 2021-12-31 2021-03-01", "60 365 366 <- 366 365 60"),
            ("dayofyear", Day360, "2020-12-30 2021-03-01", "61 360 <- 360 61"),
            ("monthday", Standard, "2020-02-29 2021-03-01 2020-03-01", "02-29 03-01 <- 02-29 03-01 03-01"),
            ("dekad", Standard, "2020-12-31 2021-01-10 2021-02-11", "1 5 36 <- 36 1 5"),
            ("pentad", Standard, "2020-12-31 2021-01-05 2021-02-28", "1 12 72 <- 72 1 12"),
            ("week", Standard, "2021-01-03 2021-01-04", "1 53 <- 53 1"),
            ("hour", Standard, "2021-01-03T18:30 2021-01-04T06 2021-01-05T18", "6 18 <- 18 6 18"),
            ("year", NoLeap, "2021-01-03 2019-01-04", "2019 2021 <- 2021 2019"),
            ("weekday", Standard, "2024-07-14 2024-07-15", "Mon Sun <- Sun Mon"),
            ("day", Standard, "2021-01-31 2019-02-04", "4 31 <- 31 4"),
            ("quarter", Standard, "2021-12-31 2019-03-04 2019-04-01", "1 2 4 <- 4 1 2"),
        ];
        for (noun, calendar, steps, expected) in cases {
            let groups = calendar_groups(&dates(steps, calendar), noun).unwrap();
            assert_eq!(shown(&groups), expected, "{noun}");
            assert_eq!(groups.axis.dim_name(), noun);
        }
        assert!(NOUNS.iter().all(|noun| calendar_groups(&dates("2020", Standard), noun).is_ok()));
        assert!(ADVERBS.iter().filter_map(|adverb| noun_of(adverb)).all(|noun| NOUNS.contains(&noun)));
    }

    /// Monthly means that are stamped at the end of the month belong to the month.
    #[test]
    fn stamps_at_the_ends_of_intervals() {
        let days = [18262, 18293, 18322].map(|day| Instant::from_days(day).unwrap());
        let axis = |values: &[Instant]| TimeAxis::Instants {
            calendar: Standard,
            values: values.to_vec(),
            bounds: Some(vec![(days[0], days[1]), (days[1], days[2])]),
        };
        let ends = calendar_groups(&axis(&days[1..]), "month").unwrap();
        assert_eq!(shown(&ends), "1 2 <- 1 2");
        assert_eq!(shown(&calendar_groups(&axis(&days[..2]), "month").unwrap()), "1 2 <- 1 2");
        let bins = resample(&axis(&days[1..]), &Period::from_adverb("monthly").unwrap(), false).unwrap();
        assert_eq!(bins.axis.label(0), "2020-01-01");
    }

    #[test]
    fn nouns_that_are_none() {
        let axis = dates("2020", Standard);
        let cases = [
            (&axis, "monthly", codes::AMBIGUOUS_PERIOD),
            (&axis, "decadal", codes::AMBIGUOUS_PERIOD),
            (&axis, "mnth", codes::UNKNOWN_CHOICE),
            (&TimeAxis::Positions(1), "month", codes::NO_TIME),
        ];
        for (axis, noun, code) in cases {
            assert_eq!(calendar_groups(axis, noun).unwrap_err().code, code, "{noun}");
        }
    }

    #[test]
    fn a_group_is_complete_when_all_its_occurrences_are() {
        let start = Standard.midnight(2019, 1, 1).unwrap();
        let two_years = TimeAxis::of(Standard, (0..24).map(|n| Standard.add_months(start, n)).collect());
        assert_eq!(calendar_groups(&two_years, "season").unwrap().complete, [false, true, true, true]);
        assert!(calendar_groups(&two_years, "month").unwrap().complete.iter().all(|complete| *complete));
        // Without June 2019.
        let hole = two_years.select(&(0..24).filter(|&step| step != 5).collect::<Vec<_>>());
        assert_eq!(calendar_groups(&hole, "season").unwrap().complete, [false, true, false, true]);
        // Summers only: the other months are missing everywhere, the summers nowhere.
        let days = (0..3).flat_map(|year| (0..92).map(move |day| (2019 + year, day)));
        let at = |(year, day)| Instant(Standard.midnight(year, 6, 1).unwrap().0 + day * MICROS_PER_DAY);
        let summers = TimeAxis::of(Standard, days.map(at).collect());
        assert_eq!(calendar_groups(&summers, "season").unwrap().complete, [true]);
        assert_eq!(calendar_groups(&summers, "month").unwrap().complete, [true; 3]);
    }

    #[test]
    fn given_labels() {
        let text = |labels: &str| labels.split(' ').map(|label| Label::Text(label.into())).collect::<Vec<_>>();
        let numbers = |labels: &[f64]| labels.iter().map(|&label| Label::Number(label)).collect::<Vec<_>>();
        let cases = [
            (text("wet dry wet"), "wet dry <- wet dry wet"),
            (text("Mar Jan Mar"), "Jan Mar <- Mar Jan Mar"),
            (text("march January"), "January march <- march January"),
            (text("SON DJF MAM"), "DJF MAM SON <- SON DJF MAM"),
            (text("Sun Monday"), "Monday Sun <- Sun Monday"),
            (text("Mar Jan x"), "Mar Jan x <- Mar Jan x"),
            (numbers(&[10.0, 2.0, 10.0]), "2 10 <- 10 2 10"),
            (numbers(&[0.5, -1.0]), "-1 0.5 <- 0.5 -1"),
        ];
        for (labels, expected) in cases {
            assert_eq!(shown(&label_groups("kind", &labels, labels.len()).unwrap()), expected);
        }
        let mixed = [Label::Number(1.0), Label::Text("b".into())];
        for (labels, steps) in [(&mixed[..1], 2), (&mixed[..], 2), (&[Label::Number(f64::NAN)][..], 1)] {
            assert_eq!(label_groups("kind", labels, steps).unwrap_err().code, codes::WRONG_LABELS);
        }
    }
}

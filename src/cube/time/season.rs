//! Seasons that a user defines: runs of months named by their initials, such as `JJAS` or `NDJFM`.

use super::axis::{Label, TimeAxis};
use super::climatology::Climatology;
use super::format::MONTH_NAMES;
use super::group::Groups;
use super::period::{Anchor, Period};
use super::resample::Bins;
use super::resample::{no_dates, resample};
use super::window::Base;
use crate::diagnostic::{Diagnostic, Result, codes};

/// The initials of two years, so that seasons may cross the end of one.
const INITIALS: &str = "JFMAMJJASONDJFMAMJJASOND";

/// Seasons that share no month; months may be in none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seasons {
    names: Vec<String>,
    /// The season of each month from January on.
    of_month: [Option<usize>; 12],
}

impl Seasons {
    /// Reads initials of two or more consecutive months, or the name of one month.
    ///
    /// # Errors
    /// `E0210` for what names no months, or several stretches, and for months in two seasons.
    pub(crate) fn parse(names: &[&str]) -> Result<Seasons> {
        let mut of_month = [None; 12];
        for (season, name) in names.iter().enumerate() {
            for month in months(name)? {
                if let Some(other) = of_month[month].replace(season) {
                    let other: &str = names[other];
                    let month = MONTH_NAMES[month];
                    let message = format!("{month} is in `{other}` and in `{name}`");
                    return Err(Diagnostic::new(codes::WRONG_LABELS, message)
                        .help("every month belongs to one season, or to none"));
                }
            }
        }
        Ok(Seasons { names: names.iter().map(|name| name.to_uppercase()).collect(), of_month })
    }

    /// The steps of each season pooled over all years, in the order the seasons were given; other steps are in no
    /// group.
    pub(crate) fn groups(&self, axis: &TimeAxis) -> Result<Groups> {
        let axis = &*axis.to_group();
        let Some((&calendar, values)) = axis.instants() else {
            return Err(no_dates(axis, "groupby season"));
        };
        let season = |at| self.of_month[calendar.fields(at).month as usize - 1];
        let seasons: Vec<Option<usize>> = values.iter().map(|&at| season(at)).collect();
        let present: Vec<usize> = (0..self.names.len()).filter(|s| seasons.contains(&Some(*s))).collect();
        let group_of = |season: Option<usize>| present.iter().position(|&p| Some(p) == season);
        // An occurrence of a season without any step, between others, makes its group incomplete, too.
        let bins = self.stretches(axis, true).or_else(|_| self.stretches(axis, false))?;
        let mut complete = vec![true; present.len()];
        if let TimeAxis::Instants { values: starts, .. } = &bins.axis {
            for ((&start, covered), expected) in starts.iter().zip(&bins.complete).zip(&bins.expected) {
                if let Some(group) = group_of(season(start)) {
                    complete[group] &= *covered || *expected == Some(0);
                }
            }
        }
        let labels = present.iter().map(|&p| Label::Text(self.names[p].clone())).collect();
        let climatology = Climatology::of("season", &bins, present.len(), |start| group_of(season(start)));
        Ok(Groups {
            axis: TimeAxis::Groups { key: "season".into(), labels, climatology },
            group_of_step: seasons.into_iter().map(group_of).collect(),
            complete,
        })
    }

    /// The steps of each occurrence of a season, in order along the timeline and labeled with its start.
    pub(crate) fn bins(&self, axis: &TimeAxis, keep_empty: bool) -> Result<Bins> {
        let bins = self.stretches(axis, keep_empty)?;
        let TimeAxis::Instants { calendar, values, .. } = &bins.axis else { return Ok(bins) };
        let in_season = |&bin: &usize| self.of_month[calendar.fields(values[bin]).month as usize - 1].is_some();
        let kept: Vec<usize> = (0..values.len()).filter(in_season).collect();
        let pick = |group: &Option<usize>| group.and_then(|g| kept.iter().position(|&k| k == g));
        Ok(Bins {
            axis: bins.axis.select(&kept),
            group_of_step: bins.group_of_step.iter().map(pick).collect(),
            complete: kept.iter().map(|&bin| bins.complete[bin]).collect(),
            expected: kept.iter().map(|&bin| bins.expected[bin]).collect(),
        })
    }

    /// Bins of the seasons and of the months between them.
    fn stretches(&self, axis: &TimeAxis, keep_empty: bool) -> Result<Bins> {
        let starts = |month: usize| {
            let before = self.of_month[(month + 11) % 12];
            self.of_month[month] != before
        };
        let mask = (0..12).filter(|&month| starts(month)).fold(0, |mask, month| mask | 1 << month);
        // A season of all twelve months starts with the first one of its name.
        let mask = if mask == 0 { 1 << INITIALS.find(&self.names[0]).unwrap_or(0) } else { mask };
        let base = Base::Seasons { starts: mask };
        resample(axis, &Period::Calendar { base, n: 1, anchor: Anchor::First }, keep_empty)
    }
}

/// The months of a season, January being 0.
fn months(name: &str) -> Result<Vec<usize>> {
    let wrong = |message: String| Diagnostic::new(codes::WRONG_LABELS, message);
    let own = |month: &&str| month.eq_ignore_ascii_case(name) || month[..3].eq_ignore_ascii_case(name);
    if let Some(month) = MONTH_NAMES.iter().position(own) {
        return Ok(vec![month]);
    }
    let initials = name.to_uppercase();
    let places: Vec<usize> = match initials.len() {
        1..=12 => (0..12).filter(|&at| INITIALS[at..].starts_with(&initials)).collect(),
        _ => Vec::new(),
    };
    match places[..] {
        [start] => Ok((start..start + initials.len()).map(|month| month % 12).collect()),
        [] => Err(wrong(format!("`{name}` is no run of months"))
            .help("seasons are the initials of months that follow each other: `DJF`, `JJAS`")),
        _ => {
            let meant: Vec<&str> = places.iter().map(|&at| MONTH_NAMES[at]).collect();
            Err(wrong(format!("`{name}` may be {}", meant.join(" or ")))
                .help("write the name of a single month: `Jul`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::Calendar;

    fn two_years(from: u32) -> TimeAxis {
        let start = Calendar::Standard.midnight(2019, from, 1).unwrap();
        TimeAxis::of(Calendar::Standard, (0..24).map(|n| Calendar::Standard.add_months(start, n)).collect())
    }

    #[test]
    fn names() {
        let cases = [
            ("DJF", vec![11, 0, 1]),
            ("jjas", vec![5, 6, 7, 8]),
            ("MA", vec![2, 3]),
            ("Jul", vec![6]),
            ("january", vec![0]),
            ("NDJFM", vec![10, 11, 0, 1, 2]),
            ("ASONDJFMAMJJ", vec![7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6]),
        ];
        for (name, expected) in cases {
            assert_eq!(months(name).unwrap(), expected, "{name}");
        }
        for name in ["J", "A", "", "XYZ", "JFM2", "DJFMAMJJASONDJF", "ÄÖ"] {
            assert_eq!(months(name).unwrap_err().code, codes::WRONG_LABELS, "{name}");
        }
        assert!(Seasons::parse(&["JJA", "AS"]).is_err());
    }

    #[test]
    fn groups_and_bins() {
        let seasons = Seasons::parse(&["JJAS", "DJF"]).unwrap();
        let groups = seasons.groups(&two_years(1)).unwrap();
        assert_eq!(groups.axis.label(0), "JJAS");
        let of: Vec<_> = groups.group_of_step[..12].to_vec();
        let (s, w) = (Some(0), Some(1));
        assert_eq!(of, [w, w, None, None, None, s, s, s, s, None, None, w]);
        assert_eq!(groups.complete, [true, false]);
        let bins = seasons.bins(&two_years(1), false).unwrap();
        let labels: Vec<String> = (0..bins.axis.len()).map(|i| bins.axis.label(i)).collect();
        assert_eq!(labels, ["2018-12-01", "2019-06-01", "2019-12-01", "2020-06-01", "2020-12-01"]);
        assert_eq!(bins.complete, [false, true, true, true, false]);
        let whole = Seasons::parse(&["JASONDJFMAMJ"]).unwrap().bins(&two_years(7), false).unwrap();
        assert_eq!(whole.axis.label(1), "2020-07-01");
        assert_eq!(whole.complete, [true, true]);
    }
}

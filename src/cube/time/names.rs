//! The date or number by which files of a folder are ordered, read from their names.

use super::calendar::Instant;
use super::series;
use super::strptime::Pattern;
pub(crate) use super::wellknown::has_year;
use super::wellknown::readings;
use crate::diagnostic::{Diagnostic, Result, codes};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a name says about its place in time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stamp {
    /// Counted in [`super::Calendar::Standard`].
    Date(Instant),
    /// A number that gives an order without dates.
    Number(f64),
}

/// Reads names by `dates FMT` and `match REGEX`, or by the well-known patterns without them.
#[derive(Clone, Debug)]
pub(crate) struct DateReader {
    format: Option<Pattern>,
    pattern: Option<Regex>,
}

impl DateReader {
    /// `format` is a strptime pattern that is looked for anywhere in the name. `pattern` is a regular expression; its
    /// first group, or all it matches, is what is read instead of the name.
    pub(crate) fn new(format: Option<&str>, pattern: Option<&str>) -> Result<DateReader> {
        let bad = |error: regex::Error| {
            let message = format!("`{}` is not a regular expression", pattern.unwrap_or_default());
            // The last line of the library's message names the fault.
            let text = error.to_string();
            let fault = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_string();
            Diagnostic::new(codes::BAD_LITERAL, message)
                .cause(fault)
                .help("write it raw, with the date in a group: `match r\"_(\\d{8})\\.tif\"`")
        };
        Ok(DateReader {
            format: format.map(Pattern::new).transpose()?,
            pattern: pattern.map(Regex::new).transpose().map_err(bad)?,
        })
    }

    /// The stamps of names or paths. The part after the last slash is read first, the whole only where that has none.
    ///
    /// Without a format, what the regular expression matches may also be a plain number; and where a date could be read
    /// in two ways, all of them decide.
    pub(crate) fn read<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Option<Stamp>>> {
        let names = names.into_iter();
        if let Some(format) = &self.format {
            let read = |name: &str| self.seen(name, &|text| format.search(text));
            return Ok(names.map(|name| read(name).map(Stamp::Date)).collect());
        }
        let names: Vec<&str> = names.collect();
        let some = |text: &str| Some(readings(text)).filter(|found| !found.is_empty());
        let found: Vec<_> = names.iter().map(|name| self.seen(name, &some).unwrap_or_default()).collect();
        let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let stamp = |(at, name): (Option<Instant>, &&str)| match (at, &self.pattern) {
            (Some(at), _) => Some(Stamp::Date(at)),
            (None, Some(_)) => self.seen(name, &number).map(Stamp::Number),
            (None, None) => None,
        };
        Ok(series::settle(&names, &found)?.into_iter().zip(&names).map(stamp).collect())
    }

    /// What is read in the last part of a name; if a format or a regular expression was given, then in all of it.
    fn seen<T>(&self, name: &str, read: &dyn Fn(&str) -> Option<T>) -> Option<T> {
        let matched = |text: &str| match &self.pattern {
            None => read(text),
            Some(pattern) => {
                let found = pattern.captures(text)?;
                read(found.get(1).or_else(|| found.get(0))?.as_str())
            }
        };
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let plain = self.format.is_none() && self.pattern.is_none();
        matched(last).or_else(|| if last == name || plain { None } else { matched(name) })
    }
}

/// The order of names in which `a2` comes before `a10`: runs of digits compare as numbers, other letters by their
/// codes.
pub(crate) fn natural_cmp(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (left_digits, right_digits) = (leading_digits(left), leading_digits(right));
        let order = if left_digits.is_empty() || right_digits.is_empty() {
            let (x, y) = (left.chars().next(), right.chars().next());
            let (Some(x), Some(y)) = (x, y) else {
                // Equal but for leading zeros.
                return x.is_some().cmp(&y.is_some()).then_with(|| a.cmp(b));
            };
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.cmp(&y)
        } else {
            (left, right) = (&left[left_digits.len()..], &right[right_digits.len()..]);
            let (x, y) = (left_digits.trim_start_matches('0'), right_digits.trim_start_matches('0'));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn leading_digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::time::Calendar;

    #[test]
    fn names_are_read_by_format_and_match() {
        let cases = [
            (None, None, "0_MSWEP_1979.01.02.tif.asc", "1979-01-02"),
            (Some("%Y.%m.%d"), None, "0_MSWEP_1979.01.02.tif.asc", "1979-01-02"),
            (Some("%Y.%m.%d"), Some(r"tmax_(\d{4}\.\d{2}\.\d{2})"), "1999.01.01_tmax_2000.02.03.tif", "2000-02-03"),
            (None, Some(r"_(\d{8})_\d{8}"), "LC08_013032_20180131_20180207_01", "2018-01-31"),
            (None, Some(r"_\d{8}_(\d{8})"), "LC08_013032_20180131_20180207_01", "2018-02-07"),
            (None, Some(r"^\d+"), "10_precip_2009.01.11.tif", "10"),
            (None, Some(r"w(-?[\d.]+)"), "w-1.5_2009.tif", "-1.5"),
            (Some("%Y/%j"), None, "era/2019/032/x.tif", "2019-02-01"),
            (None, None, "2019-01-01/x.tif", "none"),
            (None, Some("no"), "2009-01-01.tif", "none"),
        ];
        for (format, pattern, name, expected) in cases {
            let shown = match DateReader::new(format, pattern).unwrap().read([name]).unwrap()[0] {
                Some(Stamp::Date(at)) => Calendar::Standard.iso(at),
                Some(Stamp::Number(number)) => number.to_string(),
                None => "none".into(),
            };
            assert_eq!(shown, expected, "{name}");
        }
        let error = DateReader::new(None, Some(r"_(\d{4}")).unwrap_err();
        assert_eq!(error.message, r"`_(\d{4}` is not a regular expression");
        assert_eq!(error.cause_text(), Some("unclosed group"));
        assert!(DateReader::new(Some("%x"), None).is_err());
    }

    #[test]
    fn numbers_in_names_order_as_numbers() {
        let mut names = ["a10", "a2", "a", "b1", "a02", "a2b", "10_x", "9_x", "a2.5", "é", "a99999999999999999999999"];
        names.sort_by(|a, b| natural_cmp(a, b));
        let sorted = ["9_x", "10_x", "a", "a02", "a2", "a2.5", "a2b", "a10", "a99999999999999999999999", "b1", "é"];
        assert_eq!(names, sorted);
        assert_eq!(natural_cmp("a1", "a1"), Ordering::Equal);
        assert_eq!(natural_cmp("a01", "a1"), Ordering::Less);
    }
}

//! The time axis of a list of files: dates from names, from headers, from bands; else the order they are given in.

use super::LoadFiles;
use crate::cube::TimeAxis;
use crate::cube::time::names::{DateReader, Stamp};
use crate::cube::time::{Calendar, Fields, Instant};
use crate::diagnostic::{Diagnostic, Result, codes};
use crate::io::gdal::read::Header;
use crate::io::raster::{self, Item};
use std::sync::atomic::AtomicBool;

/// How dates are found in names.
pub(crate) struct Dates {
    reader: DateReader,
    /// What the user asked for, as it was written; empty for the well-known patterns.
    said: String,
    pattern: Option<String>,
}

/// What all names say.
pub(crate) enum NameAxis {
    Dates(Vec<Instant>),
    /// No dates, but an order.
    Numbers(Vec<f64>),
}

impl Dates {
    pub(crate) fn of(given: &LoadFiles) -> Result<Dates> {
        let (dates, pattern) = (given.dates.as_deref(), given.pattern.as_deref());
        let said = [pattern.map(|p| format!("match r\"{p}\"")), dates.map(|d| format!("dates \"{d}\""))];
        Ok(Dates {
            reader: DateReader::new(dates, pattern)?,
            said: said.into_iter().flatten().collect::<Vec<_>>().join(" "),
            pattern: pattern.map(str::to_string),
        })
    }

    /// What the user's pattern sees in a name that gave no date.
    fn sees(&self, name: &str) -> Option<String> {
        let pattern = regex::Regex::new(self.pattern.as_deref()?).ok()?;
        Some(match pattern.captures(name) {
            None => format!("the pattern finds nothing in `{name}`"),
            Some(found) => {
                let seen = found.get(1).or_else(|| found.get(0)).map_or("", |m| m.as_str());
                format!("the pattern finds `{seen}`, which is no date of that format")
            }
        })
    }
}

/// The dates of all names; `None` if no name has one and none was asked for.
pub(crate) fn from_names(items: &[Item], dates: &Dates) -> Result<Option<NameAxis>> {
    // A pattern may speak of folders, and is shown the whole path; the well-known ones know only the last name.
    let text = |item: &Item| if dates.said.is_empty() { item.stem().to_string() } else { item.path.clone() };
    let found: Vec<Option<Stamp>> = items.iter().map(|item| dates.reader.read(&text(item))).collect();
    let of_dates: Vec<Instant> = found.iter().filter_map(as_date).collect();
    let numbers: Vec<f64> = found.iter().filter_map(as_number).collect();
    if of_dates.len() == items.len() {
        return Ok(Some(NameAxis::Dates(of_dates)));
    }
    if numbers.len() == items.len() {
        return Ok(Some(NameAxis::Numbers(numbers)));
    }
    if found.iter().all(Option::is_none) {
        let Some(first) = items.first().filter(|_| !dates.said.is_empty()) else { return Ok(None) };
        return Err(Diagnostic::new(codes::NO_DATE, format!("`{}` finds no date in `{}`", dates.said, first.name))
            .help_if(dates.sees(&first.name))
            .help("a pattern holds the date in parentheses: `match r\"_(\\d{8})\" dates \"%Y%m%d\"`"));
    }
    let dated = |i: usize| {
        let at = found.get(i).and_then(as_date)?;
        Some(format!("`{}` is {}", items[i].name, Calendar::Standard.iso(at)))
    };
    let undated = found.iter().position(|stamp| as_date(stamp).is_none()).unwrap_or(0);
    let neighbors: Vec<String> =
        [undated.checked_sub(1).and_then(dated), dated(undated + 1)].into_iter().flatten().collect();
    let beside = match neighbors.is_empty() {
        true => format!("{} of {} names have one", of_dates.len(), items.len()),
        false => neighbors.join(", "),
    };
    Err(Diagnostic::new(codes::NO_DATE, format!("no date in the name `{}`", items[undated].name))
        .help(beside)
        .help_if(dates.sees(&items[undated].name))
        .help("say where the date stands, `match r\"_(\\d{8})\" dates \"%Y%m%d\"`, or narrow the pattern of files"))
}

fn as_date(stamp: &Option<Stamp>) -> Option<Instant> {
    if let Some(Stamp::Date(at)) = stamp { Some(*at) } else { None }
}

fn as_number(stamp: &Option<Stamp>) -> Option<f64> {
    if let Some(Stamp::Number(number)) = stamp { Some(*number) } else { None }
}

/// The dates TIFF headers state, if every file has one.
pub(crate) fn from_headers(
    items: &[Item],
    notes: &mut Vec<String>,
    cancel: &AtomicBool,
) -> Result<Option<Vec<Instant>>> {
    let stated = |header: Option<Header>| datetime(&header?.datetime?);
    let found: Vec<Option<Instant>> = raster::headers(items, cancel)?.into_iter().map(stated).collect();
    if found.iter().all(Option::is_some) {
        notes.push("dates are the files' TIFFTAG_DATETIME: their names have none".into());
        return Ok(Some(found.into_iter().flatten().collect()));
    }
    if let Some(i) = found.iter().position(Option::is_none) {
        let name = &items[i].name;
        notes
            .push(format!("steps are in the order of the names: `{name}` has no TIFFTAG_DATETIME, and no name a date"));
    }
    Ok(None)
}

/// `2022:01:17 10:43:43`, as TIFF has it.
fn datetime(text: &str) -> Option<Instant> {
    let numbers: Vec<u32> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map_while(|n| n.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = numbers.get(..6)?.try_into().ok()?;
    let date = Fields::date(i64::from(year), month, day);
    (year > 0).then(|| Calendar::Standard.instant(&Fields { hour, minute, second, ..date })).flatten()
}

/// The axis of files whose bands are steps, and the file and band of each.
pub(crate) fn from_bands(
    items: &[Item],
    template: usize,
    header: &Header,
    dates: &Dates,
    cancel: &AtomicBool,
) -> Result<(TimeAxis, Vec<(usize, usize)>)> {
    let others = if items.len() > 1 { raster::headers(items, cancel)? } else { vec![None] };
    let mut found = Vec::new();
    for (file, (item, other)) in items.iter().zip(&others).enumerate() {
        // One that cannot be opened is met again, and told of, when it is read.
        let header = other.as_ref().or((file == template).then_some(header)).unwrap_or(header);
        for (band, stored) in header.bands.iter().enumerate() {
            let described = || as_date(&dates.reader.read(&stored.description));
            let valid = || stored.message.as_ref()?.valid?.checked_mul(1_000_000).map(Instant);
            let Some(at) = described().or_else(valid) else {
                return Err(Diagnostic::new(
                    codes::NO_DATE,
                    format!(
                        "band {} of `{}` has no date in its description `{}`",
                        band + 1,
                        item.name,
                        stored.description
                    ),
                )
                .help("say where it stands, `match r\"X(.*)\" dates \"%Y.%m.%d\"`, or leave `bands_as time` out"));
            };
            found.push((at, (file, band)));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    let (instants, steps) = found.into_iter().unzip();
    Ok((TimeAxis::of(Calendar::Standard, instants), steps))
}

/// A step for messages: its date, or its number from 1.
pub(crate) fn position(time: &TimeAxis, step: usize) -> String {
    match time {
        TimeAxis::Positions(_) => format!("step {}", step + 1),
        _ => time.label(step),
    }
}

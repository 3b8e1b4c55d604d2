//! The time axis of a list of files: dates from names, from headers, from bands; else the order they are given in.

use super::{BandsAs, LoadFiles};
use crate::cube::TimeAxis;
use crate::cube::time::format::month_named;
use crate::cube::time::names::{DateReader, Stamp};
use crate::cube::time::{Calendar, Fields, Instant, Period, parse_partial};
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

/// How dates are written in names, where the user said it.
fn written(given: &LoadFiles) -> Option<&str> {
    match &given.dates[..] {
        [format] if format.contains('%') => Some(format),
        _ => None,
    }
}

/// The dates of so many steps that the user gave: all of them, or the first and the time from one to the next.
pub(crate) fn stated(given: &LoadFiles, steps: usize) -> Result<Option<Vec<Instant>>> {
    let calendar = Calendar::Standard;
    let date = |text: &String| {
        let at = parse_partial(text, calendar).map(|(start, _)| start);
        at.ok_or_else(|| {
            Diagnostic::new(codes::BAD_LITERAL, format!("`{text}` is no date"))
                .help("dates are written `2020-01-31` or `2020-01-31T10:30`, and a format with `%`: `dates \"%Y%m%d\"`")
        })
    };
    if !given.dates.is_empty() && written(given).is_none() {
        let dates: Vec<Instant> = given.dates.iter().map(date).collect::<Result<_>>()?;
        if dates.len() != steps {
            return Err(Diagnostic::new(
                codes::UNFIT_ARGUMENTS,
                format!("`dates` has {}, and there are {}", plural(dates.len(), "date"), plural(steps, "step")),
            )
            .help("give one for each, or the first: `start 2020-01-01 every 1d`"));
        }
        return Ok(Some(dates));
    }
    match (&given.start, &given.every) {
        (Some(start), Some(every)) => {
            let (start, every) = (date(start)?, Period::from_text(every)?);
            Ok(Some((0..steps as i64).map(|count| every.after(start, count, calendar)).collect()))
        }
        (None, None) => Ok(None),
        _ => Err(Diagnostic::new(codes::UNFIT_ARGUMENTS, "`start` and `every` go together")
            .help("write `start 2020-01-01 every 1d`")),
    }
}

pub(super) fn plural(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// What all names say.
pub(crate) enum NameAxis {
    Dates(Vec<Instant>),
    /// No dates, but an order.
    Numbers(Vec<f64>),
}

impl Dates {
    pub(crate) fn of(given: &LoadFiles) -> Result<Dates> {
        let (dates, pattern) = (written(given), given.pattern.as_deref());
        let said = [pattern.map(|p| format!("match r\"{p}\"")), dates.map(|d| format!("dates \"{d}\""))];
        Ok(Dates {
            reader: DateReader::new(dates, pattern)?,
            said: said.into_iter().flatten().collect::<Vec<_>>().join(" "),
            pattern: pattern.map(str::to_string),
        })
    }

    /// Whether the user said how dates are written.
    fn is_given(&self) -> bool {
        !self.said.is_empty()
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
pub(crate) fn from_names<'a>(items: &'a [Item], dates: &Dates) -> Result<Option<NameAxis>> {
    // A pattern may speak of folders, and is shown the whole path; the well-known ones know only the last name.
    let text = |item: &'a Item| if dates.said.is_empty() { item.stem() } else { item.path.as_str() };
    let found = dates.reader.read(items.iter().map(text))?;
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
    header: &Header,
    (given, dates): (&LoadFiles, &Dates),
    notes: &mut Vec<String>,
    cancel: &AtomicBool,
) -> Result<(TimeAxis, Vec<(usize, usize)>)> {
    let others = if items.len() > 1 { raster::headers(items, cancel)? } else { vec![None] };
    // One that cannot be opened is met again, and told of, when it is read.
    let headers: Vec<&Header> = others.iter().map(|other| other.as_ref().unwrap_or(header)).collect();
    let places: Vec<(usize, usize)> =
        headers.iter().enumerate().flat_map(|(file, header)| (0..header.bands.len()).map(move |b| (file, b))).collect();
    let stored = |&(file, band): &(usize, usize)| &headers[file].bands[band];
    // `Jan` of `rain_2020.tif` is January 2020.
    let text = |place: &(usize, usize)| match stored(place).description.trim() {
        month if month_named(month).is_some() => format!("{}_{month}", items[place.0].stem()),
        other => other.to_string(),
    };
    let texts: Vec<String> = places.iter().map(text).collect();
    let described = dates.reader.read(texts.iter().map(String::as_str))?;
    let valid = |place| stored(place).message.as_ref()?.valid?.checked_mul(1_000_000).map(Instant);
    let stamps: Vec<Option<Instant>> = match stated(given, places.len())? {
        Some(stated) => stated.into_iter().map(Some).collect(),
        None => places.iter().zip(&described).map(|(place, stamp)| as_date(stamp).or_else(|| valid(place))).collect(),
    };
    if stamps.iter().all(Option::is_none) && !dates.is_given() {
        let steps = plural(places.len(), "band");
        notes.push(format!(
            "the descriptions of {steps} have no date, so steps are positions; `start 2020-01-01 every 1mo` or \
             `dates [2020-01-01 ..]` dates them"
        ));
        return Ok((TimeAxis::Positions(places.len()), places));
    }
    let mut found = Vec::new();
    for (place, stamp) in places.into_iter().zip(stamps) {
        let Some(at) = stamp else {
            let (name, description) = (&items[place.0].name, &stored(&place).description);
            return Err(Diagnostic::new(
                codes::NO_DATE,
                format!("band {} of `{name}` has no date in its description `{description}`", place.1 + 1),
            )
            .help("say where it stands, `match r\"X(.*)\" dates \"%Y.%m.%d\"`, or leave `bands_as time` out"));
        };
        found.push((at, place));
    }
    found.sort_by_key(|(at, _)| *at);
    let (instants, steps) = found.into_iter().unzip();
    Ok((TimeAxis::of(Calendar::Standard, instants), steps))
}

/// Tells of steps that have the date of others. Where half of the files or more do, the names say more than was read of
/// them, unless the user said how dates are written.
pub(super) fn check_dates(items: &[Item], time: &TimeAxis, given: &LoadFiles, notes: &mut Vec<String>) -> Result<()> {
    let said =
        !given.dates.is_empty() || given.start.is_some() || given.pattern.is_some() || given.bands_as == BandsAs::Time;
    match time.duplicates() {
        0 => {}
        n if !said && n * 2 >= time.len() => return Err(too_few_dates(items, time, n)),
        1 => notes.push("1 step has the date of the step before it; both are kept".into()),
        n => notes.push(format!("{n} steps have the date of a step before them; all are kept")),
    }
    Ok(())
}

fn too_few_dates(items: &[Item], time: &TimeAxis, repeated: usize) -> Box<Diagnostic> {
    let instants = time.instants().map_or(&[][..], |(_, values)| values);
    let pair = instants.windows(2).position(|pair| pair[0] == pair[1]).unwrap_or(0);
    let name = |i: usize| items.get(i).map_or("", |item| item.name.as_str());
    Diagnostic::new(
        codes::UNCLEAR_NAMES,
        format!("{repeated} of {} files have the date of another by their names", time.len()),
    )
    .help(format!("`{}` and `{}` are both read as {}", name(pair), name(pair + 1), time.label(pair)))
    .help("say what else is in the names, `dates \"%Y%m%d_%H\"`, or that there is no more, `dates \"%Y%m%d\"`")
    .help("`group time` makes one step of the files of a time; files of other quantities are loaded apart and joined")
}

/// A step for messages: its date, or its number from 1.
pub(crate) fn position(time: &TimeAxis, step: usize) -> String {
    match time {
        TimeAxis::Positions(_) => format!("step {}", step + 1),
        _ => time.label(step),
    }
}

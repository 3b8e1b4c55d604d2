//! Dates in file names and band descriptions, found by the patterns data centers use.

use super::calendar::{Calendar, Fields, Instant};
use super::format::month_named;
use super::parts;
use std::ops::RangeInclusive;

/// One way to read the date of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub form: Form,
    /// What stands between its numbers.
    pub separator: char,
    /// Counted in [`Calendar::Standard`].
    pub at: Instant,
    /// The same without the digits after a whole date that may be a time of day.
    pub date: Instant,
    pub tail: Tail,
}

/// What the numbers of a date are, where they could be several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// There is one way to read it.
    Plain,
    /// `05-06-2020` on the fifth of June, or on the sixth of May.
    DayFirst,
    MonthFirst,
    /// `2020.01.3` on the third, in the third dekad, in the third pentad.
    Day,
    Dekad,
    Pentad,
}

/// What two, four or six digits after a whole date are: `20200101_0010`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// There are none.
    Absent,
    /// A time of day; it might be a number that looks like one.
    Clock,
    /// Two digits that may be an hour, if the others count on the hours of a day.
    Hour,
    /// No time of day.
    Number,
}

impl Form {
    /// Forms of one family exclude one another within a series.
    pub(crate) fn family(self) -> u8 {
        match self {
            Form::Plain => 0,
            Form::DayFirst | Form::MonthFirst => 1,
            Form::Day | Form::Dekad | Form::Pentad => 2,
        }
    }

    /// The `dates` that read it.
    pub(crate) fn pattern(self, separator: char) -> String {
        let fields = match self {
            Form::DayFirst => ["%d", "%m", "%Y"],
            Form::MonthFirst => ["%m", "%d", "%Y"],
            Form::Plain | Form::Day => ["%Y", "%m", "%d"],
            Form::Dekad => ["%Y", "%m", "%K"],
            Form::Pentad => ["%Y", "%m", "%P"],
        };
        fields.join(&separator.to_string())
    }
}

/// The ways to read the date in a name, of which only the part after the last slash is looked at; none if it has no date.
///
/// The first of these that has a date which exists wins, and within one of them the leftmost date:
///
/// 1. Whole dates: `1979-01-01`, `1979.1.1` or `1979_01_01` (one separator throughout), `19790101` and with more digits
///    `1979010100`, `197901010030`, `19790101003000`; `15Jan2020`, `2020-Jan-15`; `A2013257` of MODIS; the scene names of
///    Landsat before the collections (`LC80030172015001LGN00`). A time of day may follow.
/// 2. Whole dates with the year at the end: `23-06-2020`. Other names tell whether the day or the month is first.
/// 3. Year and day of the year: `2013257`, `2013-257`, `1979001.03` with the hour, `2020191T155821`.
/// 4. Weeks, dekads, pentads and quarters: `2020-W02`, `202001_d1`, `2020dek03`, `202001_pentad2`, `2020_Q3`.
/// 5. Year and month: `1979-01`, `197901`, `Jan2020`.
/// 6. A year with nothing but separators on its sides: `precip_1979.tif`.
///
/// Years lie between 1600 and 2399, a year alone between 1700 and 2199, so that path/row numbers (`013032`) and most
/// sizes are no dates. A `v` before digits makes a version of them (`v2.0`, `fv02.0`), a decimal point before a lone year
/// a fraction. Six or ten digits that begin with a year after 2100 are none, as `210101` is the first of January of 2021 to
/// many. A month or a year beside which something stands that may be the rest of a date (`05_2020`, `202001_p1`) is
/// none: who reads it without the rest is wrong.
pub(crate) fn readings(name: &str) -> Vec<Reading> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let runs = Runs::of(name);
    let leftmost = |read: fn(&Runs, usize) -> Vec<Reading>| {
        let places = (0..runs.runs.len()).filter(|&idx| !runs.runs[idx].version);
        places.map(|idx| read(&runs, idx)).find(|found| !found.is_empty())
    };
    [
        whole_date,
        year_last,
        |runs: &Runs, idx: usize| Reading::plain(day_of_year(runs, idx)),
        |runs: &Runs, idx: usize| Reading::plain(part_of_year(runs, idx)),
        |runs: &Runs, idx: usize| Reading::plain(month(runs, idx)),
        |runs: &Runs, idx: usize| Reading::plain(year(runs, idx)),
    ]
    .into_iter()
    .find_map(leftmost)
    .unwrap_or_default()
}

/// Whether a year stands in a name, although no date is read in it.
pub(crate) fn has_year(name: &str) -> bool {
    let runs = Runs::of(name);
    let alone = |idx: usize| {
        !runs.before(idx).ends_with(char::is_alphanumeric) && !runs.after(idx).starts_with(char::is_alphanumeric)
    };
    let year = |idx: usize| runs.digits(idx, 4..=4).is_some_and(|year| ("1900".."2100").contains(&year));
    (0..runs.runs.len()).any(|idx| !runs.runs[idx].version && alone(idx) && year(idx))
}

const SEPARATORS: [&str; 4] = ["-", ".", "_", " "];
const MARKS: [char; 4] = ['-', '.', '_', ' '];

impl Reading {
    /// A reading, if there is such a date.
    fn of(form: Form, separator: char, date: Fields) -> Vec<Reading> {
        let at = parts::instant(Calendar::Standard, &date);
        at.map(|at| Reading { form, separator, at, date: at, tail: Tail::Absent }).into_iter().collect()
    }

    fn plain(date: Option<Fields>) -> Vec<Reading> {
        date.map(|date| Reading::of(Form::Plain, '-', date)).unwrap_or_default()
    }
}

/// A name's runs of digits.
struct Runs<'a> {
    name: &'a str,
    runs: Vec<Run<'a>>,
}

struct Run<'a> {
    start: usize,
    digits: &'a str,
    version: bool,
}

impl Runs<'_> {
    fn of(name: &str) -> Runs<'_> {
        let bytes = name.as_bytes();
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let n_digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            if n_digits > 0 {
                let before = &bytes[..at];
                let follows_version = runs.last().is_some_and(|last| {
                    last.version && n_digits <= 3 && bytes[last.start + last.digits.len()..at] == *b"."
                });
                let after_v = match before {
                    [.., word, b'v' | b'V'] => !word.is_ascii_alphabetic() || word.eq_ignore_ascii_case(&b'f'),
                    [b'v' | b'V'] => true,
                    _ => false,
                };
                let digits = &name[at..at + n_digits];
                runs.push(Run { start: at, digits, version: after_v || follows_version });
            }
            at += n_digits.max(1);
        }
        Runs { name, runs }
    }

    /// The digits of a run, if it is there and has as many as asked.
    fn digits(&self, idx: usize, lengths: std::ops::RangeInclusive<usize>) -> Option<&str> {
        self.runs.get(idx).map(|run| run.digits).filter(|digits| lengths.contains(&digits.len()))
    }

    fn before(&self, idx: usize) -> &str {
        &self.name[..self.runs[idx].start]
    }

    fn after(&self, idx: usize) -> &str {
        &self.name[self.runs[idx].start + self.runs[idx].digits.len()..]
    }

    /// The letters and digits before and after a run, right beside it or a separator apart.
    fn neighbors(&self, idx: usize) -> [&str; 2] {
        let apart = |c: char| !c.is_alphanumeric();
        let before = match idx.checked_sub(1).is_some_and(|previous| self.runs[previous].version) {
            true => "",
            false => self.before(idx),
        };
        let before = before.strip_suffix(MARKS).unwrap_or(before).rsplit(apart).next().unwrap_or("");
        let after = self.after(idx);
        let after = after.strip_prefix(MARKS).unwrap_or(after).split(apart).next().unwrap_or("");
        [before, after]
    }

    /// What stands between a run and the next.
    fn between(&self, idx: usize) -> &str {
        let end = self.runs.get(idx + 1).map_or(self.name.len(), |next| next.start);
        &self.name[self.runs[idx].start + self.runs[idx].digits.len()..end]
    }

    /// The separator between a run and the next, if nothing else is there.
    fn separator(&self, idx: usize) -> Option<&str> {
        let between = self.between(idx);
        (idx + 1 < self.runs.len() && SEPARATORS.contains(&between)).then_some(between)
    }
}

fn whole_date(runs: &Runs, idx: usize) -> Vec<Reading> {
    let others = || modis(runs, idx).or_else(|| landsat_scene(runs, idx));
    [separated(runs, idx), compact(runs, idx), with_month_name(runs, idx), Reading::plain(others())]
        .into_iter()
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// `1979.01.01`, which may be a dekad or a pentad where one digit follows a month of two.
fn separated(runs: &Runs, idx: usize) -> Vec<Reading> {
    let Some((separator, [year, month, day])) = three(runs, idx, [4..=4, 1..=2, 1..=2]) else { return Vec::new() };
    let Some(year) = plausible(year) else { return Vec::new() };
    let part_of_month = month.len() == 2 && day.len() == 1;
    let (Some(month), Some(number)) = (number(month), number(day)) else { return Vec::new() };
    let mut found = with_clock(runs, idx + 2, Form::Day, separator, Fields::date(year, month, number));
    if part_of_month && found.iter().all(|day| day.at == day.date) {
        let parts =
            [(Form::Dekad, parts::dekad(year, month, number)), (Form::Pentad, parts::pentad(year, month, number))];
        found.extend(parts.into_iter().flat_map(|(form, date)| Some(Reading::of(form, separator, date?))).flatten());
    }
    found
}

/// `23-06-2020`, with the day first or the month.
fn year_last(runs: &Runs, idx: usize) -> Vec<Reading> {
    let Some((separator, [first, second, year])) = three(runs, idx, [1..=2, 1..=2, 4..=4]) else { return Vec::new() };
    let begins = !runs.before(idx).ends_with(char::is_alphanumeric);
    let Some(year) = plausible(year).filter(|_| begins) else { return Vec::new() };
    let (Some(first), Some(second)) = (number(first), number(second)) else { return Vec::new() };
    let forms = [(Form::DayFirst, second, first), (Form::MonthFirst, first, second)];
    let read = |(form, month, day)| with_clock(runs, idx + 2, form, separator, Fields::date(year, month, day));
    forms.into_iter().flat_map(read).collect()
}

/// Three runs with one separator between them, each of so many digits.
fn three<'a>(runs: &'a Runs, idx: usize, lengths: [RangeInclusive<usize>; 3]) -> Option<(char, [&'a str; 3])> {
    let separator = runs.separator(idx)?;
    let same = runs.separator(idx + 1)? == separator;
    let [a, b, c] = lengths;
    let digits = [runs.digits(idx, a)?, runs.digits(idx + 1, b)?, runs.digits(idx + 2, c)?];
    separator.chars().next().filter(|_| same).map(|separator| (separator, digits))
}

/// The date that ends in this run, with the time of day that may follow: `T10:30:00`, `_103000`, `_10-30`, `_1030`, or
/// the hour after the same separator.
fn with_clock(runs: &Runs, last: usize, form: Form, separator: char, date: Fields) -> Vec<Reading> {
    let certain = clock_in_runs(runs, last, separator, date).or_else(|| clock_after(runs.after(last), date));
    if let Some(timed) = certain {
        return Reading::of(form, separator, timed).into_iter().collect();
    }
    let mut found = Reading::of(form, separator, date);
    if let Some(digits) = tail(runs.after(last)) {
        // The year once more is no time.
        let timed = clock(digits, date).filter(|_| digits.parse() != Ok(date.year));
        for reading in &mut found {
            reading.tail = match timed {
                Some(_) if digits.len() == 2 => Tail::Hour,
                Some(_) => Tail::Clock,
                None if digits.len() == 2 => Tail::Absent,
                None => Tail::Number,
            };
            reading.at = timed.and_then(|timed| parts::instant(Calendar::Standard, &timed)).unwrap_or(reading.date);
        }
    }
    found
}

/// Two, four or six digits, and no more, after a plain separator.
fn tail(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(['-', '_', ' '])?;
    let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let ends = !rest[n_digits..].starts_with(char::is_alphanumeric);
    (ends && matches!(n_digits, 2 | 4 | 6)).then(|| &rest[..n_digits])
}

/// A time of day in the runs after the one of the day.
fn clock_in_runs(runs: &Runs, day: usize, separator: char, date: Fields) -> Option<Fields> {
    let below = |idx: usize, limit: u32| number(runs.digits(idx, 2..=2)?).filter(|number| *number < limit);
    let is_clock = |timed: &Fields| timed.hour < 24 || (timed.minute, timed.second) == (0, 0);
    let mark = runs.between(day);
    let hour = below(day + 1, 25)?;
    // Minutes and seconds, each only where a separator and the part before it are there.
    let part = |idx: usize| {
        let apart = runs.runs.len() > idx && [":", "-", ".", "_"].contains(&runs.between(idx - 1));
        apart.then(|| below(idx, 60)).flatten()
    };
    let minute = part(day + 2);
    let second = minute.and_then(|_| part(day + 3)).unwrap_or(0);
    let same = mark.chars().eq([separator]);
    let marked = same || (minute.is_some() && ["T", "t", " ", "_", "-"].contains(&mark));
    marked.then(|| Fields { hour, minute: minute.unwrap_or(0), second, ..date }).filter(is_clock)
}

/// 8, 10, 12 or 14 to 17 digits in a row. Dates with hours in one number begin in 1850: earlier ones are seconds since
/// 1970.
fn compact(runs: &Runs, idx: usize) -> Vec<Reading> {
    let read = || {
        let digits = runs.digits(idx, 8..=17).filter(|digits| matches!(digits.len(), 8 | 10 | 12 | 14..=17))?;
        if digits.len() == 10 && is_short_year(digits) {
            return None;
        }
        let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), number);
        let year = plausible(&digits[..4]).filter(|year| digits.len() == 8 || *year >= 1850)?;
        let date = Fields::date(year, number(&digits[4..6])?, number(&digits[6..8])?);
        let timed = Fields { hour: part(8)?, minute: part(10)?, second: part(12)?, ..date };
        Some(if digits.len() == 8 {
            with_clock(runs, idx, Form::Plain, '-', date)
        } else {
            Reading::of(Form::Plain, '-', timed)
        })
    };
    read().unwrap_or_default()
}

/// `15Jan2020`, `15-January-2020`, `2020Jan15`.
fn with_month_name(runs: &Runs, idx: usize) -> Vec<Reading> {
    let read = || {
        let month = month_named(runs.between(idx).trim_matches(MARKS))?;
        let day_first = || Some((runs.digits(idx, 1..=2)?, runs.digits(idx + 1, 4..=4)?));
        let year_first = || Some((runs.digits(idx + 1, 1..=2)?, runs.digits(idx, 4..=4)?));
        let (day, year) = day_first().or_else(year_first)?;
        Some(Fields::date(plausible(year)?, month, number(day)?))
    };
    read().map(|date| with_clock(runs, idx + 1, Form::Plain, '-', date)).unwrap_or_default()
}

/// `A2013257`, and the `.0530` of a swath.
fn modis(runs: &Runs, idx: usize) -> Option<Fields> {
    let digits = runs.digits(idx, 7..=7)?;
    let marked = match runs.before(idx).as_bytes() {
        [.., word, b'A'] => !word.is_ascii_alphanumeric(),
        before => before == b"A",
    };
    let date = marked.then(|| ordinal(&digits[..4], &digits[4..])).flatten()?;
    let swath = runs.after(idx).starts_with('.').then(|| runs.digits(idx + 1, 4..=4)).flatten();
    Some(swath.and_then(|swath| clock(swath, date)).unwrap_or(date))
}

/// `LC80030172015001LGN00`: sensor, path, row, year and day of the year.
fn landsat_scene(runs: &Runs, idx: usize) -> Option<Fields> {
    let digits = runs.digits(idx, 14..=14)?;
    let sensor = matches!(runs.before(idx).as_bytes(), [.., b'L', b'C' | b'O' | b'T' | b'E' | b'M']);
    sensor.then(|| ordinal(&digits[7..11], &digits[11..])).flatten()
}

fn day_of_year(runs: &Runs, idx: usize) -> Option<Fields> {
    if let (Some(year), Some(day)) = (runs.digits(idx, 4..=4), runs.digits(idx + 1, 3..=3)) {
        let date = runs.separator(idx).and_then(|_| ordinal(year, day))?;
        return Some(clock_after(runs.after(idx + 1), date).unwrap_or(date));
    }
    let digits = runs.digits(idx, 7..=13).filter(|digits| matches!(digits.len(), 7 | 11 | 13))?;
    // `P2020002` of NOAA's vegetation health is a week.
    if digits.len() == 7 && runs.before(idx).ends_with(".P") {
        return None;
    }
    let date = ordinal(&digits[..4], &digits[4..7])?;
    if digits.len() > 7 {
        return clock(&digits[7..], date);
    }
    let hour = (runs.separator(idx) == Some(".")).then(|| number(runs.digits(idx + 1, 2..=2)?)).flatten();
    let on_the_hour = Fields { hour: hour.filter(|hour| *hour <= 24).unwrap_or(0), ..date };
    Some(clock_after(runs.after(idx), date).unwrap_or(on_the_hour))
}

/// `2020-W02`, `202001_d1`, `2020-01-D2`, `2020dek03`, `202001_pentad2`, `2020_Q3`, `Q3-2020`.
fn part_of_year(runs: &Runs, idx: usize) -> Option<Fields> {
    let (year, month, last) = year_month(runs, idx).or_else(|| {
        let year = runs.digits(idx, 4..=4).filter(|_| !runs.before(idx).ends_with(char::is_alphanumeric))?;
        Some((plausible(year)?, None, idx))
    })?;
    let [before, _] = runs.neighbors(idx);
    let [_, after] = runs.neighbors(last);
    let Some((word, number, digits)) = part(after) else {
        let (word, number, _) = part(before).filter(|_| month.is_none())?;
        return if word == "q" { parts::quarter(year, number) } else { None };
    };
    match (word.as_str(), month) {
        ("w", None) if digits == 2 => {
            let weekday = (runs.separator(last + 1) == Some("-")).then(|| runs.digits(last + 2, 1..=1)).flatten();
            parts::week(year, number, weekday.and_then(self::number).unwrap_or(1))
        }
        ("q", None) => parts::quarter(year, number),
        ("d", Some(month)) if digits == 1 => parts::dekad(year, month, number),
        ("dk" | "dek" | "dekad", Some(month)) => parts::dekad(year, month, number),
        ("dek" | "dekad", None) => parts::dekad_of_year(year, number),
        ("pent" | "pentad", Some(month)) => parts::pentad(year, month, number),
        _ => None,
    }
}

/// A year and a month, and the run they end in; a year alone where no month follows.
fn year_month(runs: &Runs, idx: usize) -> Option<(i64, Option<u32>, usize)> {
    if let Some(digits) = runs.digits(idx, 6..=6).filter(|digits| !is_short_year(digits)) {
        return Some((plausible(&digits[..4])?, number(&digits[4..]), idx));
    }
    let year = plausible(runs.digits(idx, 4..=4)?)?;
    runs.separator(idx)?;
    Some((year, Some(number(runs.digits(idx + 1, 1..=2)?)?), idx + 1))
}

/// Letters and a number of at most two digits, as parts of a year are written: `W02`, `d1`, `Q3`.
fn part(token: &str) -> Option<(String, u32, usize)> {
    let (word, digits) = token.split_at(token.find(|c: char| c.is_ascii_digit())?);
    let letters = word.bytes().all(|b| b.is_ascii_alphabetic()) && !word.is_empty();
    (letters && digits.len() <= 2).then(|| Some((word.to_ascii_lowercase(), number(digits)?, digits.len())))?
}

/// Whether letters and digits beside a year or a month may be the rest of its date.
fn is_rest(token: &str) -> bool {
    let n_digits = token.bytes().take_while(u8::is_ascii_digit).count();
    if n_digits == token.len() {
        let pair = |from: usize| token.get(from..from + 2).and_then(number).unwrap_or(0);
        let month_and_day = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
        let year = n_digits == 4 && (1800..2200).contains(&token.parse().unwrap_or(0));
        let of_four = n_digits == 4 && !year && (month_and_day(pair(0), pair(2)) || month_and_day(pair(2), pair(0)));
        return matches!(n_digits, 1 | 2) || of_four;
    }
    let marked = part(token).is_some_and(|(word, number, digits)| match word.as_str() {
        "w" | "week" | "q" | "d" | "dk" | "dek" | "dekad" | "pent" | "pentad" | "doy" => true,
        "p" => digits == 1 && number <= 6,
        _ => false,
    });
    marked || ["DJF", "MAM", "JJA", "SON"].contains(&token.to_ascii_uppercase().as_str())
}

/// Whether the year of digits that begin with it may as well be one of two digits: `210101` is rather in 2021 than in
/// 2101, and so neither.
fn is_short_year(digits: &str) -> bool {
    let month = digits.get(2..4).and_then(number).unwrap_or(0);
    digits > "2101" && (1..=12).contains(&month)
}

fn month(runs: &Runs, idx: usize) -> Option<Fields> {
    let free = |last: usize| !is_rest(runs.neighbors(last)[1]);
    if let Some(digits) = runs.digits(idx, 6..=6) {
        let date = Fields::date(plausible(&digits[..4])?, number(&digits[4..])?, 1);
        return free(idx).then_some(date);
    }
    let year = plausible(runs.digits(idx, 4..=4)?)?;
    let letters = |c: char| !c.is_alphabetic();
    let word_before = runs.before(idx).trim_end_matches(MARKS).rsplit(letters).next().unwrap_or("");
    let word_after = runs.after(idx).trim_start_matches(MARKS).split(letters).next().unwrap_or("");
    if let Some(month) = month_named(word_before).or_else(|| month_named(word_after)) {
        return Some(Fields::date(year, month, 1));
    }
    // `2019.1` is too likely something else.
    let least = if runs.separator(idx)? == "." { 2 } else { 1 };
    let month = number(runs.digits(idx + 1, least..=2)?)?;
    let ends = !runs.after(idx + 1).starts_with(char::is_alphabetic);
    (ends && free(idx + 1)).then(|| Fields::date(year, month, 1))
}

fn year(runs: &Runs, idx: usize) -> Option<Fields> {
    let year = plausible(runs.digits(idx, 4..=4)?).filter(|year| (1700..2200).contains(year))?;
    let before = runs.before(idx);
    let fraction = idx > 0 && !runs.runs[idx - 1].version && runs.between(idx - 1) == ".";
    let stands_alone = !before.ends_with(char::is_alphanumeric) && !runs.after(idx).starts_with(char::is_alphanumeric);
    let rest = runs.neighbors(idx).into_iter().any(is_rest);
    (stands_alone && !fraction && !rest).then(|| Fields::date(year, 1, 1))
}

/// The time of day that certainly follows a date: `hhmm`, `hhmmss` and more after a letter.
fn clock_after(rest: &str, date: Fields) -> Option<Fields> {
    ["T", "t", "-S", "_t", "-T", "_T"].iter().find_map(|mark| {
        let rest = rest.strip_prefix(mark)?;
        let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (n_digits == 4 || n_digits >= 6).then(|| clock(&rest[..n_digits], date)).flatten()
    })
}

/// `hh`, `hhmm` or `hhmmss`, more digits being parts of seconds; 24 hours are the end of the day.
fn clock(digits: &str, date: Fields) -> Option<Fields> {
    let hour = number(&digits[..2])?;
    let minute = digits.get(2..4).map_or(Some(0), number)?;
    let second = digits.get(4..6).map_or(Some(0), number)?;
    let is_clock = hour < 24 && minute < 60 && second < 60 || (hour, minute, second) == (24, 0, 0);
    is_clock.then_some(Fields { hour, minute, second, ..date })
}

fn ordinal(year: &str, day: &str) -> Option<Fields> {
    let (year, day) = (plausible(year)?, number(day)?);
    let first = Calendar::Standard.midnight(year, 1, 1)?;
    let exists = 1 <= day && day <= Calendar::Standard.days_in_year(year);
    exists
        .then(|| Instant::from_days(first.days() + i64::from(day) - 1))
        .flatten()
        .map(|at| Calendar::Standard.fields(at))
}

fn plausible(year: &str) -> Option<i64> {
    year.parse().ok().filter(|year| (1600..2400).contains(year))
}

fn number(digits: &str) -> Option<u32> {
    digits.parse().ok()
}

#[cfg(test)]
mod tests;

//! Which messages make a band: one quantity, one level, one member, one forecast.

use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, DType};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::dimensions::{Dimensions, band_at};
use crate::io::gdal::message::Message;
use std::collections::BTreeMap;

/// A message, and where it is.
#[derive(Clone)]
pub(super) struct FileMessage {
    pub file: usize,
    /// GDAL's number of it.
    pub band: usize,
    pub message: Message,
}

/// A band, and the message of each time.
#[derive(Debug)]
pub(super) struct BandMessages {
    pub band: Band,
    pub messages: BTreeMap<Option<i64>, (usize, usize)>,
}

/// What messages of one quantity and time differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Along {
    Level,
    Run,
    Member,
}

impl Along {
    /// In the order in which they are settled: members that are not numbered are counted within one level and run.
    const ALL: [Along; 3] = [Along::Level, Along::Run, Along::Member];

    fn of(dim: &str) -> Result<Along> {
        match dim {
            "level" => Ok(Along::Level),
            "member" | "number" | "ensemble" => Ok(Along::Member),
            "run" | "reference" => Ok(Along::Run),
            _ => Err(Diagnostic::new(codes::CHOOSE_DIMENSION, format!("messages of GRIB have no `{dim}`"))
                .help_if(diagnostic::did_you_mean(dim, ["level", "member", "run"]))
                .help("`at` chooses a `level`, a `member` or a `run`; `spread` makes a band of each")),
        }
    }

    /// What there is, as `at` calls it.
    fn values(self, messages: &[FileMessage]) -> Vec<String> {
        match self {
            Along::Level => levels(messages),
            Along::Run => runs(messages),
            Along::Member => {
                let mut all = numbers(messages);
                all.sort();
                all.dedup();
                all.iter().map(i64::to_string).collect()
            }
        }
    }

    /// The messages of one value, or all where there is but one.
    fn pick(self, title: &str, name: &str, messages: Vec<FileMessage>, asked: Option<&String>) -> MessagePick {
        match self {
            Along::Level => level(title, name, messages, asked),
            Along::Run => run(title, name, messages, asked),
            Along::Member => member(title, name, messages, asked),
        }
    }
}

/// What `at` and `spread` ask for, as it was written.
#[derive(Default)]
pub(super) struct Choice {
    at: Vec<(Along, String)>,
    spread: Vec<Along>,
}

impl Choice {
    pub(super) fn of(given: &Dimensions) -> Result<Choice> {
        let at = given.at.iter().map(|(dim, value)| Ok((Along::of(dim)?, value.clone()))).collect::<Result<_>>()?;
        let spread = given.spread.iter().map(|dim| Along::of(dim)).collect::<Result<_>>()?;
        Ok(Choice { at, spread })
    }

    fn at(&self, along: Along) -> Option<&String> {
        self.at.iter().find(|(one, _)| *one == along).map(|(_, value)| value)
    }
}

/// Groups messages by quantity, and settles on one level, member and run of each, or makes a band of each.
pub(super) fn choose(
    title: &str,
    found: Vec<FileMessage>,
    choice: &Choice,
    notes: &mut Vec<String>,
) -> Result<Vec<BandMessages>> {
    let mut quantities: Vec<(String, Vec<FileMessage>)> = Vec::new();
    for message in found {
        match quantities.iter_mut().find(|(element, _)| *element == message.message.element) {
            Some((_, all)) => all.push(message),
            None => quantities.push((message.message.element.clone(), vec![message])),
        }
    }
    if quantities.is_empty() {
        return Err(Diagnostic::new(
            codes::NOT_INSIDE,
            format!("`{title}` has no messages GDAL knows the quantity of"),
        ));
    }
    let mut chosen: Vec<BandMessages> = Vec::new();
    let (mut left, mut refused) = (Vec::new(), None);
    for (element, messages) in quantities {
        let name = band_name(&element);
        match of_quantity(title, &name, messages, choice) {
            Ok(bands) => chosen.extend(bands.into_iter().map(|(name, messages)| band(name, &messages))),
            // A quantity that does not have what was asked for is left out, unless none does.
            Err(Missing { told, asked: true }) => {
                left.push(name);
                refused.get_or_insert(told);
            }
            Err(Missing { told, .. }) => return Err(told),
        }
    }
    if let Some(told) = refused.filter(|_| chosen.is_empty()) {
        return Err(told);
    }
    if !left.is_empty() {
        let names = diagnostic::list_some(left.iter().map(String::as_str), 12);
        notes.push(format!("left out because they have not what `at` asks for: {names}"));
    }
    Ok(chosen)
}

/// The bands of a quantity: one, or those along what is spread.
fn of_quantity(
    title: &str,
    name: &str,
    messages: Vec<FileMessage>,
    choice: &Choice,
) -> Result<Vec<(String, Vec<FileMessage>)>, Missing> {
    let mut bands = vec![(name.to_string(), messages)];
    for along in Along::ALL {
        let mut next = Vec::new();
        for (name, messages) in bands {
            let values = along.values(&messages);
            // A quantity of one value keeps its name.
            if !choice.spread.contains(&along) || values.len() < 2 {
                next.push((name.clone(), along.pick(title, &name, messages, choice.at(along))?));
                continue;
            }
            for value in values {
                let written = value.trim_matches('"').to_string();
                let picked = along.pick(title, &name, messages.clone(), Some(&written))?;
                next.push((band_at(&name, &written), picked));
            }
        }
        bands = next;
    }
    Ok(bands)
}

/// Why a quantity gives no band.
struct Missing {
    told: Box<Diagnostic>,
    /// Whether something was asked for that is not there.
    asked: bool,
}

type MessagePick = Result<Vec<FileMessage>, Missing>;

/// `t2m` for `2T`, as the names of ECMWF's netCDF files have it: a name that begins with a digit can stand in no expression.
fn band_name(element: &str) -> String {
    let lower: String =
        element.to_lowercase().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    let digits = lower.chars().take_while(char::is_ascii_digit).count();
    let (number, letters) = lower.split_at(digits);
    match (number, letters) {
        ("", _) => lower,
        ("2", letters) => format!("{letters}2m"),
        (number, letters) => format!("{letters}{number}"),
    }
}

/// Levels by their numbers; with their kind where there are several.
fn levels(messages: &[FileMessage]) -> Vec<String> {
    let mut levels: Vec<String> = messages.iter().map(|m| m.message.level.clone()).collect();
    levels.sort_by(|a, b| natural(a).total_cmp(&natural(b)).then_with(|| a.cmp(b)));
    levels.dedup();
    let (numbers, kinds): (Vec<Option<f64>>, Vec<&str>) = messages.iter().map(|m| m.message.level_parts()).unzip();
    let several_kinds = kinds.iter().any(|kind| *kind != kinds[0]) || numbers.iter().any(Option::is_none);
    let shown = |level: &String| match several_kinds {
        true => format!("\"{level}\""),
        false => level.rsplit_once('-').map_or(level.clone(), |(number, _)| number.to_string()),
    };
    levels.iter().map(shown).collect()
}

fn level(title: &str, name: &str, messages: Vec<FileMessage>, asked: Option<&String>) -> MessagePick {
    let all = levels(&messages);
    if all.len() < 2 {
        return Ok(messages);
    }
    let Some(asked) = asked else { return Err(several(title, name, "level", &all)) };
    let number: Option<f64> = asked.parse().ok();
    let same = |message: &Message| {
        let (level, kind) = message.level_parts();
        // Newer files count pascals where older ones count hectopascals.
        let scaled = level.map(|level| if kind == "ISBL" && level >= 2000.0 { level / 100.0 } else { level });
        message.level.eq_ignore_ascii_case(asked) || number.is_some() && (level == number || scaled == number)
    };
    let kept: Vec<FileMessage> = messages.into_iter().filter(|m| same(&m.message)).collect();
    let Some(first) = kept.first() else { return Err(none(title, name, "level", asked, &all)) };
    if kept.iter().any(|m| m.message.level != first.message.level) {
        return Err(several(title, name, "level", &all));
    }
    Ok(kept)
}

fn natural(level: &str) -> f64 {
    level.split('-').next().and_then(|number| number.parse().ok()).unwrap_or(f64::INFINITY)
}

/// Forecasts of one time that began at different times.
fn run(title: &str, name: &str, messages: Vec<FileMessage>, asked: Option<&String>) -> MessagePick {
    let mut began_at: BTreeMap<Option<i64>, Option<i64>> = BTreeMap::new();
    let mut differ = false;
    for m in &messages {
        differ |= *began_at.entry(m.message.valid).or_insert(m.message.run) != m.message.run;
    }
    let all = runs(&messages);
    match asked {
        None if !differ => Ok(messages),
        None => Err(several(title, name, "run", &all)),
        Some(asked) => {
            let kept: Vec<FileMessage> = messages.into_iter().filter(|m| began(m) == *asked).collect();
            if kept.is_empty() { Err(none(title, name, "run", asked, &all)) } else { Ok(kept) }
        }
    }
}

/// When the forecast of a message began.
fn began(message: &FileMessage) -> String {
    message.message.run.map_or("?".into(), |s| Calendar::Standard.iso(Instant(s * 1_000_000)))
}

fn runs(messages: &[FileMessage]) -> Vec<String> {
    let mut all: Vec<String> = messages.iter().map(began).collect();
    all.sort();
    all.dedup();
    all
}

/// The number in the ensemble of each message: as it says, else as messages of a time follow one another.
fn numbers(messages: &[FileMessage]) -> Vec<i64> {
    let mut seen: BTreeMap<Option<i64>, i64> = BTreeMap::new();
    let mut numbers = Vec::new();
    for m in messages {
        let count = seen.entry(m.message.valid).or_default();
        numbers.push(m.message.member.unwrap_or(*count));
        *count += 1;
    }
    numbers
}

fn member(title: &str, name: &str, messages: Vec<FileMessage>, asked: Option<&String>) -> MessagePick {
    let (numbers, all) = (numbers(&messages), Along::Member.values(&messages));
    if all.len() < 2 {
        return Ok(messages);
    }
    let Some(asked) = asked else { return Err(several(title, name, "member", &all)) };
    let kept = messages.into_iter().zip(numbers).filter(|(_, number)| number.to_string() == *asked);
    let kept: Vec<FileMessage> = kept.map(|(m, _)| m).collect();
    if kept.is_empty() { Err(none(title, name, "member", asked, &all)) } else { Ok(kept) }
}

fn several(title: &str, name: &str, dim: &str, all: &[String]) -> Missing {
    let told = Diagnostic::new(codes::CHOOSE_DIMENSION, format!("`{title}`: `{name}` has several values of `{dim}`"))
        .help(format!("values of `{dim}`: {}", diagnostic::list_some(all.iter().map(String::as_str), 40)))
        .help(format!("add `at {dim} {}`, or `spread {dim}` for a band of each", all[0]));
    Missing { told, asked: false }
}

fn none(title: &str, name: &str, dim: &str, asked: &str, all: &[String]) -> Missing {
    let told = Diagnostic::new(codes::CHOOSE_DIMENSION, format!("`{title}`: `{name}` has no {dim} {asked}"))
        .help(format!("values of `{dim}`: {}", diagnostic::list_some(all.iter().map(String::as_str), 40)));
    Missing { told, asked: true }
}

fn band(name: String, messages: &[FileMessage]) -> BandMessages {
    let first = &messages[0].message;
    let band = Band {
        unit: first.unit.clone(),
        long_name: first.about.clone(),
        ..Band::new(name, DType::F64, Some(f64::NAN))
    };
    let messages = messages.iter().map(|m| (m.message.valid, (m.file, m.band))).collect();
    BandMessages { band, messages }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Quantity, level, valid time, beginning, member.
    fn messages(all: &[(&str, &str, i64, i64, Option<i64>)]) -> Vec<FileMessage> {
        let of = |(band, &(element, level, valid, run, member)): (usize, &(&str, &str, i64, i64, Option<i64>))| {
            FileMessage {
                file: 0,
                band: band + 1,
                message: Message {
                    element: element.into(),
                    level: level.into(),
                    about: None,
                    unit: None,
                    valid: Some(valid),
                    run: Some(run),
                    member,
                },
            }
        };
        all.iter().enumerate().map(of).collect()
    }

    fn at(level: &str, member: &str, run: &str) -> Choice {
        let given = [("level", level), ("member", member), ("run", run)].into_iter().filter(|(_, v)| !v.is_empty());
        let at = given.map(|(dim, value)| (dim.to_string(), value.to_string())).collect();
        Choice::of(&Dimensions { at, spread: Vec::new() }).unwrap()
    }

    fn spread(dims: &[&str]) -> Choice {
        let spread = dims.iter().map(|dim| dim.to_string()).collect();
        Choice::of(&Dimensions { spread, ..Dimensions::default() }).unwrap()
    }

    #[test]
    fn one_message_a_band_and_time() {
        let temperatures = [
            ("TMP", "50000-ISBL", 0, 0, None),
            ("TMP", "85000-ISBL", 0, 0, None),
            ("TMP", "2-HTGL", 0, 0, None),
            ("PRMSL", "0-MSL", 0, 0, None),
        ];
        let members = [("Z", "0-SFC", 0, 0, Some(4)), ("Z", "0-SFC", 0, 0, Some(7)), ("Z", "0-SFC", 1, 0, Some(7))];
        let runs = [("Z", "0-SFC", 3600, 0, None), ("Z", "0-SFC", 3600, 1800, None), ("Z", "0-SFC", 0, 0, None)];
        // What is chosen, as names and the numbers of the messages, or what is told.
        let cases: [(&[_], Choice, &str); 13] = [
            (&temperatures, at("500", "", ""), "tmp 1; prmsl 4"),
            (&temperatures, at("2-HTGL", "", ""), "tmp 3; prmsl 4"),
            (&temperatures, at("700", "", ""), "prmsl 4"),
            (&temperatures[..3], at("700", "", ""), "`tmp` has no level 700"),
            (&temperatures, at("", "", ""), "`tmp` has several values of `level`"),
            (&members, at("", "7", ""), "z 2 3"),
            (&members, at("", "", ""), "`z` has several values of `member`"),
            (&runs, at("", "", "1970-01-01T00:30"), "z 2"),
            (&runs, at("", "", ""), "`z` has several values of `run`"),
            (&temperatures[..2], spread(&["level"]), "tmp_50000 1; tmp_85000 2"),
            (&temperatures, spread(&["level"]), "tmp_2_HTGL 3; tmp_50000_ISBL 1; tmp_85000_ISBL 2; prmsl 4"),
            (&members, spread(&["number"]), "z_4 1; z_7 2 3"),
            (&runs[..2], spread(&["run"]), "z_1970_01_01 1; z_1970_01_01T00_30 2"),
        ];
        for (all, choice, expected) in cases {
            let text = match choose("f", messages(all), &choice, &mut Vec::new()) {
                Ok(chosen) => chosen
                    .iter()
                    .map(|c| {
                        let mut numbers: Vec<String> = c.messages.values().map(|(_, band)| band.to_string()).collect();
                        numbers.sort();
                        format!("{} {}", c.band.name, numbers.join(" "))
                    })
                    .collect::<Vec<_>>()
                    .join("; "),
                Err(told) => told.message.clone(),
            };
            assert!(text.ends_with(expected), "{text}, not {expected}");
        }
    }

    #[test]
    fn names_for_expressions() {
        for (element, name) in [("2T", "t2m"), ("10U", "u10"), ("TMP", "tmp"), ("2D", "d2m"), ("APCP-06", "apcp_06")] {
            assert_eq!(band_name(element), name);
        }
    }
}

//! Which messages make a band: one quantity, one level, one member, one forecast.

use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, DType};
use crate::diagnostic::{self, Diagnostic, Result, codes};
use crate::io::gdal::message::Message;
use std::collections::BTreeMap;

/// A message, and where it is.
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

/// What `at` asks for, as it was written.
#[derive(Default)]
pub(super) struct At {
    level: Option<String>,
    member: Option<String>,
    run: Option<String>,
}

impl At {
    pub(super) fn of(given: &BTreeMap<String, String>) -> Result<At> {
        let mut at = At::default();
        for (dim, value) in given {
            let value = value.clone();
            match dim.as_str() {
                "level" => at.level = Some(value),
                "member" | "number" | "ensemble" => at.member = Some(value),
                "run" | "reference" => at.run = Some(value),
                _ => {
                    return Err(Diagnostic::new(codes::CHOOSE_DIMENSION, format!("messages of GRIB have no `{dim}`"))
                        .help_if(diagnostic::did_you_mean(dim, ["level", "member", "run"]))
                        .help("`at` chooses a `level`, a `member` or a `run`"));
                }
            }
        }
        Ok(at)
    }
}

/// Groups messages by quantity, and settles on one level, member and run of each.
pub(super) fn choose(
    title: &str,
    found: Vec<FileMessage>,
    at: &At,
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
        let one = level(title, &name, messages, at)
            .and_then(|messages| run(title, &name, messages, at))
            .and_then(|messages| member(title, &name, messages, at));
        match one {
            Ok(messages) => chosen.push(band(name, &messages)),
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

fn level(title: &str, name: &str, messages: Vec<FileMessage>, at: &At) -> MessagePick {
    let mut levels: Vec<String> = messages.iter().map(|m| m.message.level.clone()).collect();
    levels.sort_by(|a, b| natural(a).total_cmp(&natural(b)).then_with(|| a.cmp(b)));
    levels.dedup();
    if levels.len() < 2 {
        return Ok(messages);
    }
    let (numbers, kinds): (Vec<Option<f64>>, Vec<&str>) = messages.iter().map(|m| m.message.level_parts()).unzip();
    let several_kinds = kinds.iter().any(|kind| *kind != kinds[0]) || numbers.iter().any(Option::is_none);
    let shown = |level: &String| match several_kinds {
        true => format!("\"{level}\""),
        false => level.rsplit_once('-').map_or(level.clone(), |(number, _)| number.to_string()),
    };
    let all: Vec<String> = levels.iter().map(shown).collect();
    let Some(asked) = &at.level else { return Err(several(title, name, "level", &all)) };
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
fn run(title: &str, name: &str, messages: Vec<FileMessage>, at: &At) -> MessagePick {
    let mut runs: BTreeMap<Option<i64>, Option<i64>> = BTreeMap::new();
    let mut differ = false;
    for m in &messages {
        differ |= *runs.entry(m.message.valid).or_insert(m.message.run) != m.message.run;
    }
    let text = |m: &FileMessage| m.message.run.map_or("?".into(), |s| Calendar::Standard.iso(Instant(s * 1_000_000)));
    let mut all: Vec<String> = messages.iter().map(text).collect();
    all.sort();
    all.dedup();
    match &at.run {
        None if !differ => Ok(messages),
        None => Err(several(title, name, "run", &all)),
        Some(asked) => {
            let kept: Vec<FileMessage> = messages.into_iter().filter(|m| text(m) == *asked).collect();
            if kept.is_empty() { Err(none(title, name, "run", asked, &all)) } else { Ok(kept) }
        }
    }
}

/// Members of an ensemble: as they are numbered, else as they follow one another.
fn member(title: &str, name: &str, messages: Vec<FileMessage>, at: &At) -> MessagePick {
    let mut seen: BTreeMap<Option<i64>, i64> = BTreeMap::new();
    let mut numbers = Vec::new();
    for m in &messages {
        let count = seen.entry(m.message.valid).or_default();
        numbers.push(m.message.member.unwrap_or(*count));
        *count += 1;
    }
    let mut all = numbers.clone();
    all.sort();
    all.dedup();
    if all.len() < 2 {
        return Ok(messages);
    }
    let all: Vec<String> = all.iter().map(i64::to_string).collect();
    let Some(asked) = &at.member else { return Err(several(title, name, "member", &all)) };
    let kept = messages.into_iter().zip(numbers).filter(|(_, number)| number.to_string() == *asked);
    let kept: Vec<FileMessage> = kept.map(|(m, _)| m).collect();
    if kept.is_empty() { Err(none(title, name, "member", asked, &all)) } else { Ok(kept) }
}

fn several(title: &str, name: &str, dim: &str, all: &[String]) -> Missing {
    let told = Diagnostic::new(codes::CHOOSE_DIMENSION, format!("`{title}`: `{name}` has several values of `{dim}`"))
        .help(format!("values of `{dim}`: {}", diagnostic::list_some(all.iter().map(String::as_str), 40)))
        .help(format!("add `at {dim} {}`", all[0]));
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

    fn at(level: &str, member: &str, run: &str) -> At {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_string());
        At { level: some(level), member: some(member), run: some(run) }
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
        let cases: [(&[_], At, &str); 9] = [
            (&temperatures, at("500", "", ""), "tmp 1; prmsl 4"),
            (&temperatures, at("2-HTGL", "", ""), "tmp 3; prmsl 4"),
            (&temperatures, at("700", "", ""), "prmsl 4"),
            (&temperatures[..3], at("700", "", ""), "`tmp` has no level 700"),
            (&temperatures, at("", "", ""), "`tmp` has several values of `level`"),
            (&members, at("", "7", ""), "z 2 3"),
            (&members, at("", "", ""), "`z` has several values of `member`"),
            (&runs, at("", "", "1970-01-01T00:30"), "z 2"),
            (&runs, at("", "", ""), "`z` has several values of `run`"),
        ];
        for (all, at, expected) in cases {
            let text = match choose("f", messages(all), &at, &mut Vec::new()) {
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

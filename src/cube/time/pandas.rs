//! Frequency strings of pandas 3, as `resample` takes them in quotes.

use super::calendar::{MICROS_PER_DAY, MICROS_PER_SECOND};
use super::format::MONTH_NAMES;
use super::period::{Anchor, Period, impossible};
use super::window::Base;
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};

/// What is understood, for the help line.
const KNOWN: [&str; 15] =
    ["MS", "ME", "QS", "QE", "QS-DEC", "YS", "YE", "HYS", "W", "W-SUN", "SMS", "D", "h", "min", "s"];
/// Names that pandas 3 has replaced, and by what.
const OLD: &[(&str, &str)] = &[
    ("M", "ME"),
    ("Q", "QE"),
    ("Y", "YE"),
    ("A", "YE"),
    ("AS", "YS"),
    ("BM", "BME"),
    ("BQ", "BQE"),
    ("BA", "BYE"),
    ("BY", "BYE"),
    ("SM", "SME"),
    ("H", "h"),
    ("T", "min"),
    ("S", "s"),
    ("L", "ms"),
    ("U", "us"),
    ("N", "ns"),
];
const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

impl Period {
    /// A quoted pandas offset, or several of days and less added up (`1h30min`), which behaves exactly as in pandas.
    pub(crate) fn from_pandas(text: &str) -> Result<Period> {
        let mut micros: f64 = 0.0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(unknown(text, text));
        }
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(rest.len());
            let (number, after) = rest.split_at(number_end);
            let after = after.trim_start();
            let name_end = after.find(|c: char| c.is_ascii_digit() || c == ' ').unwrap_or(after.len());
            let (mut name, mut next) = after.split_at(name_end);
            // `SMS-10` carries a number of its own.
            if name.ends_with('-') {
                (name, next) = (after, "");
            }
            let value: f64 = if number.is_empty() { 1.0 } else { number.parse().map_err(|_| unknown(text, name))? };
            match tick(name) {
                Some(unit) => micros += value * unit,
                None if rest.len() == text.trim().len() && next.is_empty() => return anchored(text, value, name),
                None => return Err(unknown(text, name)),
            }
            rest = next.trim_start();
        }
        if !(1.0..1e18).contains(&micros.round()) {
            return Err(impossible(text));
        }
        Ok(Period::Fixed { micros: micros.round() as i64 })
    }
}

/// Microseconds of the offsets that have one length.
fn tick(name: &str) -> Option<f64> {
    Some(match name {
        "D" | "d" => MICROS_PER_DAY as f64,
        "h" => 3600.0 * MICROS_PER_SECOND as f64,
        "min" => 60.0 * MICROS_PER_SECOND as f64,
        "s" => MICROS_PER_SECOND as f64,
        "ms" => 1_000.0,
        "us" => 1.0,
        "ns" => 1e-3,
        _ => return None,
    })
}

fn anchored(text: &str, value: f64, name: &str) -> Result<Period> {
    let (kind, suffix) = match name.split_once('-') {
        Some((kind, suffix)) => (kind, Some(suffix)),
        None => (name, None),
    };
    let month = |default: u32| match suffix {
        None => Some(default),
        Some(suffix) => {
            let found = MONTH_NAMES.iter().position(|name| name[..3].to_ascii_uppercase() == suffix);
            found.map(|idx| idx as u32 + 1)
        }
    };
    // Periods that end in a month start in the next.
    let after = |default: u32| month(default).map(|month| month % 12 + 1);
    let months = |len: u32, from: Option<u32>| from.map(|from| Base::Months { len, from });
    let (base, anchor) = match kind {
        "MS" if suffix.is_none() => (Some(Base::MONTH), Anchor::First),
        "ME" if suffix.is_none() => (Some(Base::MONTH), Anchor::End),
        "QS" => (months(3, month(1)), Anchor::First),
        "QE" => (months(3, after(12)), Anchor::End),
        "HYS" => (months(6, month(1)), Anchor::First),
        "YS" => (months(12, month(1)), Anchor::First),
        "YE" => (months(12, after(12)), Anchor::End),
        "W" => {
            let last = suffix.map_or(Some(6), |suffix| WEEKDAYS.iter().position(|day| *day == suffix));
            (last.map(|last| Base::Weeks { weekday: (last as u32 + 1) % 7 }), Anchor::End)
        }
        "SMS" => {
            let day = suffix.map_or(Some(15), |suffix| suffix.parse().ok());
            (day.filter(|day| (2..=27).contains(day)).map(|day| Base::SemiMonths { day }), Anchor::First)
        }
        _ => (None, Anchor::First),
    };
    let base = base.ok_or_else(|| unknown(text, name))?;
    if value.fract() != 0.0 || !(1.0..=1e6).contains(&value) {
        return Err(impossible(text));
    }
    Ok(Period::Calendar { base, n: value as i64, anchor })
}

fn unknown(text: &str, name: &str) -> Box<Diagnostic> {
    let (kind, suffix) = name.split_once('-').map_or((name, None), |(kind, suffix)| (kind, Some(suffix)));
    let error = Diagnostic::new(codes::UNKNOWN_CHOICE, format!("`{text}` is not an offset of pandas known here"));
    let error = match OLD.iter().find(|(old, _)| *old == kind) {
        Some((old, new)) => {
            let said = text.replacen(name, &suffix.map_or(new.to_string(), |suffix| format!("{new}-{suffix}")), 1);
            error.help(format!("pandas no longer takes `{old}`; write \"{said}\""))
        }
        None if kind.starts_with('B') || kind == "C" || kind == "bh" => {
            error.help("business days are not supported, because steps lie on any day")
        }
        None if kind == "SME" || kind == "HYE" => {
            error.help(format!("use the start of the period: \"{}\"", &text.replacen('E', "S", 1)))
        }
        None => error.help_if(did_you_mean(name, KNOWN)),
    };
    error
        .help(format!("offsets: {}", list_some(KNOWN, KNOWN.len())))
        .help("or own lengths without quotes: `1mo`, `10d`, `1w`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pandas() {
        let hours = |n: f64| Period::Fixed { micros: (n * 3.6e9) as i64 };
        let of = |base, n, anchor| Period::Calendar { base, n, anchor };
        let cases = [
            ("MS", of(Base::MONTH, 1, Anchor::First)),
            ("1MS", of(Base::MONTH, 1, Anchor::First)),
            ("3 MS", of(Base::MONTH, 3, Anchor::First)),
            ("ME", of(Base::MONTH, 1, Anchor::End)),
            ("QS", of(Base::Months { len: 3, from: 1 }, 1, Anchor::First)),
            ("QS-DEC", of(Base::Months { len: 3, from: 12 }, 1, Anchor::First)),
            ("QE", of(Base::Months { len: 3, from: 1 }, 1, Anchor::End)),
            ("QE-FEB", of(Base::Months { len: 3, from: 3 }, 1, Anchor::End)),
            ("2YS", of(Base::Months { len: 12, from: 1 }, 2, Anchor::First)),
            ("YE-NOV", of(Base::Months { len: 12, from: 12 }, 1, Anchor::End)),
            ("W", of(Base::Weeks { weekday: 0 }, 1, Anchor::End)),
            ("2W-WED", of(Base::Weeks { weekday: 3 }, 2, Anchor::End)),
            ("SMS", of(Base::SemiMonths { day: 15 }, 1, Anchor::First)),
            ("SMS-10", of(Base::SemiMonths { day: 10 }, 1, Anchor::First)),
            ("7D", hours(168.0)),
            ("1.5h", hours(1.5)),
            ("1h30min", hours(1.5)),
            ("1D 12h", hours(36.0)),
            ("30min", hours(0.5)),
        ];
        for (text, period) in cases {
            assert_eq!(Period::from_pandas(text).unwrap(), period, "{text}");
        }
    }

    #[test]
    fn refusals_say_what_pandas_wants() {
        let cases = [
            ("M", "pandas no longer takes `M`; write \"ME\""),
            ("2Q-DEC", "pandas no longer takes `Q`; write \"2QE-DEC\""),
            ("6H", "pandas no longer takes `H`; write \"6h\""),
            ("30T", "pandas no longer takes `T`; write \"30min\""),
            ("AS-APR", "pandas no longer takes `AS`; write \"YS-APR\""),
            ("B", "business days are not supported"),
            ("SME", "use the start of the period: \"SMS\""),
            ("ms2", "offsets: `MS`"),
            ("", "offsets: `MS`"),
            ("QS-XYZ", "offsets: `MS`"),
            ("MS-JAN", "offsets: `MS`"),
            ("SMS-40", "offsets: `MS`"),
            ("1.5MS", "a period must be longer than zero"),
            ("0D", "a period must be longer than zero"),
            ("-1MS", "a period must be longer than zero"),
        ];
        for (text, help) in cases {
            let error = Period::from_pandas(text).unwrap_err();
            assert!(error.help.iter().any(|line| line.starts_with(help)), "{text}: {:?}", error.help);
        }
    }
}

//! Lengths of time to resample by: own lengths, adverbs, ISO 8601 durations and pandas offsets.

use super::calendar::{Calendar, Instant, MICROS_PER_DAY, MICROS_PER_SECOND};
use super::window::Base;
use crate::diagnostic::{Diagnostic, Result, codes, did_you_mean, list_some};
use serde::{Deserialize, Serialize};

/// A length of time with the rule for where its windows lie.
///
/// Own lengths are closed on the left and labeled with their start. Days, hours and less are counted from midnight of
/// the first step's day; months from January (of the first step's year, where they do not divide a year); weeks from
/// the Monday of the first step's week. Dekads, pentads, seasons and decades are those of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Period {
    /// Windows of one length from midnight of the first step's day.
    Fixed { micros: i64 },
    /// Windows of `n` stretches of the calendar.
    Calendar { base: Base, n: i64, anchor: Anchor },
}

/// From which stretch the windows of a [`Period::Calendar`] are counted, and by what they are labeled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Anchor {
    /// The stretch of the first step starts the first window.
    First,
    /// January of the first step's year starts the first window; only for months.
    FirstYear,
    /// The stretch of the first step ends the first window, and a window is named by its last day: pandas' month,
    /// quarter and year ends and weeks.
    End,
}

/// The adverbs `resample` takes for a period.
pub(crate) const ADVERBS: &[&str] =
    &["hourly", "daily", "weekly", "pentadal", "dekadal", "monthly", "seasonal", "quarterly", "yearly", "decadal"];

const HOUR: i64 = 3600 * MICROS_PER_SECOND;
const UNITS: [&str; 9] = ["s", "min", "h", "d", "w", "mo", "q", "y", "ms"];

impl Period {
    /// An own length, such as 10 `d`. Months and longer, and weeks, come in whole numbers.
    pub(crate) fn from_quantity(value: f64, unit: &str) -> Result<Period> {
        let micros = match unit {
            "ms" => 1_000,
            "s" => MICROS_PER_SECOND,
            "min" => 60 * MICROS_PER_SECOND,
            "h" => HOUR,
            "d" => MICROS_PER_DAY,
            "w" | "mo" | "q" | "y" => return Period::of_whole(value, unit),
            _ => {
                let meters = (unit == "m").then(|| format!("`m` is meters; write `{value}mo` or `{value}min`"));
                let message = format!("`{value}{unit}` is not a length of time");
                return Err(Diagnostic::new(codes::UNKNOWN_CHOICE, message)
                    .help_if(meters.or_else(|| did_you_mean(unit, UNITS)))
                    .help(format!("units of time: {}", list_some(UNITS, UNITS.len()))));
            }
        };
        let length = (value * micros as f64).round();
        if !(1.0..1e18).contains(&length) {
            return Err(impossible(&format!("{value}{unit}")));
        }
        Ok(Period::Fixed { micros: length as i64 })
    }

    /// A length as it is written, `10d` or `P1M`, or one of [`ADVERBS`].
    pub(crate) fn from_text(text: &str) -> Result<Period> {
        if let Some(period) = Period::from_adverb(text) {
            return Ok(period);
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        match text[..text.len() - unit.len()].parse() {
            Ok(value) => Period::from_quantity(value, unit),
            Err(_) => Period::from_iso(text),
        }
    }

    /// The instant so many periods after another: the same day of a later month, or the start of a later dekad.
    pub(crate) fn after(&self, start: Instant, count: i64, calendar: Calendar) -> Instant {
        match *self {
            Period::Fixed { micros } => Instant(start.0.saturating_add(micros.saturating_mul(count))),
            Period::Calendar { base: Base::Months { len, .. }, n, .. } => {
                calendar.add_months(start, i64::from(len) * n * count)
            }
            Period::Calendar { base: Base::Weeks { .. }, n, .. } => {
                Instant(start.0.saturating_add((7 * MICROS_PER_DAY).saturating_mul(n * count)))
            }
            Period::Calendar { base, n, .. } => base.start(calendar, base.index(calendar, start) + n * count),
        }
    }

    /// One of [`ADVERBS`].
    pub(crate) fn from_adverb(word: &str) -> Option<Period> {
        let base = match word {
            "hourly" => return Some(Period::Fixed { micros: HOUR }),
            "daily" => return Some(Period::Fixed { micros: MICROS_PER_DAY }),
            "weekly" => Base::Weeks { weekday: 0 },
            "pentadal" => Base::Pentads,
            "dekadal" => Base::Dekads,
            "monthly" => Base::MONTH,
            "seasonal" => Base::Months { len: 3, from: 12 },
            "quarterly" => Base::Months { len: 3, from: 1 },
            "yearly" => Base::Months { len: 12, from: 1 },
            "decadal" => Base::Months { len: 120, from: 1 },
            _ => return None,
        };
        Some(Period::one(base))
    }

    /// An ISO 8601 duration: `P16D`, `P1M`, `PT6H`, `P1DT12H`. It has either years and months, or weeks, or the rest.
    pub(crate) fn from_iso(text: &str) -> Result<Period> {
        let wrong = || {
            let message = format!("`{text}` is not an ISO 8601 duration");
            Diagnostic::new(codes::BAD_LITERAL, message).help("durations read like `P16D`, `P1M` or `PT6H`")
        };
        let body = text.strip_prefix(['P', 'p']).ok_or_else(wrong)?;
        let (mut months, mut micros, mut weeks) = (0.0, 0.0, 0.0);
        let (mut in_time, mut number) = (false, String::new());
        for c in body.chars() {
            if c.is_ascii_digit() || c == '.' {
                number.push(c);
                continue;
            }
            if matches!(c, 'T' | 't') && !in_time && number.is_empty() {
                in_time = true;
                continue;
            }
            let value: f64 = number.parse().map_err(|_| wrong())?;
            number.clear();
            match (c.to_ascii_uppercase(), in_time) {
                ('Y', false) => months += value * 12.0,
                ('M', false) => months += value,
                ('W', false) => weeks += value,
                ('D', false) => micros += value * MICROS_PER_DAY as f64,
                ('H', true) => micros += value * HOUR as f64,
                ('M', true) => micros += value * 60.0 * MICROS_PER_SECOND as f64,
                ('S', true) => micros += value * MICROS_PER_SECOND as f64,
                _ => return Err(wrong()),
            }
        }
        if !number.is_empty() {
            return Err(wrong());
        }
        match (months > 0.0, weeks > 0.0, micros > 0.0) {
            (true, false, false) => Period::of_whole(months, "mo"),
            (false, true, false) => Period::of_whole(weeks, "w"),
            (false, false, true) if (1.0..1e18).contains(&micros.round()) => {
                Ok(Period::Fixed { micros: micros.round() as i64 })
            }
            (false, false, _) => Err(impossible(text)),
            _ => Err(wrong().help("months, weeks and days cannot be added to one length")),
        }
    }

    fn one(base: Base) -> Period {
        Period::Calendar { base, n: 1, anchor: Anchor::First }
    }

    fn of_whole(value: f64, unit: &str) -> Result<Period> {
        if value.fract() != 0.0 {
            let message = format!("{value} of `{unit}` has no fixed length");
            return Err(Diagnostic::new(codes::BAD_LITERAL, message).help("use whole numbers, or days: `15d`"));
        }
        if !(1.0..=1e6).contains(&value) {
            return Err(impossible(&format!("{value}{unit}")));
        }
        let n = value as i64;
        let months = match unit {
            "w" => {
                return Ok(Period::Calendar { base: Base::Weeks { weekday: 0 }, n, anchor: Anchor::First });
            }
            "q" => 3 * n,
            "y" => 12 * n,
            _ => n,
        };
        Ok(match u32::try_from(months) {
            Ok(len) if len <= 12 && 12 % len == 0 => Period::one(Base::Months { len, from: 1 }),
            _ => Period::Calendar { base: Base::MONTH, n: months, anchor: Anchor::FirstYear },
        })
    }
}

pub(super) fn impossible(text: &str) -> Box<Diagnostic> {
    Diagnostic::new(codes::BAD_LITERAL, format!("`{text}` is not a possible length of a period"))
        .help("a period must be longer than zero: `1mo`, `10d`, `6h`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(len: u32) -> Period {
        Period::one(Base::Months { len, from: 1 })
    }

    #[test]
    fn lengths() {
        let days = |n: i64| Period::Fixed { micros: n * MICROS_PER_DAY };
        let cases = [
            (1.0, "mo", months(1)),
            (2.0, "mo", months(2)),
            (1.0, "q", months(3)),
            (1.0, "y", months(12)),
            (10.0, "d", days(10)),
            (0.5, "h", Period::Fixed { micros: HOUR / 2 }),
            (5.0, "y", Period::Calendar { base: Base::MONTH, n: 60, anchor: Anchor::FirstYear }),
            (2.0, "w", Period::Calendar { base: Base::Weeks { weekday: 0 }, n: 2, anchor: Anchor::First }),
        ];
        for (value, unit, period) in cases {
            assert_eq!(Period::from_quantity(value, unit).unwrap(), period, "{value}{unit}");
        }
        let iso = [
            ("P16D", days(16)),
            ("P1M", months(1)),
            ("P1Y", months(12)),
            ("P1W", Period::one(Base::Weeks { weekday: 0 })),
            ("PT6H", Period::Fixed { micros: 6 * HOUR }),
            ("P1DT12H", Period::Fixed { micros: 36 * HOUR }),
            ("PT30M", Period::Fixed { micros: HOUR / 2 }),
        ];
        for (text, period) in iso {
            assert_eq!(Period::from_iso(text).unwrap(), period, "{text}");
        }
        assert!(ADVERBS.iter().all(|word| Period::from_adverb(word).is_some()));
        assert_eq!(Period::from_adverb("monthly"), Some(months(1)));
        assert_eq!(Period::from_adverb("month"), None);
    }

    #[test]
    fn lengths_that_are_none() {
        let cases = [
            (0.0, "d", "`0d` is not a possible length"),
            (-1.0, "mo", "`-1mo` is not a possible length"),
            (1.5, "mo", "1.5 of `mo` has no fixed length"),
            (10.0, "m", "`10m` is not a length of time"),
            (f64::NAN, "d", "`NaNd` is not a possible length"),
            (f64::INFINITY, "y", "has no fixed length"),
        ];
        for (value, unit, message) in cases {
            let error = Period::from_quantity(value, unit).unwrap_err();
            assert!(error.message.contains(message), "{}", error.message);
        }
        for text in ["P", "PT", "P1M5D", "P1H", "16D", "P1.5M", "P0D", "PT5"] {
            assert!(Period::from_iso(text).is_err(), "{text}");
        }
    }
}

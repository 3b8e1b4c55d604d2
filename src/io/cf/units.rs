//! Units of coordinates, as UDUNITS writes them: the words that occur, with prefixes and a number before them.

/// What a unit measures, in meters or radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    Length(f64),
    Angle(f64),
}

impl Unit {
    fn times(self, by: f64) -> Unit {
        match self {
            Unit::Length(meters) => Unit::Length(meters * by),
            Unit::Angle(radians) => Unit::Angle(radians * by),
        }
    }
}

/// Symbols take prefixes of a letter or two, names those that are spelled out.
const PREFIXES: [(&str, &str, f64); 11] = [
    ("G", "giga", 1e9),
    ("M", "mega", 1e6),
    ("k", "kilo", 1e3),
    ("h", "hecto", 1e2),
    ("da", "deka", 1e1),
    ("da", "deca", 1e1),
    ("d", "deci", 1e-1),
    ("c", "centi", 1e-2),
    ("m", "milli", 1e-3),
    ("u", "micro", 1e-6),
    ("n", "nano", 1e-9),
];

/// The units that take prefixes: symbol, names, and what they are.
const PREFIXED: [(&str, [&str; 2], Unit); 2] =
    [("m", ["meter", "metre"], Unit::Length(1.0)), ("rad", ["radian", "radian"], Unit::Angle(1.0))];

/// The foot of surveys in the United States.
const SURVEY_FOOT: f64 = 1200.0 / 3937.0;

/// Units without prefixes, by their names in lower case and singular.
const PLAIN: [(&[&str], Unit); 8] = [
    (&["foot", "feet", "ft", "international_foot", "international_feet"], Unit::Length(0.3048)),
    (&["us_survey_foot", "us_survey_feet", "survey_foot", "survey_feet"], Unit::Length(SURVEY_FOOT)),
    (&["yard", "yd", "international_yard"], Unit::Length(0.9144)),
    (&["inch", "inche", "in", "international_inch"], Unit::Length(0.0254)),
    (&["mile", "mi", "international_mile"], Unit::Length(1609.344)),
    (&["nautical_mile", "nmile", "nmi"], Unit::Length(1852.0)),
    (&["fathom"], Unit::Length(6.0 * SURVEY_FOOT)),
    (&["degree", "deg", "°", "arc_degree"], Unit::Angle(std::f64::consts::PI / 180.0)),
];

/// Reads `km`, `1000 meters`, `US survey foot`; nothing for what is no unit of length or angle.
pub(super) fn parse(text: &str) -> Option<Unit> {
    let text = text.trim();
    // An `e` belongs to a number only where digits follow it: `1e3 m`.
    let numeric = |at: usize| {
        text.is_char_boundary(at)
            && text[..at].parse::<f64>().is_ok()
            && !text[..at].trim_start_matches(['+', '-']).starts_with(|c: char| c.is_alphabetic())
    };
    let end = (1..=text.len()).rev().find(|at| numeric(*at)).unwrap_or(0);
    let number = if end == 0 { 1.0 } else { text[..end].parse().ok()? };
    let word = text[end..].trim_start_matches(['*', '.']).split_whitespace().collect::<Vec<_>>().join("_");
    let lower = word.to_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let known = prefixed(&word, singular).or_else(|| {
        PLAIN.iter().find(|(names, _)| names.iter().any(|n| *n == lower || *n == singular)).map(|(_, unit)| *unit)
    });
    known.map(|unit| unit.times(number)).filter(|_| number != 0.0)
}

/// A unit that takes prefixes, by its symbol as it is written or its name in lower case and singular.
fn prefixed(word: &str, singular: &str) -> Option<Unit> {
    for (symbol, names, unit) in PREFIXED {
        let named = |prefix: &str| names.iter().any(|name| singular.strip_prefix(prefix) == Some(name));
        if word == symbol || named("") {
            return Some(unit);
        }
        let by = |(short, long, _): &&(&str, &str, f64)| word.strip_prefix(short) == Some(symbol) || named(long);
        if let Some((.., factor)) = PREFIXES.iter().find(by) {
            return Some(unit.times(*factor));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From UDUNITS 2.2.28: `udunits2 -H UNIT -W m`.
    #[test]
    fn as_udunits_reads_them() {
        for (text, meters) in [
            ("m", 1.0),
            ("Meters", 1.0),
            ("km", 1e3),
            ("kilometre", 1e3),
            ("1000 m", 1e3),
            ("1e3 m", 1e3),
            ("1000 meters", 1e3),
            ("100 km", 1e5),
            ("1000*m", 1e3),
            ("hm", 100.0),
            ("Mm", 1e6),
            ("mm", 1e-3),
            ("dam", 10.0),
            ("cm", 0.01),
            ("feet", 0.3048),
            ("US_survey_feet", 0.304_800_609_601_219),
            ("US survey foot", 0.304_800_609_601_219),
            ("mile", 1609.344),
            ("nautical_miles", 1852.0),
            ("inches", 0.0254),
        ] {
            let Some(Unit::Length(found)) = parse(text) else { panic!("{text}") };
            assert!((found / meters - 1.0).abs() < 1e-12, "{text}: {found}");
        }
        assert_eq!(parse("microradian"), Some(Unit::Angle(1e-6)));
        for text in ["", "1", "furlongs", "K", "km h-1", "0 m", "inf", "m2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

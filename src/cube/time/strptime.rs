//! Dates read from the middle of a text by a strptime pattern.

use super::calendar::{Calendar, Fields, Instant};
use super::format::MONTH_NAMES;
use super::parts;
use crate::diagnostic::{Diagnostic, Result, codes};

/// A pattern of `%Y %y %m %d %H %M %S %f %j %b %B %%`, `%F` for `%Y-%m-%d` and `%T` for `%H:%M:%S`, and letters that
/// stand for themselves. `%G-W%V-%u` are year, week and weekday of ISO 8601, `%s` seconds since 1970, `%q` a quarter, `%K`
/// a dekad of the month, or of the year where no month is read, and `%P` a pentad of the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    items: Vec<Item>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// The directive's letter.
    Field(char),
    Literal(char),
}

/// How strictly a pattern is looked for.
#[derive(Clone, Copy)]
struct Pass {
    /// Numbers may have fewer digits than usual, as in `1979_1_1`.
    lenient: bool,
    /// No digit may stand right before or after the match.
    delimited: bool,
}

/// Unusual readings are tried only where no usual one gives a date, so that `%Y%m%d` does not find the year 130 in
/// `013032_20180131`.
const PASSES: [Pass; 3] = [
    Pass { lenient: false, delimited: true },
    Pass { lenient: true, delimited: true },
    Pass { lenient: false, delimited: false },
];

/// What has been read so far.
#[derive(Clone, Copy, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    ordinal: Option<u32>,
    clock: [u32; 4],
    week: Option<u32>,
    weekday: Option<u32>,
    quarter: Option<u32>,
    dekad: Option<u32>,
    pentad: Option<u32>,
    seconds: Option<i64>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Pattern> {
        let items = items(text)?;
        let has = |fields: &str| items.iter().any(|item| matches!(item, Item::Field(field) if fields.contains(*field)));
        let lack = match () {
            () if !has("YyGs") => "the year",
            () if has("d") && !has("mbBj") || has("P") && !has("mbB") => "the month",
            () if has("u") && !has("V") => "the week",
            () => return Ok(Pattern { items }),
        };
        let help = "add `%Y`, or order the files by a number: `match r\"(\\d+)\"`";
        Err(Diagnostic::new(codes::BAD_LITERAL, format!("`{text}` does not read {lack}")).help(help))
    }

    /// The first date in the text that the pattern reads.
    pub(super) fn search(&self, text: &str) -> Option<Instant> {
        let starts = || text.char_indices().map(|(at, _)| at);
        PASSES.iter().find_map(|pass| starts().find_map(|start| self.at(text, start, *pass)))
    }

    fn at(&self, text: &str, start: usize, pass: Pass) -> Option<Instant> {
        let numeric = |item: Option<&Item>| matches!(item, Some(Item::Field(field)) if !"bB".contains(*field));
        if pass.delimited && numeric(self.items.first()) && text[..start].ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let guard_end = pass.delimited && numeric(self.items.last());
        read(&self.items, &text[start..], pass, Parts::default(), guard_end)
    }
}

fn items(text: &str) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, if c == '%' { rest.next() } else { None }) {
            ('%', Some('%')) => found.push(Item::Literal('%')),
            ('%', Some('F')) => found.extend(items("%Y-%m-%d")?),
            ('%', Some('T')) => found.extend(items("%H:%M:%S")?),
            ('%', Some(field)) if "YymdHMSfjbBGVuqKPs".contains(field) => found.push(Item::Field(field)),
            ('%', field) => {
                let field = field.map(String::from).unwrap_or_default();
                let message = format!("`%{field}` in `{text}` is not part of a date");
                return Err(Diagnostic::new(codes::BAD_LITERAL, message)
                    .help("dates read like `%Y-%m-%d`, with `%Y %y %m %d %H %M %S %f %j %b %B %%`")
                    .help("`%G-W%V` is a week, `%q` a quarter, `%K` a dekad, `%P` a pentad, `%s` seconds since 1970"));
            }
            (literal, _) => found.push(Item::Literal(literal)),
        }
    }
    Ok(found)
}

/// Reads the items from the start of the text, giving digits back where a later item needs them.
fn read(items: &[Item], text: &str, pass: Pass, parts: Parts, guard_end: bool) -> Option<Instant> {
    let Some((item, items)) = items.split_first() else {
        let cut = guard_end && text.starts_with(|c: char| c.is_ascii_digit());
        return if cut { None } else { parts.instant() };
    };
    match *item {
        Item::Literal(literal) => read(items, text.strip_prefix(literal)?, pass, parts, guard_end),
        Item::Field('b' | 'B') => (1..=12).find_map(|month| {
            let name = MONTH_NAMES[month as usize - 1];
            // The long name first, or the short one would leave letters over.
            [name, &name[..3]].into_iter().find_map(|name| {
                let head = text.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name))?;
                read(items, &text[head.len()..], pass, Parts { month: Some(month), ..parts }, guard_end)
            })
        }),
        Item::Field(field) => {
            let (least, most) = match field {
                'Y' | 'G' => (4, 4),
                'y' => (2, 2),
                'u' | 'q' | 'P' => (1, 1),
                'K' => (1, 2),
                's' => (if pass.lenient { 1 } else { 9 }, 11),
                'f' => (1, 6),
                'j' => (if pass.lenient { 1 } else { 3 }, 3),
                _ => (if pass.lenient { 1 } else { 2 }, 2),
            };
            let n_digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
            (least..=n_digits).rev().find_map(|width| {
                let (digits, rest) = text.split_at(width);
                read(items, rest, pass, parts.with(field, digits)?, guard_end)
            })
        }
    }
}

impl Parts {
    fn with(mut self, field: char, digits: &str) -> Option<Parts> {
        if field == 's' {
            return Some(Parts { seconds: Some(digits.parse().ok()?), ..self });
        }
        let number: u32 = digits.parse().ok()?;
        match field {
            'V' => self.week = Some(number),
            'u' => self.weekday = Some(number),
            'q' => self.quarter = Some(number),
            'K' => self.dekad = Some(number),
            'P' => self.pentad = Some(number),
            'Y' | 'G' => self.year = Some(i64::from(number)),
            // As POSIX has it: 69 to 99 are of the 20th century.
            'y' => self.year = Some(i64::from(number) + if number < 69 { 2000 } else { 1900 }),
            'm' => self.month = Some(number),
            'd' => self.day = Some(number),
            'j' => self.ordinal = Some(number),
            'H' => self.clock[0] = number,
            'M' => self.clock[1] = number,
            'S' => self.clock[2] = number,
            _ => self.clock[3] = number * 10_u32.pow(6 - digits.len() as u32),
        }
        Some(self)
    }

    fn instant(&self) -> Option<Instant> {
        let calendar = Calendar::Standard;
        if let Some(seconds) = self.seconds {
            return seconds.checked_mul(1_000_000).map(Instant);
        }
        let year = self.year?;
        let [hour, minute, second, micro] = self.clock;
        let date = match *self {
            Parts { week: Some(week), .. } => parts::week(year, week, self.weekday.unwrap_or(1))?,
            Parts { quarter: Some(quarter), .. } => parts::quarter(year, quarter)?,
            Parts { dekad: Some(dekad), month: Some(month), .. } => parts::dekad(year, month, dekad)?,
            Parts { dekad: Some(dekad), .. } => parts::dekad_of_year(year, dekad)?,
            Parts { pentad: Some(pentad), month, .. } => parts::pentad(year, month?, pentad)?,
            Parts { ordinal: Some(day), month: None, day: None, .. } => {
                let exists = 1 <= day && day <= calendar.days_in_year(year);
                let first = exists.then(|| calendar.midnight(year, 1, 1)).flatten()?;
                calendar.fields(Instant::from_days(first.days() + i64::from(day) - 1)?)
            }
            Parts { month, day, .. } => Fields::date(year, month.unwrap_or(1), day.unwrap_or(1)),
        };
        parts::instant(calendar, &Fields { hour, minute, second, micro, ..date })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_anywhere() {
        let cases = [
            ("%Y.%m.%d", "0_precip_2009.01.01.tif", "2009-01-01"),
            ("%Y_%m_%d", "0_Rainfall_MSWEP_mm_daily_1979_1_1.tif", "1979-01-01"),
            ("%Y%m%d", "LC08_L1TP_013032_20180131_20180207_01_T1", "2018-01-31"),
            ("%Y%m%d", "MSWEP_1979010106.tif", "1979-01-01"),
            ("%Y%m%d%H", "MSWEP_1979010106.tif", "1979-01-01T06:00"),
            ("%Y%m", "ndvi_202006.tif", "2020-06-01"),
            ("A%Y%j", "MOD13Q1.A2013257.h12v11.061.2022034211545.hdf", "2013-09-14"),
            ("%Y%j", "2020366", "2020-12-31"),
            ("%d%b%Y", "x_15Jan2020", "2020-01-15"),
            ("%B %Y", "may 2020, march 2021", "2020-05-01"),
            ("%d-%m-%y", "31-12-98", "1998-12-31"),
            ("%FT%T", "2020-01-15T10:30:05", "2020-01-15T10:30:05"),
            ("%Y%m%dT%H%M%S.%f", "20200115T103005.25", "2020-01-15T10:30:05.25"),
            ("%Y", "v1_2009.tif", "2009-01-01"),
            ("%Y%m%d_%H", "rain_20200101_24.tif", "2020-01-02"),
            ("%Y%j%H%M", "rain_20203662400.tif", "2021-01-01"),
            ("100%%_%Y", "100%_2009", "2009-01-01"),
            ("%Y-%m-%d", "2020-02-30 2020-03-01", "2020-03-01"),
            ("%G-W%V", "ndvi_2020-W02.tif", "2020-01-06"),
            ("%Y_week%V", "ndvi_2020_week53.tif", "2020-12-28"),
            ("%G-W%V-%u", "2021-W01-7", "2021-01-10"),
            ("%s", "s1_1580515200_vv.tif", "2020-02-01"),
            ("%s", "0.tif", "1970-01-01"),
            ("Q%q_%Y", "ndvi_Q3_2020.tif", "2020-07-01"),
            ("%Y.%m.%K", "chirps-v2.0.2020.01.3.tif", "2020-01-21"),
            ("%Y_dk%K", "vci_2020_dk36", "2020-12-21"),
            ("%Y.%m.%P", "chirps-v2.0.2020.01.6.tif", "2020-01-26"),
        ];
        for (pattern, name, date) in cases {
            let found = Pattern::new(pattern).unwrap().search(name);
            assert_eq!(found.map(|at| Calendar::Standard.iso(at)), Some(date.to_string()), "{pattern} in {name}");
        }
        for (pattern, name) in [
            ("%Y-%m-%d", "2020-13-01"),
            ("%Y", "abc"),
            ("%Y%j", "2019366"),
            ("%Y", ""),
            ("%GW%V", "2021W53"),
            ("%Y%m%K", "2020014"),
            ("%Y%m%d%H%M", "202001012401"),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().search(name), None);
        }
    }

    #[test]
    fn patterns_that_read_no_date() {
        let cases = [
            ("%Y-%x", "`%x` in `%Y-%x` is not part of a date"),
            ("%Y%", "`%` in `%Y%` is not part of a date"),
            ("%m-%d", "`%m-%d` does not read the year"),
            ("%Y %d", "`%Y %d` does not read the month"),
            ("%Y-%P", "`%Y-%P` does not read the month"),
            ("", "`` does not read the year"),
        ];
        for (pattern, message) in cases {
            assert_eq!(Pattern::new(pattern).unwrap_err().message, message);
        }
    }
}

//! Dates in file names and band descriptions, found by the patterns data centers use.

use super::calendar::{Calendar, Fields, Instant};
use super::format::month_named;

/// The date in a name, of which only the part after the last slash is looked at. Counted in [`Calendar::Standard`].
///
/// The first of these that has a date which exists wins, and within one of them the leftmost date:
///
/// 1. Whole dates: `1979-01-01`, `1979.1.1` or `1979_01_01` (one separator throughout), `19790101` and with more digits
///    `1979010100`, `197901010030`, `19790101003000`; `15Jan2020`, `2020-Jan-15`; `A2013257` of MODIS; the scene names of
///    Landsat before the collections (`LC80030172015001LGN00`). A time of day may follow.
/// 2. Year and day of the year: `2013257`, `2013-257`, `1979001.03` with the hour.
/// 3. Year and month: `1979-01`, `197901`, `Jan2020`.
/// 4. A year with nothing but separators on its sides: `precip_1979.tif`.
///
/// Years lie between 1600 and 2399, a year alone between 1700 and 2199, so that path/row numbers (`013032`) and most
/// sizes are no dates. A `v` before digits makes a version of them (`v2.0`, `fv02.0`), a decimal point before a lone year
/// a fraction.
pub(crate) fn date_in_name(name: &str) -> Option<Instant> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let runs = Runs::of(name);
    let leftmost = |read: fn(&Runs, usize) -> Option<Fields>| {
        let mut found = (0..runs.runs.len()).filter(|&idx| !runs.runs[idx].version).filter_map(|idx| read(&runs, idx));
        found.find_map(|fields| Calendar::Standard.instant(&fields))
    };
    leftmost(whole_date).or_else(|| leftmost(day_of_year)).or_else(|| leftmost(month)).or_else(|| leftmost(year))
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

    /// What stands between a run and the next.
    fn between(&self, idx: usize) -> &str {
        let end = self.runs.get(idx + 1).map_or(self.name.len(), |next| next.start);
        &self.name[self.runs[idx].start + self.runs[idx].digits.len()..end]
    }

    /// The separator between a run and the next, if nothing else is there.
    fn separator(&self, idx: usize) -> Option<&str> {
        let between = self.between(idx);
        (idx + 1 < self.runs.len() && ["-", ".", "_"].contains(&between)).then_some(between)
    }
}

fn whole_date(runs: &Runs, idx: usize) -> Option<Fields> {
    separated(runs, idx)
        .or_else(|| compact(runs, idx))
        .or_else(|| with_month_name(runs, idx))
        .or_else(|| modis(runs, idx))
        .or_else(|| landsat_scene(runs, idx))
}

/// `1979.01.01` and what may follow: `T10:30:00`, `T103000`, `_10-30`, or the hour after the same separator.
fn separated(runs: &Runs, idx: usize) -> Option<Fields> {
    let separator = runs.separator(idx)?;
    if runs.separator(idx + 1)? != separator {
        return None;
    }
    let year = plausible(runs.digits(idx, 4..=4)?)?;
    let date = Fields::date(year, number(runs.digits(idx + 1, 1..=2)?)?, number(runs.digits(idx + 2, 1..=2)?)?);
    let timed = clock_in_runs(runs, idx + 2, separator, date);
    Some(timed.or_else(|| clock_after(runs.after(idx + 2), &["T", "t"], date)).unwrap_or(date))
}

/// A time of day in the runs after the one of the day.
fn clock_in_runs(runs: &Runs, day: usize, separator: &str, date: Fields) -> Option<Fields> {
    let below = |idx: usize, limit: u32| number(runs.digits(idx, 2..=2)?).filter(|number| *number < limit);
    let mark = runs.between(day);
    let hour = below(day + 1, 24)?;
    // Minutes and seconds, each only where a separator and the part before it are there.
    let part = |idx: usize| {
        let apart = runs.runs.len() > idx && [":", "-", ".", "_"].contains(&runs.between(idx - 1));
        apart.then(|| below(idx, 60)).flatten()
    };
    let minute = part(day + 2);
    let second = minute.and_then(|_| part(day + 3)).unwrap_or(0);
    let marked = mark == separator || (minute.is_some() && ["T", "t", " ", "_", "-"].contains(&mark));
    marked.then(|| Fields { hour, minute: minute.unwrap_or(0), second, ..date })
}

/// 8, 10, 12 or 14 to 17 digits in a row.
fn compact(runs: &Runs, idx: usize) -> Option<Fields> {
    let digits = runs.digits(idx, 8..=17).filter(|digits| matches!(digits.len(), 8 | 10 | 12 | 14..=17))?;
    let part = |from: usize| digits.get(from..from + 2).map_or(Some(0), number);
    let date = Fields {
        hour: part(8)?,
        minute: part(10)?,
        second: part(12)?,
        ..Fields::date(plausible(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..8])?)
    };
    let timed = || clock_after(runs.after(idx), &["T", "t", "_", "-", "-S", "_t", "-T"], date);
    Some(if digits.len() == 8 { timed().unwrap_or(date) } else { date })
}

/// `15Jan2020`, `15-January-2020`, `2020Jan15`.
fn with_month_name(runs: &Runs, idx: usize) -> Option<Fields> {
    let month = month_named(runs.between(idx).trim_matches(['-', '.', '_', ' ']))?;
    let day_first = || Some((runs.digits(idx, 1..=2)?, runs.digits(idx + 1, 4..=4)?));
    let year_first = || Some((runs.digits(idx + 1, 1..=2)?, runs.digits(idx, 4..=4)?));
    let (day, year) = day_first().or_else(year_first)?;
    Some(Fields::date(plausible(year)?, month, number(day)?))
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
        return runs.separator(idx).and_then(|_| ordinal(year, day));
    }
    let digits = runs.digits(idx, 7..=13).filter(|digits| matches!(digits.len(), 7 | 11 | 13))?;
    let date = ordinal(&digits[..4], &digits[4..7])?;
    if digits.len() > 7 {
        return clock(&digits[7..], date);
    }
    let hour = (runs.separator(idx) == Some(".")).then(|| number(runs.digits(idx + 1, 2..=2)?)).flatten();
    Some(Fields { hour: hour.filter(|hour| *hour < 24).unwrap_or(0), ..date })
}

fn month(runs: &Runs, idx: usize) -> Option<Fields> {
    if let Some(digits) = runs.digits(idx, 6..=6) {
        return Some(Fields::date(plausible(&digits[..4])?, number(&digits[4..])?, 1));
    }
    let year = plausible(runs.digits(idx, 4..=4)?)?;
    let letters = |c: char| !c.is_alphabetic();
    let word_before = runs.before(idx).trim_end_matches(['-', '.', '_', ' ']).rsplit(letters).next().unwrap_or("");
    let word_after = runs.after(idx).trim_start_matches(['-', '.', '_', ' ']).split(letters).next().unwrap_or("");
    if let Some(month) = month_named(word_before).or_else(|| month_named(word_after)) {
        return Some(Fields::date(year, month, 1));
    }
    // `2019.1` is too likely something else.
    let least = if runs.separator(idx)? == "." { 2 } else { 1 };
    Some(Fields::date(year, number(runs.digits(idx + 1, least..=2)?)?, 1))
}

fn year(runs: &Runs, idx: usize) -> Option<Fields> {
    let year = plausible(runs.digits(idx, 4..=4)?).filter(|year| (1700..2200).contains(year))?;
    let before = runs.before(idx);
    let fraction = idx > 0 && !runs.runs[idx - 1].version && runs.between(idx - 1) == ".";
    let stands_alone = !before.ends_with(char::is_alphanumeric) && !runs.after(idx).starts_with(char::is_alphanumeric);
    (stands_alone && !fraction).then(|| Fields::date(year, 1, 1))
}

/// The time of day that follows a date after one of these marks: `hhmmss`, and `hhmm` after a letter.
fn clock_after(rest: &str, marks: &[&str], date: Fields) -> Option<Fields> {
    marks.iter().find_map(|mark| {
        let rest = rest.strip_prefix(mark)?;
        let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let lettered = mark.ends_with(|c: char| c.is_ascii_alphabetic());
        // After a plain separator four digits are as likely a year or an orbit.
        let fits = n_digits == 6 || lettered && (n_digits == 4 || n_digits > 6);
        fits.then(|| clock(&rest[..n_digits], date)).flatten()
    })
}

/// `hhmm` or `hhmmss`, more digits being parts of seconds.
fn clock(digits: &str, date: Fields) -> Option<Fields> {
    let hour = number(&digits[..2])?;
    let minute = number(digits.get(2..4)?)?;
    let second = digits.get(4..6).map_or(Some(0), number)?;
    (hour < 24 && minute < 60 && second < 60).then_some(Fields { hour, minute, second, ..date })
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
mod tests {
    use super::*;

    #[test]
    fn dates_in_names() {
        let cases = [
            ("MSWEP_1979.01.01.tif", "1979-01-01"),
            ("Qtot_1979-01-10.tif", "1979-01-10"),
            ("0_Rainfall_MSWEP_mm_daily_1979_1_1.tif", "1979-01-01"),
            ("0_MSWEP_1979.01.02.tif.asc", "1979-01-02"),
            ("10_Evaporation_ECMWF_ERA-Interim_mm_daily_2009.01.11.tif", "2009-01-11"),
            ("P_CHIRPS.v2.0_mm-day-1_daily_2009.01.01.tif", "2009-01-01"),
            ("data/2019/0_precip_2009.01.01.tif", "2009-01-01"),
            ("MSWEP_1979010100.tif", "1979-01-01"),
            ("south-america-mswep_1979010106.tif", "1979-01-01T06:00"),
            ("LC08_L1TP_013032_20180131_20180207_01_T1_B4.TIF", "2018-01-31"),
            ("LE07_L2SP_044033_20210329_20210424_02_T1_SR.json", "2021-03-29"),
            ("LC80030172015001LGN00_B4.tiff", "2015-01-01"),
            ("20170605120000-UKMO-L4_GHRSST-SSTfnd-OSTIAanom-GLOB-v02.0-fv02.0.nc", "2017-06-05T12:00"),
            ("MOD13Q1.A2013257.h12v11.061.2022034211545.hdf", "2013-09-14"),
            ("MOD021KM.A2013257.0530.061.hdf", "2013-09-14T05:30"),
            ("X2000.02.18", "2000-02-18"),
            ("chirps-v2.0.1981.01.01.tif.gz", "1981-01-01"),
            ("chirps-v2.0.1981.01.tif", "1981-01-01"),
            ("chirps-v2.0.1981.tif", "1981-01-01"),
            ("S2A_MSIL2A_20200101T101021_N0213_R022_T32TQM_20200101T113456.SAFE", "2020-01-01T10:10:21"),
            ("S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531_raster_ext.json", "2019-06-29T21:25:29"),
            ("3B-HHR.MS.MRG.3IMERG.20200101-S103000-E105959.0630.V06B.HDF5", "2020-01-01T10:30"),
            ("3B42_Daily.19991231.7.test.nc", "1999-12-31"),
            ("TERRA_MODIS_012010_NDVI_2013-09-14.jp2", "2013-09-14"),
            ("sent2_L2A_2024-08-24.tif", "2024-08-24"),
            ("197901.tif", "1979-01-01"),
            ("tas_Amon_CanESM5_historical_r1i1p1f1_gn_185003-201412.nc", "1850-03-01"),
            ("era5-2mt-2019-03-uk.grib", "2019-03-01"),
            ("noah-precipitation-1979.tif", "1979-01-01"),
            ("tasmax_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc", "2095-01-01"),
            ("1979001.03.nc", "1979-01-01T03:00"),
            ("ndvi_2020-366.tif", "2020-12-31"),
            ("report_15Jan2020.tif", "2020-01-15"),
            ("Nov2020_ndvi.tif", "2020-11-01"),
            ("2020-Feb-29.tif", "2020-02-29"),
            ("gauge_2020-01-15T10:30:05Z", "2020-01-15T10:30:05"),
            ("gauge_2020-01-15_10-30.tif", "2020-01-15T10:30"),
            ("gauge_2020-01-15T103005", "2020-01-15T10:30:05"),
            ("era5_2009-01-01-12.nc", "2009-01-01T12:00"),
            ("era5_2009-01-01-12_x5-30.nc", "2009-01-01T12:00"),
            ("era5_2009-01-01-12-30-15.nc", "2009-01-01T12:30:15"),
            ("tile_1990123_20200101.tif", "2020-01-01"),
            ("bad_20201301_20200102.tif", "2020-01-02"),
            ("a_2020-02-30_2021-03-01.tif", "2021-03-01"),
        ];
        for (name, date) in cases {
            assert_eq!(date_in_name(name).map(|at| Calendar::Standard.iso(at)), Some(date.to_string()), "{name}");
        }
    }

    #[test]
    fn names_without_dates() {
        let names = [
            "acc4000.tif",
            "Map1.zip",
            "1.asc",
            "multi_band_0_360_gcs.tif",
            "ne_110m_admin_0.shp",
            "L7_ETMs.tif",
            "LC08_013032.tif",
            "band_v2019.tif",
            "model_fv1990.1.nc",
            "lat_45.1979.tif",
            "dem_2000m.tif",
            "N45E2010.tif",
            "99999999.tif",
            "20201350.tif",
            "1640995200.tif",
            "cog_scale.tif",
            "",
            "äöü.tif",
            "rgb_0001_0002.tif",
        ];
        for name in names {
            assert_eq!(date_in_name(name), None, "{name}");
        }
    }
}

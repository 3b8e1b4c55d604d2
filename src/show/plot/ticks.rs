//! The values of ticks, and their names.

use crate::cube::time::{Calendar, Fields, Instant};

/// A round number near `raw`: 1, 2, 2.5 or 5 times a power of ten.
fn round(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|m| m * power >= raw * 0.999).unwrap_or(10.0);
    step * power
}

/// About `n` round numbers from `low` to `high`, none outside.
pub(super) fn inside(low: f64, high: f64, n: usize) -> Vec<f64> {
    if !(high - low).is_finite() || high <= low {
        return vec![low];
    }
    every(low, high, round((high - low) / n.max(1) as f64))
}

/// Multiples of `step` from `low` to `high`.
pub(super) fn every(low: f64, high: f64, step: f64) -> Vec<f64> {
    let slack = step * 1e-9;
    let first = ((low - slack) / step).ceil();
    let last = ((high + slack) / step).floor();
    if !(first..=last + 1e4).contains(&last) || last - first > 1e4 {
        return Vec::new();
    }
    (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect()
}

/// About `n` stretches of round numbers that cover `low` to `high`: their edges.
pub(super) fn around(low: f64, high: f64, n: usize) -> Vec<f64> {
    if n == 1 {
        return vec![low, high];
    }
    let step = round((high - low) / n as f64);
    let edges = every((low / step).floor() * step, (high / step).ceil() * step, step);
    if edges.len() < 2 { vec![low, high] } else { edges }
}

/// Powers of ten; with twice and five times them where there are few.
pub(super) fn decades(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let within = |v: &f64| low * (1.0 - 1e-9) <= *v && *v <= high * (1.0 + 1e-9);
    let step = ((last - first) / 8).max(1) as usize;
    let powers: Vec<f64> = (first..=last).step_by(step).map(|e| 10f64.powi(e)).filter(within).collect();
    match powers.len() {
        0..=2 => (first..=last).flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e))).filter(within).collect(),
        _ => powers,
    }
}

/// Numbers as they are written beside each other: with the digits that tell them apart.
pub(super) fn labels(values: &[f64], precision: Option<usize>) -> Vec<String> {
    let largest = values.iter().fold(0.0f64, |a, v| a.max(v.abs()));
    let smallest = values.iter().filter(|v| **v != 0.0).fold(f64::INFINITY, |a, v| a.min(v.abs()));
    if precision.is_none() && (largest >= 1e7 || smallest < 1e-4 && largest < 1e-2) {
        return values.iter().map(|v| exponent(*v)).collect();
    }
    // The fewest digits by which each is exact to a thousandth of the distance between two.
    let gap = values.windows(2).map(|w| (w[1] - w[0]).abs()).filter(|g| *g > 0.0).fold(f64::INFINITY, f64::min);
    let gap = if gap.is_finite() { gap } else { largest.max(1e-9) };
    let exact = |digits: usize| {
        let scale = 10f64.powi(digits as i32);
        values.iter().all(|v| ((v * scale).round() / scale - v).abs() <= gap * 1e-3)
    };
    let digits = precision.unwrap_or_else(|| (0..10).find(|d| exact(*d)).unwrap_or(10));
    values.iter().map(|v| plain(*v, digits)).collect()
}

fn plain(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    // A minus sign as wide as a plus, and none before zero.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.into(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text,
    }
}

fn exponent(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let text = format!("{:e}", (value * 1e12 / value).round() * value / 1e12);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa: f64 = mantissa.parse().unwrap_or(1.0);
    let digits = (0..6).find(|d| ((mantissa * 10f64.powi(*d)).round() / 10f64.powi(*d) - mantissa).abs() < 1e-6);
    format!("{}e{power}", plain(mantissa, digits.unwrap_or(6) as usize)).replace("e-", "e\u{2212}")
}

const DAY: i64 = 86_400_000_000;

/// About `n` dates of one kind between two, with their names: years, months, days or hours.
pub(super) fn dates(first: Instant, last: Instant, n: usize) -> Vec<(Instant, String)> {
    const CALENDAR: Calendar = Calendar::ProlepticGregorian;
    let days = (last.0 - first.0) as f64 / DAY as f64;
    let wanted = days / n.max(1) as f64;
    let from = CALENDAR.fields(first);
    let date = |year: i64, month: u32, day: u32| CALENDAR.instant(&Fields::date(year, month, day));
    let within = |t: &Instant| first <= *t && *t <= last;
    let named = |t: Instant, form: &str| (t, CALENDAR.format(t, form));
    if wanted > 200.0 {
        let step = round(wanted / 365.25).round().max(1.0) as i64;
        let begin = from.year.div_euclid(step) * step;
        let all = (0..).map(|i| begin + i * step).take_while(|y| *y <= CALENDAR.fields(last).year + step);
        return all.filter_map(|y| date(y, 1, 1)).filter(within).map(|t| named(t, "%Y")).collect();
    }
    if wanted > 20.0 {
        let step = [1, 2, 3, 6].into_iter().find(|m| f64::from(*m) * 30.4 >= wanted * 0.8).unwrap_or(6);
        let months = (0..(days / 28.0) as i64 + 14).map(|i| (from.year * 12 + i64::from(from.month) - 1) + i);
        let all = months.filter(|m| m % i64::from(step) == 0);
        let all = all.filter_map(|m| date(m.div_euclid(12), m.rem_euclid(12) as u32 + 1, 1));
        let one_year = CALENDAR.fields(last).year == from.year;
        return all.filter(within).map(|t| named(t, if one_year { "%b" } else { "%b %Y" })).collect();
    }
    if wanted > 0.7 {
        let step = [1, 2, 5, 10, 15].into_iter().find(|d| f64::from(*d) >= wanted * 0.8).unwrap_or(15);
        let all = (0..days as i64 + 2).map(|i| Instant(first.0.div_euclid(DAY) * DAY + i * DAY));
        let fits = |t: &Instant| {
            let day = CALENDAR.fields(*t).day;
            day == 1 || (day - 1).is_multiple_of(step) && day + step / 2 <= 31
        };
        return all.filter(fits).filter(within).map(|t| named(t, "%d %b")).collect();
    }
    let hours = [1, 2, 3, 6, 12].into_iter().find(|h| *h as f64 / 24.0 >= wanted * 0.8).unwrap_or(12);
    let step = DAY / 24 * hours;
    if (last.0 - first.0) / step > 100 {
        return Vec::new();
    }
    let all = (first.0.div_euclid(step)..=last.0.div_euclid(step)).map(|i| Instant(i * step));
    all.filter(within).map(|t| named(t, if t.0 % DAY == 0 { "%d %b" } else { "%H:%M" })).collect()
}

/// What the names of [`dates`] leave out, for a title of their axis: the year of days and months, the day of hours.
pub(super) fn lacking(first: Instant, last: Instant, n: usize) -> Option<String> {
    const CALENDAR: Calendar = Calendar::ProlepticGregorian;
    let wanted = (last.0 - first.0) as f64 / DAY as f64 / n.max(1) as f64;
    let [from, to] = [first, last].map(|at| CALENDAR.format(at, "%Y"));
    let one_year = from == to;
    match wanted {
        _ if wanted > 200.0 || wanted > 20.0 && !one_year => None,
        _ if one_year => Some(from),
        _ => Some(format!("{from} .. {to}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers() {
        assert_eq!(inside(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(inside(-3.2, 4.1, 4), [-2.0, 0.0, 2.0, 4.0]);
        assert_eq!(inside(5.0, 5.0, 4), [5.0]);
        assert_eq!(around(0.3, 7.8, 4), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(decades(1.0, 1000.0), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(decades(2.0, 30.0), [2.0, 5.0, 10.0, 20.0]);
        for (low, high) in [(f64::NAN, 1.0), (0.0, f64::INFINITY), (1e300, 1e308), (1e-300, 2e-300)] {
            assert!(inside(low, high, 5).len() < 20);
        }
    }

    #[test]
    fn numbers_beside_each_other() {
        for (values, written) in [
            (&[0.0, 0.5, 1.0][..], &["0.0", "0.5", "1.0"][..]),
            (&[-2.0, 0.0, 2.0], &["\u{2212}2", "0", "2"]),
            (&[0.1 + 0.2, 0.4], &["0.3", "0.4"]),
            (&[0.0, 2e7], &["0", "2e7"]),
            (&[-0.0001, 0.0], &["\u{2212}0.0001", "0.0000"]),
            (&[2.5e-6, 5e-6], &["2.5e\u{2212}6", "5e\u{2212}6"]),
        ] {
            assert_eq!(labels(values, None), written);
        }
        assert_eq!(labels(&[1.0, 2.0], Some(2)), ["1.00", "2.00"]);
    }

    #[test]
    fn dates_of_one_kind() {
        let at = |y, m, d| Calendar::ProlepticGregorian.instant(&Fields::date(y, m, d)).expect("a date");
        let names = |a, b, n| dates(a, b, n).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(at(2000, 3, 1), at(2020, 6, 1), 5), ["2005", "2010", "2015", "2020"]);
        assert_eq!(names(at(2020, 1, 1), at(2020, 12, 31), 6), ["Jan", "Mar", "May", "Jul", "Sep", "Nov"]);
        assert_eq!(names(at(2020, 1, 1), at(2020, 1, 9), 8)[..2], ["01 Jan", "02 Jan"]);
        assert_eq!(names(at(2020, 1, 1), at(2020, 1, 2), 4), ["01 Jan", "06:00", "12:00", "18:00", "02 Jan"]);
        assert!(names(at(1, 1, 1), at(9999, 1, 1), 6).len() < 12);
    }
}

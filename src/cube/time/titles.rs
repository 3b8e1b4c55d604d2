//! What steps are called in a picture, all in one style.

use super::axis::{Label, TimeAxis};
use super::calendar::{Calendar, Fields, Instant};
use super::format::MONTH_NAMES;

impl TimeAxis {
    /// What steps are called in a picture, all in one style: `2002` and `July 2002` for whole years and months,
    /// `Jan .. Mar 2002` for several, `Jan` for groups of months, and dates without a time of day where no step has one.
    pub fn short_labels(&self) -> Vec<String> {
        match self {
            TimeAxis::Instants { calendar, values, bounds } => dated(*calendar, values, bounds.as_deref()),
            TimeAxis::Groups { key, labels, .. } if key == "month" => {
                let name = |label: &Label| match label {
                    Label::Number(month) if (1.0..=12.0).contains(month) => month_name(*month as i64),
                    other => other.to_string(),
                };
                labels.iter().map(name).collect()
            }
            _ => (0..self.len()).map(|step| self.label(step)).collect(),
        }
    }
}

/// A month, 1 being January, as it is written where there is little room: `Jan`.
pub(crate) fn month_name(month: i64) -> String {
    MONTH_NAMES[(month - 1) as usize][..3].to_string()
}

/// Dates in the style that fits all of them.
fn dated(calendar: Calendar, values: &[Instant], bounds: Option<&[(Instant, Instant)]>) -> Vec<String> {
    let fields = |at: &Instant| calendar.fields(*at);
    let midnight = |f: &Fields| (f.hour, f.minute, f.second, f.micro) == (0, 0, 0, 0);
    let all = |is: &dyn Fn(&Fields) -> bool| {
        values.iter().map(fields).all(|f| is(&f))
            && bounds.is_none_or(|bounds| bounds.iter().flat_map(|(a, b)| [fields(a), fields(b)]).all(|f| is(&f)))
    };
    // Without bounds a single first of a month may be a day as well.
    let stands_for_more = bounds.is_some() || values.len() > 1;
    if stands_for_more && all(&|f| f.month == 1 && f.day == 1 && midnight(f)) {
        return values.iter().map(|at| calendar.format(*at, "%Y")).collect();
    }
    if stands_for_more && all(&|f| f.day == 1 && midnight(f)) {
        let month = |f: &Fields| f.year * 12 + i64::from(f.month) - 1;
        let named = |(i, at): (usize, &Instant)| {
            let Some((from, to)) = bounds.map(|bounds| (fields(&bounds[i].0), fields(&bounds[i].1))) else {
                return calendar.format(*at, "%B %Y");
            };
            let last = month(&to) - 1;
            let [first, end] = [month(&from), last].map(|m| month_name(m.rem_euclid(12) + 1));
            match last - month(&from) {
                ..=0 => calendar.format(*at, "%B %Y"),
                _ if from.year == last.div_euclid(12) => format!("{first} .. {end} {}", from.year),
                _ => format!("{first} {} .. {end} {}", from.year, last.div_euclid(12)),
            }
        };
        return values.iter().enumerate().map(named).collect();
    }
    let style = match values.iter().map(fields).all(|f| midnight(&f)) {
        true => "%Y-%m-%d",
        false if values.iter().map(fields).all(|f| (f.second, f.micro) == (0, 0)) => "%Y-%m-%d %H:%M",
        false => "%Y-%m-%d %H:%M:%S",
    };
    values.iter().map(|at| calendar.format(*at, style)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_style_for_all_steps() {
        let calendar = Calendar::Standard;
        let at = |y, m, d, hour| calendar.instant(&Fields { hour, ..Fields::date(y, m, d) }).expect("a date");
        let bare = |dates: &[Instant]| TimeAxis::of(calendar, dates.to_vec()).short_labels();
        let within = |bounds: &[(Instant, Instant)]| {
            let values = bounds.iter().map(|(from, _)| *from).collect();
            TimeAxis::Instants { calendar, values, bounds: Some(bounds.to_vec()) }.short_labels()
        };
        assert_eq!(bare(&[at(2002, 7, 1, 0), at(2002, 8, 1, 0)]), ["July 2002", "August 2002"]);
        assert_eq!(bare(&[at(2002, 1, 1, 0), at(2003, 1, 1, 0)]), ["2002", "2003"]);
        // One first of a month may be a day.
        assert_eq!(bare(&[at(2002, 7, 1, 0)]), ["2002-07-01"]);
        assert_eq!(bare(&[at(2002, 7, 1, 0), at(2002, 7, 2, 0)]), ["2002-07-01", "2002-07-02"]);
        assert_eq!(bare(&[at(2002, 7, 1, 0), at(2002, 7, 1, 6)]), ["2002-07-01 00:00", "2002-07-01 06:00"]);
        assert_eq!(within(&[(at(2002, 7, 1, 0), at(2002, 8, 1, 0))]), ["July 2002"]);
        let seasons = [(at(2002, 9, 1, 0), at(2002, 12, 1, 0)), (at(2002, 12, 1, 0), at(2003, 3, 1, 0))];
        assert_eq!(within(&seasons), ["Sep .. Nov 2002", "Dec 2002 .. Feb 2003"]);
        let months = TimeAxis::groups("month", vec![Label::Number(1.0), Label::Number(12.0)]);
        assert_eq!(months.short_labels(), ["Jan", "Dec"]);
    }
}

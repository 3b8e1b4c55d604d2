//! What reductions write of themselves in the words of CF's `cell_methods` (sections 7.3 and 7.4).

use super::Reducer;
use crate::cube::{Schema, TimeAxis};

/// Statistics that can be taken piece by piece: the maximum of daily maxima is the maximum.
const PIECEWISE: [&str; 4] = ["mean", "sum", "minimum", "maximum"];

/// The methods of the bands that reductions of the steps of `input` make, band by band and reducer by reducer. Nothing is
/// known of a band where CF has no word for its statistic.
pub(super) fn over_time(input: &Schema, reducers: &[Reducer], out: &TimeAxis) -> Vec<Option<String>> {
    let pairs = input.bands.iter().flat_map(|band| reducers.iter().map(move |reducer| (band, reducer)));
    pairs.map(|(band, reducer)| of(band.cell_methods.as_deref(), reducer.cell_method?, &input.time, out)).collect()
}

/// The same for blocks of pixels.
pub(super) fn over_area(input: &Schema, reducers: &[Reducer]) -> Vec<Option<String>> {
    let pairs = input.bands.iter().flat_map(|band| reducers.iter().map(move |reducer| (band, reducer)));
    pairs.map(|(band, reducer)| Some(after(band.cell_methods.as_deref(), "area", reducer.cell_method?, ""))).collect()
}

fn of(before: Option<&str>, method: &str, from: &TimeAxis, to: &TimeAxis) -> Option<String> {
    if matches!(from, TimeAxis::Positions(_)) {
        return None;
    }
    let TimeAxis::Groups { key, climatology: Some(_), .. } = to else {
        return Some(after(before, "time", method, ""));
    };
    let cycle = match key.as_str() {
        "year" => return Some(after(before, "time", method, "")),
        "hour" => "days",
        _ => "years",
    };
    Some(match PIECEWISE.contains(&method) {
        true => after(before, "time", method, &format!(" within {cycle} time: {method} over {cycle}")),
        false => after(before, "time", method, &format!(" (pooled within {cycle} and over {cycle})")),
    })
}

/// Methods in the order they were applied; one that goes on with the method before it takes its place.
fn after(before: Option<&str>, dim: &str, method: &str, how: &str) -> String {
    let own = format!("{dim}: {method}");
    let before = before.unwrap_or_default().trim();
    let kept = match before.strip_suffix(own.as_str()).filter(|_| PIECEWISE.contains(&method)) {
        Some(kept) => kept.trim_end(),
        None => before,
    };
    format!("{kept} {own}{how}").trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_follow_one_another() {
        let cases = [
            (None, "mean", "", "time: mean"),
            (Some("time: mean"), "maximum", "", "time: mean time: maximum"),
            (Some("area: mean time: sum"), "sum", "", "area: mean time: sum"),
            (Some("time: median"), "median", "", "time: median time: median"),
            (Some("time: mean (interval: 1 hour)"), "mean", "", "time: mean (interval: 1 hour) time: mean"),
            (
                Some("time: mean"),
                "mean",
                " within years time: mean over years",
                "time: mean within years time: mean over years",
            ),
        ];
        for (before, method, how, expected) in cases {
            assert_eq!(after(before, "time", method, how), expected);
        }
    }
}

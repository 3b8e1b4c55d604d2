//! What steps stand for: the months, days and lengths of their intervals, in stores made byte by byte as other programs
//! make them.

use crate::support::printed;
use serde_json::{Value, json};
use std::path::Path;

/// The times of a store.
#[derive(Clone, Copy, Default)]
struct Times<'a> {
    units: &'a str,
    calendar: &'a str,
    values: &'a [f64],
    /// The attribute that names the intervals, and these: `bounds` or `climatology`.
    intervals: Option<(&'a str, &'a [[f64; 2]])>,
}

/// Writes a Zarr store of one pixel, `v`, whose steps hold `pixels`.
fn store(folder: &Path, name: &str, times: Times, pixels: &[f64]) {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    let array = |name: &str, dims: &[&str], shape: &[usize], values: &[f64], attributes: Value| {
        let array = folder.join(name);
        std::fs::create_dir_all(&array).unwrap();
        let head = json!({
            "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": "<f8", "order": "C", "compressor": null,
            "filters": null, "fill_value": "NaN",
        });
        let mut attributes = attributes;
        attributes["_ARRAY_DIMENSIONS"] = json!(dims);
        std::fs::write(array.join(".zarray"), head.to_string()).unwrap();
        std::fs::write(array.join(".zattrs"), attributes.to_string()).unwrap();
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(array.join(vec!["0"; shape.len()].join(".")), bytes).unwrap();
    };
    let n = times.values.len();
    let mut attributes = json!({ "units": times.units, "calendar": times.calendar });
    if let Some((attribute, intervals)) = times.intervals {
        attributes[attribute] = json!("time_edges");
        array("time_edges", &["time", "nv"], &[n, 2], intervals.as_flattened(), json!({}));
    }
    array("time", &["time"], &[n], times.values, attributes);
    array("lat", &["lat"], &[1], &[0.5], json!({ "units": "degrees_north", "bounds": "lat_bnds" }));
    array("lat_bnds", &["lat", "nv"], &[1, 2], &[0.0, 1.0], json!({}));
    array("lon", &["lon"], &[1], &[0.5], json!({ "units": "degrees_east", "bounds": "lon_bnds" }));
    array("lon_bnds", &["lon", "nv"], &[1, 2], &[0.0, 1.0], json!({}));
    array("v", &["time", "lat", "lon"], &[n, 1, 1], pixels, json!({}));
}

/// What a program prints, without its notes.
fn shown(folder: &Path, program: &str) -> String {
    let text = printed(folder, program);
    text.lines().filter(|line| !line.starts_with("note")).collect::<Vec<_>>().join(" ")
}

const ENDS: &str = "steps are stamped with the ends of their intervals, and belong to the months and days of those";

/// Sixty days of 2000, each stamped at the midnight after it: all of January and 29 days of February.
fn days_stamped_at_ends(folder: &Path) {
    let ends: Vec<f64> = (1..=60).map(f64::from).collect();
    let days: Vec<[f64; 2]> = ends.iter().map(|end| [end - 1.0, *end]).collect();
    let times = Times {
        units: "days since 2000-01-01",
        calendar: "standard",
        values: &ends,
        intervals: Some(("bounds", &days)),
    };
    store(folder, "ends.zarr", times, &ends);
}

/// A filter, an expression over pixels, groups and periods find the same steps in a month, and say so once.
#[test]
fn parts_of_dates_are_those_of_groups() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    days_stamped_at_ends(folder);
    let cases = [
        ("filter month(time) == 1 | count | show", "31"),
        ("filter month(time) == 1 | groupby month count | show", "31"),
        ("filter dayofyear(time) == 1 | count | show", "1"),
        ("where month(time) == 2 | count | show", "29"),
        ("map m = if(month(time) == 1, 1, nodata) | count | show", "31"),
        ("groupby month count | step 0 | show", "31"),
        ("resample 1mo count | step 1 | show", "29"),
        ("time 2000-01 | count | show", "31"),
        ("groupby (month(time)) count | step 0 | show", "31"),
        ("step [30 31] | map d = day(time) | step 0 | show", "31"),
        ("filter hour(time) == 0 and day(time) == 31 | head 1 | map d = day(time) | show", "31"),
        ("join ( load zarr \"ends.zarr\" | groupby month mean ) as n on month | step 30 | map n = n | show", "16"),
        ("anomaly month base 2000-01..2000-01 | step 30 | show", "15"),
    ];
    for (rest, last) in cases {
        let program = format!("load zarr \"ends.zarr\" | {rest}");
        let text = printed(folder, &program);
        assert_eq!(shown(folder, &program).split_whitespace().last(), Some(last), "{program}: {text}");
        let told = usize::from(!rest.starts_with("time "));
        assert_eq!(text.matches(ENDS).count(), told, "{program}: {text}");
    }
    // The instant itself is the label.
    assert_eq!(
        shown(folder, "load zarr \"ends.zarr\" | filter time >= @2000-02 | count | show"),
        "2000-02-01 .. 2000-03-01 v 30"
    );
}

/// Monthly means whose intervals end at the last day count as whole months; those of six hours a day stay as long.
#[test]
fn intervals_that_end_at_the_last_sample_weigh_as_months() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let times = |values, intervals| Times {
        units: "days since 2001-01-01",
        calendar: "standard",
        values,
        intervals: Some(("bounds", intervals)),
    };
    let months = [[0.5, 30.5], [31.5, 58.5], [59.5, 89.5]];
    store(folder, "months.zarr", times(&[15.5, 45.0, 74.5], &months), &[1.0, 2.0, 4.0]);
    let weighted = "load zarr \"months.zarr\" | mean weights days | show";
    let note = "note: the intervals of the steps go from the first to the last sample of each month, and count as the \
                whole month";
    let text = printed(folder, weighted);
    assert_eq!(text.matches(note).count(), 1, "{text}");
    let mean = |text: &str| text.split_whitespace().last().unwrap().parse::<f64>().unwrap();
    let expected = (31.0 + 28.0 * 2.0 + 31.0 * 4.0) / 90.0;
    assert!((mean(&shown(folder, weighted)) - expected).abs() < 1e-6, "{text}");
    // Accumulations over a quarter of one day and a twentieth of the next.
    let parts = [[0.0, 0.25], [1.0, 1.05]];
    store(folder, "parts.zarr", times(&[0.25, 1.05], &parts), &[1.0, 7.0]);
    let text = printed(folder, "load zarr \"parts.zarr\" | mean weights days | show");
    assert!(!text.contains("sample"), "{text}");
    let seen = mean(&shown(folder, "load zarr \"parts.zarr\" | mean weights days | show"));
    assert!((seen - (0.25 + 0.05 * 7.0) / 0.3).abs() < 1e-6, "{text}");
}

//! What steps stand for: the months, days and lengths of their intervals, in stores made byte by byte as other programs
//! make them.

use crate::support::{plain, printed, run_in, session_in};
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

/// The days from 1 January of a year, as numbers from 1 January 2000.
fn year_of(year: i64) -> std::ops::Range<i64> {
    let first = |year: i64| (year - 2000) * 365 + (year - 1997) / 4;
    first(year)..first(year + 1)
}

/// Two years, one of them a leap year, whose steps hold month * 100 + day, and the climatology of each month and day as
/// `cdo ydaymean` writes it: dates of the last year in which each occurs, or with intervals from its first to its last.
#[test]
fn climatologies_by_month_and_day_meet_days_by_these() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lengths = |leap: bool| [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let named = |leap: bool| {
        lengths(leap).into_iter().zip(1..).flat_map(|(days, month)| (1..=days).map(move |day| month * 100 + day))
    };
    let days = |year: i64| year_of(year).zip(named(year % 4 == 0)).map(|(at, name)| (at as f64, f64::from(name)));
    let times = |values, intervals| Times { units: "days since 2000-01-01", calendar: "standard", values, intervals };
    let (at, names): (Vec<f64>, Vec<f64>) = days(2004).chain(days(2005)).unzip();
    store(folder, "days.zarr", times(&at, None), &names);
    let groups = days(2004).map(|(at, name)| {
        let last = days(2005).find(|(_, other)| *other == name).map_or(at, |(last, _)| last);
        ([at, last], name)
    });
    let (edges, normals): (Vec<[f64; 2]>, Vec<f64>) = groups.unzip();
    let last: Vec<f64> = edges.iter().map(|[_, last]| *last).collect();
    store(folder, "dates.zarr", times(&last, None), &normals);
    store(folder, "intervals.zarr", times(&last, Some(("climatology", &edges))), &normals);
    store(folder, "bounds.zarr", times(&last, Some(("bounds", &edges))), &normals);
    for right in ["dates", "intervals", "bounds"] {
        for on in ["dayofyear", "monthday"] {
            let program = format!(
                "load zarr \"days.zarr\" | join ( load zarr \"{right}.zarr\" ) as n on {on} | map a = abs(v - n) | \
                 reduce [max count] | show"
            );
            let text = shown(folder, &program);
            let seen: Vec<&str> = text.split_whitespace().filter(|word| word.parse::<f64>().is_ok()).collect();
            assert_eq!(seen, ["0", "731"], "{program}: {text}");
            let told = printed(folder, &program).contains("days meet by month and day");
            assert_eq!(told, on == "dayofyear", "{right} on {on}");
        }
    }
    // Days counted in years without 29 February are days of months in years with one.
    let noleap: Vec<f64> = (0..365).map(f64::from).collect();
    let times = Times { units: "days since 2001-01-01", calendar: "noleap", values: &noleap, intervals: None };
    store(folder, "noleap.zarr", times, &named(false).map(f64::from).collect::<Vec<_>>());
    let program = "load zarr \"days.zarr\" | join ( load zarr \"noleap.zarr\" | groupby dayofyear mean ) as n on dayofyear \
                   | map a = abs(v - n) | reduce [max count] | show";
    let text = shown(folder, program);
    let seen: Vec<&str> = text.split_whitespace().filter(|word| word.parse::<f64>().is_ok()).collect();
    assert_eq!(seen, ["0", "730"], "{text}");
    // What Rastra counts itself stays counted, through a file too: day 60 of both years has one mean.
    printed(folder, "load zarr \"days.zarr\" | groupby dayofyear mean | save zarr \"counted.zarr\"");
    for right in ["load zarr \"counted.zarr\"", "load zarr \"days.zarr\" | groupby dayofyear mean"] {
        let program = format!(
            "load zarr \"days.zarr\" | join ( {right} ) as n on dayofyear | filter dayofyear(time) == 60 | map n = n | show"
        );
        let text = shown(folder, &program);
        assert_eq!(text, "2004-02-29 n 265 2005-03-01 n 265", "{right}");
    }
}

/// `cdo ymonmean` writes dates of the last year, with intervals that span all years: these are months and no timeline.
#[test]
fn intervals_over_years_are_groups() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let middles = |year: i64| {
        (1..=12).map(move |month| (year_of(year).start + (month - 1) * 30 + 15 + month / 9) as f64).collect::<Vec<_>>()
    };
    let edges: Vec<[f64; 2]> = middles(2001).into_iter().zip(middles(2003)).map(|(a, b)| [a, b]).collect();
    let pixels: Vec<f64> = (1..=12).map(f64::from).collect();
    for attribute in ["bounds", "climatology"] {
        let times = Times {
            units: "days since 2000-01-01",
            calendar: "standard",
            values: &middles(2003),
            intervals: Some((attribute, &edges)),
        };
        store(folder, "normals.zarr", times, &pixels);
        let text = printed(folder, "load zarr \"normals.zarr\" | time 6 | show");
        assert!(text.starts_with("6 v\n6\n"), "{text}");
        assert!(text.contains("the steps are groups: 12 months (month 1 .. 12)"), "{text}");
        for stage in ["time 2003-06", "resample 1q mean"] {
            let program = format!("load zarr \"normals.zarr\" | {stage} | show");
            let ran = run_in(&mut session_in(folder, &plain()), &program);
            assert_eq!(ran.failed.iter().map(|d| d.code.number).collect::<Vec<_>>(), ["E0203"], "{}", ran.text);
        }
    }
    // Running means of two years lie in one another too, but have their dates in the middle.
    let running: Vec<[f64; 2]> = (0..6).map(|n| [f64::from(n) * 30.5, f64::from(n) * 30.5 + 731.0]).collect();
    let centers: Vec<f64> = running.iter().map(|[a, b]| (a + b) / 2.0).collect();
    let times = Times {
        units: "days since 2000-01-01",
        calendar: "standard",
        values: &centers,
        intervals: Some(("bounds", &running)),
    };
    store(folder, "running.zarr", times, &pixels[..6]);
    let text = printed(folder, "load zarr \"running.zarr\" | schema");
    assert!(text.starts_with("2000-12-31T12:00 .. "), "{text}");
}

/// The dates of `argmax` in a model's calendar are the same dates out of every format, and in tables.
#[test]
fn dates_keep_their_calendar_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // 30 February and 1 March of a year of 360 days, whose numbers since 1970 would be dates of two weeks before.
    let days: Vec<f64> = vec![58.0, 59.0, 60.0];
    let times = Times { units: "days since 2000-01-01", calendar: "360_day", values: &days, intervals: None };
    store(folder, "model.zarr", times, &[1.0, 9.0, 2.0]);
    let program = "let m = load zarr \"model.zarr\" | argmax\n$m | save tif \"m.tif\"\n$m | save cog \"c.tif\"\n\
                   $m | save netcdf \"m.nc\"\n$m | save zarr \"m3.zarr\"\n$m | save zarr \"m2.zarr\" version 2";
    printed(folder, program);
    for load in ["files \"m.tif\"", "files \"c.tif\"", "netcdf \"m.nc\"", "zarr \"m3.zarr\"", "zarr \"m2.zarr\""] {
        for rest in ["show", "max | show", "max over space | show", "at 0.5 0.5"] {
            let text = shown(folder, &format!("load {load} | {rest}"));
            assert!(text.contains("2000-02-30"), "{load} | {rest}: {text}");
        }
    }
    // What other programs are told of a file that came from a GeoTIFF.
    printed(folder, "load files \"m.tif\" | save zarr \"again.zarr\" version 2");
    let held = std::fs::read_to_string(folder.join("again.zarr/v/.zattrs")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&held).unwrap()["calendar"], "360_day");
}

/// What is left of several steps has no date, and that of one step its own.
#[test]
fn parts_of_the_date_of_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(
        shown(folder, "ramp 14 1 | map y = year(time) | mean | show").split_whitespace().last(),
        Some("2020.14")
    );
    assert_eq!(shown(folder, "ramp 14 1 | head 1 | mean | map y = year(time) | show"), "2020-01-01 y 2020");
    assert_eq!(shown(folder, "ramp 14 1 | head 1 | mean | filter year(time) == 2020 | show"), "2020-01-01 v 0");
    for program in ["ramp 2 1 | mean | map y = year(time) | show", "ramp 2 1 | mean | filter time >= @2020 | show"] {
        let ran = run_in(&mut session_in(folder, &plain()), program);
        assert_eq!(ran.failed.iter().map(|d| d.code.number).collect::<Vec<_>>(), ["E0203"], "{}", ran.text);
    }
}

/// The World Ocean Atlas counts half months, and Julian day numbers begin in 4713 BC.
#[test]
fn units_of_atlases_and_astronomers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let told = "counts `months since 1955-01-01` in fractions, which are taken as shares of the months and years";
    let times = Times {
        units: "months since 1955-01-01",
        calendar: "standard",
        values: &[372.5],
        intervals: Some(("climatology", &[[0.0, 745.0]])),
    };
    store(folder, "atlas.zarr", times, &[1.0]);
    let text = printed(folder, "load zarr \"atlas.zarr\" | show");
    assert!(text.starts_with("1 v\n1\n") && text.contains(told), "{text}");
    let times = Times { intervals: None, values: &[372.5, 373.5], ..times };
    store(folder, "middles.zarr", times, &[1.0, 2.0]);
    let text = printed(folder, "load zarr \"middles.zarr\" | show");
    // The middles of January and February 1986, as CDO 2.1.1 reads the first.
    assert!(text.starts_with("1986-01-16T12:00 v\n1\n1986-02-15 v\n2\n") && text.contains(told), "{text}");
    let times =
        Times { units: "days since -4713-01-01 12:00:00", calendar: "julian", values: &[2_451_545.0], intervals: None };
    store(folder, "julian.zarr", times, &[1.0]);
    assert_eq!(shown(folder, "load zarr \"julian.zarr\" | show"), "1999-12-19T12:00 v 1");
}

/// A table of steps that are stamped with the ends of their intervals has the months and days that the cube has, also once
/// its column of time has another name.
#[test]
fn rows_belong_to_the_intervals_of_their_steps() {
    let folder = tempfile::tempdir().unwrap();
    days_stamped_at_ends(folder.path());
    let cube = "load zarr \"ends.zarr\" | mean over space";
    let row = |program: &str| shown(folder.path(), program);
    for by in ["month", "season", "year"] {
        let of_cube = format!(
            "load zarr \"ends.zarr\" | groupby {by} [mean count] | mean over space | filter band == \"v_mean\" | select mean"
        );
        let of_table = format!("{cube} | groupby {by} mean | select mean");
        assert_eq!(row(&of_table), row(&of_cube), "{by}");
    }
    // The 31 days of January, the last of which is stamped 1 February.
    for filter in [
        "filter month(time) == 1",
        "rename at = time | filter month(at) == 1",
        "derive m = month(time) | filter m == 1",
    ] {
        let program = format!("{cube} | {filter} | count");
        assert!(row(&program).contains(" 31 "), "{}", row(&program));
        assert!(printed(folder.path(), &program).contains(ENDS), "{}", printed(folder.path(), &program));
    }
    // The stamp itself is what is compared.
    assert!(row(&format!("{cube} | filter time == @2000-02-01 | select mean")).contains("31 1 row"));
}

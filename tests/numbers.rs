//! Numbers on a screen and in tables: integers with all of their digits, dates as dates, and which pixel answered.

use crate::support::{plain, printed, root, run_in, session_in};
use std::path::Path;

/// The words of the lines that hold the rows of a table.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().skip(2).take_while(|line| !line.ends_with("rows") && !line.ends_with("row"));
    lines.map(|line| line.split_whitespace().collect()).collect()
}

const ODD: &str = "9007199254740993";

/// A store of 64-bit integers that no float holds: 2^53 + 1 and its neighbors of the same parity, with a sign or without,
/// written by hand.
fn store(folder: &Path, name: &str, dtype: &str, values: [i128; 4], attributes: &str) {
    let root = folder.join(name);
    let array = |name: &str, shape: &str, dtype: &str, bytes: Vec<u8>, attributes: &str, chunk: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(&path).unwrap();
        let document = format!(
            r#"{{"zarr_format":2,"shape":{shape},"chunks":{shape},"dtype":"{dtype}","compressor":null,"fill_value":null,"order":"C","filters":null}}"#
        );
        std::fs::write(path.join(".zarray"), document).unwrap();
        std::fs::write(path.join(".zattrs"), attributes).unwrap();
        std::fs::write(path.join(chunk), bytes).unwrap();
    };
    let floats = |values: [f64; 2]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let lat = r#"{"_ARRAY_DIMENSIONS":["lat"],"units":"degrees_north"}"#;
    let lon = r#"{"_ARRAY_DIMENSIONS":["lon"],"units":"degrees_east"}"#;
    array("lat", "[2]", "<f8", floats([10.0, 9.0]), lat, "0");
    array("lon", "[2]", "<f8", floats([1.0, 2.0]), lon, "0");
    let bytes = values.iter().flat_map(|v| (*v as u64).to_le_bytes()).collect();
    let held = format!(r#"{{"_ARRAY_DIMENSIONS":["lat","lon"]{attributes}}}"#);
    array("v", "[2,2]", dtype, bytes, &held, "0.0");
    std::fs::write(root.join(".zgroup"), r#"{"zarr_format":2}"#).unwrap();
}

#[test]
fn integers_of_64_bits_keep_their_digits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let odd = (1 << 53) + 1;
    store(folder, "i.zarr", "<i8", [odd, -odd, i64::MAX.into(), 3], "");
    store(folder, "u.zarr", "<u8", [odd, 1, u64::MAX.into(), 3], "");
    let cases = [
        ("i.zarr", "int64", "-9007199254740993", "9223372036854775807"),
        ("u.zarr", "uint64", "1", "18446744073709551615"),
    ];
    for (name, kind, second, third) in cases {
        let load = format!("load zarr \"{name}\"");
        assert!(printed(folder, &format!("{load} | schema")).contains(&format!("v: {kind}")));
        let shown = printed(folder, &format!("{load} | show"));
        let words: Vec<&str> = shown.split_whitespace().collect();
        assert!(words.ends_with(&[ODD, second, third, "3"]), "{shown}");
        let stats = printed(folder, &format!("{load} | stats"));
        let words: Vec<&str> = stats.lines().nth(1).unwrap().split_whitespace().collect();
        let least = if kind == "int64" { second } else { "1" };
        assert_eq!([words[3], words[6]], [least, third], "{stats}");
        let at = printed(folder, &format!("{load} | at lonlat 1.1 9.9"));
        assert_eq!(rows(&at)[0].last(), Some(&ODD), "{at}");
        assert!(at.lines().nth(1).unwrap().ends_with(kind), "{at}");
        let ends = printed(folder, &format!("{load} | reduce [min max count] over space"));
        assert_eq!(rows(&ends)[0][2..], [least, third, "4"], "{ends}");
        printed(folder, &format!("{load} | at lonlat 1.1 9.9 | save csv \"t.csv\" overwrite"));
        assert!(std::fs::read_to_string(folder.join("t.csv")).unwrap().ends_with(&format!(",{ODD}\n")));
        printed(folder, &format!("{load} | at lonlat 1.1 9.9 | save json \"t.json\" overwrite"));
        assert!(std::fs::read_to_string(folder.join("t.json")).unwrap().contains(&format!("\"value\":{ODD}}}")));
    }
    // Sums and ranges are exact, and an error where 64 bits are not enough.
    let left = "load zarr \"u.zarr\" | crop lonlat 0.6 8.6 2.4 10.4 | where v < 9223372036854775808";
    let text = printed(folder, &format!("{left} | reduce [sum range] over space"));
    assert_eq!(rows(&text)[0][2..], ["9007199254740997", "9007199254740992"], "{text}");
    let mut session = session_in(folder, &plain());
    let ran = run_in(&mut session, "load zarr \"u.zarr\" | reduce sum over space");
    assert_eq!(ran.failed.len(), 1, "{}", ran.text);
    // Bands of several types share a column of floats, which is told.
    let mixed = "load zarr \"i.zarr\" | derive f = 0.5 | at lonlat 1.1 9.9";
    let text = printed(folder, mixed);
    assert!(text.contains("note: the bands share columns of float64"), "{text}");
    assert!(!printed(folder, "load zarr \"i.zarr\" | at lonlat 1.1 9.9").contains("note"));
    // A nodata has all its digits too.
    store(folder, "n.zarr", "<i8", [odd, 7, 5, 3], r#","missing_value":9007199254740992"#);
    let text = printed(folder, "load zarr \"n.zarr\" | describe");
    assert!(text.contains("v  int64, nodata 9007199254740992"), "{text}");
}

/// The ramp grows with the step: the largest value is in the last, the smallest in the first.
#[test]
fn dates_are_dates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let when = "ramp 6 2 | argmax";
    assert!(printed(folder, &format!("{when} | show")).ends_with("v\n2020-06-01 2020-06-01\n2020-06-01 2020-06-01\n"));
    let zone = r#"{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,60],[0,60],[0,0]]]}"#;
    std::fs::write(folder.join("zone.geojson"), zone).unwrap();
    std::fs::write(folder.join("sites.csv"), "x,y\n500005,4999995\n").unwrap();
    for table in
        ["at 500005 4999995", "extract \"sites.csv\"", "mean over space", "zonal \"zone.geojson\" [min max median]"]
    {
        let text = printed(folder, &format!("{when} | {table}"));
        assert_eq!(rows(&text)[0].last(), Some(&"2020-06-01"), "{text}");
        assert!(text.lines().nth(1).unwrap().ends_with("timestamp"), "{text}");
        printed(folder, &format!("{when} | {table} | save csv \"t.csv\" overwrite"));
        assert!(std::fs::read_to_string(folder.join("t.csv")).unwrap().ends_with(",2020-06-01T00:00:00Z\n"));
    }
    // Spreads of dates are days, and how many there are is a number.
    let text = printed(folder, "ramp 6 2 | reduce [argmin argmax] | reduce [std range count] over space");
    assert_eq!(rows(&text)[0][1..], ["0", "0", "4"], "{text}");
    assert!(text.lines().nth(1).unwrap().contains("float64 days  float64 days  int64"), "{text}");
    // Beside other bands the numbers stay, and the dates have a column of their own.
    let text = printed(folder, "ramp 6 2 | reduce [max argmax] | at 500005 4999995");
    let found = rows(&text);
    assert_eq!(found[0][4..], ["v_max", "500", "nodata"], "{text}");
    assert_eq!(found[1][4..], ["v_argmax", "18414", "2020-06-01"], "{text}");
    // In a calendar of models dates are texts.
    printed(folder, "ramp 6 2 | save zarr \"n.zarr\" version 2");
    for name in ["n.zarr/.zmetadata", "n.zarr/time/.zattrs"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        std::fs::write(folder.join(name), text.replace("proleptic_gregorian", "noleap")).unwrap();
    }
    // Day 18414 of years of 365 days: 50 years, and the 165th day, which is 14 June.
    let text = printed(folder, "load zarr \"n.zarr\" | argmax | at 500005 4999995");
    assert_eq!(rows(&text)[0].last(), Some(&"2020-06-14"), "{text}");
    assert!(text.lines().nth(1).unwrap().ends_with("text  text"), "{text}");
    // Through a file they are dates again; of differences they are none.
    printed(folder, &format!("{when} | save netcdf \"a.nc\""));
    assert!(printed(folder, "load netcdf \"a.nc\" | show").ends_with("2020-06-01 2020-06-01\n"));
    let text = printed(folder, &format!("{when} | map v = v - 18262 | show"));
    assert!(text.ends_with("152 152\n152 152\n"), "{text}");
    let text = printed(folder, "ramp 24 2 | groupby year argmax | diff | show");
    assert!(text.contains("\n365 365\n365 365\n"), "{text}");
    // A chart of them has a line of days.
    for chart in ["argmax", "[argmax max]"] {
        let text = printed(
            folder,
            &format!("ramp 24 2 | groupby year {chart} | mean over space | plot | save svg \"c.svg\" overwrite"),
        );
        let lines = if chart == "argmax" { "a chart with 1 line" } else { "a chart with 2 lines" };
        assert!(text.contains(lines), "{text}");
    }
    // What is known of a band shows them too.
    let text = printed(folder, &format!("{when} | stats"));
    assert!(text.contains(" 2020-06-01 "), "{text}");
}

/// The pixel that answered is named by its center, in the system of the cube; between centers there is none.
#[test]
fn points_say_which_pixel_answered() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("sites.csv"), "name,x,y\na,500001,4999999\nb,500039,4999961\nc,1,1\n").unwrap();
    let text = printed(folder, "ramp 1 4 | extract \"sites.csv\" by name");
    let head: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["time", "name", "x", "y", "cell_x", "cell_y", "band", "value"]);
    let found = rows(&text);
    assert_eq!(found[0][1..6], ["a", "500001", "4999999", "500005", "4999995"], "{text}");
    assert_eq!(found[1][1..6], ["b", "500039", "4999961", "500035", "4999965"], "{text}");
    assert_eq!(found[2][1..], ["c", "1", "1", "nodata", "nodata", "v", "nodata"], "{text}");
    // Longitudes that differ by a turn are one place, and the center is in the cube's own.
    let globe = "ramp 1 1 | reproject EPSG:4326 bounds -180 -90 180 90 res 10 | map t = lon";
    for lon in [-179, 181] {
        let text = printed(folder, &format!("{globe} | at lonlat {lon} 41"));
        assert_eq!(rows(&text)[0][1..], [&lon.to_string(), "41", "-175", "45", "t", "-175"], "{text}");
    }
    let between = printed(folder, "ramp 1 4 | at 500010 4999990 method bilinear");
    assert!(!between.contains("cell_"), "{between}");
    // A chart of it names its lines by the points alone.
    printed(folder, "ramp 3 4 | extract \"sites.csv\" by name | plot | save svg \"c.svg\"");
    let chart = std::fs::read_to_string(folder.join("c.svg")).unwrap();
    assert!(!chart.contains("500035"), "a center in the key");
}

/// What a number means that people would take for another one is told, and only where it does.
#[test]
fn what_was_decided_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let box_of = |south: f64, north: f64| {
        serde_json::json!({"type": "Feature", "properties": {"name": "a"}, "geometry": {"type": "Polygon",
            "coordinates": [[[0.0, south], [20.0, south], [20.0, north], [0.0, north], [0.0, south]]]}})
    };
    for (name, south, north) in [("tall", 35.0, 65.0), ("low", 46.0, 46.5)] {
        let page = serde_json::json!({"type": "FeatureCollection", "features": [box_of(south, north)]});
        std::fs::write(folder.join(format!("{name}.geojson")), page.to_string()).unwrap();
    }
    let europe = "ramp 1 1 | reproject EPSG:4326 bounds -10 30 30 70 res 0.5 | map t = lat";
    let days = "ramp 6 1 every \"1D\"";
    let scenes =
        |more: &str| format!("load stac \"{}/examples/data/items.json\" assets [red] {more}", root().display());
    let cases = [
        (format!("{europe} | zonal \"tall.geojson\" mean"), "pixels count the same in each zone"),
        (format!("{days} | step [0 1 4 5] | rolling 2 sum"), "steps are missing after 2020-01-02"),
        (format!("{europe} | crop lonlat 0 20 35 65"), "was `crop lonlat 0 35 20 65` meant?"),
        ("ramp 2 2 | map n = v > 1 | sum | save netcdf \"n.nc\"".into(), "`n` is stored as uint64"),
        (format!("{} | extract \"sites.csv\"", scenes("res 70")), "points are read on the common grid"),
    ];
    let fields = std::fs::read_to_string(root().join("examples/data/fields.csv")).unwrap();
    std::fs::write(folder.join("sites.csv"), fields).unwrap();
    for (program, told) in cases {
        let text = printed(folder, &program);
        assert!(text.contains(told), "{program}: {text}");
    }
    let silent = [
        format!("{europe} | zonal \"low.geojson\" mean"),
        format!("{europe} | zonal \"tall.geojson\" max"),
        format!("{days} | rolling 2 sum"),
        format!("{days} | step [0 1 4 5] | rolling 2d sum"),
        "ramp 24 1 | rolling 3 mean".into(),
        format!("{europe} | crop lonlat 0 35 20 65"),
        "ramp 2 2 | map n = v > 1 | sum | save netcdf \"m.nc\" dtype int32".into(),
    ];
    for program in silent {
        let text = printed(folder, &program);
        for told in ["count the same", "steps are missing", "meant?", "CDO"] {
            assert!(!text.contains(told), "{program}: {text}");
        }
    }
}

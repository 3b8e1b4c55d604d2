//! Climatological time, cell methods and history as files hold them, and groups as they are read back.

use super::made::{add, load, make};
use super::sink::{days, grid, write};
use crate::cube::time::{Seasons, group};
use crate::cube::{Band, DType, Schema};
use serde_json::json;
use std::path::Path;

fn attribute(path: &Path, variable: &str, name: &str) -> Option<String> {
    let (variable, name) = (variable.to_string(), name.to_string());
    super::super::library::inspect(&path.to_string_lossy(), move |file| {
        let value = match variable.as_str() {
            "" => file.attribute(&name).map(|held| held.value()),
            variable => file.variable(variable).ok_or("no variable")?.attribute_value(&name),
        };
        Ok(match value {
            Some(Ok(netcdf::AttributeValue::Str(text))) => Some(text),
            _ => None,
        })
    })
    .unwrap()
}

fn dims(path: &Path, variable: &str) -> Vec<String> {
    let variable = variable.to_string();
    super::super::library::inspect(&path.to_string_lossy(), move |file| {
        Ok(file.variable(&variable).ok_or("no variable")?.dimensions().iter().map(|d| d.name()).collect())
    })
    .unwrap()
}

/// Every noun whose groups CF has words for is a time in the file, and the same groups again when it is read.
#[test]
fn groups_of_the_calendar_are_times() {
    let folder = tempfile::tempdir().unwrap();
    for noun in ["month", "season", "dayofyear", "dekad", "pentad", "week", "hour", "quarter", "year", "own"] {
        let time = match noun {
            "own" => Seasons::parse(&["NDJF", "JJA"]).unwrap().groups(&days(40)).unwrap().axis,
            noun => group::calendar_groups(&days(40), noun).unwrap().axis,
        };
        let schema = Schema::new(time, vec![Band::new("t", DType::F32, None)], grid("4326"));
        let path = folder.path().join(format!("{noun}.nc"));
        let again = write(&schema, &path, json!({}));
        assert_eq!(again.schema().time, schema.time, "{noun}");
        assert_eq!(again.schema().notes, Vec::<String>::new(), "{noun}");
        assert_eq!(dims(&path, "t"), ["time", "lat", "lon"], "{noun}");
        let (attribute_name, bounds) = match noun {
            "year" => ("bounds", "time_bnds"),
            _ => ("climatology", "climatology_bnds"),
        };
        assert_eq!(attribute(&path, "time", attribute_name).as_deref(), Some(bounds), "{noun}");
        assert_eq!(attribute(&path, "time", "standard_name").as_deref(), Some("time"));
        assert_eq!(dims(&path, bounds), ["time", "nv"]);
        let units = attribute(&path, bounds, "units");
        // xarray and the CF checker want units of the bounds of climatologies, and none of those of periods.
        assert_eq!(units.is_some(), noun != "year", "{noun}: {units:?}");
    }
    // Days of the month are pooled over months, which CF cannot say.
    let time = group::calendar_groups(&days(40), "day").unwrap().axis;
    let schema = Schema::new(time, vec![Band::new("t", DType::F32, None)], grid("4326"));
    let path = folder.path().join("day.nc");
    assert_eq!(write(&schema, &path, json!({})).schema().time, schema.time);
    assert_eq!(dims(&path, "t"), ["day", "lat", "lon"]);
}

/// Of a file that does not say what it was grouped by, the intervals tell it. CDO gives the first and the last step of
/// each group; days are counted since 2000-01-01.
#[test]
fn climatologies_of_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let read = |noun: &str, days: &[i32], edges: &[i32]| {
        // A file that is open cannot be made again.
        let name = format!("{noun}{edges:?}.nc");
        let path = make(folder.path(), &name, days, |file| {
            file.add_dimension("nv", 2).unwrap();
            add(file, "climatology_bnds", &["time", "nv"], edges, &[]);
            let mut time = file.variable_mut("time").unwrap();
            time.put_attribute("climatology", "climatology_bnds").unwrap();
            if !noun.is_empty() {
                time.put_attribute("grouped_by", noun).unwrap();
            }
            add(file, "v", &["time", "lat", "lon"], &vec![1.0f32; days.len() * 6], &[]);
        });
        let schema = load(&path, json!({})).unwrap().schema().clone();
        (schema.time.span_text(), schema.notes.clone())
    };
    let by = |what: &str| vec![format!("by the intervals `climatology_bnds` the steps are groups: {what}")];
    let cases = [
        // January and February of 2000 and 2001: from the first of the month to the first of the next, or to its last day.
        (vec![0, 31], vec![0, 397, 31, 425], "2 months (month 1 .. 2)"),
        (vec![366, 397], vec![0, 396, 31, 424], "2 months (month 1 .. 2)"),
        // March to May and June to August of 2000 and 2001, and June to September.
        (vec![60, 152], vec![60, 517, 152, 609], "2 seasons (season MAM .. JJA)"),
        (vec![60, 152], vec![60, 516, 152, 608], "2 seasons (season MAM .. JJA)"),
        (vec![152], vec![152, 639], "1 season (JJAS)"),
        (vec![0, 1], vec![0, 367, 1, 368], "2 days (monthday 01-01 .. 01-02)"),
    ];
    for (days, edges, what) in cases {
        assert_eq!(read("", &days, &edges), (what.to_string(), by(what)), "{edges:?}");
    }
    // What is no group stays dates, and that is told.
    let told = "the climatology `climatology_bnds` is of no known groups, and its dates are taken as such";
    for (noun, edges) in [("moon", [0, 397, 31, 425]), ("", [0, 400, 31, 425]), ("month", [0, 397, 0, 397])] {
        let expected = ("2000-01-01 .. 2000-02-01, 2 steps".to_string(), vec![told.to_string()]);
        assert_eq!(read(noun, &[0, 31], &edges), expected, "{noun} {edges:?}");
    }
}

#[test]
fn methods_and_history_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let methods = Some("time: mean".to_string());
    let band = Band { cell_methods: methods.clone(), ..Band::new("t", DType::F32, None) };
    let history = Some("Mon Jan 01 00:00:00 2001: by hand\nearlier".to_string());
    let other = Band { cell_methods: methods.clone(), ..Band::new("u", DType::F32, None) };
    let schema = Schema { history, ..Schema::new(days(3), vec![band, other], grid("4326")) };
    let path = folder.path().join("a.nc");
    let again = write(&schema, &path, json!({}));
    assert_eq!(again.schema().bands[0].cell_methods, methods);
    let told = again.schema().history.clone().unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].contains(": rastra ") && lines[0].ends_with(": load it; save it"), "{told}");
    assert_eq!(lines[1..], ["Mon Jan 01 00:00:00 2001: by hand", "earlier"]);
    // One variable for all bands says what holds for all.
    let path = folder.path().join("cube.nc");
    write(&schema, &path, json!({ "layout": "cube" }));
    assert_eq!(attribute(&path, "data", "cell_methods"), methods);
    let mut schema = schema;
    schema.bands[1].cell_methods = None;
    let path = folder.path().join("mixed.nc");
    write(&schema, &path, json!({ "layout": "cube" }));
    assert_eq!(attribute(&path, "data", "cell_methods"), None);
}

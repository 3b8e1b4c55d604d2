//! Coordinates of places and times as people have them: units, calendars, grids of one cell, groups.

use super::made::{add, axis, load, make};
use super::read;
use crate::cube::time::Calendar;
use crate::cube::{Schema, TimeAxis};
use crate::diagnostic::{Diagnostic, codes};
use netcdf::AttributeValue;
use serde_json::json;
use std::sync::Arc;

/// Sea ice in a unit of length, which has `meters`.
fn ice(unit: &str, meters: f64, more: &[(&str, AttributeValue)]) -> Result<Arc<Schema>, Box<Diagnostic>> {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "ice.nc", &[], |file| {
        let scaled = |values: &[f64]| values.iter().map(|v| v / meters).collect::<Vec<_>>();
        axis(file, "yc", unit, &scaled(&[2_000_000.0, 1_975_000.0, 1_950_000.0]));
        axis(file, "xc", unit, &scaled(&[-2_000_000.0, -1_975_000.0]));
        let parameters: [(&str, AttributeValue); 4] = [
            ("grid_mapping_name", "polar_stereographic".into()),
            ("straight_vertical_longitude_from_pole", (-45.0f64).into()),
            ("latitude_of_projection_origin", 90.0f64.into()),
            ("standard_parallel", 70.0f64.into()),
        ];
        add(file, "crs", &[], &[0i32], &[&parameters, more].concat());
        add(file, "ice", &["yc", "xc"], &[0f32; 6], &[("grid_mapping", "crs".into())]);
    });
    load(&path, json!({ "var": ["ice"] })).map(|source| source.schema().clone())
}

#[test]
fn units_of_length() {
    let figure = [("semi_major_axis", 6_378_273.0f64.into()), ("semi_minor_axis", 6_356_889.448_91f64.into())];
    for (unit, meters) in [("m", 1.0), ("km", 1e3), ("1000 m", 1e3), ("100 km", 1e5), ("cm", 0.01), ("feet", 0.3048)] {
        let found = ice(unit, meters, &figure).unwrap().grid.transform;
        let wanted = [-2_012_500.0, 25_000.0, 0.0, 2_012_500.0, 0.0, -25_000.0];
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-3), "{unit}: {found:?}");
    }
    let error = ice("furlong", 201.168, &figure).err().unwrap();
    assert_eq!(error.code, codes::BAD_COORDINATES);
    assert!(error.message.ends_with("the coordinate `xc` is in `furlong`, the reference system in metre"), "{error:?}");
}

/// CF asks for meters; files in km are made by hand.
#[test]
fn an_earth_of_km() {
    let figure = |attributes: &[(&str, AttributeValue)]| {
        let schema = ice("m", 1.0, attributes).unwrap();
        let crs = crate::geometry::crs::spatial_ref(&schema.grid.crs.as_ref().unwrap().wkt).unwrap();
        (crs.semi_major().unwrap(), schema.notes.len())
    };
    assert_eq!(figure(&[("earth_radius", 6371.229f64.into())]), (6_371_229.0, 1));
    assert_eq!(figure(&[("earth_radius", 6_371_229.0f64.into())]), (6_371_229.0, 0));
    let both = [("semi_major_axis", 6378.137f64.into()), ("inverse_flattening", 298.257_223_563f64.into())];
    assert_eq!(figure(&both), (6_378_137.0, 1));
}

#[test]
fn two_names_of_one_calendar() {
    let folder = tempfile::tempdir().unwrap();
    let one = |name: &str, calendar: Option<&str>, since: &str, day: i32| {
        make(folder.path(), name, &[], |file| {
            file.add_dimension("time", 1).unwrap();
            let mut said = vec![("units", AttributeValue::from(since))];
            said.extend(calendar.map(|name| ("calendar", name.into())));
            add(file, "time", &["time"], &[day], &said);
            add(file, "a", &["time", "lat", "lon"], &[day as f32; 6], &[]);
        });
    };
    let (new, old) = ("days since 2000-01-01", "days since 1500-01-01");
    one("a.nc", Some("proleptic_gregorian"), new, 0);
    one("b.nc", Some("standard"), new, 2);
    one("c.nc", None, new, 1);
    let source = load(folder.path(), json!({})).unwrap();
    let TimeAxis::Instants { calendar, values, .. } = &source.schema().time else { panic!("no dates") };
    assert_eq!(*calendar, Calendar::ProlepticGregorian);
    assert_eq!(values.iter().map(|at| at.days() - 10_957).collect::<Vec<_>>(), [0, 1, 2]);
    let pixels = read(&*source, &source.schema().all())[0].to_f64();
    assert_eq!(pixels.chunks(6).map(|step| step[0]).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
    // Before the reform one day has two dates.
    one("d.nc", Some("standard"), old, 2);
    let error = load(folder.path(), json!({})).err().unwrap();
    assert_eq!(error.code, codes::FILES_DIFFER);
    assert!(error.help.iter().all(|line| !line.contains("align")), "{error:?}");
}

/// As CDO writes with `-a`.
#[test]
fn dates_written_as_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for (name, (units, numbers, dates)) in ["d.nc", "m.nc", "y.nc", "n.nc"].into_iter().zip([
        ("day as %Y%m%d.%f", [20_000_115.0, 20_000_215.5], "2000-01-15 .. 2000-02-15T12:00, 2 steps"),
        ("month as %Y%m.%f", [200_001.0, 200_103.0], "2000-01-01 .. 2001-03-01, 2 steps"),
        ("year as %Y.%f", [2000.0, 2002.0], "2000-01-01 .. 2002-01-01, 2 steps"),
        // Whatever counts from no date is said to.
        ("days", [0.0, 1.0], ""),
    ]) {
        let path = make(folder.path(), name, &[], |file| {
            axis(file, "time", units, &numbers);
            add(file, "a", &["time", "lat", "lon"], &[0f32; 12], &[]);
        });
        let source = load(&path, json!({})).unwrap();
        let schema = source.schema();
        match dates {
            "" => assert!(schema.notes[0].starts_with("the steps have no dates: `time` counts in `days`")),
            dates => assert_eq!((schema.time.span_text().as_str(), schema.notes.len()), (dates, 0)),
        }
    }
}

#[test]
fn a_grid_of_one_cell() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "p.nc", &[], |file| {
        axis(file, "latitude", "degrees_north", &[46.0]);
        axis(file, "longitude", "degrees_east", &[11.25]);
        add(file, "tp", &["latitude", "longitude"], &[1f32], &[]);
    });
    let error = load(&path, json!({})).err().unwrap();
    assert!(error.message.contains("one pixel has no size"), "{error:?}");
    assert_eq!(error.help, ["say what it is, in the unit of the coordinates: `res 0.25`"]);
    let source = load(&path, json!({ "res": 0.25 })).unwrap();
    assert_eq!(source.schema().grid.transform, [11.125, 0.25, 0.0, 46.125, 0.0, -0.25]);
}

/// NEMO's and WRF's files: axes that only count, beside coordinates that change along both.
#[test]
fn rows_and_columns_of_curvilinear_grids() {
    let folder = tempfile::tempdir().unwrap();
    let nemo = make(folder.path(), "nemo.nc", &[0], |file| {
        for (name, numbers) in [("y", &[0i32, 1, 2][..]), ("x", &[0, 1])] {
            file.add_dimension(name, numbers.len()).unwrap();
            add(file, name, &[name], numbers, &[]);
        }
        add(file, "nav_lon", &["y", "x"], &[0f32; 6], &[("standard_name", "longitude".into())]);
        add(file, "nav_lat", &["y", "x"], &[0f32; 6], &[("standard_name", "latitude".into())]);
        let values = [1f32, 2.0, 3.0, 4.0, 5.0, 6.0];
        add(file, "tos", &["time", "y", "x"], &values, &[("coordinates", "nav_lat nav_lon".into())]);
    });
    let wrf = make(folder.path(), "wrf.nc", &[], |file| {
        for (name, len) in [("Time", 1), ("south_north", 3), ("west_east", 2)] {
            file.add_dimension(name, len).unwrap();
        }
        let map = ["Time", "south_north", "west_east"];
        add(file, "XLONG", &map, &[0f32; 6], &[("units", "degree_east".into())]);
        add(file, "XLAT", &map, &[0f32; 6], &[("units", "degree_north".into())]);
        add(file, "T2", &map, &[1f32, 2.0, 3.0, 4.0, 5.0, 6.0], &[]);
    });
    for (path, var, names) in [(nemo, "tos", "`nav_lat` and `nav_lon`"), (wrf, "T2", "`XLONG` and `XLAT`")] {
        let error = load(&path, json!({ "var": [var] })).err().unwrap();
        assert!(error.message.contains("lies on a curvilinear grid"), "{error:?}");
        assert!(error.message.contains(names), "{error:?}");
        assert!(error.help[0].ends_with("`grid index`"), "{error:?}");
        let source = load(&path, json!({ "var": [var], "grid": "index" })).unwrap();
        // The row of the greatest number is the northernmost, and its center is that number.
        assert_eq!(source.schema().grid.transform, [-0.5, 1.0, 0.0, 2.5, 0.0, -1.0]);
        assert_eq!(read(&*source, &source.schema().all())[0].to_f64(), [5.0, 6.0, 3.0, 4.0, 1.0, 2.0]);
        assert!(source.schema().notes[0].contains(names), "{:?}", source.schema().notes);
    }
}

#[test]
fn one_name_in_two_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "g.nc", &[0], |file| {
        for (name, value) in [("A", 1f32), ("B", 100.0)] {
            let mut group = file.add_group(name).unwrap();
            let mut t = group.add_variable::<f32>("t", &["time", "lat", "lon"]).unwrap();
            t.put_values(&[value; 6], ..).unwrap();
        }
    });
    let source = load(&path, json!({})).unwrap();
    assert_eq!(source.schema().band_names().collect::<Vec<_>>(), ["A_t", "B_t"]);
    assert_eq!(source.schema().notes.len(), 2);
    let one = load(&path, json!({ "var": ["B/t"] })).unwrap();
    assert_eq!(one.schema().band_names().collect::<Vec<_>>(), ["t"]);
    assert_eq!(read(&*one, &one.schema().all())[0].get(0), 100.0);
    let error = load(&path, json!({ "var": ["t"] })).err().unwrap();
    assert_eq!(error.help, ["name the group too: `var \"A/t\"` or `var \"B/t\"`"]);
}

/// Files of one step without a time have the dates of their names, if all of them have one; others stay as they are.
#[test]
fn steps_without_a_time_are_dated_by_names() {
    let folder = tempfile::tempdir().unwrap();
    let many = |names: [&str; 2]| {
        let paths = names.map(|name| {
            let value = if name.contains("0105") { 5f32 } else { 3.0 };
            let path = make(folder.path(), name, &[], |file| add(file, "v", &["lat", "lon"], &[value; 6], &[]));
            path.to_string_lossy().into_owned()
        });
        load(folder.path(), json!({ "path": paths })).unwrap()
    };
    // In the order of their dates, whatever the order of the list.
    let source = many(["s_20200105.nc", "s_20200103.nc"]);
    assert_eq!(source.schema().time.span_text(), "2020-01-03 .. 2020-01-05, 2 steps");
    assert_eq!(source.schema().notes, ["the files hold no time: their steps have the dates of the names"]);
    let values = read(&*source, &source.schema().all())[0].to_f64();
    assert_eq!((values[0], values[6]), (3.0, 5.0));
    for names in [["a.nc", "b.nc"], ["x_20200105.nc", "y_20200105.nc"], ["z_20200105.nc", "mask.nc"]] {
        let source = many(names);
        assert_eq!(source.schema().time.span_text(), "2 steps, no dates", "{names:?}");
        assert!(source.schema().notes.is_empty(), "{names:?}");
    }
}

/// Coordinates that are named and kept in another file, and rows or columns that have none, have a way out.
#[test]
fn coordinates_that_are_not_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "LST_in.nc", &[], |file| {
        for (name, len) in [("rows", 3), ("columns", 2)] {
            file.add_dimension(name, len).unwrap();
        }
        let named = [("coordinates", "latitude_in longitude_in".into())];
        add(file, "LST", &["rows", "columns"], &[1f32, 2.0, 3.0, 4.0, 5.0, 6.0], &named);
    });
    let error = load(&path, json!({ "var": ["LST"] })).err().unwrap();
    assert!(error.help[0].starts_with("it names `latitude_in`, `longitude_in` as coordinates"), "{error:?}");
    assert!(error.help[1].ends_with("`grid index`"), "{error:?}");
    let source = load(&path, json!({ "var": ["LST"], "grid": "index" })).unwrap();
    assert_eq!(read(&*source, &source.schema().all())[0].to_f64(), [5.0, 6.0, 3.0, 4.0, 1.0, 2.0]);
}

/// Texts along a dimension beside the time are bands, which is told with the way to one of them.
#[test]
fn texts_beside_the_time_are_bands() {
    let folder = tempfile::tempdir().unwrap();
    let path = make(folder.path(), "s.nc", &[0, 1], |file| {
        file.add_dimension("site", 2).unwrap();
        let mut names = file.add_string_variable("site", &["site"]).unwrap();
        ["mead", "rock"].iter().enumerate().for_each(|(at, name)| names.put_string(name, at).unwrap());
        let values: Vec<f32> = (0..24).map(|v| v as f32).collect();
        add(file, "q", &["time", "site", "lat", "lon"], &values, &[]);
    });
    let source = load(&path, json!({})).unwrap();
    assert_eq!(source.schema().band_names().collect::<Vec<_>>(), ["mead", "rock"]);
    let note = "each of the 2 coordinates along `site` is a band: `at site mead` takes one";
    assert_eq!(source.schema().notes, [note]);
    let one = load(&path, json!({ "at": { "site": "mead" } })).unwrap();
    assert_eq!((one.schema().band_names().collect::<Vec<_>>(), one.schema().notes.len()), (vec!["q"], 0));
}

/// A mean over longitudes as CDO writes it goes round the globe; another axis of one value is as fine as its neighbor.
/// Both are told, and `res` states another size.
#[test]
fn an_axis_of_one_value() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, history: &str, more: serde_json::Value| {
        let path = folder.path().join(name);
        super::super::library::alone(|| {
            let mut file = netcdf::create(&path).unwrap();
            file.add_attribute("history", history).unwrap();
            axis(&mut file, "lat", "degrees_north", &[60.0, 30.0, 0.0]);
            axis(&mut file, "lon", "degrees_east", &[0.0]);
            add(&mut file, "v", &["lat", "lon"], &[1f32; 3], &[]);
            Ok(())
        })
        .unwrap();
        let source = load(&path, more).unwrap();
        (source.schema().grid.transform, source.schema().notes.clone())
    };
    let (transform, notes) = read("zonal.nc", "Sun Nov 29: cdo zonmean in.nc zonal.nc", json!({}));
    assert_eq!(transform, [-180.0, 360.0, 0.0, 75.0, 0.0, -30.0]);
    assert!(notes.len() == 1 && notes[0].contains("goes round the globe"), "{notes:?}");
    let (transform, notes) = read("slice.nc", "ncks -d lon,0 in.nc slice.nc", json!({}));
    assert_eq!(transform, [-15.0, 30.0, 0.0, 75.0, 0.0, -30.0]);
    assert!(notes.len() == 1 && notes[0].contains("as large as those of `lat`, 30"), "{notes:?}");
    let (transform, notes) = read("stated.nc", "cdo zonmean in.nc stated.nc", json!({ "res": 2 }));
    assert_eq!((transform, notes.len()), ([-1.0, 2.0, 0.0, 75.0, 0.0, -30.0], 0));
}

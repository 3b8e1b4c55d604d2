//! Real files against what xarray 2026.9 reads from them, and written and read again.

use super::{Cube, near, same, shared, summary};
use crate::support::run_in;
use ndarray::{Axis, s};
use rastra::codes;
use rastra::{Label, TimeAxis};
use std::fs;

fn all_there() -> bool {
    let sets = ["climate_nc", "ferret", "xarray_data", "ostia_daily", "global_grids"];
    sets.into_iter().map(|set| shared(&format!("data/{set}")).is_some()).fold(true, |all, one| all & one)
}

fn load(path: &str, options: &str) -> Cube {
    Cube::of(&format!("load netcdf \"{path}\" {options}"))
}

/// The library reads zeros where a classic file ends too early.
///
/// Twin: `files_that_end_too_early`.
#[test]
fn cut_files_are_refused() {
    let Some(data) = shared("data/climate_nc") else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["bcsd_obs_1999.nc", "air.nc"] {
        let whole = fs::read(data.join(name)).unwrap();
        let path = folder.path().join("cut.nc");
        fs::write(&path, &whole[..whole.len() * 2 / 3]).unwrap();
        let error = Cube::plan(&format!("load netcdf \"{}\"", path.display())).err().expect("it is cut");
        assert!([codes::DAMAGED, codes::WRONG_FORMAT].contains(&error.code), "{error:?}");
    }
}

struct Case {
    path: &'static str,
    options: &'static str,
    band: &'static str,
    shape: [usize; 3],
    time: &'static str,
    transform: [f64; 6],
    crs: Option<&'static str>,
    valid: usize,
    mean: f64,
    cells: Vec<([usize; 3], Option<f64>)>,
}

const TASMAX: &str = "climate_nc/tasmax_day_CanESM2_rcp85_r1i1p1_na10kgrid_qm-moving-50bins-detrend_2095.nc";

fn cases() -> Vec<Case> {
    vec![
        Case {
            path: "climate_nc/A1B_north_america.nc",
            options: "",
            band: "air_temperature",
            shape: [240, 37, 49],
            time: "1860-06-01 .. 2099-06-01, 240 steps",
            transform: [224.0625, 1.875, 0.0, 60.625, 0.0, -1.25],
            crs: Some("unknown"),
            valid: 435_120,
            mean: 286.477636287,
            cells: vec![([0, 0, 0], Some(268.2014465332031)), ([100, 10, 20], Some(277.39105224609375))],
        },
        Case {
            path: TASMAX,
            options: "",
            band: "tasmax",
            shape: [365, 36, 36],
            time: "2095-01-01 .. 2095-12-31, 365 steps",
            transform: [-75.0041055, 0.0833299909, 0.0, 44.999177, 0.0, -0.0833300999],
            crs: Some("EPSG:4326"),
            valid: 472_310,
            mean: 293.117821132,
            cells: vec![([0, 0, 0], Some(278.89617919921875)), ([59, 3, 7], Some(274.098388671875))],
        },
        Case {
            path: "climate_nc/3B42_Daily.19991231.7.test.nc",
            options: "",
            band: "precipitation",
            shape: [1, 5, 4],
            time: "1 step, no dates",
            transform: [-84.75, 0.25, 0.0, -48.75, 0.0, -0.25],
            crs: Some("EPSG:4326"),
            valid: 20,
            mean: 0.0135000001639,
            cells: vec![([0, 1, 2], Some(0.0))],
        },
        Case {
            path: "climate_nc/bcsd_obs_1999.nc",
            options: "",
            band: "tas",
            shape: [12, 33, 81],
            time: "1999-01-31 .. 1999-12-31, 12 steps",
            transform: [-85.0, 0.125, 0.0, 37.125, 0.0, -0.125],
            crs: Some("EPSG:4326"),
            valid: 24_960,
            mean: 15.4893235314,
            cells: vec![([0, 0, 80], None), ([11, 32, 0], Some(7.523709774017334))],
        },
        Case {
            path: "climate_nc/sst_ndjfm_anom.nc",
            options: "",
            band: "sst",
            shape: [50, 18, 30],
            time: "1963-01-15T12:00 .. 2012-01-16, 50 steps",
            transform: [115.0, 5.0, 0.0, 65.0, 0.0, -5.0],
            crs: Some("EPSG:4326"),
            valid: 22_500,
            mean: 0.123289393838,
            cells: vec![([0, 0, 0], None), ([10, 8, 12], Some(-0.27829140612226444))],
        },
        Case {
            path: "climate_nc/air.nc",
            options: "var air",
            band: "air",
            shape: [124, 11, 21],
            time: "2014-10-01 .. 2014-10-31T18:00, 124 steps",
            transform: [248.75, 2.5, 0.0, 76.25, 0.0, -2.5],
            crs: Some("EPSG:4326"),
            valid: 28_644,
            mean: 270.519001536,
            cells: vec![([0, 0, 0], Some(f64::from(258.2f32))), ([60, 5, 7], Some(f64::from(267.9f32)))],
        },
        Case {
            path: "ferret/coads_climatology.cdf",
            options: "",
            band: "AIRT",
            shape: [12, 90, 180],
            time: "0000-01-16T06:00 .. 0000-12-16T01:20:06, 12 steps",
            transform: [20.0, 2.0, 0.0, 90.0, 0.0, -2.0],
            crs: Some("EPSG:4326"),
            valid: 107_194,
            mean: 16.7674806256,
            cells: vec![([0, 45, 0], None), ([5, 20, 90], Some(8.684999465942383))],
        },
        Case {
            path: "ferret/monthly_navy_winds.cdf",
            options: "var [VWND UWND]",
            band: "UWND",
            shape: [132, 73, 144],
            time: "1982-01-16T20:00 .. 1992-12-17T03:30, 132 steps",
            transform: [18.75, 2.5, 0.0, 91.25, 0.0, -2.5],
            crs: Some("EPSG:4326"),
            valid: 1_387_584,
            mean: 0.0264986874316,
            cells: vec![([0, 0, 0], Some(-3.9690163135528564)), ([66, 36, 71], Some(-2.950901746749878))],
        },
        Case {
            path: "ferret/etopo20.cdf",
            options: "",
            band: "ROSE",
            // 20 E is stored at both ends of the rows, and read once.
            shape: [1, 540, 1080],
            time: "1 step, no dates",
            transform: [20.0, 1.0 / 3.0, 0.0, 90.0, 0.0, -1.0 / 3.0],
            crs: Some("EPSG:4326"),
            valid: 583_200,
            mean: -1895.98362054,
            cells: vec![([0, 0, 0], Some(-4291.5)), ([0, 539, 1079], Some(2804.0))],
        },
        Case {
            path: "xarray_data/eraint_uvz.nc",
            options: "at level 500",
            band: "u",
            shape: [2, 241, 480],
            time: "2 months (month 1 .. 7)",
            transform: [-180.375, 0.75, 0.0, 90.375, 0.0, -0.75],
            crs: Some("EPSG:4326"),
            valid: 231_360,
            mean: 6.20396387147,
            cells: vec![([0, 0, 0], Some(1.9218511566868095))],
        },
        Case {
            path: "xarray_data/basin_mask.nc",
            options: "at Z 5000",
            band: "basin",
            shape: [1, 180, 360],
            time: "1 step, no dates",
            transform: [0.0, 1.0, 0.0, 90.0, 0.0, -1.0],
            crs: Some("EPSG:4326"),
            valid: 11_763,
            mean: 24.324407039,
            cells: vec![([0, 90, 0], Some(48.0)), ([0, 100, 180], None)],
        },
        Case {
            path: "ostia_daily/*.nc",
            options: "",
            band: "analysed_sst",
            shape: [3, 720, 1440],
            time: "2017-06-05T12:00 .. 2017-06-07T12:00, 3 steps",
            transform: [0.0, 0.25, 0.0, 90.0, 0.0, -0.25],
            crs: Some("EPSG:4326"),
            valid: 2_111_415,
            mean: 286.93901044,
            cells: vec![([0, 300, 700], Some(300.97998046875)), ([2, 400, 1000], Some(299.66998291015625))],
        },
        Case {
            path: "global_grids/pyramids-netcdf-3d.nc",
            options: "",
            band: "values",
            shape: [3, 13, 14],
            time: "",
            transform: [432968.125, 4000.0, 0.0, 520007.78125, 0.0, -4000.0],
            crs: Some("EPSG:32618"),
            valid: 267,
            mean: 7.96629213483,
            cells: vec![([0, 0, 0], None), ([1, 5, 6], Some(0.0))],
        },
        Case {
            path: "global_grids/two_vars_scale_offset.nc",
            options: "",
            band: "q",
            shape: [1, 21, 21],
            time: "1 step, no dates",
            transform: [-10.5, 1.0, 0.0, 10.5, 0.0, -1.0],
            crs: None,
            valid: 441,
            mean: 2.5,
            cells: vec![([0, 3, 17], Some(f64::from(7.4f32)))],
        },
    ]
}

/// Twin: `answers_on_the_examples`.
#[test]
fn as_xarray_reads_them() {
    if !all_there() {
        return;
    }
    for case in cases() {
        let cube = load(case.path, case.options);
        let (path, schema) = (case.path, cube.schema());
        let band = schema.band_index(case.band).unwrap_or_else(|| panic!("{path}: {:?}", schema.bands));
        assert_eq!([schema.time.len(), schema.grid.height, schema.grid.width], case.shape, "{path}");
        assert!(case.time.is_empty() || schema.time.span_text() == case.time, "{path}: {}", schema.time.span_text());
        for (a, b) in schema.grid.transform.iter().zip(case.transform) {
            assert!(near(*a, b, 2e-6), "{path}: {:?}", schema.grid.transform);
        }
        assert_eq!(schema.grid.crs.as_ref().map(|c| c.name.as_str()), case.crs, "{path}");
        let values = cube.values();
        let of_band = values.index_axis(Axis(1), band);
        let (valid, sum) = summary(of_band.iter());
        assert_eq!(valid, case.valid, "{path}");
        assert!(near(sum / valid as f64, case.mean, 2e-6), "{path}: {}", sum / valid as f64);
        for ([t, y, x], value) in case.cells {
            let seen = Some(of_band[[t, y, x]]).filter(|v| !v.is_nan());
            let close = seen.zip(value).is_none_or(|(a, b)| (a - b).abs() <= 1e-6 * b.abs());
            assert!(seen.is_some() == value.is_some() && close, "{path} at {t} {y} {x}: {seen:?}");
        }
        // What travels reads the same, also in pieces.
        let first = Cube::of(&format!("load netcdf \"{path}\" {} | step 0", case.options));
        assert!(same(&first.values_in_pieces(97), &values.slice(s![0..1, .., .., ..]).to_owned()), "{path}");
    }
}

/// Twin: `files_side_by_side`.
#[test]
fn what_is_told() {
    if !all_there() {
        return;
    }
    let tasmax = load(TASMAX, "");
    assert_eq!(tasmax.schema().notes, ["left out for want of an `at ts ..` or a `spread ts`: `time_vectors`"]);
    assert_eq!(tasmax.schema().bands[0].unit.as_deref(), Some("K"));
    assert_eq!(tasmax.natural_tile(), [365, 36, 36]);
    let a1b = load("climate_nc/A1B_north_america.nc", "");
    let TimeAxis::Instants { calendar, bounds: Some(bounds), .. } = &a1b.schema().time else { panic!("no bounds") };
    assert_eq!(calendar.cf_name(), "360_day");
    assert_eq!((calendar.iso(bounds[0].0), calendar.iso(bounds[0].1)), ("1859-12-01".into(), "1860-12-01".into()));
    let ostia = load("ostia_daily", "");
    assert_eq!(ostia.schema().band_names().collect::<Vec<_>>(), ["sst_anomaly", "analysed_sst"]);
    assert_eq!(ostia.schema().properties["path"].len(), 3);
    let era = load("xarray_data/eraint_uvz.nc", "at level 850");
    let TimeAxis::Groups { key, labels, .. } = &era.schema().time else { panic!("no groups") };
    assert_eq!((key.as_str(), labels.as_slice()), ("month", &[Label::Number(1.0), Label::Number(7.0)][..]));
    let basin = load("xarray_data/basin_mask.nc", "at Z 0");
    assert_eq!((basin.schema().bands[0].dtype.name(), basin.schema().bands[0].nodata), ("int8", Some(-100.0)));
}

/// Twin: `grids_that_are_none`.
#[test]
fn what_is_refused() {
    if !all_there() {
        return;
    }
    let cases = [
        ("xarray_data/eraint_uvz.nc", "", codes::CHOOSE_DIMENSION, "add `at level 200`"),
        (
            "xarray_data/eraint_uvz.nc",
            "at level 501",
            codes::CHOOSE_DIMENSION,
            "values of `level`: `200`, `500`, `850` (millibars)",
        ),
        ("xarray_data/eraint_uvz.nc", "at lvel 500", codes::CHOOSE_DIMENSION, "did you mean `level`?"),
        (
            "xarray_data/eraint_uvz.nc",
            "var uu at level 500",
            codes::UNKNOWN_ARRAY,
            "variables on a grid: `z`, `u`, `v`",
        ),
        ("xarray_data/tiny.nc", "", codes::BAD_COORDINATES, "variables: `tiny` (dim_0 5)"),
        ("climate_nc/nothing.nc", "", codes::NOT_FOUND, "looked for"),
        ("README.md", "", codes::WRONG_FORMAT, ""),
        ("climate_nc/*_*.nc", "var tas", codes::UNKNOWN_ARRAY, "variables on a grid"),
    ];
    for (path, options, code, help) in cases {
        let error = Cube::plan(&format!("load netcdf \"{path}\" {options}")).err();
        let error = error.unwrap_or_else(|| panic!("{path} is read"));
        assert_eq!(error.code, code, "{path}: {error:?}");
        assert!(help.is_empty() || error.help.iter().any(|line| line.contains(help)), "{path}: {error:?}");
    }
}

/// Twin: `answers_on_the_examples`.
#[test]
fn files_survive_being_written() {
    if !all_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("climate_nc/A1B_north_america.nc", ""),
        ("climate_nc/3B42_Daily.19991231.7.test.nc", ""),
        ("xarray_data/eraint_uvz.nc", "at level 200"),
        ("xarray_data/basin_mask.nc", "at Z 100"),
        ("ferret/coads_climatology.cdf", ""),
        ("ostia_daily/*.nc", ""),
    ];
    for (i, (path, options)) in files.into_iter().enumerate() {
        let mut cube = load(path, options);
        let target = folder.path().join(format!("{i}.nc"));
        let program = format!("load netcdf \"{path}\" {options} | save netcdf \"{}\"", target.display());
        let ran = run_in(&mut cube.session, &program);
        assert!(ran.failed.is_empty(), "{}", ran.text);
        let again = load(&target.to_string_lossy(), "");
        let (schema, read) = (cube.schema(), again.schema());
        assert!(read.grid.same_grid(&schema.grid), "{path}");
        assert_eq!(read.time, schema.time, "{path}");
        for (a, b) in read.bands.iter().zip(&schema.bands) {
            assert_eq!((&a.name, a.dtype, &a.unit, &a.long_name), (&b.name, b.dtype, &b.unit, &b.long_name), "{path}");
        }
        assert!(same(&again.values(), &cube.values()), "{path}");
    }
}

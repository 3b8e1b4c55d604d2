//! Round trips: what the sink writes, the source reads back.

use super::cx;
use super::made::*;
use crate::cube::time::{Calendar, Instant, group};
use crate::cube::{Band, DType, GeoBox, Label, StoredAxes, StoredAxis, TimeAxis};
use crate::diagnostic::codes;
use crate::io::{check, create, discover};
use crate::plan::{IfExists, Payload};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

#[test]
fn every_layout_reads_back() {
    let schema = schema(days(18_000, 11));
    let cases = [
        json!({}),
        json!({"version": 2}),
        json!({"chunks": {"time": "4", "y": "8", "x": "16"}, "codec": ["none"]}),
        json!({"chunks": {"time": "3", "y": "10", "x": "10"}, "version": 2, "codec": ["gzip", "1"]}),
        json!({"chunks": {"time": "2", "y": "8", "x": "8"}, "shards": {"time": "4", "y": "16", "x": "all"}, "codec": ["zstd", "1"]}),
        json!({"codec": ["lz4"], "chunks": {"time": "all"}}),
    ];
    for options in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cube.zarr");
        let output =
            save(&schema, &spec(&path, IfExists::Refuse, options.clone()), 0).unwrap_or_else(|e| panic!("{e:?}"));
        assert!(output.bytes > 0);
        compare(&path, &schema, 0.0);
        let found = load(&path).schema().clone();
        assert_eq!(found.time, schema.time, "{options}");
        assert_eq!(found.bands[1..], schema.bands[1..], "{options}");
        assert_eq!(found.bands[0].unit.as_deref(), Some("1"));
        assert_eq!(found.notes, Vec::<String>::new());
        assert_eq!(names(folder.path()), ["cube.zarr"]);
        assert!(!names(&path).iter().any(|name| name.contains("progress")));
        // No attribute of the library's own.
        let text = std::fs::read_to_string(path.join(if options["version"] == 2 { ".zmetadata" } else { "zarr.json" }));
        assert!(!text.expect("consolidated").contains("_zarrs"));
    }
}

#[test]
fn one_array_of_packed_bands() {
    let mut schema = schema(days(0, 5));
    schema.bands = vec![Band::new("red", DType::F32, Some(f64::NAN)), Band::new("nir", DType::F32, Some(f64::NAN))];
    for version in [2, 3] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cube.zarr");
        let options = json!({"version": version, "layout": "cube", "dtype": "int16", "scale": 0.25, "offset": 10});
        save(&schema, &spec(&path, IfExists::Refuse, options), 0).unwrap_or_else(|e| panic!("{e:?}"));
        compare(&path, &schema, 0.125);
        let packing = load(&path).schema().bands[1].packing.expect("it is packed");
        assert_eq!((packing.dtype, packing.scale, packing.offset), (DType::I16, 0.25, 10.0));
        assert_eq!(packing.nodata, Some(-32768.0));
    }
}

#[test]
fn every_kind_of_step() {
    let with_bounds = TimeAxis::Instants {
        calendar: Calendar::NoLeap,
        values: vec![Instant(0), Instant(31 * DAY)],
        bounds: Some(vec![(Instant(0), Instant(31 * DAY)), (Instant(31 * DAY), Instant(59 * DAY))]),
    };
    let months = TimeAxis::groups("month", (1..=3).map(|m| Label::Number(f64::from(m))).collect());
    let seasons = TimeAxis::groups("season", ["DJF", "MAM"].map(|s| Label::Text(s.into())).to_vec());
    let custom = TimeAxis::groups("wet", vec![Label::Number(0.5), Label::Number(2.0)]);
    let half_hours = TimeAxis::of(Calendar::Standard, vec![Instant(-DAY / 48), Instant(DAY / 48)]);
    let reduced =
        TimeAxis::Reduced { calendar: Calendar::Standard, start: Instant(0), end: Instant(9 * DAY), steps: 10 };
    let [climatology, years] =
        ["month", "year"].map(|noun| group::calendar_groups(&days(18_000, 800), noun).expect("groups").axis);
    for axis in [
        climatology,
        years,
        with_bounds,
        months,
        seasons,
        custom,
        half_hours,
        reduced,
        TimeAxis::Positions(1),
        TimeAxis::Positions(4),
    ] {
        for version in [2, 3] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("cube.zarr");
            let schema = schema(axis.clone());
            save(&schema, &spec(&path, IfExists::Refuse, json!({"version": version})), 0)
                .unwrap_or_else(|e| panic!("{axis:?} {e:?}"));
            compare(&path, &schema, 0.0);
            let found = load(&path).schema().time.clone();
            match &axis {
                // A period without a dimension reads as its start, with its bounds.
                TimeAxis::Reduced { calendar, start, end, .. } => {
                    let bounds = Some(vec![(*start, *end)]);
                    assert_eq!(found, TimeAxis::Instants { calendar: *calendar, values: vec![*start], bounds });
                }
                other => assert_eq!(&found, other, "version {version}"),
            }
        }
    }
}

#[test]
fn grids_of_every_kind() {
    let wgs84 = Some(crate::geometry::crs::parse("EPSG:4326").expect("PROJ knows it"));
    let custom = "+proj=laea +lat_0=10 +lon_0=-81 +ellps=GRS80 +units=m +no_defs";
    let custom = Some(crate::geometry::crs::parse(custom).expect("PROJ knows it"));
    let third = 1.0 / 3.0;
    let cases = [
        (wgs84, [-180.0, third, 0.0, 90.0, 0.0, -third]),
        (custom, [12.25, 1000.0, 0.0, 7.0, 0.0, -500.0]),
        (utm(), [400_000.0, 20.0, 5.0, 5_000_000.0, 5.0, -20.0]),
        (None, [0.0, 1.0, 0.0, 29.0, 0.0, -1.0]),
    ];
    for (crs, transform) in cases {
        for version in [2, 3] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("cube.zarr");
            let mut schema = schema(days(0, 2));
            schema.grid = GeoBox { crs: crs.clone(), transform, ..schema.grid };
            save(&schema, &spec(&path, IfExists::Refuse, json!({"version": version})), 0)
                .unwrap_or_else(|e| panic!("{e:?}"));
            compare(&path, &schema, 0.0);
            assert_eq!(load(&path).schema().grid.crs, schema.grid.crs);
        }
    }
}

#[test]
fn a_chunk_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let schema = schema(days(0, 6));
    let options = json!({"chunks": {"time": "4", "y": "8", "x": "16"}});
    save(&schema, &spec(&path, IfExists::Refuse, options), 0).expect("a new store");
    std::fs::write(path.join("count/c/1/2/0"), "not a chunk").expect("the chunk is a file");
    let all = schema.all();
    let problem = load(&path).read(&all, &cx()).expect_err("it cannot be decoded");
    assert_eq!(problem.code, codes::READ_FAILED);
    assert!(problem.message.contains("`count`") && problem.message.contains("1970-01-05, from row 16 and column 0"));
    let lenient = discover("zarr", &Payload::of(&json!({ "path": path, "on_error": "skip" })), &AtomicBool::new(false))
        .expect("the store opens");
    let (schema, cx) = (lenient.schema().clone(), cx());
    let chunk = lenient.read(&all, &cx).expect("what cannot be read is skipped");
    let skipped = cx.skipped();
    assert_eq!((skipped.len(), skipped[0].step.as_str()), (1, "1970-01-05"));
    let nodata = schema.bands[1].nodata.expect("pixels may be missing now");
    let missing = (0..chunk.bands[1].len()).filter(|&i| chunk.bands[1].get(i) == nodata).count();
    assert_eq!(missing, 2 * 8 * 16);
}

#[test]
fn object_stores_through_gdal() {
    let schema = schema(days(0, 6));
    let path = Path::new("/vsimem/rastra-test/cube.zarr");
    for version in [2, 3] {
        let options = json!({"version": version, "chunks": {"time": "4", "y": "8", "x": "16"}});
        save(&schema, &spec(path, IfExists::Overwrite, options.clone()), 0).unwrap_or_else(|e| panic!("{e:?}"));
        compare(path, &schema, 0.0);
        let refused = check(&spec(path, IfExists::Refuse, options.clone()), &schema).expect_err("it is there");
        assert_eq!(refused.code, codes::TARGET_EXISTS);
        let more = self::schema(days(6, 3));
        save(&more, &spec(path, IfExists::Append, options), 6).unwrap_or_else(|e| panic!("{e:?}"));
        compare(path, &self::schema(days(0, 9)), 0.0);
    }
    let sink = create(&spec(path, IfExists::Overwrite, json!({})), &Arc::new(schema)).expect("it may be replaced");
    drop(sink);
    let gone = discover("zarr", &Payload::of(&json!({ "path": path })), &AtomicBool::new(false))
        .err()
        .expect("nothing is left");
    assert_eq!(gone.code, codes::NOT_FOUND);
    let refused =
        check(&spec(Path::new("https://example.com/a.zarr"), IfExists::Refuse, json!({})), &self::schema(days(0, 1)));
    assert_eq!(refused.expect_err("a web server is not written to").code, codes::CANNOT_WRITE);
}

#[test]
fn options_that_cannot_be() {
    let schema = schema(days(0, 6));
    let cases = [
        json!({"version": 4}),
        json!({"layout": "rows"}),
        json!({"codec": ["zip"]}),
        json!({"codec": ["zstd", "99"]}),
        json!({"chunks": {"z": "4"}}),
        json!({"chunks": 4}),
        json!({"chunks": {"time": "0"}}),
        json!({"shards": {"time": "4"}, "version": 2}),
        json!({"shards": {"time": "3"}, "chunks": {"time": "2"}}),
        json!({"dtype": "int12"}),
        json!({"scale": 0.1}),
        json!({"scale": 0, "dtype": "int16"}),
        json!({"dtype": "uint8", "nodata": "-1"}),
        json!({"layout": "cube"}),
        json!({"level": "3"}),
    ];
    for options in cases {
        let problem = check(&spec(Path::new("/tmp/never.zarr"), IfExists::Refuse, options.clone()), &schema);
        assert_eq!(problem.expect_err("it cannot be").code, codes::BAD_OPTION, "{options}");
    }
    let mut odd = schema.clone();
    odd.bands[0].name = "spatial_ref".into();
    let problem = check(&spec(Path::new("/tmp/never.zarr"), IfExists::Refuse, json!({})), &odd);
    assert_eq!(problem.expect_err("the name is taken").code, codes::CANNOT_WRITE);
}

/// The coordinates that were read are the bytes of the store, in their type; a new grid has centers of its own.
#[test]
fn coordinates_are_written_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut schema = schema(days(0, 1));
    let axis = |n: usize, first: f32, step: f32| {
        let values: Vec<f32> = (0..n).map(|i| first + i as f32 * step).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let values = values.into_iter().map(f64::from).collect();
        (StoredAxis { dtype: DType::F32, values, unit: None, precision: 0.1 }, bytes)
    };
    let ((x, x_bytes), (y, y_bytes)) = (axis(37, 400_015.1, 30.0), axis(29, 4_999_985.0, -30.0));
    schema.grid.axes = Some(StoredAxes { x, y });
    for (version, keys, document) in [(2, ["x/0", "y/0"], "x/.zarray"), (3, ["x/c/0", "y/c/0"], "x/zarr.json")] {
        let path = folder.path().join(format!("v{version}.zarr"));
        save(&schema, &spec(&path, IfExists::Refuse, json!({ "version": version })), 0).expect("it is saved");
        let seen = keys.map(|key| std::fs::read(path.join(key)).expect("the chunk is there"));
        assert_eq!(seen, [x_bytes.clone(), y_bytes.clone()]);
        let document: Value =
            serde_json::from_slice(&std::fs::read(path.join(document)).expect("it is there")).expect("it is JSON");
        assert_eq!(document[if version == 2 { "dtype" } else { "data_type" }], ["<f4", "float32"][version - 2]);
        let found = load(&path).schema().grid.axes.clone().expect("they are read again");
        assert_eq!(
            (found.x.dtype, &found.x.values),
            (DType::F32, &schema.grid.axes.as_ref().expect("it has axes").x.values)
        );
    }
    let path = folder.path().join("coarse.zarr");
    schema.grid = schema.grid.coarse(2);
    save(&schema, &spec(&path, IfExists::Refuse, json!({})), 0).expect("it is saved");
    assert_eq!(load(&path).schema().grid.axes.as_ref().map(|axes| axes.x.dtype), Some(DType::F64));
}

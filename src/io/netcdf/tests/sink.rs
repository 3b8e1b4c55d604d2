//! Cubes written and read again, and what is refused before.

use super::super::SINK;
use super::super::discover::discover;
use super::read;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, Chunk, DType, GeoBox, Label, Pixels, Region, Schema, TimeAxis};
use crate::diagnostic::codes;
use crate::geometry::crs;
use crate::io::{Sink, Source};
use crate::plan::{IfExists, Payload, SinkSpec};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn spec(path: &Path, options: Value) -> SinkSpec {
    let spec = SinkSpec::new("netcdf", path.to_string_lossy(), IfExists::Refuse, Payload::of(&options));
    SinkSpec { program: Some("load it; save it".into()), ..spec }
}

/// Tiles of the sink, last first: order must not matter.
fn tiles(sink: &dyn Sink, schema: &Schema) -> Vec<Region> {
    let tile = sink.preferred_tile();
    let all = schema.all();
    let mut regions = Vec::new();
    for t in all.time.clone().step_by(tile.time) {
        for y in all.y.clone().step_by(tile.y) {
            for x in all.x.clone().step_by(tile.x) {
                regions.push(Region {
                    time: t..(t + tile.time).min(all.time.end),
                    bands: all.bands.clone(),
                    y: y..(y + tile.y).min(all.y.end),
                    x: x..(x + tile.x).min(all.x.end),
                });
            }
        }
    }
    regions.reverse();
    regions
}

/// A made-up cube: pixel `i` of band `b` is `i % 100 + b`, every tenth is missing.
fn made(schema: &Schema, region: &Region) -> Chunk {
    let [n, h, w] = region.shape();
    let band = |&b: &usize| {
        let mut values = Vec::with_capacity(n * h * w);
        for t in region.time.clone() {
            for y in region.y.clone() {
                for x in region.x.clone() {
                    let i = (t * schema.grid.height + y) * schema.grid.width + x;
                    values.push(if i % 10 == 3 { f64::NAN } else { (i % 100 + b) as f64 });
                }
            }
        }
        Pixels::F64(values).cast(Some(f64::NAN), schema.bands[b].dtype, schema.bands[b].nodata)
    };
    Chunk { shape: [n, h, w], bands: region.bands.iter().map(band).collect() }
}

pub(super) fn write(schema: &Schema, path: &Path, options: Value) -> Arc<dyn Source> {
    let (schema, spec) = (Arc::new(schema.clone()), spec(path, options));
    (SINK.check)(&spec, &schema).unwrap();
    let sink = (SINK.create)(&spec, &schema).unwrap();
    let regions = tiles(&*sink, &schema);
    std::thread::scope(|scope| {
        for part in regions.chunks(regions.len().div_ceil(3)) {
            let (sink, schema) = (&sink, &schema);
            scope.spawn(move || {
                part.iter().for_each(|r| {
                    sink.write(r, made(schema, r)).unwrap();
                })
            });
        }
    });
    assert!(!path.exists());
    let output = sink.finish().unwrap();
    assert_eq!(output.paths, [path]);
    discover(&Payload::of(&json!({ "path": path.to_string_lossy() })), &AtomicBool::new(false)).unwrap()
}

pub(super) fn grid(code: &str) -> GeoBox {
    let transform =
        if code == "4326" { [0.0, 0.25, 0.0, 50.0, 0.0, -0.5] } else { [4e5, 30.0, 0.0, 5.2e6, 0.0, -30.0] };
    GeoBox::new(Some(crs::parse(code).unwrap()), transform, 70, 50)
}

pub(super) fn days(n: i64) -> TimeAxis {
    let day = |d| Instant::from_days(d).unwrap();
    TimeAxis::Instants {
        calendar: Calendar::NoLeap,
        values: (0..n).map(|i| day(i * 30)).collect(),
        bounds: Some((0..n).map(|i| (day(i * 30), day(i * 30 + 30))).collect()),
    }
}

#[test]
fn round_trips() {
    let folder = tempfile::tempdir().unwrap();
    let groups = |labels: Vec<Label>| TimeAxis::groups("season", labels);
    let text = |t: &str| Label::Text(t.into());
    let bands = |dtype, nodata| vec![Band::new("red", dtype, nodata), Band::new("b-2", dtype, nodata)];
    let kinds: Vec<(TimeAxis, &str, Vec<Band>, Value)> = vec![
        (days(3), "4326", bands(DType::F32, Some(-9.5)), json!({})),
        (days(3), "32632", bands(DType::I16, Some(-1.0)), json!({ "chunks": { "time": "2", "y": "20", "x": "30" } })),
        (days(1), "3035", bands(DType::F64, Some(f64::NAN)), json!({ "layout": "cube", "compress": "none" })),
        (groups(vec![text("DJF"), text("à")]), "4326", bands(DType::U8, Some(255.0)), json!({ "layout": "cube" })),
        (groups(vec![Label::Number(1.0), Label::Number(7.0)]), "3995", bands(DType::I64, Some(-7.0)), json!({})),
        (groups(vec![Label::Number(0.5), Label::Number(1.5)]), "4326", bands(DType::U64, Some(200.0)), json!({})),
        (TimeAxis::Positions(4), "4326", bands(DType::U32, Some(0.0)), json!({ "level": 1, "shuffle": false })),
        (TimeAxis::Positions(1), "3857", bands(DType::I8, Some(-128.0)), json!({})),
    ];
    for (i, (time, code, bands, options)) in kinds.into_iter().enumerate() {
        let schema = Schema::new(time, bands, grid(code));
        let again = write(&schema, &folder.path().join(format!("{i}.nc")), options);
        let back = again.schema();
        assert_eq!(back.time, schema.time, "{i}");
        assert!(back.grid.same_grid(&schema.grid), "{i}: {:?}", back.grid);
        assert_eq!(back.grid.crs.as_ref().unwrap().name, format!("EPSG:{code}"));
        assert_eq!(back.band_names().collect::<Vec<_>>(), ["red", "b-2"]);
        assert_eq!(back.bands[1].dtype, schema.bands[1].dtype);
        let seen = read(&*again, &back.all());
        let expected = made(&schema, &schema.all()).bands;
        let nan = |p: &Pixels, b: &Band| format!("{:?}", p.cast(b.nodata, DType::F64, Some(f64::NAN)));
        for b in 0..2 {
            assert_eq!(nan(&seen[b], &back.bands[b]), nan(&expected[b], &schema.bands[b]), "{i}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 8, "{left:?}");
}

#[test]
fn packed_and_cast() {
    let folder = tempfile::tempdir().unwrap();
    let schema = Schema::new(days(2), vec![Band::new("t", DType::F32, None)], grid("4326"));
    let path = folder.path().join("packed.nc");
    let again = write(&schema, &path, json!({ "dtype": "int16", "scale": 0.5, "offset": 10 }));
    let packing = again.schema().bands[0].packing.unwrap();
    assert_eq!((packing.dtype, packing.nodata), (DType::I16, Some(-32768.0)));
    let seen = read(&*again, &again.schema().all());
    let expected = made(&schema, &schema.all());
    // Scale and offset are written in 64 bits, so that is what values are unpacked to, as by xarray.
    assert_eq!(format!("{:?}", seen[0]), format!("{:?}", expected.bands[0].cast(None, DType::F64, None)));
    let path = folder.path().join("cast.nc");
    let again = write(&schema, &path, json!({ "dtype": "uint8" }));
    assert_eq!((again.schema().bands[0].dtype, again.schema().bands[0].nodata), (DType::U8, Some(255.0)));
}

#[test]
fn a_reduction_has_a_time_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |d| Instant::from_days(d).unwrap();
    let time = TimeAxis::Reduced { calendar: Calendar::Standard, start: at(5), end: at(90), steps: 4 };
    let schema = Schema::new(time, vec![Band::new("t", DType::F32, None)], grid("4326"));
    let again = write(&schema, &folder.path().join("r.nc"), json!({ "title": "mean" }));
    let TimeAxis::Instants { values, bounds, .. } = &again.schema().time else { panic!("no time") };
    assert_eq!((values.as_slice(), bounds.as_deref()), (&[at(5)][..], Some(&[(at(5), at(90))][..])));
}

#[test]
fn what_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nc");
    let schema = Schema::new(days(2), vec![Band::new("t", DType::F32, None)], grid("4326"));
    let cases = [
        (json!({ "layout": "rows" }), codes::BAD_OPTION, "an option of `save` that cannot be used"),
        (json!({ "scale": 0.1 }), codes::BAD_OPTION, "`scale` and `offset` need a type to store"),
        (json!({ "scale": 0, "dtype": "int8" }), codes::BAD_OPTION, "`scale` wants a number other than 0, not `0`"),
        (json!({ "dtype": "uint8", "nodata": "-1" }), codes::BAD_OPTION, "`nodata -1` is no value of uint8"),
        (json!({ "level": 12 }), codes::BAD_OPTION, "`level` wants a whole number from 0 to 9, not `12`"),
        (json!({ "chunks": { "z": "1" } }), codes::BAD_OPTION, "`chunks` wants a list such as"),
    ];
    for (options, code, message) in cases {
        let error = (SINK.check)(&spec(&path, options), &schema).unwrap_err();
        assert_eq!(error.code, code);
        assert!(error.message.starts_with(message), "{}", error.message);
    }
    let clash = Schema { bands: vec![Band::new("lat", DType::F32, None)], ..schema.clone() };
    assert_eq!((SINK.check)(&spec(&path, json!({})), &clash).unwrap_err().code, codes::CANNOT_WRITE);
    let mut rotated = schema.clone();
    rotated.grid.transform[2] = 1.0;
    assert_eq!((SINK.check)(&spec(&path, json!({})), &rotated).unwrap_err().code, codes::NOT_NORTH_UP);
    let append = SinkSpec { existing: IfExists::Append, ..spec(&path, json!({})) };
    assert_eq!(crate::io::check(&append, &schema).unwrap_err().code, codes::CANNOT_APPEND);
    // Given up half way, nothing is left; a target that is there is not touched.
    let schema = Arc::new(schema);
    let sink = (SINK.create)(&spec(&path, json!({})), &schema).unwrap();
    drop(sink);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(&path, "here").unwrap();
    assert_eq!((SINK.check)(&spec(&path, json!({})), &schema).unwrap_err().code, codes::TARGET_EXISTS);
}

/// Regions in any order, of one chunk, of several and of parts of chunks (rows that are turned over do not end where chunks
/// do), from one thread or many: one file.
#[test]
fn the_same_cube_is_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for (upward, options) in [
        (false, json!({ "chunks": { "time": "2", "y": "20", "x": "30" } })),
        (true, json!({ "chunks": { "time": "3", "y": "16", "x": "70" }, "layout": "cube" })),
        (true, json!({ "chunks": { "time": "1", "y": "16", "x": "64" }, "compress": "none" })),
    ] {
        let bands = vec![Band::new("a", DType::F32, None), Band::new("b", DType::F32, None)];
        let mut schema = Schema::new(days(5), bands, grid("4326"));
        schema.grid.upward = upward;
        let schema = Arc::new(schema);
        // Of the history, whose time is the one thing that differs, both have the same second.
        let files = loop {
            let second = chrono::Utc::now().timestamp();
            let files = ["one.nc", "other.nc"].map(|name| {
                let path = folder.path().join(name);
                let _ = std::fs::remove_file(&path);
                (SINK.create)(&spec(&path, options.clone()), &schema).unwrap()
            });
            if chrono::Utc::now().timestamp() == second {
                break files;
            }
        };
        let [one, other] = files;
        one.write(&schema.all(), made(&schema, &schema.all())).unwrap();
        let regions = tiles(&*other, &schema);
        std::thread::scope(|scope| {
            for part in 0..3 {
                let (other, schema, regions) = (&other, &schema, &regions);
                scope.spawn(move || {
                    for region in regions.iter().skip(part).step_by(3) {
                        other.write(region, made(schema, region)).unwrap();
                    }
                });
            }
        });
        let [one, other] = [one, other].map(|sink| std::fs::read(&sink.finish().unwrap().paths[0]).unwrap());
        assert!(one == other, "{upward} {options}");
    }
}

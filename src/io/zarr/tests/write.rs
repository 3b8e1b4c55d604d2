//! Round trips: what the sink writes, the source reads back; and what is left when a run does not end well.

use super::cx;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, Chunk, Crs, DType, GeoBox, Label, Pixels, Region, Schema, TimeAxis};
use crate::diagnostic::{Result, codes};
use crate::io::{Output, Sink, Source, check, create, discover};
use crate::plan::{Existing, SinkSpec};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

const DAY: i64 = 86_400_000_000;

fn days(from: i64, n: i64) -> TimeAxis {
    TimeAxis::of(Calendar::Standard, (from..from + n).map(|d| Instant(d * DAY)).collect())
}

fn utm() -> Option<Crs> {
    Some(crate::io::gdal::crs::parse("EPSG:32632").expect("PROJ knows UTM"))
}

/// Three bands of different types; rows and columns that no chunk divides.
fn schema(time: TimeAxis) -> Schema {
    let grid = GeoBox { crs: utm(), transform: [400_000.0, 30.0, 0.0, 5_000_000.0, 0.0, -30.0], width: 37, height: 29 };
    let ndvi = Band { unit: Some("1".into()), ..Band::new("ndvi", DType::F32, Some(f64::NAN)) };
    Schema::new(time, vec![ndvi, Band::new("count", DType::U8, None), Band::new("dem", DType::I16, Some(-999.0))], grid)
}

/// A pixel by its place, `shift` steps later; every seventh is missing where it can be.
fn pixel(band: &Band, t: usize, y: usize, x: usize) -> f64 {
    let n = t * 1000 + y * 37 + x;
    match (band.nodata, n % 7) {
        (Some(nodata), 0) => nodata,
        _ if band.dtype.is_float() => n as f64 / 8.0,
        _ => (n % 200) as f64,
    }
}

fn chunk(schema: &Schema, region: &Region, shift: usize) -> Chunk {
    let of = |band: &usize| {
        let band = &schema.bands[*band];
        let mut values = Vec::new();
        for t in region.time.clone() {
            for y in region.y.clone() {
                values.extend(region.x.clone().map(|x| pixel(band, t + shift, y, x)));
            }
        }
        Pixels::F64(values).cast(None, band.dtype, None)
    };
    let nan = |pixels: Pixels, band: &Band| match pixels {
        Pixels::F32(v) if band.nodata.is_some_and(f64::is_nan) => Pixels::F32(v),
        other => other,
    };
    Chunk { shape: region.shape(), bands: region.bands.iter().map(|b| nan(of(b), &schema.bands[*b])).collect() }
}

fn spec(path: &Path, existing: Existing, options: Value) -> SinkSpec {
    let options = options.as_object().cloned().unwrap_or_default();
    SinkSpec { format: "zarr".into(), path: path.to_string_lossy().into_owned(), existing, options }
}

fn regions(schema: &Schema, sink: &dyn Sink) -> Vec<Region> {
    let tile = sink.preferred_tile();
    let cut = |len: usize, size: usize| (0..len).step_by(size).map(move |at| at..(at + size).min(len));
    let mut all = Vec::new();
    for time in cut(schema.time.len(), tile.time) {
        for y in cut(schema.grid.height, tile.y) {
            for x in cut(schema.grid.width, tile.x) {
                all.push(Region { time: time.clone(), bands: (0..schema.bands.len()).collect(), y: y.clone(), x });
            }
        }
    }
    all
}

fn save(schema: &Schema, spec: &SinkSpec, shift: usize) -> Result<Output> {
    check(spec, schema)?;
    let schema = Arc::new(schema.clone());
    let sink = create(spec, &schema)?;
    regions(&schema, &*sink).par_iter().try_for_each(|region| sink.write(region, chunk(&schema, region, shift)))?;
    sink.finish()
}

fn load(path: &Path) -> Arc<dyn Source> {
    discover("zarr", &json!({ "path": path })).unwrap_or_else(|e| panic!("{e:?}"))
}

/// Reads everything back and compares it with the function that made it.
fn compare(path: &Path, schema: &Schema, tolerance: f64) {
    let source = load(path);
    let found = source.schema();
    assert!(found.grid.same_grid(&schema.grid), "{} {}", found.grid.describe(), schema.grid.describe());
    assert_eq!(found.grid.transform, schema.grid.transform);
    assert_eq!(found.band_names().collect::<Vec<_>>(), schema.band_names().collect::<Vec<_>>());
    let all = source.read(&found.all(), &cx()).expect("the store reads");
    for (band, wanted) in schema.bands.iter().enumerate() {
        let there = &found.bands[band];
        let mut at = 0;
        for t in 0..schema.time.len() {
            for y in 0..schema.grid.height {
                for x in 0..schema.grid.width {
                    let (value, expected) = (all.bands[band].get(at), pixel(wanted, t, y, x));
                    let missing = |v: f64, nodata: Option<f64>| v.is_nan() || Some(v) == nodata;
                    let same = match (missing(value, there.nodata), missing(expected, wanted.nodata)) {
                        (false, false) => (value - expected).abs() <= tolerance,
                        (a, b) => a == b,
                    };
                    assert!(same, "{} {t} {y} {x}: {value} {expected}", wanted.name);
                    at += 1;
                }
            }
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_layout_reads_back() {
    let schema = schema(days(18_000, 11));
    let cases = [
        json!({}),
        json!({"version": 2}),
        json!({"chunks": ["time", 4, "y", 8, "x", 16], "codec": "none"}),
        json!({"chunks": {"time": 3, "y": 10, "x": 10}, "version": 2, "codec": ["gzip", 1]}),
        json!({"chunks": {"time": 2, "y": 8, "x": 8}, "shards": {"time": 4, "y": 16, "x": "all"}, "codec": ["zstd", 1]}),
        json!({"codec": "lz4", "chunks": ["time", "all"]}),
    ];
    for options in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cube.zarr");
        let output =
            save(&schema, &spec(&path, Existing::Refuse, options.clone()), 0).unwrap_or_else(|e| panic!("{e:?}"));
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
        save(&schema, &spec(&path, Existing::Refuse, options), 0).unwrap_or_else(|e| panic!("{e:?}"));
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
    let months =
        TimeAxis::Groups { key: "month".into(), labels: (1..=3).map(|m| Label::Number(f64::from(m))).collect() };
    let seasons =
        TimeAxis::Groups { key: "season".into(), labels: ["DJF", "MAM"].map(|s| Label::Text(s.into())).to_vec() };
    let custom = TimeAxis::Groups { key: "wet".into(), labels: vec![Label::Number(0.5), Label::Number(2.0)] };
    let half_hours = TimeAxis::of(Calendar::Standard, vec![Instant(-DAY / 48), Instant(DAY / 48)]);
    let reduced =
        TimeAxis::Reduced { calendar: Calendar::Standard, start: Instant(0), end: Instant(9 * DAY), steps: 10 };
    for axis in
        [with_bounds, months, seasons, custom, half_hours, reduced, TimeAxis::Positions(1), TimeAxis::Positions(4)]
    {
        for version in [2, 3] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("cube.zarr");
            let schema = schema(axis.clone());
            save(&schema, &spec(&path, Existing::Refuse, json!({"version": version})), 0)
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
    let wgs84 = Some(crate::io::gdal::crs::parse("EPSG:4326").expect("PROJ knows it"));
    let custom = "+proj=laea +lat_0=10 +lon_0=-81 +ellps=GRS80 +units=m +no_defs";
    let custom = Some(crate::io::gdal::crs::parse(custom).expect("PROJ knows it"));
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
            save(&schema, &spec(&path, Existing::Refuse, json!({"version": version})), 0)
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
    let options = json!({"chunks": ["time", 4, "y", 8, "x", 16]});
    save(&schema, &spec(&path, Existing::Refuse, options), 0).expect("a new store");
    std::fs::write(path.join("count/c/1/2/0"), "not a chunk").expect("the chunk is a file");
    let all = schema.all();
    let problem = load(&path).read(&all, &cx()).expect_err("it cannot be decoded");
    assert_eq!(problem.code, codes::READ_FAILED);
    assert!(problem.message.contains("`count`") && problem.message.contains("1970-01-05, from row 16 and column 0"));
    let lenient = discover("zarr", &json!({ "path": path, "on_error": "skip" })).expect("the store opens");
    let (schema, cx) = (lenient.schema().clone(), cx());
    let chunk = lenient.read(&all, &cx).expect("what cannot be read is skipped");
    let skipped = cx.skipped();
    assert_eq!((skipped.len(), skipped[0].step.as_str()), (1, "1970-01-05"));
    let nodata = schema.bands[1].nodata.expect("pixels may be missing now");
    let missing = (0..chunk.bands[1].len()).filter(|&i| chunk.bands[1].get(i) == nodata).count();
    assert_eq!(missing, 2 * 8 * 16);
}

#[test]
fn appending_at_any_step() {
    let cases = [
        (json!({"chunks": ["time", 4, "y", 8, "x", 16]}), [4, 4, 3]),
        (json!({"chunks": ["time", 4, "y", 8, "x", 16], "version": 2}), [3, 1, 7]),
        (json!({"chunks": ["time", 3, "y", 8, "x", 8], "shards": ["time", 6, "y", 16, "x", 16]}), [1, 6, 5]),
        (json!({}), [2, 2, 2]),
    ];
    for (options, parts) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cube.zarr");
        let mut done = 0;
        for part in parts {
            let schema = schema(days(100 + done as i64, part as i64));
            save(&schema, &spec(&path, Existing::Append, options.clone()), done).unwrap_or_else(|e| panic!("{e:?}"));
            done += part;
            compare(&path, &self::schema(days(100, done as i64)), 0.0);
            assert_eq!(load(&path).schema().time, days(100, done as i64));
        }
    }
}

#[test]
fn what_does_not_fit_is_not_appended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let first = schema(days(100, 4));
    save(&first, &spec(&path, Existing::Append, json!({})), 0).expect("a new store");
    let refused = |schema: &Schema, options: Value| {
        let problem = check(&spec(&path, Existing::Append, options), schema).expect_err("it does not fit");
        assert_eq!(problem.code, codes::CANNOT_APPEND, "{problem:?}");
        problem.message
    };
    let message = refused(&schema(days(103, 4)), json!({}));
    assert!(message.contains("starts at 1970-04-14, the store ends at 1970-04-14"), "{message}");
    let mut other = schema(days(104, 4));
    other.grid.transform[0] += 30.0;
    assert!(refused(&other, json!({})).contains("its grid is"));
    let mut other = schema(days(104, 4));
    other.bands[0].dtype = DType::F64;
    assert!(refused(&other, json!({})).contains("`ndvi` is float64, in the store float32"));
    let mut other = schema(days(104, 4));
    other.bands.pop();
    assert!(refused(&other, json!({})).contains("would be left short: `dem`"));
    let other = schema(TimeAxis::of(Calendar::NoLeap, vec![Instant(200 * DAY)]));
    assert!(refused(&other, json!({})).contains("its calendar is noleap"));
    let other = schema(TimeAxis::of(Calendar::Standard, vec![Instant(200 * DAY + 1)]));
    assert!(refused(&other, json!({})).contains("in whole numbers"));
    assert!(refused(&schema(days(104, 4)), json!({"chunks": ["time", 1]})).contains("chunks of the store"));
    assert!(refused(&schema(TimeAxis::Positions(2)), json!({})).contains("its steps have no dates"));
    compare(&path, &first, 0.0);
}

#[test]
fn a_failed_append_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let options = json!({"chunks": ["time", 4, "y", 8, "x", 16]});
    let first = schema(days(100, 6));
    save(&first, &spec(&path, Existing::Refuse, options), 0).expect("a new store");
    let files = |path: &Path| crate::io::zarr::sink::size(path);
    let before = files(&path);
    let more = Arc::new(schema(days(106, 9)));
    let sink = create(&spec(&path, Existing::Append, json!({})), &more).expect("it fits");
    for region in regions(&more, &*sink).iter().take(25) {
        sink.write(region, chunk(&more, region, 6)).expect("it is written");
    }
    compare(&path, &first, 0.0);
    drop(sink);
    compare(&path, &first, 0.0);
    assert_eq!(load(&path).schema().time, first.time);
    // Only the chunk that old and new steps share may have grown.
    assert!(files(&path) < before + before / 2, "{} {before}", files(&path));
    save(&more, &spec(&path, Existing::Append, json!({})), 6).expect("it fits");
    compare(&path, &schema(days(100, 15)), 0.0);
}

#[test]
fn existing_stores_are_refused_replaced_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let first = schema(days(0, 3));
    save(&first, &spec(&path, Existing::Refuse, json!({})), 0).expect("a new store");
    let refused = check(&spec(&path, Existing::Refuse, json!({})), &first).expect_err("it is there");
    assert_eq!(refused.code, codes::TARGET_EXISTS);
    // Dropped before the end, the old one stays and nothing else.
    let second = Arc::new(schema(days(50, 5)));
    let sink = create(&spec(&path, Existing::Overwrite, json!({})), &second).expect("it may be replaced");
    let region = regions(&second, &*sink)[0].clone();
    sink.write(&region, chunk(&second, &region, 0)).expect("it is written");
    drop(sink);
    compare(&path, &first, 0.0);
    assert_eq!(names(folder.path()), ["cube.zarr"]);
    save(&second, &spec(&path, Existing::Overwrite, json!({"version": 2})), 0).expect("it may be replaced");
    compare(&path, &second, 0.0);
    assert_eq!(names(folder.path()), ["cube.zarr"]);
    // A folder of other things is not replaced.
    let other = folder.path().join("photos");
    std::fs::create_dir(&other).expect("a folder");
    std::fs::write(other.join("a.jpg"), "").expect("a file");
    let refused = check(&spec(&other, Existing::Overwrite, json!({})), &first).expect_err("it is no store");
    assert_eq!(refused.code, codes::CANNOT_WRITE);
}

#[test]
fn a_run_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cube.zarr");
    let schema = Arc::new(schema(days(0, 9)));
    let options = json!({"chunks": ["time", 4, "y", 8, "x", 16], "fingerprint": "a1"});
    let spec = |existing, options: &Value| self::spec(&path, existing, options.clone());
    let sink = create(&spec(Existing::Resume, &options), &schema).expect("a new store");
    let all = regions(&schema, &*sink);
    for region in &all[..10] {
        sink.write(region, chunk(&schema, region, 0)).expect("it is written");
    }
    // Another run cannot build the same store at the same time.
    assert!(create(&spec(Existing::Resume, &options), &schema).is_err());
    assert!(create(&spec(Existing::Refuse, &options), &schema).is_err());
    drop(sink);
    assert_eq!(names(folder.path()), [".cube.zarr.partial"]);
    // A line that a kill cut in two says nothing.
    let log = folder.path().join(".cube.zarr.partial/.rastra-progress");
    let mut text = std::fs::read_to_string(&log).expect("the log is text");
    text.push_str("2 3 1");
    std::fs::write(&log, text).expect("the log is a file");

    for other in [json!({"chunks": ["time", 3]}), json!({"chunks": ["time", 4, "y", 8, "x", 16], "fingerprint": "b2"})]
    {
        let refused = check(&spec(Existing::Resume, &other), &schema).expect_err("it is another run");
        assert_eq!(refused.code, codes::CANNOT_APPEND);
    }
    check(&spec(Existing::Resume, &options), &schema).expect("it is the same run");
    let sink = create(&spec(Existing::Resume, &options), &schema).expect("it goes on");
    assert_eq!(all.iter().filter(|region| sink.is_done(region)).count(), 10);
    for region in all.iter().filter(|region| !sink.is_done(region)) {
        sink.write(region, chunk(&schema, region, 0)).expect("it is written");
    }
    sink.finish().expect("it is whole");
    compare(&path, &schema, 0.0);
    assert_eq!(names(folder.path()), ["cube.zarr"]);
    let refused = check(&spec(Existing::Resume, &options), &schema).expect_err("it is finished");
    assert_eq!(refused.code, codes::TARGET_EXISTS);
}

#[test]
fn object_stores_through_gdal() {
    let schema = schema(days(0, 6));
    let path = Path::new("/vsimem/rastra-test/cube.zarr");
    for version in [2, 3] {
        let options = json!({"version": version, "chunks": ["time", 4, "y", 8, "x", 16]});
        save(&schema, &spec(path, Existing::Overwrite, options.clone()), 0).unwrap_or_else(|e| panic!("{e:?}"));
        compare(path, &schema, 0.0);
        let refused = check(&spec(path, Existing::Refuse, options.clone()), &schema).expect_err("it is there");
        assert_eq!(refused.code, codes::TARGET_EXISTS);
        let more = self::schema(days(6, 3));
        save(&more, &spec(path, Existing::Append, options), 6).unwrap_or_else(|e| panic!("{e:?}"));
        compare(path, &self::schema(days(0, 9)), 0.0);
    }
    let sink = create(&spec(path, Existing::Overwrite, json!({})), &Arc::new(schema)).expect("it may be replaced");
    drop(sink);
    let gone = discover("zarr", &json!({ "path": path })).err().expect("nothing is left");
    assert_eq!(gone.code, codes::NOT_FOUND);
    let refused =
        check(&spec(Path::new("https://example.com/a.zarr"), Existing::Refuse, json!({})), &self::schema(days(0, 1)));
    assert_eq!(refused.expect_err("a web server is not written to").code, codes::CANNOT_WRITE);
}

#[test]
fn options_that_cannot_be() {
    let schema = schema(days(0, 6));
    let cases = [
        json!({"version": 4}),
        json!({"layout": "rows"}),
        json!({"codec": "zip"}),
        json!({"codec": ["zstd", 99]}),
        json!({"chunks": ["z", 4]}),
        json!({"chunks": 4}),
        json!({"chunks": ["time", 0]}),
        json!({"shards": ["time", 4], "version": 2}),
        json!({"shards": ["time", 3], "chunks": ["time", 2]}),
        json!({"dtype": "int12"}),
        json!({"scale": 0.1}),
        json!({"scale": 0, "dtype": "int16"}),
        json!({"dtype": "uint8", "nodata": -1}),
        json!({"layout": "cube"}),
        json!({"level": 3}),
    ];
    for options in cases {
        let problem = check(&spec(Path::new("/tmp/never.zarr"), Existing::Refuse, options.clone()), &schema);
        assert_eq!(problem.expect_err("it cannot be").code, codes::BAD_OPTION, "{options}");
    }
    let mut odd = schema.clone();
    odd.bands[0].name = "spatial_ref".into();
    let problem = check(&spec(Path::new("/tmp/never.zarr"), Existing::Refuse, json!({})), &odd);
    assert_eq!(problem.expect_err("the name is taken").code, codes::CANNOT_WRITE);
}

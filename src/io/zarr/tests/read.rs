//! Stores that other software wrote, against the numbers xarray 2026.9 reads from them.

use super::{cx, shared};
use crate::cube::{Region, TimeAxis};
use crate::diagnostic::codes;
use crate::io::{Source, discover, open};
use crate::plan::Payload;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn load(options: serde_json::Value) -> Arc<dyn Source> {
    discover("zarr", &Payload::of(&options), &AtomicBool::new(false)).unwrap_or_else(|e| panic!("{e:?}"))
}

fn sum_and_count(source: &Arc<dyn Source>, band: usize) -> (f64, usize) {
    let schema = source.schema().clone();
    let region = schema.all().with_bands(vec![band]);
    let chunk = source.read(&region, &cx()).expect("the store reads");
    let nodata = schema.bands[band].nodata;
    let valid = |v: &f64| !v.is_nan() && Some(*v) != nodata;
    let values = chunk.bands[0].to_f64();
    (values.iter().filter(|v| valid(v)).sum(), values.iter().filter(|v| valid(v)).count())
}

#[test]
fn chlorophyll_v2_with_absent_chunks() {
    let Some(path) = shared("chl_zarr2/cube-1-250-250.zarr") else { return };
    let source = load(json!({ "path": path }));
    let schema = source.schema().clone();
    let expected = [
        ("c2rcc_flags", 2_522_036_122_843_886.0, 1_174_413),
        ("conc_chl", 9_062_642.994_226_97, 1_158_658),
        ("conc_tsm", 39_224_257.846_647_59, 1_158_658),
        ("kd489", 1_983_711.869_287_848_5, 1_158_658),
        ("quality_flags", 5_594_269_343_547_392.0, 3_433_576),
    ];
    assert_eq!(schema.band_names().collect::<Vec<_>>(), expected.map(|e| e.0));
    for (band, (name, sum, count)) in expected.into_iter().enumerate() {
        let (found, n) = sum_and_count(&source, band);
        assert_eq!(n, count, "{name}");
        assert!((found - sum).abs() <= sum.abs() * 1e-12, "{name}: {found} {sum}");
    }
    assert_eq!(schema.grid.describe(), "2000 x 1000 pixels of 0.0025 x 0.0025 degree, EPSG:4326");
    assert_eq!(schema.grid.transform, [0.0, 0.0025, 0.0, 52.5, 0.0, -0.0025]);
    assert_eq!(schema.time.label(0), "2017-01-16T10:09:21.834256");
    let TimeAxis::Instants { bounds: Some(bounds), .. } = &schema.time else { panic!("{:?}", schema.time) };
    assert_eq!(bounds.len(), 5);
    assert_eq!(schema.bands[1].unit.as_deref(), Some("mg m^-3"));
    assert_eq!(schema.notes, Vec::<String>::new());
    let tile = source.natural_tile();
    assert_eq!((tile.time, tile.y, tile.x), (1, 250, 250));

    // A window across chunks is the same part of the whole, and so it is after the spec has travelled.
    let text = serde_json::to_string(&source.spec()).expect("specs are data");
    let again = open(&serde_json::from_str(&text).expect("specs are data"), &schema).expect("the spec is enough");
    let window = Region { time: 1..4, bands: vec![3, 1], y: 200..620, x: 240..1010 };
    let part = again.read(&window, &cx()).expect("the store reads");
    let whole = source.read(&schema.all().with_bands(vec![3, 1]), &cx()).expect("the store reads");
    for band in 0..2 {
        let cut = whole.bands[band].crop([5, 1000, 2000], 200..620, 240..1010);
        let (cut, part) = (cut.to_f64(), part.bands[band].to_f64());
        let same = part.iter().zip(&cut[420 * 770..4 * 420 * 770]).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
        assert!(same);
    }
}

#[test]
fn a_model_on_360_days_v3() {
    let Some(path) = shared("zarr3_a1b.zarr") else { return };
    let source = load(json!({ "path": path }));
    let schema = source.schema().clone();
    assert_eq!(schema.band_names().collect::<Vec<_>>(), ["air_temperature"]);
    assert_eq!(schema.time.span_text(), "1860-06-01 .. 2099-06-01, 240 steps");
    assert_eq!(schema.time.calendar().map(|c| c.cf_name()), Some("360_day"));
    assert_eq!(schema.grid.describe(), "49 x 37 pixels of 1.875 x 1.25 degree, unknown");
    assert!(schema.grid.crs.as_ref().is_some_and(|c| c.geographic && c.wkt.contains("6371229")));
    assert_eq!(schema.grid.transform, [224.0625, 1.875, 0.0, 60.625, 0.0, -1.25]);
    let (sum, count) = sum_and_count(&source, 0);
    assert_eq!(count, 240 * 37 * 49);
    assert!((sum - 124_652_149.101_074_22).abs() < 1e-3, "{sum}");
    // Stored from south to north: the first row stored is the last read.
    let chunk = source.read(&schema.all(), &cx()).expect("the store reads");
    let at = |t: usize, y: usize, x: usize| chunk.bands[0].get((t * 37 + y) * 49 + x) as f32;
    assert_eq!((at(0, 36, 0), at(239, 0, 48), at(5, 33, 7)), (296.07858, 278.66605, 294.88477));
    let tile = source.natural_tile();
    assert_eq!((tile.time, tile.y, tile.x), (48, 37, 49));
}

#[test]
fn what_is_not_there_is_named() {
    let Some(path) = shared("zarr3_a1b.zarr") else { return };
    let refused = |options: serde_json::Value| {
        discover("zarr", &Payload::of(&options), &AtomicBool::new(false)).err().expect("it is refused")
    };
    let problem = refused(json!({ "path": path, "var": ["air_temperatur"] }));
    assert_eq!((problem.code, problem.help[0].as_str()), (codes::UNKNOWN_ARRAY, "did you mean `air_temperature`?"));
    assert_eq!(refused(json!({ "path": path, "at": { "level": "500" } })).code, codes::CHOOSE_DIMENSION);
    assert_eq!(refused(json!({ "path": path.with_extension("nope") })).code, codes::NOT_FOUND);
    assert_eq!(refused(json!({ "path": path.join("air_temperature") })).code, codes::UNREADABLE);
}

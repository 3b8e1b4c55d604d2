//! Cubes whose pixels are known from their place, saved and compared.

use super::cx;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, Chunk, Crs, DType, GeoBox, Pixels, Region, Schema, TimeAxis};
use crate::diagnostic::Result;
use crate::io::{Output, Sink, Source, check, create, discover};
use crate::plan::{IfExists, Payload, SinkSpec};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) const DAY: i64 = 86_400_000_000;

pub(super) fn days(from: i64, n: i64) -> TimeAxis {
    TimeAxis::of(Calendar::Standard, (from..from + n).map(|d| Instant(d * DAY)).collect())
}

pub(super) fn utm() -> Option<Crs> {
    Some(crate::geometry::crs::parse("EPSG:32632").expect("PROJ knows UTM"))
}

/// Three bands of different types; rows and columns that no chunk divides.
pub(super) fn schema(time: TimeAxis) -> Schema {
    let grid = GeoBox::new(utm(), [400_000.0, 30.0, 0.0, 5_000_000.0, 0.0, -30.0], 37, 29);
    let ndvi = Band { unit: Some("1".into()), ..Band::new("ndvi", DType::F32, Some(f64::NAN)) };
    Schema::new(time, vec![ndvi, Band::new("count", DType::U8, None), Band::new("dem", DType::I16, Some(-999.0))], grid)
}

/// A pixel by its place, `shift` steps later; every seventh is missing where it can be.
pub(super) fn pixel(band: &Band, t: usize, y: usize, x: usize) -> f64 {
    let n = t * 1000 + y * 37 + x;
    match (band.nodata, n % 7) {
        (Some(nodata), 0) => nodata,
        _ if band.dtype.is_float() => n as f64 / 8.0,
        _ => (n % 200) as f64,
    }
}

pub(super) fn chunk(schema: &Schema, region: &Region, shift: usize) -> Chunk {
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

pub(super) fn spec(path: &Path, existing: IfExists, options: Value) -> SinkSpec {
    SinkSpec::new("zarr", path.to_string_lossy(), existing, Payload::of(&options))
}

pub(super) fn regions(schema: &Schema, sink: &dyn Sink) -> Vec<Region> {
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

pub(super) fn save(schema: &Schema, spec: &SinkSpec, shift: usize) -> Result<Output> {
    check(spec, schema)?;
    let schema = Arc::new(schema.clone());
    let sink = create(spec, &schema)?;
    regions(&schema, &*sink)
        .par_iter()
        .try_for_each(|region| sink.write(region, chunk(&schema, region, shift)).map(drop))?;
    sink.finish()
}

pub(super) fn load(path: &Path) -> Arc<dyn Source> {
    discover("zarr", &Payload::of(&json!({ "path": path })), &AtomicBool::new(false))
        .unwrap_or_else(|e| panic!("{e:?}"))
}

/// Reads everything back and compares it with the function that made it.
pub(super) fn compare(path: &Path, schema: &Schema, tolerance: f64) {
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

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

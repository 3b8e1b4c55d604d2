//! Files written from chunks in any order, opened again with GDAL.

#![allow(clippy::unwrap_used)]

use super::sink::{GATHERING, Place, TifSink};
use super::*;
use crate::cube::time::{Calendar, Instant};
use crate::cube::{Band, Chunk, DType, GeoBox, Label, Pixels, Region, TimeAxis};
use crate::diagnostic::codes;
use crate::geometry::crs;
use crate::plan::{IfExists, Payload};
use gdal::{Dataset, Metadata};
use serde_json::{Value, json};
use std::path::Path;
use std::path::PathBuf;

fn grid(width: usize, height: usize) -> GeoBox {
    let crs = Some(crs::parse("EPSG:32632").unwrap());
    GeoBox::new(crs, [500_000.0, 10.0, 0.0, 5_300_000.0, 0.0, -10.0], width, height)
}

fn days(n: usize) -> TimeAxis {
    let values: Vec<Instant> = (0..n).map(|d| Instant::from_days(d as i64 * 31).unwrap()).collect();
    let bounds =
        values.windows(2).map(|w| (w[0], w[1])).chain([(values[n - 1], Instant::from_days(999).unwrap())]).collect();
    TimeAxis::Instants { calendar: Calendar::Standard, values, bounds: Some(bounds) }
}

fn schema(time: TimeAxis, bands: Vec<Band>, width: usize, height: usize) -> Arc<Schema> {
    Arc::new(Schema::new(time, bands, grid(width, height)))
}

fn spec(kind: &str, path: &Path, options: Value) -> SinkSpec {
    SinkSpec::new(kind, path.to_str().unwrap(), IfExists::Refuse, Payload::of(&options))
}

/// A value that tells where it is from.
fn value(step: usize, band: usize, y: usize, x: usize) -> f64 {
    ((step * 7 + band * 31 + y * 13 + x * 3) % 200) as f64
}

fn chunk(schema: &Schema, region: &Region) -> Chunk {
    let bands = schema.bands.iter().enumerate().map(|(b, band)| {
        let values = region.time.clone().flat_map(|t| {
            region.y.clone().flat_map(move |y| {
                region.x.clone().map(move |x| if (x + y) % 17 == 5 { f64::NAN } else { value(t, b, y, x) })
            })
        });
        Pixels::F64(values.collect()).cast(Some(f64::NAN), band.dtype, band.nodata)
    });
    Chunk { shape: region.shape(), bands: bands.collect() }
}

/// Regions in a scattered order, written from several threads.
fn write(sink: &dyn Sink, schema: &Schema, tile: Tile) {
    let cuts =
        |len: usize, size: usize| (0..len).step_by(size).map(move |at| at..(at + size).min(len)).collect::<Vec<_>>();
    let mut regions = Vec::new();
    for time in cuts(schema.time.len(), tile.time) {
        for y in cuts(schema.grid.height, tile.y) {
            for x in cuts(schema.grid.width, tile.x) {
                regions.push(Region { time: time.clone(), bands: (0..schema.bands.len()).collect(), y: y.clone(), x });
            }
        }
    }
    regions.sort_by_key(|r| (r.x.start * 7 + r.y.start * 5 + r.time.start * 3) % 11);
    std::thread::scope(|scope| {
        for part in regions.chunks(regions.len().div_ceil(3)) {
            scope.spawn(move || {
                part.iter().for_each(|r| {
                    sink.write(r, chunk(schema, r)).unwrap();
                })
            });
        }
    });
}

fn open(path: &Path) -> Dataset {
    crate::io::gdal::handles::open(path.to_str().unwrap()).unwrap()
}

fn layer(dataset: &Dataset, band: usize) -> Vec<f64> {
    let size = dataset.raster_size();
    dataset.rasterband(band).unwrap().read_as::<f64>((0, 0), size, size, None).unwrap().into_shape_and_vec().1
}

/// Every pixel of every layer against [`value`], missing ones as `nodata`.
fn check_file(path: &Path, schema: &Schema, layers: &[(usize, usize)], nodata: f64) {
    let dataset = open(path);
    assert_eq!(dataset.raster_count(), layers.len());
    assert_eq!(dataset.geo_transform().unwrap(), schema.grid.transform);
    assert_eq!(crs::from_spatial_ref(&dataset.spatial_ref().unwrap()).unwrap().name, "EPSG:32632");
    for (i, &(step, band)) in layers.iter().enumerate() {
        let values = layer(&dataset, i + 1);
        for (at, got) in values.into_iter().enumerate() {
            let (y, x) = (at / schema.grid.width, at % schema.grid.width);
            let wanted = if (x + y) % 17 == 5 { nodata } else { value(step, band, y, x) };
            assert!(got == wanted || got.is_nan() && wanted.is_nan(), "{path:?} {i} {y} {x}: {got} for {wanted}");
        }
    }
}

fn leftovers(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|n| !n.ends_with(".tif")).collect()
}

#[test]
fn every_way_of_writing() {
    let bands = || vec![Band::new("red", DType::I16, Some(-1.0)), Band::new("nir", DType::I16, Some(-1.0))];
    let schema = schema(days(3), bands(), 300, 220);
    for kind in [Kind::Tif, Kind::Cog] {
        let name = if kind == Kind::Tif { "tif" } else { "cog" };
        for (template, files) in [("all.tif", 1), ("{time:%Y%m%d}.tif", 3), ("{band}_{i}.tif", 6), ("{band}.tif", 2)] {
            // Whole files at once, pieces gathered in memory, pieces on disk.
            for (tile, small) in [((2, 220, 300), 0), ((1, 256, 256), super::sink::SMALL), ((3, 256, 256), 0)] {
                let folder = tempfile::tempdir().unwrap();
                let spec = spec(name, &folder.path().join("sub").join(template), json!({"blocksize": 256}));
                check(kind, &spec, &schema).unwrap();
                let (settings, targets) = plan(kind, &spec, &schema).unwrap();
                assert_eq!(targets.len(), files);
                let mut sink = sink(settings, &targets, &schema, Tile { time: 1, y: 256, x: 256 });
                sink.small = small;
                write(&sink, &schema, Tile { time: tile.0, y: tile.1, x: tile.2 });
                let output = (Box::new(sink) as Box<dyn Sink>).finish().unwrap();
                assert_eq!(output.paths.len(), files);
                assert!(output.bytes > 1000);
                for (target, _) in &targets {
                    check_file(&target.path, &schema, &target.layers, -1.0);
                    let layout = open(&target.path).metadata_item("LAYOUT", "IMAGE_STRUCTURE");
                    assert_eq!(layout.as_deref(), (kind == Kind::Cog).then_some("COG"));
                }
                assert_eq!(leftovers(&folder.path().join("sub")), [""; 0], "{template}");
            }
        }
    }
}

#[test]
fn metadata() {
    let folder = tempfile::tempdir().unwrap();
    let mut red = Band::new("red", DType::F32, Some(f64::NAN));
    red.unit = Some("W/m2".into());
    red.long_name = Some("red light".into());
    let schema = schema(days(2), vec![red.clone()], 600, 600);
    let save = |kind: Kind, name: &str, schema: &Arc<Schema>, options: Value| {
        let path = folder.path().join(name);
        let format = if kind == Kind::Tif { "tif" } else { "cog" };
        let spec = spec(format, &path, options);
        check(kind, &spec, schema).unwrap();
        let sink = create(kind, &spec, schema).unwrap();
        write(&*sink, schema, sink.preferred_tile());
        sink.finish().unwrap().paths
    };
    let options = json!({
        "dtype": "uint16", "scale": 0.5, "offset": -10, "tags": ["AUTHOR=me"], "band_tags": ["red:SENSOR=x", "KEY=y"],
        "statistics": true, "compress": "zstd", "level": 9, "predictor": "2", "sparse_ok": true
    });
    let paths = save(Kind::Cog, "{time:%Y%m%d}.tif", &schema, options);
    assert_eq!(paths, [folder.path().join("19700101.tif"), folder.path().join("19700201.tif")]);
    let file = open(&paths[1]);
    let band = file.rasterband(1).unwrap();
    assert_eq!((band.scale(), band.offset(), band.no_data_value()), (Some(0.5), Some(-10.0), Some(65535.0)));
    assert_eq!((band.description().unwrap().as_str(), band.unit().as_str()), ("red", "W/m2"));
    assert_eq!(band.block_size(), (512, 512));
    assert_eq!(band.overview_count().unwrap(), 1);
    let item = |key: &str| band.metadata_item(key, "").unwrap_or_default();
    assert_eq!((item("TIME"), item("time_bnds")), ("1970-02-01".into(), "1970-02-01/1972-09-26".into()));
    assert_eq!((item("long_name"), item("SENSOR"), item("KEY")), ("red light".into(), "x".into(), "y".into()));
    assert!(item("STATISTICS_MAXIMUM").parse::<f64>().unwrap() > 300.0);
    assert_eq!(file.metadata_item("AUTHOR", "").unwrap(), "me");
    assert_eq!(file.metadata_item("TIFFTAG_DATETIME", "").unwrap(), "1970:02:01 00:00:00");
    assert_eq!(file.metadata_item("COMPRESSION", "IMAGE_STRUCTURE").unwrap(), "ZSTD");
    assert_eq!(layer(&file, 1)[0], (value(1, 0, 0, 0) + 10.0) / 0.5);
    assert_eq!(layer(&file, 1)[5], 65535.0);

    let one = save(
        Kind::Tif,
        "all.tif",
        &schema,
        json!({"interleave": "pixel", "tiled": false, "overviews": ["2", "4"], "add_mask": true}),
    );
    let file = open(&one[0]);
    let names: Vec<String> = (1..=2).map(|b| file.rasterband(b).unwrap().description().unwrap()).collect();
    assert_eq!(names, ["red 1970-01-01", "red 1970-02-01"]);
    assert_eq!(file.metadata_item("INTERLEAVE", "IMAGE_STRUCTURE").unwrap(), "PIXEL");
    let band = file.rasterband(1).unwrap();
    assert_eq!((band.block_size().0, band.overview_count().unwrap(), band.no_data_value()), (600, 2, None));
    assert!(band.mask_flags().unwrap().is_per_dataset());
    let mask = band.open_mask_band().unwrap().read_as::<u8>((0, 0), (7, 1), (7, 1), None).unwrap();
    assert_eq!(mask.data(), [255, 255, 255, 255, 255, 0, 255]);

    // Dates of a model's calendar, of values and of steps.
    let model = TimeAxis::of(Calendar::Day360, vec![Instant::from_days(59).unwrap()]);
    let peak = Band { unit: Some("days since 1970-01-01".into()), ..Band::new("peak", DType::F64, Some(f64::NAN)) };
    let peaks = self::schema(model, vec![peak, red.clone()], 40, 30);
    let file = open(&save(Kind::Tif, "peak.tif", &peaks, json!({}))[0]);
    for band in 1..=2 {
        assert_eq!(file.rasterband(band).unwrap().metadata_item("calendar", "").as_deref(), Some("360_day"), "{band}");
    }
    assert_eq!(file.rasterband(1).unwrap().metadata_item("TIME", "").as_deref(), Some("1970-02-30"));

    let months = TimeAxis::groups("month", vec![Label::Number(3.0)]);
    let classes = self::schema(months, vec![Band::new("class", DType::U8, Some(255.0))], 40, 30);
    let file = save(Kind::Cog, "{month:02}.tif", &classes, json!({"colormap": ["1=#00ff00", "2=#0000ff80"]}));
    assert_eq!(file, [folder.path().join("03.tif")]);
    let file = open(&file[0]);
    let band = file.rasterband(1).unwrap();
    assert_eq!(band.metadata_item("MONTH", "").unwrap(), "3");
    let table = band.color_table().unwrap();
    assert_eq!(table.entry(1).unwrap(), gdal::raster::ColorEntry::rgba(0, 255, 0, 255));
    let colors = ["red", "green", "blue", "nir"].map(|n| Band::new(n, DType::U8, Some(255.0)));
    let colors = self::schema(TimeAxis::Positions(1), colors.to_vec(), 40, 30);
    for (kind, name) in [(Kind::Tif, "rgb.tif"), (Kind::Cog, "rgbc.tif")] {
        let file = open(&save(kind, name, &colors, json!({}))[0]);
        let shown = |b: usize| file.rasterband(b).unwrap().color_interpretation();
        use gdal::raster::ColorInterpretation::*;
        assert_eq!((shown(1), shown(2), shown(3)), (RedBand, GreenBand, BlueBand), "{name}");
    }
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

fn sink(settings: Settings, targets: &[(Target, Storage)], schema: &Arc<Schema>, tile: Tile) -> TifSink {
    let staging = Box::new(Staging::hold(&paths(targets), IfExists::Refuse).unwrap());
    let staged = (0..targets.len()).map(|i| staging.at(i).to_path_buf()).collect();
    let place = Place::Own { gathering: staging.room_for(GATHERING).unwrap(), staging, to_share: None };
    TifSink::new(settings, (targets.to_vec(), staged), schema.clone(), tile, place)
}

#[test]
fn targets_that_exist_and_runs_that_stop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let schema = schema(TimeAxis::Positions(2), vec![Band::new("a", DType::U8, Some(255.0))], 1200, 1100);
    let mut spec = spec("tif", &path, json!({}));
    for small in [0, super::sink::SMALL] {
        let (settings, targets) = plan(Kind::Cog, &spec, &schema).unwrap();
        let mut sink = sink(settings, &targets, &schema, Tile { time: 1, y: 512, x: 512 });
        sink.small = small;
        let region = Region { time: 0..1, bands: vec![0], y: 0..512, x: 0..512 };
        sink.write(&region, chunk(&schema, &region)).unwrap();
        assert!(!path.exists());
        drop(sink);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    std::fs::write(&path, "old").unwrap();
    let refused = check(Kind::Tif, &spec, &schema).unwrap_err();
    assert_eq!(refused.code, codes::TARGET_EXISTS);
    spec.existing = IfExists::Overwrite;
    check(Kind::Tif, &spec, &schema).unwrap();
    let sink = create(Kind::Tif, &spec, &schema).unwrap();
    write(&*sink, &schema, sink.preferred_tile());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    sink.finish().unwrap();
    check_file(&path, &schema, &[(0, 0), (1, 0)], 255.0);
    spec.path = path.join("below.tif").to_str().unwrap().into();
    assert_eq!(check(Kind::Tif, &spec, &schema).unwrap_err().code, codes::CANNOT_WRITE);
    spec.existing = IfExists::Append;
    assert_eq!(crate::io::check(&spec, &schema).unwrap_err().code, codes::CANNOT_APPEND);
}

#[test]
fn options_that_mean_nothing() {
    let schema = schema(TimeAxis::Positions(1), vec![Band::new("a", DType::F32, Some(f64::NAN))], 20, 10);
    let cases = [
        (json!({"compress": "zip"}), "`compress` cannot be `zip`"),
        (json!({"level": 10}), "`level` wants a whole number from 1 to 9, not `10`"),
        (json!({"blocksize": 100}), "`blocksize` wants a multiple of 16, not `100`"),
        (json!({"blocksize": 8192}), "`blocksize` wants a whole number from 64 to 4096, not `8192`"),
        (json!({"nodata": "nothing"}), "`nodata` wants a number, not `nothing`"),
        (json!({"dtype": "uint8", "nodata": "300"}), "`nodata 300` is no uint8"),
        (json!({"scale": 0, "dtype": "int16"}), "`scale` wants a number other than 0, not `0`"),
        (json!({"scale": 2}), "`scale` and `offset` need a type to store the numbers in"),
        (json!({"tags": ["x"]}), "`tags` wants a list such as [\"KEY=VALUE\"], not `x`"),
        (json!({"colormap": ["1=green"]}), "`colormap` wants a list such as [\"1=#00ff00\"], not `1=green`"),
        (json!({"colormap": ["1=#00ff00"]}), "`colormap` needs one band of uint8 or uint16, not 1 of float32"),
        (json!({"compress": "jpeg"}), "`compress jpeg` stores uint8, not float32"),
        (json!({"predictor": "3", "dtype": "int16"}), "`predictor 3` is for floats, not int16"),
        (json!({"creation": ["COPMRESS=ZSTD"]}), "GDAL's COG driver has no creation option `COPMRESS`"),
        (json!({"overviews": ["some"]}), "`overviews` wants `auto` or `none`, not `some`"),
        (json!({"num_threads": "0"}), "`num_threads` wants a number of threads or `all_cpus`, not `0`"),
        (json!({"statistics": "maybe"}), "an option of `save` that cannot be used"),
    ];
    for (options, message) in cases {
        let error = check(Kind::Cog, &spec("cog", Path::new("x/y.tif"), options), &schema).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (codes::BAD_OPTION, message));
    }
    let good = [
        json!({"profile": "raw", "overviews": ["none"]}),
        json!({"compress": "NONE", "bigtiff": "true", "num_threads": "all_cpus"}),
        json!({"compress": "lerc_zstd", "max_z_error": 0.01, "creation": ["geotiff_version=1.1"]}),
        json!({"target_srs": "3857", "resampling": "bilinear", "zoom_level_strategy": "upper"}),
        json!({"nodata": "nan", "predictor": "none"}),
    ];
    for options in good {
        check(Kind::Cog, &spec("cog", Path::new("x/y.tif"), options.clone()), &schema)
            .unwrap_or_else(|e| panic!("{options}: {e:?}"));
    }
    let names: Vec<&str> = options::COG.params.iter().chain(options::TIF.params).map(|param| param.name).collect();
    assert!(names.iter().all(|n| n.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
}

/// Warping options of the COG driver.
#[test]
fn tiling_schemes() {
    let folder = tempfile::tempdir().unwrap();
    let schema = schema(TimeAxis::Positions(1), vec![Band::new("a", DType::I16, Some(-1.0))], 300, 220);
    for (name, options) in [
        ("web.tif", json!({"tiling_scheme": "GoogleMapsCompatible", "resampling": "nearest", "blocksize": 256})),
        ("srs.tif", json!({"target_srs": "EPSG:3857"})),
    ] {
        let path: PathBuf = folder.path().join(name);
        let spec = spec("cog", &path, options);
        check(Kind::Cog, &spec, &schema).unwrap();
        let sink = create(Kind::Cog, &spec, &schema).unwrap();
        write(&*sink, &schema, sink.preferred_tile());
        sink.finish().unwrap();
        assert_eq!(crs::from_spatial_ref(&open(&path).spatial_ref().unwrap()).unwrap().name, "EPSG:3857");
    }
    assert_eq!(leftovers(folder.path()), [""; 0]);
}

/// A compression that changes values changes a nodata too: a mask keeps what is missing.
#[test]
fn missing_pixels_of_lossy_files() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |nodata, n: usize| (0..n).map(|i| Band::new(format!("b{i}"), DType::U8, nodata)).collect::<Vec<_>>();
    let cases = [
        ("tif", 1, Some(0.0), json!({"compress": "jpeg"}), true),
        ("cog", 1, Some(0.0), json!({"compress": "jpeg"}), true),
        ("cog", 3, Some(0.0), json!({"compress": "webp"}), true),
        ("tif", 1, Some(0.0), json!({"compress": "lerc", "max_z_error": 2.0}), true),
        ("tif", 1, Some(0.0), json!({"compress": "lerc"}), false),
        ("tif", 1, None, json!({"compress": "jpeg"}), false),
    ];
    for (i, (kind, n_bands, nodata, options, is_masked)) in cases.into_iter().enumerate() {
        let path = folder.path().join(format!("{i}.tif"));
        let schema = schema(days(1), bytes(nodata, n_bands), 64, 64);
        let format = if kind == "cog" { &super::super::cog::FORMAT } else { &FORMAT };
        let sink = (format.create)(&spec(kind, &path, options.clone()), &schema).unwrap();
        // The upper half is missing.
        let pixels = Pixels::U8((0..64 * 64).map(|i| if i < 64 * 32 { 0 } else { 100 }).collect());
        sink.write(&schema.all(), Chunk { shape: [1, 64, 64], bands: vec![pixels; n_bands] }).unwrap();
        assert_eq!(sink.finish().unwrap().notes.len(), usize::from(is_masked), "{options}");
        let dataset = open(&path);
        let band = dataset.rasterband(1).unwrap();
        let mask = band.open_mask_band().unwrap().read_as::<u8>((0, 0), (64, 64), (64, 64), None).unwrap();
        let valid = mask.data().iter().filter(|v| **v > 0).count();
        assert_eq!(valid, if nodata.is_some() { 64 * 32 } else { 64 * 64 }, "{options}");
    }
}

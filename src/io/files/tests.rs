//! Files that do not fit together, fail or are named oddly, made for it.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::cube::{Band, Pixels, Region};
use crate::io::gdal::tests::{NORTH_UP, tiff};
use crate::io::source::ReadCx;
use gdal::{Dataset, Metadata};
use serde_json::{Value, json};
use std::path::Path;

fn nodata(value: f64) -> impl Fn(&mut Dataset) {
    move |d| {
        for band in 1..=d.raster_count() {
            d.rasterband(band).unwrap().set_no_data_value(Some(value)).unwrap();
        }
    }
}

fn one(folder: &Path, name: &str, value: i16) {
    let path = folder.join(name).to_string_lossy().into_owned();
    tiff::<i16>(&path, 1, &[&[value]], NORTH_UP, &[], nodata(-9999.0));
}

fn load(folder: &Path, options: Value) -> Result<Arc<dyn Source>> {
    let mut options = options;
    options["base"] = json!(folder);
    discover(&Payload::of(&options), &AtomicBool::new(false))
}

fn values(source: &dyn Source) -> Result<Vec<f64>> {
    let chunk = source.read(&source.schema().all(), &ReadCx::default())?;
    Ok(chunk.bands.iter().flat_map(Pixels::to_f64).collect())
}

/// The cases `L-order` and `L-num` of the reference.
#[test]
fn steps_are_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let dated = ["MSWEP_1979.01.10.tif", "MSWEP_1979.01.02.tif", "MSWEP_1979.01.01.tif", "MSWEP_1979.02.01.tif"];
    for (name, value) in dated.iter().zip([10, 2, 1, 32]) {
        one(folder, name, value);
    }
    for (name, value) in [("1_a.tif", 1), ("10_a.tif", 10), ("2_a.tif", 2)] {
        one(folder, name, value);
    }
    let cases = [
        (json!({"path": dated, "dates": "%Y.%m.%d"}), vec![1.0, 2.0, 10.0, 32.0]),
        (json!({"path": dated}), vec![1.0, 2.0, 10.0, 32.0]),
        (json!({"path": "MSWEP*"}), vec![1.0, 2.0, 10.0, 32.0]),
        (json!({"path": "*_a.tif"}), vec![1.0, 2.0, 10.0]),
        (json!({"path": ["1_a.tif", "10_a.tif", "2_a.tif"], "match": r"\d+"}), vec![1.0, 2.0, 10.0]),
        (json!({"path": ["10_a.tif", "1_a.tif"]}), vec![10.0, 1.0]),
        (json!({"path": ["10_a.tif", "2_a.tif", "1_a.tif"], "sort": true}), vec![1.0, 2.0, 10.0]),
    ];
    for (options, expected) in cases {
        let source = load(folder, options.clone()).unwrap_or_else(|e| panic!("{options}: {e:?}"));
        assert_eq!(values(&*source).unwrap(), expected, "{options}");
    }
    // Some have a date, some have none: said by name, with what stands beside.
    let e = load(folder, json!({"path": "*.tif"})).err().unwrap();
    assert!(e.code == codes::NO_DATE && e.message.contains("`1_a.tif`"), "{e:?}");
    // One date twice: both are kept, and it is told.
    one(folder, "other_1979.01.01.tif", 7);
    let twice = load(folder, json!({"path": "*1979*"})).unwrap();
    assert_eq!(values(&*twice).unwrap(), [1.0, 7.0, 2.0, 10.0, 32.0]);
    assert!(twice.schema().notes[0].contains("date of the step before it"));
}

/// A file a band is a band where names differ only there; what else shares a time is told, or refused.
#[test]
fn files_of_one_time() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = |names: &[&str]| names.iter().zip(1..).for_each(|(name, value)| one(folder, name, value));
    let loaded = |path: &str, more: Value| {
        let mut options = json!({ "path": path });
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        load(folder, options)
    };
    made(&["T32_20200623T101031_B04_10m.tif", "T32_20200623T101031_B08_10m.tif", "T32_20200703T101031_B04_10m.tif"]);
    let e = loaded("T32*", json!({})).err().unwrap();
    assert_eq!(
        (e.code, e.help[0].as_str()),
        (codes::UNCLEAR_NAMES, "others have `b04`, `b08`; here are `T32_20200703T101031_B04_10m.tif`")
    );
    one(folder, "T32_20200703T101031_B08_10m.tif", 4);
    let cases: [(&[&str], &str, &[&str], &[f64]); 3] = [
        (&[], "T32*", &["b04", "b08"], &[1.0, 3.0, 2.0, 4.0]),
        (
            &["tmin_2020-01.tif", "tmin_2020-02.tif", "tmax_2020-01.tif", "tmax_2020-02.tif"],
            "tm*",
            &["tmax", "tmin"],
            &[3.0, 4.0, 1.0, 2.0],
        ),
        (&["B02.tif", "B8A.tif"], "B*", &["b02", "b8a"], &[1.0, 2.0]),
    ];
    for (names, path, bands, expected) in cases {
        made(names);
        let source = loaded(path, json!({})).unwrap_or_else(|e| panic!("{path}: {e:?}"));
        assert_eq!(source.schema().band_names().collect::<Vec<_>>(), bands);
        assert_eq!(values(&*source).unwrap(), expected, "{path}");
        assert_eq!(source.schema().bands[0].dtype, DType::I16);
        assert!(source.schema().notes[0].starts_with("files of one time are its bands"));
    }
    // Members, tiles and hours are no bands; what the user says of the names stands.
    for names in [["m_20200101_1.tif", "m_20200101_2.tif"], ["h_20200101_t00.tif", "h_20200101_t06.tif"]] {
        made(&names);
        let path = format!("{}*", &names[0][..2]);
        assert_eq!(loaded(&path, json!({})).err().unwrap().code, codes::UNCLEAR_NAMES);
        let told = loaded(&path, json!({"dates": "%Y%m%d"})).unwrap();
        assert_eq!((told.schema().time.len(), told.schema().notes.len()), (2, 1));
        let together = loaded(&path, json!({"group": "time", "union": true})).unwrap();
        assert_eq!(values(&*together).unwrap(), [1.0]);
    }
    made(&["day_05-06-2020.tif", "day_07-06-2020.tif"]);
    let e = loaded("day*", json!({})).err().unwrap();
    assert_eq!((e.code, e.help[0].as_str()), (codes::UNCLEAR_NAMES, "`dates \"%d-%m-%Y\"` reads 2020-06-05"));
    let said = loaded("day*", json!({"dates": "%d-%m-%Y"})).unwrap();
    assert_eq!(said.schema().time.span_text(), "2020-06-05 .. 2020-06-07, 2 steps");
}

/// Steps whose dates the user gives, or that have none.
#[test]
fn dates_that_are_not_in_names() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let described = |text: &'static str| {
        move |d: &mut Dataset| {
            text.split(' ')
                .enumerate()
                .for_each(|(i, text)| d.rasterband(i + 1).unwrap().set_description(text).unwrap());
        }
    };
    tiff::<i16>(&path("stack.tif"), 1, &[&[1], &[2], &[3]], NORTH_UP, &[], |_| {});
    tiff::<i16>(&path("rain_2020.tif"), 1, &[&[1], &[2], &[3]], NORTH_UP, &[], described("Jan Feb Mar"));
    ["a.tif", "b.tif", "c.tif"].iter().zip(1..).for_each(|(name, value)| one(folder, name, value));
    let cases = [
        (json!({"path": "stack.tif", "bands_as": "time"}), "0 1 2", "1 2 3"),
        (json!({"path": "rain_2020.tif", "bands_as": "time"}), "2020-01-01 2020-02-01 2020-03-01", "1 2 3"),
        (
            json!({"path": "stack.tif", "bands_as": "time", "start": "2020-01-31", "every": "1mo"}),
            "2020-01-31 2020-02-29 2020-03-31",
            "1 2 3",
        ),
        (
            json!({"path": ["a.tif", "b.tif", "c.tif"], "start": "2020-01-01", "every": "8d"}),
            "2020-01-01 2020-01-09 2020-01-17",
            "1 2 3",
        ),
        (
            json!({"path": "?.tif", "start": "2020-02-21", "every": "dekadal"}),
            "2020-02-21 2020-03-01 2020-03-11",
            "1 2 3",
        ),
        (
            json!({"path": "?.tif", "dates": ["2020-01-09", "2020-01-01T12:00", "2020"]}),
            "2020-01-01 2020-01-01T12:00 2020-01-09",
            "3 2 1",
        ),
    ];
    for (options, dates, expected) in cases {
        let source = load(folder, options.clone()).unwrap_or_else(|e| panic!("{options}: {e:?}"));
        let labels: Vec<String> = (0..3).map(|step| source.schema().time.label(step)).collect();
        assert_eq!(labels.join(" "), dates, "{options}");
        let values: Vec<String> = values(&*source).unwrap().iter().map(f64::to_string).collect();
        assert_eq!(values.join(" "), expected, "{options}");
    }
    let undated = load(folder, json!({"path": "stack.tif", "bands_as": "time"})).unwrap();
    assert!(undated.schema().notes.iter().any(|note| note.contains("steps are positions")));
    for (options, message) in [
        (json!({"path": "?.tif", "dates": ["2020-01-09", "2020-01-10"]}), "`dates` has 2 dates, and there are 3 steps"),
        (json!({"path": "?.tif", "start": "2020-01-09"}), "`start` and `every` go together"),
        (json!({"path": "?.tif", "start": "x", "every": "1d"}), "`x` is no date"),
    ] {
        assert_eq!(load(folder, options).err().unwrap().message, message);
    }
}

/// Two columns of one row, the second file a column to the east, half a column in the third.
#[test]
fn scenes_on_one_grid() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let scene = |name: &str, west: f64, pixels: &[i16]| {
        let path = folder.join(name).to_string_lossy().into_owned();
        tiff::<i16>(&path, 2, &[pixels], [west, 0.5, 0.0, 50.0, 0.0, -0.5], &[], |_| {});
    };
    scene("a_2020-01-01.tif", 10.0, &[1, 2]);
    scene("a_2020-01-17.tif", 10.5, &[3, 4]);
    let read = |more: Value| {
        let mut options = json!({ "path": "a_*.tif" });
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let source = load(folder, options).unwrap();
        let missing = source.schema().bands[0].nodata.unwrap();
        let all = values(&*source).unwrap().into_iter().map(|v| if v == missing { f64::NAN } else { v });
        format!("{:?}", all.collect::<Vec<_>>())
    };
    assert_eq!(read(json!({"union": true})), "[1.0, 2.0, NaN, NaN, 3.0, 4.0]");
    assert_eq!(read(json!({"bounds": [10.5, 49.5, 11.0, 50.0]})), "[2.0, 3.0]");
    assert_eq!(read(json!({"res": 0.25, "bounds": [10.0, 49.75, 10.5, 50.0]})), "[1.0, 1.0, NaN, NaN]");
}

#[test]
fn sidecars_are_not_rasters() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    one(folder, "a_2020-01-01.tif", 1);
    for name in ["a_2020-01-01.tif.aux.xml", "a_2020-01-01.tfw", "readme.md", ".hidden.tif", "list.csv", "a.json"] {
        std::fs::write(folder.join(name), "1").unwrap();
    }
    std::fs::create_dir(folder.join("deep")).unwrap();
    one(&folder.join("deep"), "b_2020-01-02.tif", 2);
    for (path, expected) in [(".", vec![1.0]), ("*", vec![1.0]), ("a_2020*", vec![1.0]), ("**/*.tif", vec![1.0, 2.0])] {
        let source = load(folder, json!({"path": path})).unwrap_or_else(|e| panic!("{path}: {e:?}"));
        assert_eq!(values(&*source).unwrap(), expected, "{path}");
    }
    let e = load(folder, json!({"path": "*.csv"})).err().unwrap();
    assert_eq!(e.code, codes::WRONG_FORMAT);
}

#[test]
fn files_that_differ() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    one(folder, "a_2020-01-01.tif", 1);
    let shifted = [10.1, 0.5, 0.0, 50.0, 0.0, -0.5];
    let barely = [10.0 + 1e-9, 0.5, 0.0, 50.0, 0.0, -0.5];
    let south_up = [10.0, 0.5, 0.0, 49.5, 0.0, 0.5];
    tiff::<i16>(&path("grid_2020-01-02.tif"), 1, &[&[2]], shifted, &[], |_| {});
    tiff::<i16>(&path("near_2020-01-02.tif"), 1, &[&[2]], barely, &[], |_| {});
    tiff::<i16>(&path("south_2020-01-02.tif"), 1, &[&[2]], south_up, &[], |_| {});
    tiff::<i16>(&path("size_2020-01-02.tif"), 2, &[&[2, 2]], NORTH_UP, &[], |_| {});
    tiff::<i16>(&path("bands_2020-01-02.tif"), 1, &[&[2], &[2]], NORTH_UP, &[], |_| {});
    tiff::<f32>(&path("type_2020-01-02.tif"), 1, &[&[2.5]], NORTH_UP, &[], |_| {});
    tiff::<u8>(&path("byte_2020-01-02.tif"), 1, &[&[2]], NORTH_UP, &[], nodata(2.0));
    tiff::<i16>(&path("scaled_2020-01-02.tif"), 1, &[&[2]], NORTH_UP, &[], |d| {
        d.rasterband(1).unwrap().set_scale(0.5).unwrap()
    });
    let with = |name: &str, more: Value| {
        let mut options = json!({ "path": ["a_2020-01-01.tif", format!("{name}_2020-01-02.tif")] });
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        values(&*load(folder, options).unwrap())
    };
    for (name, help) in [
        ("grid", "add `union`"),
        ("size", "2 x 1 pixels"),
        ("bands", "narrower pattern"),
        ("type", "`dtype float32`"),
        ("scaled", "`dtype float32`"),
    ] {
        let e = with(name, json!({})).unwrap_err();
        let told = e.message.contains(&format!("{name}_2020-01-02.tif")) && e.message.contains("a_2020-01-01.tif");
        assert!(e.code == codes::FILES_DIFFER && told && e.help.iter().any(|h| h.contains(help)), "{name}: {e:?}");
    }
    for (name, more, second) in [
        ("near", json!({}), 2.0),
        ("south", json!({}), 2.0),
        // Nodata of each file is its own.
        ("byte", json!({}), -9999.0),
        ("type", json!({"dtype": "float32"}), 2.5),
        ("scaled", json!({"dtype": "float32"}), 1.0),
    ] {
        assert_eq!(with(name, more).unwrap(), [1.0, second], "{name}");
    }
    // A wider type on demand, and one that is too narrow.
    let e = load(folder, json!({"path": "type*", "dtype": "int16"})).err().unwrap();
    assert!(e.code == codes::FILES_DIFFER && e.help[0].contains("float32"), "{e:?}");
    // A reference system for files that state none, and in place of what they state.
    let given = load(folder, json!({"path": "a*", "crs": "EPSG:4326"})).unwrap();
    assert_eq!(given.schema().grid.crs.as_ref().unwrap().name, "EPSG:4326");
}

#[test]
fn failures_stop_or_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for day in 1..=3 {
        let path = folder.join(format!("a_2020-01-0{day}.tif")).to_string_lossy().into_owned();
        tiff::<u8>(&path, 2, &[&[day, 255]], NORTH_UP, &[], |_| {});
    }
    std::fs::write(folder.join("a_2020-01-02.tif"), "no longer a raster").unwrap();
    let strict = load(folder, json!({"path": "*.tif"})).unwrap();
    assert_eq!(strict.schema().bands[0].dtype, DType::U8);
    let e = values(&*strict).unwrap_err();
    assert!(e.code == codes::READ_FAILED && e.message == "`a_2020-01-02.tif` (2020-01-02) cannot be read", "{e:?}");
    assert!(e.cause_text().is_some_and(|c| c.contains("not recognized")), "{e:?}");

    let lenient = load(folder, json!({"path": "*.tif", "on_error": "skip"})).unwrap();
    let band = lenient.schema().bands[0].clone();
    let cx = ReadCx::default();
    let chunk = lenient.read(&lenient.schema().all(), &cx).unwrap();
    let missing = band.nodata.unwrap();
    assert_eq!(chunk.bands[0].to_f64(), [1.0, 255.0, missing, missing, 3.0, 255.0]);
    let skipped = cx.skipped();
    assert_eq!(
        (skipped.len(), skipped[0].input.as_str(), skipped[0].step.as_str()),
        (1, "a_2020-01-02.tif", "2020-01-02")
    );

    // The first file fails: the second states the cube.
    std::fs::write(folder.join("a_2020-01-01.tif"), "neither").unwrap();
    assert_eq!(load(folder, json!({"path": "*.tif"})).err().unwrap().code, codes::WRONG_FORMAT);
    let lenient = load(folder, json!({"path": "*.tif", "on_error": "skip"})).unwrap();
    assert_eq!(values(&*lenient).unwrap(), [missing, missing, missing, missing, 3.0, 255.0]);
    assert!(lenient.schema().notes[0].contains("passed over"));

    // A run that is interrupted stops between files.
    let cx = ReadCx::default();
    cx.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(lenient.read(&lenient.schema().all(), &cx).unwrap_err().code, codes::INTERRUPTED);
}

/// A file written anew between two loads is read anew, though its handle is kept.
#[test]
fn handles_follow_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    one(folder, "a.tif", 1);
    assert_eq!(values(&*load(folder, json!({"path": "a.tif"})).unwrap()).unwrap(), [1.0]);
    std::thread::sleep(std::time::Duration::from_millis(20));
    one(folder, "a.tif", 2);
    assert_eq!(values(&*load(folder, json!({"path": "a.tif"})).unwrap()).unwrap(), [2.0]);
}

/// The bands of a file as steps, and tiles that are those of the file.
#[test]
fn bands_as_steps() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    tiff::<i16>(&path("a.tif"), 2, &[&[1, 2], &[3, 4], &[5, 6]], NORTH_UP, &[], |d| {
        nodata(4.0)(d);
        for day in 1..=3 {
            d.rasterband(day).unwrap().set_description(&format!("rain 2020-01-0{day}")).unwrap();
        }
    });
    let bands = load(folder.path(), json!({"path": "a.tif"})).unwrap();
    assert_eq!((bands.schema().time.len(), bands.schema().bands.len()), (1, 3));
    let steps = load(folder.path(), json!({"path": "a.tif", "bands_as": "time"})).unwrap();
    assert_eq!((steps.schema().time.len(), steps.schema().bands.len()), (3, 1));
    assert_eq!(values(&*steps).unwrap(), values(&*bands).unwrap());

    // Strips are put together, tiles kept.
    let tall: Vec<i16> = (0..300 * 600).map(|i| (i % 999) as i16).collect();
    tiff::<i16>(&path("strips.tif"), 300, &[&tall], NORTH_UP, &["BLOCKYSIZE=8"], |_| {});
    tiff::<i16>(&path("tiles.tif"), 300, &[&tall], NORTH_UP, &["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=128"], |_| {});
    let tile = |name: &str| load(folder.path(), json!({"path": name})).unwrap().natural_tile();
    assert_eq!((tile("strips.tif").x, tile("strips.tif").y % 8), (300, 0));
    assert!(tile("strips.tif").y > 8);
    // Small tiles are read several at once: two below each other, four side by side.
    assert_eq!((tile("tiles.tif").y, tile("tiles.tif").x), (256, 256));
}

/// A file of two columns and two rows that control points turn round: its first pixel lies in the south east.
#[test]
fn files_that_control_points_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    crate::gdal::library::init();
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").unwrap();
    let dataset = driver.create_with_band_type::<i16, _>(folder.join("g.tif"), 2, 2, 1).unwrap();
    let point = |pixel: f64, line: f64, x: f64, y: f64| gdal::Gcp {
        id: String::new(),
        info: String::new(),
        pixel,
        line,
        x,
        y,
        z: 0.0,
    };
    let points = vec![
        point(0.0, 0.0, 4.0, 44.0),
        point(2.0, 0.0, 2.0, 44.0),
        point(0.0, 2.0, 4.0, 46.0),
        point(2.0, 2.0, 2.0, 46.0),
    ];
    dataset.set_gcps(points, &gdal::spatial_ref::SpatialRef::from_epsg(4326).unwrap()).unwrap();
    let mut pixels = gdal::raster::Buffer::new((2, 2), vec![1i16, 2, 3, 4]);
    dataset.rasterband(1).unwrap().write((0, 0), (2, 2), &mut pixels).unwrap();
    drop(dataset);
    let placed = load(folder, json!({"path": "g.tif", "union": true})).unwrap();
    assert_eq!(placed.schema().grid.bounds().to_string(), "2 44 4 46");
    assert_eq!(values(&*placed).unwrap(), [4.0, 3.0, 2.0, 1.0]);
    assert!(placed.schema().notes[0].contains("control points"));
    let alone = load(folder, json!({"path": "g.tif"})).unwrap();
    assert!(alone.schema().grid.crs.is_none() && alone.schema().notes[0].contains("`union`"));
    let degrees = load(folder, json!({"path": "g.tif", "crs": "EPSG:4326"})).err().unwrap();
    assert_eq!(degrees.code, codes::UNFIT_ARGUMENTS);
}

/// Files that pack their numbers each in its own way, read as they are stored.
#[test]
fn numbers_as_they_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, scale, offset) in [("a_2020-01-01.tif", 0.5, 1.0), ("a_2020-01-02.tif", 0.25, 0.0)] {
        let path = folder.join(name).to_string_lossy().into_owned();
        tiff::<i16>(&path, 2, &[&[10, -1]], NORTH_UP, &[], |d| {
            nodata(-1.0)(d);
            let mut band = d.rasterband(1).unwrap();
            band.set_scale(scale).unwrap();
            band.set_offset(offset).unwrap();
        });
    }
    let source = load(folder, json!({"path": "*.tif"})).unwrap();
    let physical = values(&*source).unwrap();
    assert_eq!((physical[0], physical[2]), (6.0, 2.5));
    assert!(physical[1].is_nan() && physical[3].is_nan());
    let mut spec = source.spec();
    spec.data.set("stored", true);
    let mut schema = (**source.schema()).clone();
    schema.bands[0] = Band::new("a", DType::I16, Some(-1.0));
    let stored = reopen(&spec, &Arc::new(schema)).unwrap();
    assert_eq!(values(&*stored).unwrap(), [10.0, -1.0, 10.0, -1.0]);
}

/// Read by overviews, a cube has the pixels that GDAL has there, also in windows, and missing ones are missing.
#[test]
fn overviews_are_what_gdal_has_there() {
    const SIZE: [usize; 2] = [1203, 1501];
    let folder = tempfile::tempdir().unwrap();
    let is_missing = |i: usize| (i / SIZE[1] / 100 + i % SIZE[1] / 100).is_multiple_of(4);
    let pixel = |i: usize| if is_missing(i) { -1 } else { (i % 3001) as i16 };
    let pixels: Vec<i16> = (0..SIZE[0] * SIZE[1]).map(pixel).collect();
    let path = folder.path().join("large_2020-01-01.tif").to_string_lossy().into_owned();
    tiff::<i16>(&path, SIZE[1], &[&pixels], NORTH_UP, &["TILED=YES"], nodata(-1.0));
    let mut file = Dataset::open_ex(
        &path,
        gdal::DatasetOptions { open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE, ..Default::default() },
    )
    .unwrap();
    file.build_overviews("AVERAGE", &[2, 8], &[]).unwrap();
    drop(file);
    let source = load(folder.path(), json!({"path": path})).unwrap();
    let spec = source.spec();
    let grid = &source.schema().grid;
    let size = |n: usize| [SIZE[0].div_ceil(n), SIZE[1].div_ceil(n)];
    assert_eq!(spec.overviews, [size(2), size(8)]);
    assert!(spec.coarser(grid, 1).is_none());
    assert_eq!([7, 99].map(|n| spec.coarser(grid, n).unwrap().0), [size(2), size(8)]);
    let file = Dataset::open(&path).unwrap();
    let (found, coarser) = spec.coarser(grid, 8).unwrap();
    let schema = Schema { grid: source.schema().grid.overview(found), ..(**source.schema()).clone() };
    let coarse = open(&coarser, &Arc::new(schema)).unwrap();
    let (height, width) = (SIZE[0].div_ceil(8), SIZE[1].div_ceil(8));
    let theirs =
        file.rasterband(1).unwrap().overview(1).unwrap().read_as::<f64>((0, 0), (width, height), (width, height), None);
    let theirs = theirs.unwrap().data().to_vec();
    assert_eq!(values(&*coarse).unwrap(), theirs);
    assert!(theirs.iter().any(|v| *v == -1.0) && theirs.iter().any(|v| *v > 0.0));
    let part = Region { time: 0..1, bands: vec![0], y: 10..70, x: 5..186 };
    let ours = coarse.read(&part, &ReadCx::default()).unwrap().bands[0].to_f64();
    let expected: Vec<f64> = (10..70).flat_map(|y| theirs[y * width + 5..y * width + 186].to_vec()).collect();
    assert_eq!(ours, expected);
}

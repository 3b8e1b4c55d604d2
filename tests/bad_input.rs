//! Bad input gets a numbered diagnostic that names what is wrong, and leaves no target that looks finished.

use crate::support::{Ran, plain, run};
use crate::tiff::Tiff;
use std::fs;
use std::path::Path;

const NORTH_UP: [f64; 6] = [10.0, 0.5, 0.0, 50.0, 0.0, -0.5];

fn tiff(epsg: Option<u32>, transform: [f64; 6], size: usize) -> Tiff<'static> {
    let rows = (0..size).map(|y| (0..size).map(|x| (10 * y + x) as f64).collect()).collect();
    Tiff { dtype: "float32", nodata: Some(-9999.0), epsg, transform, rows }
}

/// Five days of 64 x 64 pixels; what is in them varies so that half of a file is no file.
fn five_days(folder: &Path) {
    for day in 1..=5 {
        tiff(Some(4326), NORTH_UP, 64).write(&folder.join(format!("rain_2020-01-0{day}.tif")));
    }
}

/// Runs a program whose `DIR` is the folder.
fn ask(program: &str, folder: &Path) -> Ran {
    run(&program.replace("DIR", &folder.to_string_lossy()), &[], &plain())
}

/// The program fails with this number, and the text says each of the words.
#[track_caller]
fn fails(program: &str, folder: &Path, number: &str, words: &[&str]) {
    let ran = ask(program, folder);
    assert_eq!(ran.failed.first().map(|d| d.code.number), Some(number), "{program}\n{}", ran.text);
    for word in words {
        assert!(ran.text.contains(word), "`{word}` is not in\n{}", ran.text);
    }
}

#[test]
fn files_that_are_not_there_or_not_files() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fails("load files \"DIR/nothing.tif\" | schema", dir, "E0301", &["nothing.tif"]);
    fails("load files \"DIR/*.tif\" | schema", dir, "E0301", &["*.tif"]);
    fails("load netcdf \"DIR/nothing.nc\" | schema", dir, "E0301", &["nothing.nc"]);
    fails("load zarr \"DIR/nothing.zarr\" | schema", dir, "E0301", &["nothing.zarr"]);
    fails("load stac \"DIR/nothing.json\" assets B4 | schema", dir, "E0301", &["nothing.json"]);
    fails("load archive \"DIR/nothing.zip\" | schema", dir, "E0301", &["nothing.zip"]);
    fs::write(dir.join("text_2020-01-01.tif"), "this is no raster").unwrap();
    fails("load files \"DIR/*.tif\" | schema", dir, "E0312", &["text_2020-01-01.tif"]);
    fs::write(dir.join("broken.json"), "{\"type\": \"FeatureCollection\", \"features\": [{").unwrap();
    fails("load stac \"DIR/broken.json\" assets B4 | schema", dir, "E0305", &["broken.json"]);
    fs::write(dir.join("text.nc"), "this is no netcdf").unwrap();
    fails("load netcdf \"DIR/text.nc\" | schema", dir, "E0312", &["text.nc"]);
    fails("load files \"DIR/*.tif\" on_error \"skp\" | schema", dir, "E0113", &["did you mean `skip`?"]);
}

#[test]
fn pictures_with_nowhere_to_go() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("map.png"), "there").unwrap();
    fs::write(dir.join("places.csv"), "name,a,b\nhere,1,2\n").unwrap();
    fails("ramp 1 4 | save png \"DIR/map.png\"", dir, "E0501", &["overwrite"]);
    fails("ramp 1 4 | save png \"DIR/map.jpg\"", dir, "E0502", &["jpg"]);
    fails("ramp 1 4 | save gif \"DIR/map.png\"", dir, "E0502", &["save png"]);
    fails("ramp 1 4 | save png \"DIR\"", dir, "E0502", &["folder"]);
    fails("ramp 1 4 | save png \"DIR/map.png/a.png\"", dir, "E0502", &["not a folder"]);
    fails("ramp 1 4 | save png \"DIR/b.png\" dpi 300", dir, "E0103", &["dpi"]);
    fails("ramp 3 4 | mean over space | save gif \"DIR/b.gif\"", dir, "E0120", &["chart"]);
    fails("ramp 3 4 | animate | save svg \"DIR/b.svg\"", dir, "E0120", &["still"]);
    fails("ramp 1 4 | plot points \"DIR/nothing.csv\"", dir, "E0301", &["nothing.csv"]);
    fails("ramp 1 4 | plot points \"DIR/places.csv\" labels id", dir, "E0220", &["`name`"]);
    fails("ramp 1 4 | plot outline \"DIR/places.csv\"", dir, "E0315", &["places.csv"]);
    let left = fs::read_dir(dir).unwrap().count();
    assert_eq!(left, 2, "nothing was written");
    assert_eq!(fs::read(dir.join("map.png")).unwrap(), b"there");
    let saved = ask("ramp 1 4 | save png \"DIR/map.png\" overwrite", dir);
    assert!(
        saved.failed.is_empty() && fs::read(dir.join("map.png")).unwrap().starts_with(b"\x89PNG"),
        "{}",
        saved.text
    );
}

#[test]
fn names_without_dates() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    five_days(dir);
    tiff(Some(4326), NORTH_UP, 64).write(&dir.join("rain_unknown.tif"));
    fails("load files \"DIR/*.tif\" | schema", dir, "E0303", &["rain_unknown.tif"]);
    fails("load files \"DIR/rain_2020*.tif\" dates \"%d.%m.%Y\" | schema", dir, "E0303", &["rain_2020-01-0"]);
}

#[test]
fn files_that_do_not_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    five_days(dir);
    tiff(Some(32632), [500_000.0, 10.0, 0.0, 5_000_000.0, 0.0, -10.0], 64).write(&dir.join("rain_2020-01-03.tif"));
    fails("load files \"DIR/*.tif\" | mean | stats", dir, "E0304", &["rain_2020-01-03.tif", "EPSG:32632"]);
    tiff(Some(4326), NORTH_UP, 32).write(&dir.join("rain_2020-01-03.tif"));
    fails("load files \"DIR/*.tif\" | mean | stats", dir, "E0304", &["rain_2020-01-03.tif"]);
}

#[test]
fn grids_without_a_system_or_turned() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    tiff(None, NORTH_UP, 8).write(&dir.join("no_system.tif"));
    fails("load files \"DIR/no_system.tif\" | reproject 32632 | schema", dir, "E0206", &["crs EPSG:32631"]);
    fails("load files \"DIR/no_system.tif\" | crop lonlat 10 47 11 48 | schema", dir, "E0206", &["crop bbox"]);
    let given = ask("load files \"DIR/no_system.tif\" crs EPSG:4326 | crop lonlat 10 49 11 50 | schema", dir);
    assert!(given.failed.is_empty(), "{}", given.text);
    tiff(Some(32632), [500_000.0, 10.0, 5.0, 5_000_000.0, 5.0, -10.0], 8).write(&dir.join("turned.tif"));
    fails(
        "load files \"DIR/turned.tif\" | crop bbox 500000 4999990 500010 5000000 | schema",
        dir,
        "E0211",
        &["reproject"],
    );
}

/// A file that is cut off in the middle of a run is named with its date; nothing of the target is left.
#[test]
fn a_corrupt_file_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    five_days(dir);
    let third = dir.join("rain_2020-01-03.tif");
    let bytes = fs::read(&third).unwrap();
    fs::write(&third, &bytes[..bytes.len() / 2]).unwrap();
    for (save, target) in [("zarr", "out.zarr"), ("netcdf", "out.nc"), ("tif", "out.tif"), ("cog", "cog.tif")] {
        let program = format!("load files \"DIR/*.tif\" | mean | save {save} \"DIR/{target}\"");
        fails(&program, dir, "E0403", &["rain_2020-01-03.tif", "2020-01-03"]);
        let left: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 5, "{save}: {left:?}");
    }
    let skipping = ask("load files \"DIR/*.tif\" on_error skip | count | show", dir);
    assert!(skipping.failed.is_empty(), "{}", skipping.text);
    assert!(
        skipping.text.contains("note: skipped") && skipping.text.contains("rain_2020-01-03.tif"),
        "{}",
        skipping.text
    );
    // Of the last pixel one of five values is missing.
    let last = ask("load files \"DIR/*.tif\" on_error skip | count | crop bbox 41.6 18 42 18.4 | show", dir);
    assert!(last.text.contains("\n4\n"), "{}", last.text);
}

#[test]
fn targets_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for (save, target) in [("zarr", "out.zarr"), ("netcdf", "out.nc"), ("tif", "out.tif"), ("cog", "cog.tif")] {
        let program = format!("ramp 1 4 | save {save} \"DIR/{target}\"");
        assert!(ask(&program, dir).failed.is_empty());
        fails(&program, dir, "E0501", &[target, "overwrite"]);
        let again = ask(&format!("ramp 1 8 | save {save} \"DIR/{target}\" overwrite"), dir);
        assert!(again.failed.is_empty(), "{}", again.text);
        fails(&format!("ramp 1 4 | save {save} \"DIR/new_{target}\" color 3"), dir, "E0103", &["`color`"]);
        assert!(!dir.join(format!("new_{target}")).exists());
    }
    // A folder cannot be made where a file is.
    fs::write(dir.join("file"), "").unwrap();
    fails("ramp 1 4 | save zarr \"DIR/file/out.zarr\"", dir, "E0502", &["out.zarr"]);
    fails("ramp 2 4 | save tif \"DIR/{nothing}.tif\"", dir, "E0504", &["nothing"]);
}

#[test]
fn names_that_are_nearly_right() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    five_days(dir);
    let item = r#"{"type": "Feature", "stac_version": "1.0.0", "id": "a", "bbox": [10, 18, 42, 50], "geometry": null,
        "properties": {"datetime": "2020-01-01T00:00:00Z"}, "links": [], "assets": {"green": {"href": "rain_2020-01-01.tif"}}}"#;
    fs::write(dir.join("item.json"), item).unwrap();
    fails("load stac \"DIR/item.json\" assets gren | schema", dir, "E0306", &["`green`"]);
    assert!(ask("ramp 2 4 bands temp | save netcdf \"DIR/cube.nc\"", dir).failed.is_empty());
    fails("load netcdf \"DIR/cube.nc\" var tmp | schema", dir, "E0307", &["`temp`"]);
    assert!(ask("ramp 2 4 bands temp | save zarr \"DIR/cube.zarr\"", dir).failed.is_empty());
    fails("load zarr \"DIR/cube.zarr\" var tmp | schema", dir, "E0307", &["`temp`"]);
}

/// A megabyte that is no program, and a program with a megabyte in it.
#[test]
fn garbage() {
    let noise: String = (0u64..1 << 20)
        .scan(7u64, |state, _| {
            *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            Some((b' ' + ((*state >> 33) % 95) as u8) as char)
        })
        .collect();
    let ran = run(&noise, &[], &plain());
    assert!(!ran.failed.is_empty() && ran.failed.iter().all(|d| d.code.number.starts_with("E00")));
    assert!(ran.text.len() < 1 << 20, "{} bytes of complaint", ran.text.len());
    let long = format!("ramp 1 1 | map a = {}v", "v + ".repeat(100));
    assert!(run(&long, &[], &plain()).failed.is_empty());
}

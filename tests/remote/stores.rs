//! Items whose assets are Zarr stores and NetCDF files: their steps joined, their variables chosen, their scenes mosaicked.

use super::*;
use crate::support::{disagreements, root};
use std::process::Command;

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let python = root().join(".venv/bin/python");
    let made = Command::new(python).arg(root().join("tests/remote/stores.py")).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

/// A number a step: the pixel at row 1, column 2.
const PIXEL: &str = "crop bbox 2 1 3 2 | reduce mean over space | show";

/// Each item brings its own days, of a calendar of its own; whatever holds them, the cube is the same.
#[test]
fn steps_of_items_are_joined_along_time() {
    let folder = made();
    let items = folder.path().join("climate.json").display().to_string();
    let server = Server::web(folder.path(), &[]);
    let mut expected = Vec::new();
    for year in [2000, 2001] {
        for (day, date) in ["02-26", "02-27", "02-28", "03-01", "03-02"].iter().enumerate() {
            expected.push((format!("{year}-{date}"), (1000 * year + 100 * day + 10 + 2) as f64));
        }
    }
    let told = ["note: 2 items have steps of their own, 10 in all, joined along time"];
    let loads = [
        ("data var tas", true),
        ("[data] var [tas]", true),
        ("three var tas", true),
        ("nc var tas", false),
        ("tas", false),
        // A variable that the item says its store has.
        ("tas filter (cmip6:model in [\"A\" \"B\"])", false),
    ];
    for (what, also_remote) in loads {
        let far = format!("{}/climate.json", server.url());
        for from in [Some(&items), also_remote.then_some(&far)].into_iter().flatten() {
            let load = format!("load stac \"{from}\" assets {what}");
            let ran = rastra(&format!("{load} | describe"), &[]);
            assert!(ran.out.contains("2000-02-26 .. 2001-03-02, 10 steps") && ran.out.contains("noleap"), "{ran:?}");
            assert!(ran.out.contains("tas  float64") && ran.out.contains("4 x 3 pixels of 1 x 1 degree"), "{ran:?}");
            assert!(ran.out.contains("cmip6:model"), "{ran:?}");
            for note in told {
                assert!(ran.out.contains(note.trim_start_matches("note: ")), "{note} is not in {}", ran.out);
            }
            for threads in [1, 2] {
                let read = rastra(&format!("set threads {threads}\n{load} | {PIXEL}"), &[]).ok();
                for (date, value) in &expected {
                    let is_it = |line: &str| line.split_whitespace().eq([date, "tas", value.to_string().as_str()]);
                    assert!(read.lines().any(is_it), "{load}: {date} {value}\n{read}");
                }
            }
        }
    }
    // Through the grid of another cube, and as part of a plan that reads a part only.
    let warped = format!("load stac \"{items}\" assets tas res 0.5 | step 7 | crop bbox 2 1 2.5 1.5 | show");
    assert!(rastra(&warped, &[]).ok().contains("2001212"), "{}", rastra(&warped, &[]).out);
    // Chunks of two days are read once: two requests of the four days that a query of two needs.
    let before = server.log().len();
    let far = format!("load stac \"{}/climate.json\" assets data var tas time 2000-02-26..2000-02-27", server.url());
    let out = rastra(&format!("{far} | {PIXEL}"), &[]).ok();
    assert!(out.contains("2000112") && !out.contains("2000-02-28"), "{out}");
    let log = server.log().split_off(before);
    let chunks = log.iter().filter(|r| r["path"].as_str().unwrap().contains(".zarr/tas/")).count();
    assert_eq!(chunks, 1, "{log:#?}");
    assert!(log.iter().all(|r| r["method"] == "GET" && !r["path"].as_str().unwrap().contains("d2001")), "{log:#?}");
}

#[test]
fn variables_are_chosen() {
    let folder = made();
    let items = folder.path().join("climate.json").display().to_string();
    let load = |what: &str| rastra(&format!("load stac \"{items}\" assets {what} | schema"), &[]);
    assert!(load("pr").ok().contains("1 band (pr: float64)"));
    assert!(load("[tas pr]").ok().contains("10 steps, 2 bands (tas pr: float64)"));
    assert!(load("nc var [pr tas]").ok().contains("2 bands (pr tas: float64)"));
    let said = load("nc").fails("E0104", &["asset `nc` of item `i2000` holds 2 variables", "variables: `"]);
    // The line that is offered runs.
    let line = said.split("say which: `").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    assert!(rastra(&format!("{line} | schema"), &[]).ok().contains("10 steps, 1 band"), "{line}");
    load("nc var tos").fails("E0307", &["`tos`", "asset `nc` of item"]);
    load("levels").fails("E0310", &["level"]);
    assert!(load("levels at level 850").ok().contains("10 steps, 1 band (levels: float64)"));
    load("[tas short]").fails("E0304", &["has other steps than", "of the same item", "align"]);
    load("tas time 2000-06").fails("E0204", &["no step of the items is left", "2000-02-26", "2000-03-02"]);
    let part = rastra(&format!("load stac \"{items}\" assets tas time 2000-02-28..2000-03-01 | schema"), &[]).ok();
    assert!(part.contains("2000-02-28 .. 2000-03-01, 2 steps"), "{part}");
    let scenes = folder.path().join("scenes.json").display().to_string();
    let load = |what: &str| rastra(&format!("load stac \"{scenes}\" {what} | schema"), &[]);
    load("assets [B04_10m tif]").fails("E0119", &["`B04_10m` is a store of arrays and `tif` a raster"]);
    load("assets tif var red").fails("E0119", &["leave `var` out"]);
    load("assets root").fails("E0307", &["a group of it is loaded by itself: `load zarr", "group \"measurements\"`"]);
}

/// Groups and arrays of a store as scenes: on one grid where their pixels lie on one lattice, else warped onto one.
#[test]
fn scenes_are_put_together() {
    let folder = made();
    let scenes = folder.path().join("scenes.json").display().to_string();
    let server = Server::web(folder.path(), &[]);
    let far = format!("{}/scenes.json", server.url());
    for from in [&scenes, &far] {
        let load = |what: &str| format!("load stac \"{from}\" {what}");
        for (assets, bands) in [
            ("SR_10m", "2 bands (b02 b04: float64)"),
            ("[B02 red]", "2 bands (B02 red: float64)"),
            ("B04_10m", "1 band (B04_10m: float64)"),
            ("product var b04", "1 band (b04: float64)"),
        ] {
            let two = load(&format!("assets {assets} filter (cloud_cover < 3)"));
            let out = rastra(&format!("{two} | schema"), &[]).ok();
            assert!(
                out.contains(bands) && out.contains("2 steps") && out.contains("16 x 6 pixels, EPSG:32632"),
                "{out}"
            );
            // Rows 0 and 5, columns 0 and 1, 7 and 8, 15 of what both cover.
            let red =
                format!("{two} | max | select {} | crop bbox", bands.split(['(', ' ', ':']).rev().nth(2).unwrap());
            let at = |column: usize, row: usize| {
                let (west, north) = (500_000 + 10 * column, 5_000_000 - 10 * row);
                let program = format!("{red} {west} {} {} {north} | show", north - 10, west + 10);
                rastra(&program, &[]).ok().lines().last().unwrap().to_string()
            };
            if from == &scenes || assets == "SR_10m" {
                assert_eq!(at(0, 0), "nodata", "{assets}");
                assert_eq!(at(1, 0), "1501", "{assets}");
                assert_eq!(at(7, 5), "1557", "{assets}");
                assert_eq!(at(8, 0), "nodata", "{assets}");
                assert_eq!(at(8, 5), "2550", "{assets}");
                assert_eq!(at(15, 5), "2557", "{assets}");
            }
        }
    }
    // One of each day of the sun: the first two of one, the third of another, brought onto the system of most.
    let all = format!("load stac \"{scenes}\" assets B04_10m group solar_day");
    let out = rastra(&format!("{all} | schema"), &[]);
    assert!(out.out.contains("2 steps") && out.err.contains("3 steps on 3 grids brought onto EPSG:32632"), "{out:?}");
    let third = format!("load stac \"{scenes}\" assets B04_10m filter (cloud_cover == 3)");
    let own = rastra(&format!("{third} | stats"), &[]).ok();
    assert!(own.contains(" 3501 ") && own.contains("3557"), "{own}");
    // On a grid of twice the pixel size each is the mean of four: rows 4 and 5, columns 6 and 7.
    let coarse = rastra(&format!("{third} res 20 method average | show"), &[]).ok();
    assert!(coarse.trim_end().ends_with(" 3551.5"), "{coarse}");
    // A store that is gone is passed over where that is allowed.
    fs::remove_dir_all(folder.path().join("s2.zarr")).unwrap();
    let two = format!("load stac \"{scenes}\" assets B04_10m filter (cloud_cover < 3)");
    rastra(&format!("{two} | schema"), &[]).fails("E0301", &["s2.zarr"]);
    let ran = rastra(&format!("{two} on_error skip | max | stats"), &[]);
    assert!(ran.out.contains("1557") && ran.err.contains("1 store cannot be opened"), "{ran:?}");
}

/// However the work is cut, and after the plan has been through JSON.
#[test]
fn answers_do_not_depend_on_how_they_are_computed() {
    let folder = made();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (climate, scenes) = (file("climate.json"), file("scenes.json"));
    for program in [
        format!("load stac \"{climate}\" assets data var [tas pr] | groupby month mean | show"),
        format!("load stac \"{climate}\" assets nc var pr | median | show"),
        format!("load stac \"{climate}\" assets tas res 0.4 method bilinear | step 3 | show"),
        format!("load stac \"{scenes}\" assets SR_10m filter (cloud_cover < 3) group time | show"),
        format!(
            "load stac \"{scenes}\" assets B04_10m like (load stac \"{scenes}\" assets B04_10m max 1) | max | show"
        ),
    ] {
        let wrong = disagreements(&program, &[]);
        assert!(wrong.is_empty(), "{program}\n{}", wrong.join("\n"));
    }
}

/// References are a store, too; which of the assets are, their roles or their names say.
#[test]
fn references_are_stores() {
    let folder = made();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for year in [2000, 2001] {
        let (from, to) = (path(&format!("only_{year}.nc")), path(&format!("k{year}.json")));
        rastra(&format!("load netcdf \"{from}\" | save kerchunk \"{to}\""), &[]).ok();
    }
    let text = fs::read_to_string(path("climate.json")).unwrap();
    for (type_, more) in [("application/json", ", \"roles\": [\"kerchunk\"]"), ("application/vnd+kerchunk", "")] {
        let items = [2000, 2001].iter().fold(text.clone(), |text, year| {
            let old = format!("\"only_{year}.nc\", \"type\": \"application/netcdf\"");
            assert!(text.contains(&old), "{text}");
            text.replace(&old, &format!("\"k{year}.json\", \"type\": \"{type_}\"{more}"))
        });
        fs::write(path("references.json"), items).unwrap();
        let load = format!("load stac \"{}\" assets tas", path("references.json"));
        let netcdf = format!("load stac \"{}\" assets tas", path("climate.json"));
        let ask = |load: &str| rastra(&format!("{load} | {PIXEL}"), &[]).ok();
        assert_eq!(ask(&load), ask(&netcdf));
    }
}

//! Places on a globe: longitudes that differ by 360 degrees, meridians stored twice, poles that are not the earth's.
//!
//! The cubes are made by the language: what a pixel holds follows from where it lies, so every answer can be computed by
//! hand.

use crate::support::{configs, plain, printed_with, run_in, session, session_in};
use std::path::Path;

/// Saves a cube of degrees whose pixels hold the cosine of their longitude.
fn save(folder: &Path, name: &str, bounds: &str) {
    let program = format!(
        "ramp 1 1 | reproject EPSG:4326 bounds {bounds} res 10 | map t = cos(lon * 0.017453292519943295) | save netcdf \"{name}\""
    );
    printed_with(folder, &program, &plain());
}

/// The same globe counted from 0 and from -180.
fn save_globes(folder: &Path) {
    save(folder, "g360.nc", "0 -90 360 90");
    save(folder, "g180.nc", "-180 -90 180 90");
}

/// The numbers that a program shows, line by line and without the heading.
fn numbers(text: &str) -> Vec<f64> {
    let words = text.lines().skip(1).filter(|l| !l.starts_with("note")).flat_map(str::split_whitespace);
    words.filter_map(|w| w.parse().ok()).collect()
}

fn near(seen: &[f64], expected: &[f64]) -> bool {
    seen.len() == expected.len() && seen.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5)
}

fn cosine(degrees: f64) -> f64 {
    degrees.to_radians().cos()
}

/// Valid pixels are those whose center lies inside, however the longitudes of polygons and cube are counted.
#[test]
fn polygons_meet_every_turn() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save_globes(folder);
    let square = |w: i32, s: i32, e: i32, n: i32| format!("[[[{w},{s}],[{e},{s}],[{e},{n}],[{w},{n}],[{w},{s}]]]");
    let polygon = |name: &str, squares: &[String]| {
        let text = format!(r#"{{"type":"MultiPolygon","coordinates":[{}]}}"#, squares.join(","));
        std::fs::write(folder.join(format!("{name}.geojson")), text).unwrap();
    };
    polygon("amazon", &[square(-80, -20, -40, 10)]);
    polygon("greenwich", &[square(-20, 40, 20, 60)]);
    polygon("fiji", &[square(160, -20, 200, 0)]);
    polygon("split", &[square(160, -20, 180, 0), square(-180, -20, -160, 0)]);
    for (area, valid, shape) in
        [("amazon", 12, "4 x 3"), ("greenwich", 8, "4 x 2"), ("fiji", 8, "4 x 2"), ("split", 8, "4 x 2")]
    {
        for grid in ["g360", "g180"] {
            for stage in ["mask polygon", "crop polygon"] {
                let counted = printed_with(
                    folder,
                    &format!("load netcdf \"{grid}.nc\" | {stage} \"{area}.geojson\" | stats"),
                    &plain(),
                );
                assert_eq!(
                    counted.lines().nth(1).and_then(|l| l.split_whitespace().nth(1)),
                    Some(&*valid.to_string()),
                    "{stage} {area} {grid}: {counted}"
                );
            }
            let cropped = printed_with(
                folder,
                &format!("load netcdf \"{grid}.nc\" | crop polygon \"{area}.geojson\" | schema"),
                &plain(),
            );
            assert!(cropped.contains(&format!("{shape} pixels")), "{area} {grid}: {cropped}");
            let program = format!("load netcdf \"{grid}.nc\" | zonal \"{area}.geojson\" count");
            assert!(printed_with(folder, &program, &plain()).contains(&format!("  {valid}\n")), "{area} {grid}");
        }
    }
}

/// A pixel on the seam of a polygon that is split there lies inside of both halves together, and counts once.
#[test]
fn pixels_on_a_seam_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Columns from 5 to 15 and so on: one of them runs from 175 to 185.
    save(folder, "g.nc", "-5 -90 355 90");
    let halves =
        "[[[160,-20],[180,-20],[180,0],[160,0],[160,-20]]],[[[-180,-20],[-160,-20],[-160,0],[-180,0],[-180,-20]]]";
    let text = format!(r#"{{"type":"MultiPolygon","coordinates":[{halves}]}}"#);
    std::fs::write(folder.join("split.geojson"), text).unwrap();
    for (touch, columns) in [("inside", 3), ("true", 5)] {
        let load = "load netcdf \"g.nc\"";
        let zonal = printed_with(folder, &format!("{load} | zonal \"split.geojson\" count touch {touch}"), &plain());
        assert!(zonal.contains(&format!("  {}\n", 2 * columns)), "{touch}: {zonal}");
        let stage = ["mask polygon", "crop polygon"];
        for stage in if touch == "inside" { &stage[..] } else { &[] } {
            let kept =
                printed_with(folder, &format!("{load} | {stage} \"split.geojson\" touch {touch} | stats"), &plain());
            assert_eq!(kept.lines().nth(1).and_then(|l| l.split_whitespace().nth(1)), Some("6"), "{stage}: {kept}");
        }
    }
    let shared = printed_with(folder, "load netcdf \"g.nc\" | zonal \"split.geojson\" count exact", &plain());
    assert!(shared.contains("  8\n"), "{shared}");
}

/// Of a meridian that is stored at both ends one column is read, and the run says so.
#[test]
fn a_meridian_stored_twice_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, bounds, twice) in [
        ("to360", "-5 -90 365 90", "the meridian 360 is the same as 0"),
        ("to180", "-185 -90 185 90", "the meridian 180 is the same as -180"),
    ] {
        for format in ["netcdf", "zarr", "tif"] {
            let load = match format {
                "tif" => format!("load files \"{name}.tif\""),
                _ => format!("load {format} \"{name}.{format}\""),
            };
            let path = load.split('"').nth(1).unwrap();
            let made = format!(
                "ramp 1 1 | reproject EPSG:4326 bounds {bounds} res 10 | map t = cos(lon * 0.017453292519943295)"
            );
            printed_with(folder, &format!("{made} | save {format} \"{path}\""), &plain());
            let counted = printed_with(folder, &format!("{load} | stats"), &plain());
            assert!(counted.contains(" 648 ") && counted.contains(twice), "{load}: {counted}");
            let across = numbers(&printed_with(folder, &format!("{load} | crop lonlat -25 0 25 10 | show"), &plain()));
            let expected: Vec<f64> = [-20, -10, 0, 10, 20].map(|lon| cosine(f64::from(lon))).into();
            assert!(near(&across, &expected), "{load}: {across:?}");
        }
    }
}

/// Between the last column and the first lies no gap.
#[test]
fn bilinear_goes_round() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save_globes(folder);
    let between = |a: f64, b: f64, share: f64| cosine(a) * (1.0 - share) + cosine(b) * share;
    for grid in ["g360", "g180"] {
        let load = format!("load netcdf \"{grid}.nc\"");
        for (lon, expected) in
            [(0, between(-5.0, 5.0, 0.5)), (180, between(175.0, 185.0, 0.5)), (-2, between(-5.0, 5.0, 0.3))]
        {
            let row = printed_with(folder, &format!("{load} | at lonlat {lon} 5 method bilinear"), &plain());
            assert!(row.contains(&format!("{expected:.5}")[..7]), "{grid} {lon}: {row}");
        }
        for config in configs() {
            for (west, columns) in [(-20, [-15.0, -5.0, 5.0, 15.0]), (160, [165.0, 175.0, 185.0, 195.0])] {
                let target = format!("{west} 0 {} 20", west + 40);
                let program = format!(
                    "let to = ramp 1 1 | reproject EPSG:4326 bounds {target} res 4\n{load} | align $to method bilinear | crop lonlat {west} 0 {} 4 | show",
                    west + 40
                );
                let seen = numbers(&printed_with(folder, &program, &config));
                let expected: Vec<f64> = (0..10)
                    .map(|i| f64::from(west + 4 * i + 2))
                    .map(|lon| {
                        let left = (lon - 5.0).div_euclid(10.0) * 10.0 + 5.0;
                        between(left, left + 10.0, (lon - left) / 10.0)
                    })
                    .collect();
                assert!(
                    near(&seen, &expected),
                    "{grid} {}: {seen:?} is not {expected:?}, near {columns:?}",
                    config.name
                );
            }
        }
    }
}

/// Longitudes and latitudes are the earth's also where the grid has a pole of its own; the file that is written says
/// which pole, and is read back so.
#[test]
fn degrees_of_a_rotated_pole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let pole = "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 +datum=WGS84";
    let made = format!("ramp 1 1 | reproject \"{pole}\" bounds -10 -10 10 10 res 0.5 | map tlon = lon, tlat = lat");
    // The rotation by hand, as CF's appendix F has it: the north pole of the grid lies at 39.25 N, 162 W.
    let earth = |rlon: f64, rlat: f64| {
        let (a, b, p) = (rlon.to_radians(), rlat.to_radians(), 39.25f64.to_radians());
        let lat = (p.cos() * a.cos() * b.cos() + p.sin() * b.sin()).asin();
        let (u, v) = (-p.sin() * a.cos() * b.cos() + p.cos() * b.sin(), a.sin() * b.cos());
        let turn = (-162f64).to_radians();
        let lon = (turn.sin() * u - turn.cos() * v).atan2(turn.cos() * u + turn.sin() * v);
        (lon.to_degrees(), lat.to_degrees())
    };
    for format in ["netcdf", "zarr"] {
        let load = format!("load {format} \"rotated.{format}\"");
        printed_with(folder, &format!("{made} | save {format} \"rotated.{format}\""), &plain());
        let corner = numbers(&printed_with(folder, &format!("{load} | crop bbox -10 9.5 -9.5 10 | show"), &plain()));
        let (lon, lat) = earth(-9.75, 9.75);
        assert!((corner[corner.len() - 1] - lat).abs() < 1e-3, "{format}: {corner:?} is not {lon} {lat}");
        assert!(corner.iter().any(|v| (v - lon).abs() < 1e-3), "{format}: {corner:?} is not {lon} {lat}");
        let place = printed_with(folder, &format!("{load} | at lonlat 9 50"), &plain());
        let seen: Vec<f64> = place.lines().filter_map(|l| l.split_whitespace().last()?.parse().ok()).collect();
        assert!((seen[0] - 9.0).abs() < 0.6 && (seen[1] - 50.0).abs() < 0.4, "{format}: {place}");
        let mut session = session_in(folder, &plain());
        let outside = run_in(&mut session, &format!("{load} | crop lonlat 4 4 6 6 | stats"));
        assert_eq!(outside.failed.first().map(|d| d.code.number), Some("E0201"), "{}", outside.text);
    }
    let file = netcdf_header(&folder.join("rotated.netcdf"));
    for said in ["grid_longitude", "grid_latitude", "rotated_latitude_longitude"] {
        assert!(file.contains(said), "{file}");
    }
}

/// What GDAL says of the variables of a file.
fn netcdf_header(path: &Path) -> String {
    let out = std::process::Command::new("gdalinfo").arg(format!("NETCDF:\"{}\":tlon", path.display())).output();
    String::from_utf8_lossy(&out.expect("gdalinfo runs").stdout).into_owned()
}

/// A target is stated exactly, as to gdalwarp by `-te`, `-tr` and `-tap`.
#[test]
fn targets_are_stated_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed_with(folder, "ramp 1 40 | save tif \"in.tif\"", &plain());
    let cases = [
        ("bounds 2.9995 45.148 3.0045 45.1515 res 0.0001", "-te 2.9995 45.148 3.0045 45.1515 -tr 0.0001 0.0001"),
        ("res 0.00023 anchor edge", "-tr 0.00023 0.00023 -tap"),
        (
            "bounds 2.99951 45.14803 3.00449 45.15147 res 0.0003 anchor edge",
            "-te 2.99951 45.14803 3.00449 45.15147 -tr 0.0003 0.0003 -tap",
        ),
    ];
    for (number, (ours, theirs)) in cases.into_iter().enumerate() {
        let out = folder.join(format!("{number}.tif"));
        let status = std::process::Command::new("gdalwarp")
            .args(["-q", "-t_srs", "EPSG:4326"])
            .args(theirs.split(' '))
            .args([folder.join("in.tif"), out.clone()])
            .status();
        assert!(status.expect("gdalwarp runs").success());
        let mut session = session_in(folder, &plain());
        let plan = session.plan(&format!("load files \"in.tif\" | reproject EPSG:4326 {ours}")).expect(ours);
        let theirs = session.plan(&format!("load files \"{number}.tif\"")).expect("it is there");
        let (a, b) = (&plan.schema().grid, &theirs.schema().grid);
        assert_eq!((a.width, a.height), (b.width, b.height), "{ours}");
        assert!(a.transform.iter().zip(&b.transform).all(|(a, b)| (a - b).abs() < 1e-9), "{ours}: {a:?} {b:?}");
    }
    let wrong = run_in(&mut session(&[], &plain()), "ramp 1 4 | reproject EPSG:4326 bounds 9 45 8 46 | schema");
    assert_eq!(wrong.failed.first().map(|d| d.code.number), Some("E0118"), "{}", wrong.text);
}

/// Which meridian comes first in a file is no property of the earth: every method gives the same on either globe.
#[test]
fn every_method_goes_round() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save_globes(folder);
    let methods = ["bilinear", "cubic", "cubicspline", "lanczos", "average", "rms", "max", "min", "mode", "med", "q1"];
    let by_one_thread = methods.into_iter().chain(["q3", "sum"]).map(|method| (method, plain()));
    let otherwise = configs().into_iter().flat_map(|config| ["lanczos", "average", "sum"].map(|m| (m, config.clone())));
    for (method, config) in by_one_thread.chain(otherwise) {
        // Fine pixels between the centers on both sides of a seam, and coarse ones over the seams.
        for (meridian, res, columns) in [(0, 4, 6), (180, 4, 6), (0, 20, 3), (180, 20, 3)] {
            let of = |globe: &str| {
                let (west, east) = (meridian - 10, meridian + 350);
                let program = format!(
                    "let to = ramp 1 1 | reproject EPSG:4326 bounds {west} 0 {east} 20 res {res}\nload netcdf \"{globe}.nc\" | align $to method {method} | crop lonlat {} 0 {} 4 | show",
                    meridian - 11,
                    meridian + 11
                );
                numbers(&printed_with(folder, &program, &config))
            };
            let (a, b) = (of("g360"), of("g180"));
            let name = &config.name;
            assert!(near(&a, &b) && a.len() >= columns, "{name} {method} {meridian} {res}: {a:?} is not {b:?}");
        }
    }
    // Over the seam lie the columns around 355 and 5 degrees, in two rows.
    for (method, expected) in [("average", cosine(5.0)), ("sum", 4.0 * cosine(5.0)), ("max", cosine(5.0))] {
        let program = format!(
            "let to = ramp 1 1 | reproject EPSG:4326 bounds -10 0 350 20 res 20\nload netcdf \"g360.nc\" | align $to method {method} | crop lonlat -10 0 10 20 | show"
        );
        let seen = numbers(&printed_with(folder, &program, &plain()));
        assert!(near(&seen, &[expected]), "{method}: {seen:?}");
    }
}

/// Target pixels beside the source are missing, also where they are finer and the method is over areas.
#[test]
fn finer_pixels_keep_to_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let areas = ["average", "rms", "max", "min", "mode", "med", "q1", "q3"];
    let otherwise = configs().into_iter().map(|config| ("average", config));
    for (method, config) in areas.map(|method| (method, plain())).into_iter().chain(otherwise) {
        // The source covers 500000 to 500040 and 4999960 to 5000000. Pixels of 4 m lie partly over its edges.
        for (res, side) in [(2, 20), (4, 11), (1, 40)] {
            let program = format!(
                "ramp 1 4 | reproject EPSG:32631 bounds 499990 4999950 500050 5000010 res {res} method {method} | stats"
            );
            let seen = printed_with(folder.path(), &program, &config);
            let counted = format!(" {} ", side * side);
            assert!(seen.contains(&counted), "{} {method} {res}: not {counted} in {seen}", config.name);
        }
    }
}

/// A file that only control points tie to the ground is placed by them, as gdalwarp does it; other verbs refuse.
#[test]
fn control_points_place_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    printed_with(folder, "ramp 1 40 | map v = 10 * sin(v / 50) + v | save tif \"plain.tif\"", &plain());
    let gdal = |program: &str, words: &[&str], from: &str, to: &str| {
        let status = std::process::Command::new(program)
            .arg("-q")
            .args(words)
            .args([folder.join(from), folder.join(to)])
            .status();
        assert!(status.expect("it runs").success(), "{program} {words:?}");
    };
    let mut words: Vec<String> = ["-a_srs", "EPSG:4326"].map(String::from).into();
    for (row, column) in
        (0..4).flat_map(|row| (0..4).map(move |column| (f64::from(row) * 13.0, f64::from(column) * 13.0)))
    {
        let x = 10.0 + 0.002 * column + 0.0003 * row + 2e-6 * column * row;
        let y = 46.0 - 0.0015 * row + 0.0002 * column;
        words.extend(["-gcp".into(), column.to_string(), row.to_string(), x.to_string(), y.to_string()]);
    }
    gdal("gdal_translate", &words.iter().map(String::as_str).collect::<Vec<_>>(), "plain.tif", "scene.tif");
    let target = "-et 0 -t_srs EPSG:32632 -te 577400 5087000 584000 5094200 -tr 120 120 -dstnodata -9999 -r";
    for (ours, theirs) in [("nearest", "near"), ("bilinear", "bilinear"), ("cubic", "cubic")] {
        let words: Vec<&str> = target.split(' ').chain([theirs]).collect();
        gdal("gdalwarp", &words, "scene.tif", &format!("{theirs}.tif"));
        let all = if ours == "bilinear" { configs() } else { vec![plain()] };
        for config in all {
            let placed = format!("reproject 32632 bounds 577400 5087000 584000 5094200 res 120 method {ours}");
            let program = format!(
                "let theirs = load files \"{theirs}.tif\"\nload files \"scene.tif\" | {placed} | join $theirs as theirs | map d = if(isnodata(v) != isnodata(theirs), 1000, abs(v - theirs)) | stats"
            );
            let seen = printed_with(folder, &program, &config);
            let row: Vec<f64> =
                seen.lines().nth(1).unwrap_or_default().split_whitespace().filter_map(|w| w.parse().ok()).collect();
            // Valid, missing, least, mean, standard deviation, greatest.
            assert!(row[0] > 1000.0 && row[5] < 1e-3, "{} {ours}: {seen}", config.name);
        }
    }
    let refused = |rest: &str| {
        let mut session = session_in(folder, &plain());
        let ran = run_in(&mut session, &format!("load files \"scene.tif\" | {rest}"));
        (ran.failed.first().map(|d| d.code.number), ran.text)
    };
    for rest in ["crop lonlat 10 45.9 10.1 46", "at lonlat 10.05 45.95"] {
        let (code, text) = refused(rest);
        assert!(code == Some("E0206") && text.contains("`reproject EPSG:4326`"), "{rest}: {text}");
    }
}

/// Coordinates of a table that are no numbers make a point without a place, and no point at 0.
#[test]
fn points_without_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save_globes(folder);
    std::fs::write(folder.join("gauges.csv"), "station,lon,lat\nA,5,5\nB,,5\nC,NA,5\nD, 15 ,5\n").unwrap();
    for method in ["nearest", "bilinear"] {
        let text = printed_with(
            folder,
            &format!("load netcdf \"g360.nc\" | extract \"gauges.csv\" by station method {method}"),
            &plain(),
        );
        assert!(text.contains("2 points outside of the cube: B, C"), "{text}");
        let value = |station: &str| {
            let row = text.lines().find(|line| line.split_whitespace().nth(1) == Some(station)).unwrap_or_default();
            row.split_whitespace().last().unwrap_or_default().to_string()
        };
        assert_eq!((value("B").as_str(), value("C").as_str()), ("nodata", "nodata"), "{text}");
        assert!(value("A").starts_with("0.9961") && value("D").starts_with("0.9659"), "{text}");
    }
}

/// A box of a full turn keeps every column once, also where both of its ends lie in one.
#[test]
fn crops_of_a_full_turn() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, bounds) in [("a", "-5 -90 355 90"), ("b", "0 -90 360 90"), ("c", "-185 -90 175 90")] {
        save(folder, &format!("{name}.nc"), bounds);
        for crop in ["lonlat -180 -90 180 90", "lonlat 0 -90 360 90", "lonlat -180 -90 179 90", "lonlat -4 -90 356 90"]
        {
            let text = printed_with(folder, &format!("load netcdf \"{name}.nc\" | crop {crop} | stats"), &plain());
            assert!(text.contains(" 648 "), "{name} {crop}: {text}");
        }
    }
}

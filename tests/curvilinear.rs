//! Rows and columns whose longitudes and latitudes have two dimensions, or lie at unequal distances: kept, written, and
//! brought onto regular grids.
//!
//! The stores are made here byte by byte. The nearest cell is found by looking at all of them, and a surface that is
//! linear in degrees is what bilinear gives of it.

use crate::support::{configs, plain, run_in, session_in};
use serde_json::{Value, json};
use std::path::Path;

const HEIGHT: usize = 12;
const WIDTH: usize = 17;
const STEPS: usize = 3;

/// An array of a Zarr store of version 2, in one chunk that is not compressed.
fn array(store: &Path, name: &str, dims: &[&str], shape: &[usize], values: &[f64], more: &Value) {
    let folder = store.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let document = json!({
        "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": "<f8", "compressor": null, "fill_value": "NaN",
        "order": "C", "filters": null,
    });
    std::fs::write(folder.join(".zarray"), document.to_string()).unwrap();
    let mut said = more.clone();
    said["_ARRAY_DIMENSIONS"] = json!(dims);
    std::fs::write(folder.join(".zattrs"), said.to_string()).unwrap();
    let chunk = vec!["0"; shape.len()].join(".");
    std::fs::write(folder.join(chunk), values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>()).unwrap();
}

/// Where a cell lies, on rows that are turned against the parallels and cross the antimeridian.
fn place(row: usize, column: usize) -> [f64; 2] {
    let (x, y) = (column as f64, row as f64);
    let lon = 175.0 + 0.6 * x - 0.2 * y + 0.01 * x * y;
    [if lon > 180.0 { lon - 360.0 } else { lon }, -20.0 + 0.5 * y + 0.15 * x]
}

/// Linear in degrees, which run on over the antimeridian.
fn plane([lon, lat]: [f64; 2], step: usize) -> f64 {
    3.0 * lon.rem_euclid(360.0) - 2.0 * lat + 100.0 * step as f64
}

/// A store of a curvilinear grid; two cells of it are missing in every step.
fn swath(store: &Path) {
    std::fs::create_dir_all(store).unwrap();
    std::fs::write(store.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    let cells: Vec<[f64; 2]> = (0..HEIGHT * WIDTH).map(|cell| place(cell / WIDTH, cell % WIDTH)).collect();
    let degrees = |at: usize| cells.iter().map(|cell| cell[at]).collect::<Vec<_>>();
    let (map, shape) = (["j", "i"], [HEIGHT, WIDTH]);
    array(store, "glon", &map, &shape, &degrees(0), &json!({"units": "degrees_east", "standard_name": "longitude"}));
    array(store, "glat", &map, &shape, &degrees(1), &json!({"units": "degrees_north", "standard_name": "latitude"}));
    let days: Vec<f64> = (0..STEPS).map(|step| step as f64).collect();
    array(store, "time", &["time"], &[STEPS], &days, &json!({"units": "days since 2020-01-01"}));
    let value = |step: usize, cell: usize| if cell == 40 || cell == 41 { f64::NAN } else { plane(cells[cell], step) };
    let values = (0..STEPS).flat_map(|step| (0..HEIGHT * WIDTH).map(move |cell| (step, cell)));
    let values: Vec<f64> = values.map(|(step, cell)| value(step, cell)).collect();
    let said = json!({"coordinates": "glat glon"});
    array(store, "sst", &["time", "j", "i"], &[STEPS, HEIGHT, WIDTH], &values, &said);
}

fn run(folder: &Path, program: &str) -> String {
    run_in(&mut session_in(folder, &plain()), program).text
}

/// Western and northern edge, columns and rows of the result, and all pixels of its first band.
fn pixels(folder: &Path, program: &str) -> ([f64; 2], [usize; 3], Vec<f64>) {
    let mut session = session_in(folder, &plain());
    let plan = session.plan(program).unwrap_or_else(|all| panic!("{program}: {all:?}"));
    let schema = plan.schema();
    let (steps, grid) = (schema.time.len(), &schema.grid);
    let chunk = session.collect(&plan).unwrap_or_else(|e| panic!("{e:?}"));
    ([grid.bounds().west, grid.bounds().north], [steps, grid.height, grid.width], chunk.bands[0].to_f64())
}

/// The distance of two places on a sphere, as a chord.
fn chord([a, b]: [f64; 2], [c, d]: [f64; 2]) -> f64 {
    let point = |lon: f64, lat: f64| {
        let (lon, lat) = (lon.to_radians(), lat.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (p, q) = (point(a, b), point(c, d));
    (0..3).map(|i| (p[i] - q[i]).powi(2)).sum::<f64>().sqrt()
}

fn nearest(at: [f64; 2]) -> usize {
    let all = 0..HEIGHT * WIDTH;
    all.min_by(|a, b| {
        let far = |cell: &usize| chord(place(cell / WIDTH, cell % WIDTH), at);
        far(a).total_cmp(&far(b))
    })
    .unwrap()
}

fn is_inner(cell: usize) -> bool {
    (1..HEIGHT - 1).contains(&(cell / WIDTH)) && (1..WIDTH - 1).contains(&(cell % WIDTH))
}

#[test]
fn every_pixel_takes_the_nearest_cell() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swath(&folder.join("swath.zarr"));
    let program = "load zarr \"swath.zarr\" grid index | reproject EPSG:4326 res 0.25";
    let ([west, north], [steps, height, width], values) = pixels(folder, program);
    // Whole pixels around all centers, 172.8 E to 175.4 W and -20 to -12.1, and half a pixel more on each side.
    assert_eq!((west, north, steps, height, width), (172.5, -11.75, STEPS, 34, 49));
    let (mut inner, mut missing) = (0, 0);
    for at in 0..height * width {
        let center = [west + ((at % width) as f64 + 0.5) * 0.25, north - ((at / width) as f64 + 0.5) * 0.25];
        let cell = nearest(center);
        for step in 0..steps {
            let value = values[step * height * width + at];
            if cell == 40 || cell == 41 {
                assert!(value.is_nan(), "{center:?} is missing");
                missing += 1;
            } else if is_inner(cell) || !value.is_nan() {
                assert!((value - plane(place(cell / WIDTH, cell % WIDTH), step)).abs() < 1e-9, "{center:?}: {value}");
                inner += 1;
            }
        }
        // The grid ends half a cell beyond its outermost centers.
        let far = chord(place(cell / WIDTH, cell % WIDTH), center).to_degrees();
        assert!(values[at].is_nan() || far < 0.45, "{center:?} lies {far} degrees from its cell");
        assert!(!values[at].is_nan() || !is_inner(cell) || cell == 40 || cell == 41, "{center:?} is inside");
    }
    assert!(inner > 1500 && missing > 10, "{inner} {missing}");
}

#[test]
fn bilinear_gives_the_surface_between_cells() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swath(&folder.join("swath.zarr"));
    let program =
        "load zarr \"swath.zarr\" grid index | reproject EPSG:4326 res 0.2 bounds 176 -18 184 -14 method bilinear";
    let ([west, north], [_, height, width], values) = pixels(folder, program);
    assert_eq!((west, north, height, width), (176.0, -14.0, 20, 40));
    let mut checked = 0;
    for at in 0..height * width {
        let center = [west + ((at % width) as f64 + 0.5) * 0.2, north - ((at / width) as f64 + 0.5) * 0.2];
        let cell = nearest(center);
        let beside_a_gap = [40, 41]
            .iter()
            .any(|gap| (cell / WIDTH).abs_diff(gap / WIDTH) <= 1 && (cell % WIDTH).abs_diff(gap % WIDTH) <= 1);
        if is_inner(cell) && !beside_a_gap {
            for step in 0..STEPS {
                let value = values[step * height * width + at];
                assert!((value - plane(center, step)).abs() < 1e-8, "{center:?}: {value} {}", plane(center, step));
            }
            checked += 1;
        }
    }
    assert!(checked > 300, "{checked}");
}

/// Neither threads nor tiles nor the optimizer show, and the grid of another cube is met as well.
#[test]
fn however_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swath(&folder.join("swath.zarr"));
    for method in ["nearest", "bilinear"] {
        let program = format!(
            "load zarr \"swath.zarr\" grid index | crop bbox 1.5 0.5 14.5 10.5 | filter day(time) != 2 \
             | reproject EPSG:4326 res 0.7 method {method} | show\n\
             let like = ramp 1 1 | reproject EPSG:4326 bounds 176 -18 180 -15 res 0.5\n\
             load zarr \"swath.zarr\" grid index | reduce mean over time | align $like method {method} | show\n"
        );
        let mut first: Option<String> = None;
        for config in configs() {
            let mut session = session_in(folder, &config);
            let ran = run_in(&mut session, &program);
            assert!(ran.failed.is_empty(), "{}", ran.text);
            assert_eq!(*first.get_or_insert(ran.text.clone()), ran.text, "{method} {}", config.name);
        }
    }
}

/// What is cut out and reduced keeps its places in both formats, and can be brought onto a grid from there.
#[test]
fn places_are_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swath(&folder.join("swath.zarr"));
    let part = "load zarr \"swath.zarr\" grid index | crop bbox 2.5 1.5 12.5 9.5 | reduce mean over time";
    let onto = "reproject EPSG:4326 res 0.5 bounds 175 -19 182 -14 method bilinear";
    let direct = pixels(folder, &format!("{part} | {onto}"));
    assert!(direct.2.iter().filter(|v| !v.is_nan()).count() > 40);
    for (save, load) in [
        ("netcdf \"a.nc\"", "netcdf \"a.nc\""),
        ("zarr \"a.zarr\"", "zarr \"a.zarr\""),
        ("zarr \"b.zarr\" version 2", "zarr \"b.zarr\""),
    ] {
        let text = run(folder, &format!("{part} | save {save}"));
        assert!(text.contains("saved"), "{text}");
        let again = pixels(folder, &format!("load {load} grid index | {onto}"));
        let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
        assert!(again.0 == direct.0 && again.1 == direct.1 && again.2.iter().zip(&direct.2).all(same), "{save}");
        // The places are bands like any others: those of the cells that were kept, the last row first in a cube.
        let places = pixels(folder, &format!("load {load} var glon grid index"));
        let expected: Vec<f64> =
            (2..10).rev().flat_map(|row| (3..13).map(move |column| place(row, column)[0])).collect();
        assert_eq!((places.1, places.2), ([1, 8, 10], expected), "{save}");
    }
    // Without being told, the file is refused as any other of its kind, and not taken for a plane of numbers.
    for load in ["netcdf \"a.nc\"", "zarr \"a.zarr\""] {
        assert!(run(folder, &format!("load {load} | schema")).contains("error[E0309]"), "{load}");
    }
    // Steps are appended beside the same places.
    let steps =
        |which: &str| format!("load zarr \"swath.zarr\" grid index | step {which} | save zarr \"c.zarr\" append");
    let text = run(folder, &format!("{}\n{}\nload zarr \"c.zarr\" grid index | schema", steps("0"), steps("2")));
    assert!(text.contains("2020-01-01 .. 2020-01-03, 2 steps"), "{text}");
}

/// Rows at unequal distances: kept as axes, and brought onto a grid that goes round the globe.
#[test]
fn unequal_rows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = &folder.join("gauss.zarr");
    std::fs::create_dir_all(store).unwrap();
    std::fs::write(store.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    let lat = [-66.0, -35.5, -12.0, 12.0, 35.5, 66.0];
    let lon: Vec<f64> = (0..12).map(|i| f64::from(i) * 30.0).collect();
    array(store, "lat", &["lat"], &[6], &lat, &json!({"units": "degrees_north"}));
    array(store, "lon", &["lon"], &[12], &lon, &json!({"units": "degrees_east"}));
    let values: Vec<f64> = lat.iter().flat_map(|lat| lon.iter().map(move |lon| lat + lon / 1000.0)).collect();
    array(store, "t", &["lat", "lon"], &[6, 12], &values, &json!({}));
    let text = run(folder, "load zarr \"gauss.zarr\" | schema");
    assert!(text.contains("error[E0309]") && text.contains("`grid index`"), "{text}");
    let onto = "reproject EPSG:4326 res 15 bounds -180 -60 180 60";
    let (_, _, near) = pixels(folder, &format!("load zarr \"gauss.zarr\" grid index | {onto}"));
    let (_, shape, smooth) = pixels(folder, &format!("load zarr \"gauss.zarr\" grid index | {onto} method bilinear"));
    assert_eq!(shape, [1, 8, 24]);
    let turned = |lon: f64| lon.rem_euclid(360.0);
    for at in 0..8 * 24 {
        let (x, y) = (-172.5 + (at % 24) as f64 * 15.0, 52.5 - (at / 24) as f64 * 15.0);
        let row = (0..6).min_by(|a, b| (lat[*a] - y).abs().total_cmp(&(lat[*b] - y).abs())).unwrap();
        let column = (turned(x) / 30.0).round() * 30.0;
        assert!((near[at] - lat[row] - column % 360.0 / 1000.0).abs() < 1e-9, "{x} {y}: {}", near[at]);
        // The values of longitude fall from 330 to 0 over the last column, as those of the file do.
        let over = turned(x) - 330.0;
        let along = if over > 0.0 { 330.0 * (1.0 - over / 30.0) } else { turned(x) };
        assert!((smooth[at] - y - along / 1000.0).abs() < 1e-9, "{x} {y}: {} {}", smooth[at], y + along / 1000.0);
    }
    // The axes are those of the file, in its order.
    let text = run(folder, "load zarr \"gauss.zarr\" grid index | map u = t + 1 | save netcdf \"u.nc\"");
    assert!(text.contains("saved"), "{text}");
    let text = run(folder, "load netcdf \"u.nc\" | schema");
    assert!(text.contains("the coordinate `lat` is not regular: 30.5 lies between -66 and -35.5"), "{text}");
}

/// The numbers of an array of a store that was written in one piece without a codec, as they lie in its chunk.
fn stored(store: &Path, name: &str) -> Vec<f64> {
    let document = std::fs::read_to_string(store.join(name).join(".zarray")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["compressor"], &document["dtype"]), (&Value::Null, &json!("<f8")), "{name}");
    let chunk = vec!["0"; document["shape"].as_array().unwrap().len()].join(".");
    numbers(&store.join(name).join(chunk))
}

fn numbers(chunk: &Path) -> Vec<f64> {
    let bytes = std::fs::read(chunk).unwrap();
    bytes.chunks(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect()
}

/// A store of one band and its coordinates, where there are some.
fn flat(store: &Path, rows: Option<&[f64]>, [height, width]: [usize; 2]) {
    std::fs::create_dir_all(store).unwrap();
    std::fs::write(store.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    if let Some(rows) = rows {
        let columns: Vec<f64> = (0..width).map(|column| column as f64).collect();
        array(store, "lat", &["lat"], &[height], rows, &json!({"units": "degrees_north"}));
        array(store, "lon", &["lon"], &[width], &columns, &json!({"units": "degrees_east"}));
    }
    let values: Vec<f64> = (0..height * width).map(|cell| cell as f64).collect();
    array(store, "v", &["lat", "lon"], &[height, width], &values, &json!({}));
}

/// Whoever subtracts a result from its source by position finds every pixel where it was: rows are written in the order
/// in which they were read, in both formats, whole and in parts, and are counted from the first of the file on.
#[test]
fn rows_stay_in_the_order_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let up: Vec<f64> = (0..7).map(|row| f64::from(row) * 2.0 - 10.0).collect();
    let unequal = [-60.0, -40.0, -10.0, 0.0, 10.0, 40.0, 60.0];
    let turned = |rows: &[f64]| rows.iter().rev().copied().collect::<Vec<_>>();
    let cases: [(&str, Option<Vec<f64>>, &str, &str); 5] = [
        ("plain", None, "grid index", "1 2"),
        ("south", Some(up.clone()), "", "lonlat 1 -6"),
        ("north", Some(turned(&up)), "", "lonlat 1 -2"),
        ("unequal", Some(unequal.to_vec()), "grid index", "1 2"),
        ("down", Some(turned(&unequal)), "grid index", "1 2"),
    ];
    for (name, rows, how, point) in &cases {
        flat(&folder.join(format!("{name}.zarr")), rows.as_deref(), [7, 5]);
        let load = format!("load zarr \"{name}.zarr\" {how}");
        let whole = stored(&folder.join(format!("{name}.zarr")), "v");
        for (config, chunks) in configs().into_iter().zip(["", "chunks [y 3 x 2]"].into_iter().cycle()) {
            let program = format!(
                "{load} | map w = v * 1 | save zarr \"out.zarr\" version 2 codec none overwrite\n\
                 {load} | save netcdf \"out.nc\" {chunks} overwrite\n\
                 load netcdf \"out.nc\" {how} | save zarr \"again.zarr\" version 2 codec none overwrite\n\
                 {load} | save zarr \"cut.zarr\" {chunks} overwrite\n\
                 load zarr \"cut.zarr\" {how} | save zarr \"parts.zarr\" version 2 codec none overwrite"
            );
            let ran = run_in(&mut session_in(folder, &config), &program);
            assert!(ran.failed.is_empty(), "{name}: {}", ran.text);
            for (store, band) in [("out.zarr", "w"), ("again.zarr", "v"), ("parts.zarr", "v")] {
                assert_eq!(stored(&folder.join(store), band), whole, "{name} {store} {}", config.name);
                if let Some(rows) = rows {
                    assert_eq!(&stored(&folder.join(store), "lat"), rows, "{name} {store} {}", config.name);
                }
            }
        }
        let text = run(folder, &format!("{load} | at {point}"));
        let value = text.lines().find(|line| line.contains(" v ")).and_then(|row| row.split_whitespace().last());
        assert_eq!(value.and_then(|value| value.parse().ok()), Some(11.0), "{text}");
        // Some rows and columns stay in order, too.
        let part = if how.is_empty() { "crop bbox 0.5 -7 2.5 -1" } else { "crop bbox 0.5 1.5 2.5 4.5" };
        let text = run(folder, &format!("{load} | {part} | save zarr \"part.zarr\" version 2 codec none overwrite"));
        assert!(text.contains("saved"), "{name}: {text}");
        let expected: Vec<f64> = (2..5).flat_map(|row| [row * 5 + 1, row * 5 + 2]).map(f64::from).collect();
        assert_eq!(stored(&folder.join("part.zarr"), "v"), expected, "{name}");
    }
}

/// Steps are appended to a store in the order of its rows, whichever that of the new ones is.
#[test]
fn appended_rows_follow_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows: Vec<f64> = (0..7).map(f64::from).collect();
    let turned: Vec<f64> = rows.iter().rev().copied().collect();
    for (name, rows) in [("south", &rows), ("north", &turned)] {
        let store = &folder.join(format!("{name}.zarr"));
        flat(store, Some(rows), [7, 5]);
        // A value is 100 for each degree north and 1 for each degree east.
        let values: Vec<f64> =
            rows.iter().flat_map(|lat| (0..5).map(move |lon| lat * 100.0 + f64::from(lon))).collect();
        array(store, "v", &["time", "lat", "lon"], &[1, 7, 5], &values, &json!({}));
    }
    for (name, lat) in [("south", &rows), ("north", &turned)] {
        let save = "save zarr \"all.zarr\"";
        let loads = [(name, "version 2 codec none overwrite"), ("south", "append"), ("north", "append")];
        for (day, (load, how)) in loads.into_iter().enumerate() {
            let said = json!({"units": "days since 2020-01-01"});
            array(&folder.join(format!("{load}.zarr")), "time", &["time"], &[1], &[day as f64], &said);
            let text = run(folder, &format!("load zarr \"{load}.zarr\" | {save} {how}"));
            assert!(text.contains("saved"), "{text}");
        }
        let all = &folder.join("all.zarr");
        let expected: Vec<f64> =
            lat.iter().flat_map(|lat| (0..5).map(move |lon| lat * 100.0 + f64::from(lon))).collect();
        for step in 0..3 {
            assert_eq!(numbers(&all.join(format!("v/{step}.0.0"))), expected, "{name} step {step}");
        }
    }
}

/// Meters at unequal distances: between them bilinear follows the plane, not degrees.
#[test]
fn unequal_meters() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = &folder.join("plane.zarr");
    std::fs::create_dir_all(store).unwrap();
    std::fs::write(store.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    let (x, y) = ([4e6, 4.02e6, 4.06e6, 4.1e6], [3.1e6, 3.13e6, 3.2e6]);
    array(store, "y", &["y"], &[3], &y, &json!({"units": "m", "standard_name": "projection_y_coordinate"}));
    array(store, "x", &["x"], &[4], &x, &json!({"units": "m", "standard_name": "projection_x_coordinate"}));
    let values: Vec<f64> = y.iter().flat_map(|y| x.iter().map(move |x| x / 1e3 - y / 5e2)).collect();
    array(store, "h", &["y", "x"], &[3, 4], &values, &json!({}));
    let onto = "reproject EPSG:3035 res 10000 bounds 4000000 3100000 4100000 3200000 method bilinear";
    let program = format!("load zarr \"plane.zarr\" crs EPSG:3035 grid index | {onto}");
    let (_, shape, found) = pixels(folder, &program);
    assert_eq!(shape, [1, 10, 10]);
    for (at, value) in found.iter().enumerate() {
        let (x, y) = (4.005e6 + (at % 10) as f64 * 1e4, 3.195e6 - (at / 10) as f64 * 1e4);
        assert!((value - x / 1e3 + y / 5e2).abs() < 1e-5, "{x} {y}: {value}");
    }
}

/// What cannot be done is said with what can.
#[test]
fn refusals_have_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    swath(&folder.join("swath.zarr"));
    let load = "load zarr \"swath.zarr\" grid index";
    for (stage, code, help) in [
        ("reproject EPSG:4326", "E0104", "say how large they shall be, in degree: `reproject EPSG:4326 res 0.7`"),
        ("reproject EPSG:4326 res 0.5 method average", "E0119", "and then `coarsen 4 mean`"),
        ("reproject EPSG:4326 res 0.5 keep_shape", "E0119", ""),
        ("crop lonlat 176 -18 178 -16", "E0206", "`reproject EPSG:4326 res 0.25` brings them onto a grid"),
    ] {
        let text = run(folder, &format!("{load} | {stage} | schema"));
        assert!(text.contains(&format!("error[{code}]")) && text.contains(help), "{stage}: {text}");
    }
    let text = run(folder, &format!("let a = {load}\nramp 1 2 | align $a | schema"));
    assert!(text.contains("error[E0206]") && text.contains("only counted"), "{text}");
    // Blocks of cells lie nowhere, which is told, and where their places are asked for it is said what comes first.
    let text = run(folder, &format!("{load} | coarsen 2 mean | schema"));
    assert!(text.contains("where they lie is left out: put `reproject` or `align` first"), "{text}");
    let text = run(folder, &format!("{load} | coarsen 2 mean | reproject EPSG:4326 res 0.7 | schema"));
    assert!(text.contains("error[E0206]") && text.contains("such as `coarsen`"), "{text}");
    let text = run(folder, &format!("{load} | reproject EPSG:4326 res 0.7 | coarsen 2 mean | schema"));
    assert!(text.contains("EPSG:4326") && !text.contains("error"), "{text}");
    // The size that is proposed works.
    let text = run(folder, &format!("{load} | reproject EPSG:4326 res 0.7 | schema"));
    assert!(text.contains("EPSG:4326") && !text.contains("error"), "{text}");
}

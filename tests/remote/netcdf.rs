//! NetCDF files on servers: read by ranges, many files at a time, and as the library reads them from disks.

use super::*;
use std::collections::HashMap;

/// Days, each a file of one step, and one file of all of them.
const DAYS: usize = 12;

fn served() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for day in 0..DAYS {
        raster(&dir.join(format!("rain_2020-01-{:02}.tif", day + 1)), day as f32);
    }
    let at = dir.display();
    let load = format!("load files \"{at}/rain_*.tif\"");
    chunked(&dir.join("all.nc"), DAYS, 128, 0.0);
    for day in 0..DAYS {
        rastra(&format!("{load} | step {day} | save netcdf \"{at}/day_{:02}.nc\"", day + 1), &[]).ok();
    }
    let server = Server::web(dir, &[]);
    (folder, server)
}

/// Days in one file, of square chunks with so many pixels along a side: 1000 x row + column, and the day.
fn chunked(path: &Path, days: usize, edge: usize, add: f32) {
    let _ = fs::remove_file(path);
    let mut file = ::netcdf::create(path).unwrap();
    let axes: [(&str, &str, Vec<f64>); 3] = [
        ("time", "days since 2020-01-01", (0..days).map(|day| day as f64).collect()),
        ("y", "m", (0..512).map(|row| 4_999_995.0 - 10.0 * f64::from(row)).collect()),
        ("x", "m", (0..512).map(|column| 500_005.0 + 10.0 * f64::from(column)).collect()),
    ];
    for (name, unit, values) in &axes {
        file.add_dimension(name, values.len()).unwrap();
        let mut axis = file.add_variable::<f64>(name, &[name]).unwrap();
        axis.put_attribute("units", *unit).unwrap();
        axis.put_values(values, ..).unwrap();
    }
    let mut crs = file.add_variable::<i32>("crs", &[]).unwrap();
    crs.put_attribute("spatial_ref", "EPSG:32632").unwrap();
    let mut rain = file.add_variable::<f32>("rain", &["time", "y", "x"]).unwrap();
    rain.set_chunking(&[1, edge, edge]).unwrap();
    rain.set_compression(1, true).unwrap();
    rain.put_attribute("grid_mapping", "crs").unwrap();
    for day in 0..days {
        let pixels: Vec<f32> = (0..512 * 512).map(|i| add + (day + i / 512 * 1000 + i % 512) as f32).collect();
        rain.put_values(&pixels, (day, .., ..)).unwrap();
    }
}

#[test]
fn files_on_servers_are_as_those_on_disks() {
    let (folder, server) = served();
    let (at, url) = (folder.path().display(), server.url());
    for then in ["stats", "mean | stats", "crop bbox 500000 4999000 501000 5000000 | show", "describe"] {
        let here = rastra(&format!("load netcdf \"{at}/all.nc\" | {then}"), &[]).ok();
        let there = rastra(&format!("load netcdf \"{url}/all.nc\" | {then}"), &[]).ok();
        assert_eq!(there.replace(&url, &at.to_string()), here, "{then}");
    }
    let names = |place: &str| {
        let each: Vec<String> = (1..=DAYS).map(|day| format!("\"{place}/day_{day:02}.nc\"")).collect();
        format!("load netcdf [{}]", each.join(" "))
    };
    let here = rastra(&format!("{} | mean | stats", names(&at.to_string())), &[]).ok();
    assert_eq!(rastra(&format!("{} | mean | stats", names(&url)), &[]).ok(), here);
    // A file that fails is told, or left out where that was said.
    let bad = names(&url).replace("/day_07.nc", "/status/403/day_07.nc");
    rastra(&format!("{bad} | mean | stats"), &[]).fails("E0311", &["day_07.nc", "403"]);
    let ran = rastra(&format!("{bad} on_error skip | mean | stats"), &[]);
    assert!(ran.err.contains("day_07.nc` was skipped"), "{ran:?}");
}

/// References to files that lie on a server, and cubes of them.
#[test]
fn references_to_files_on_servers() {
    let (folder, server) = served();
    let (at, url) = (folder.path().display(), server.url());
    rastra(&format!("load netcdf \"{url}/all.nc\" | save kerchunk \"{at}/all.json\""), &[]).ok();
    assert!(fs::read_to_string(folder.path().join("all.json")).unwrap().contains(&format!("[\"{url}/all.nc\"")));
    let of = |load: &str| rastra(&format!("{load} | mean | stats"), &[]).ok();
    assert_eq!(of(&format!("load kerchunk \"{at}/all.json\"")), of(&format!("load netcdf \"{at}/all.nc\"")));
}

/// A window takes the head, what says where the chunks lie, and the chunks that it needs.
#[test]
fn a_window_takes_few_requests_and_few_bytes() {
    let (folder, server) = served();
    let url = server.url();
    let corner = "crop bbox 500000 4999000 501000 5000000";
    let out = rastra(&format!("load netcdf \"{url}/all.nc\" | {corner} | mean | stats"), &[]).ok();
    // Rows and columns 0 to 99 have 1000 x row + column, and the days add 0 to 11.
    assert!(out.contains(" 49555 "), "{out}");
    let log = server.log();
    assert!(log.iter().all(|r| r["method"] == "GET" && r["range"].is_string()), "{log:#?}");
    let bytes: u64 = log.iter().map(|r| ahead::bytes_of(r["range"].as_str().unwrap())).sum();
    let size = fs::metadata(folder.path().join("all.nc")).unwrap().len();
    assert!(log.len() <= DAYS + 12 && bytes < size / 2, "{} requests of {bytes} of {size} bytes", log.len());
    // Files of a day each: none waits for another.
    let before = log.len();
    let names: Vec<String> = (1..=DAYS).map(|day| format!("\"{url}/slow/0.3/day_{day:02}.nc\"")).collect();
    let load = format!("set threads 1\nload netcdf [{}]", names.join(" "));
    rastra(&format!("{load} | {corner} | mean | stats"), &[]).ok();
    let log = server.log()[before..].to_vec();
    let mut of_file: HashMap<&str, usize> = HashMap::new();
    log.iter().for_each(|r| *of_file.entry(r["path"].as_str().unwrap()).or_default() += 1);
    assert!(of_file.len() == DAYS && of_file.values().all(|n| *n <= 6), "{of_file:?}");
    assert!(ahead::at_once(&log, 0.3) >= DAYS / 2, "{log:#?}");
}

/// Where thousands of chunks lie is asked once, until the file changes.
#[test]
fn an_index_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, cache) = (folder.path(), tempfile::tempdir().unwrap());
    chunked(&dir.join("fine.nc"), 1, 16, 0.0);
    let server = Server::web(dir, &["--etags"]);
    let run = || {
        let before = server.log().len();
        let env = [("XDG_CACHE_HOME", cache.path().to_str().unwrap())];
        let load = format!("load netcdf \"{}/fine.nc\" | crop bbox 500000 4999990 500010 5000000", server.url());
        let out = rastra(&format!("{load} | show"), &env).ok();
        (out, server.log().len() - before)
    };
    let (first, asked) = run();
    let (second, again) = run();
    assert!(first == second && again < asked, "{again} of {asked} requests");
    chunked(&dir.join("fine.nc"), 1, 16, 1.0);
    let (changed, _) = run();
    assert!(changed != first, "{changed}");
}

/// A file that is replaced while it is read is told: old and new chunks are not one answer.
#[test]
fn a_file_that_is_replaced_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    chunked(&dir.join("fine.nc"), 4, 128, 0.0);
    chunked(&dir.join("new.nc"), 4, 128, 1000.0);
    let server = Server::web(dir, &["--etags"]);
    let load = format!("load netcdf \"{}/slow/0.5/fine.nc\" | stats", server.url());
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| rastra(&format!("set requests 1\nset threads 1\n{load}"), &[]));
        while server.log().len() < 3 && !run.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        fs::rename(dir.join("new.nc"), dir.join("fine.nc")).unwrap();
        run.join().unwrap()
    });
    assert!(ran.code == 1 && ran.err.contains("was replaced while it was read"), "{ran:?}");
    assert!(rastra(&load, &[]).ok().contains("1000"), "the new one is read by the next run");
}

/// What is empty is told, by every reader: a server says no more than that there is no first byte.
#[test]
fn an_empty_file_is_no_file_of_any_kind() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["zero.nc", "zero.zip", "zero.zarr.zip"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let server = Server::web(folder.path(), &[]);
    for load in ["netcdf \"URL/zero.nc\"", "archive \"URL/zero.zip\"", "zarr \"URL/zero.zarr.zip\""] {
        let ran = rastra(&format!("load {} | schema", load.replace("URL", &server.url())), &[]);
        assert!(ran.code == 1 && ran.err.contains("error[E03"), "{load}: {ran:?}");
    }
}

/// A server that begins to refuse, at whichever request, is told: what says where chunks lie fails like the chunks.
#[test]
fn a_server_that_begins_to_refuse() {
    let folder = tempfile::tempdir().unwrap();
    chunked(&folder.path().join("fine.nc"), 1, 16, 0.0);
    for requests in 1..6 {
        let server = Server::web(folder.path(), &[]);
        let load = format!("load netcdf \"{}/after/{requests}/403/fine.nc\" | stats", server.url());
        let ran = rastra(&load, &[]);
        assert!(ran.code == 1 && ran.err.contains("403") || ran.out.contains("262144"), "{requests}: {ran:?}");
    }
}

//! What is asked of servers while something is read: how many requests, of how many bytes, how many at a time.

use super::*;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Scenes, each of four blocks, the blocks of each behind its own head.
const SCENES: usize = 24;

/// Scenes as files, as items and as a store, on a server that answers after a while.
fn served() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for scene in 0..SCENES {
        raster(&dir.join(format!("rain_2020-01-{:02}.tif", scene + 1)), scene as f32);
    }
    let local = dir.display();
    let chunks = "chunks [time 1 y 256 x 256]";
    rastra(&format!("load files \"{local}/rain_*.tif\" | save zarr \"{local}/rain.zarr\" {chunks}"), &[]).ok();
    let items: Vec<Value> = (0..SCENES)
        .map(|scene| {
            let day = format!("2020-01-{:02}", scene + 1);
            let proj = json!({"datetime": format!("{day}T00:00:00Z"), "proj:epsg": 32632, "proj:shape": [512, 512],
                "proj:transform": [10, 0, 500_000, 0, -10, 5_000_000]});
            json!({"type": "Feature", "id": day, "properties": proj,
                "assets": {"red": {"href": format!("slow/0.02/rain_{day}.tif"), "type": "image/tiff"}}})
        })
        .collect();
    fs::write(dir.join("items.json"), json!({"type": "FeatureCollection", "features": items}).to_string()).unwrap();
    let server = Server::web(dir, &[]);
    (folder, server)
}

/// The most requests that were answered at a time, where each takes so many seconds.
pub(super) fn at_once(log: &[Value], seconds: f64) -> usize {
    let times: Vec<f64> = log.iter().map(|r| r["time"].as_f64().unwrap()).collect();
    times.iter().map(|from| times.iter().filter(|t| (*from..from + seconds).contains(*t)).count()).max().unwrap_or(0)
}

/// A corner of many scenes takes the head and one block of each, all scenes at a time, whichever stage asks and on however
/// few threads.
#[test]
fn many_files_are_asked_at_a_time() {
    let (folder, server) = served();
    let url = server.url();
    let names: Vec<String> = (1..=SCENES).map(|day| format!("\"{url}/slow/0.02/rain_2020-01-{day:02}.tif\"")).collect();
    let items = fs::read_to_string(folder.path().join("items.json")).unwrap().replace("slow/", &format!("{url}/slow/"));
    let list = folder.path().join("list.json");
    fs::write(&list, items).unwrap();
    let corner = "crop bbox 500000 4999000 501000 5000000";
    for load in [format!("load files [{}]", names.join(" ")), format!("load stac \"{}\" assets red", list.display())] {
        for then in ["mean", "median", "groupby month mean", "map v = b1 * 1 | mean"] {
            let then = if load.contains("stac") { then.replace("b1", "red") } else { then.replace("b1", "rain") };
            let before = server.log().len();
            let out = rastra(&format!("set threads 1\n{load} | {corner} | {then} | stats"), &[]).ok();
            // Rows and columns 0 to 99 have 1000 x row + column, and the scenes add 0 to 23.
            assert!(out.contains(" 49561 "), "{then}: {out}");
            let log = server.log()[before..].to_vec();
            let mut of_file: HashMap<&str, usize> = HashMap::new();
            log.iter().for_each(|r| *of_file.entry(r["path"].as_str().unwrap()).or_default() += 1);
            assert!(of_file.len() == SCENES && of_file.values().all(|n| *n <= 2), "{then}: {of_file:?}");
            assert!(log.iter().all(|r| r["method"] == "GET"), "{load} {then}");
        }
    }
    // Each answer takes half a second: one after the other there would be two at most in that time.
    let slow = fs::read_to_string(&list).unwrap().replace("slow/0.02", "slow/0.5");
    fs::write(&list, slow).unwrap();
    let before = server.log().len();
    let load = format!("load stac \"{}\" assets red", list.display());
    rastra(&format!("set threads 1\n{load} | {corner} | mean | stats"), &[]).ok();
    let most = at_once(&server.log()[before..], 0.5);
    assert!(most >= SCENES / 2, "{most} at a time");
}

/// What only GDAL can ask for, as it signs it or knows its options, is asked for many at a time as well; what is refused is
/// told.
#[test]
fn many_files_by_gdal() {
    let (_folder, server) = served();
    let url = server.url();
    let key = [("AWS_ENDPOINT_URL", url.as_str()), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "HUSH-key")];
    let cookie = [("GDAL_HTTP_COOKIE", "HUSH=1")];
    let web = format!("{url}/slow/0.5");
    for (place, sign, env) in [("s3://slow/0.5", "sign requester_pays", &key[..]), (&web, "", &cookie[..])] {
        let names: Vec<String> = (1..=SCENES).map(|day| format!("\"{place}/rain_2020-01-{day:02}.tif\"")).collect();
        let load = format!("load files [{}] {sign} | crop bbox 500000 4999000 501000 5000000", names.join(" "));
        let before = server.log().len();
        let out = rastra(&format!("set threads 1\n{load} | mean | stats"), env).ok();
        assert!(out.contains(" 49561 "), "{out}");
        let log = server.log()[before..].to_vec();
        let most = at_once(&log, 0.5);
        assert!(most >= SCENES / 2 && log.len() <= 3 * SCENES, "{place}: {most} at a time of {}", log.len());
        assert!(log.iter().all(|r| r["method"] == "GET"), "{place}");
        let refused = load.replace("slow/0.5", "status/403");
        rastra(&format!("{refused} | mean | stats"), env).fails("E0311", &["403"]);
    }
}

/// Scenes brought onto a coarse grid by their overviews: the head and the blocks of one overview each, all scenes at a time.
#[test]
fn coarse_scenes_are_read_by_overviews() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let save = "save cog \"scene_{i}.tif\" blocksize 128 overview_resampling average";
    let made = format!("ramp {SCENES} 2048 | map red = (v % 977) * 1.0 | {save}");
    let ran = servers::command(&[]).current_dir(dir).args(["-c", &made]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let items = |place: &str| {
        let item = |scene: usize| {
            let properties = json!({"datetime": format!("2020-01-{:02}T00:00:00Z", scene + 1), "proj:epsg": 32631,
                "proj:shape": [2048, 2048], "proj:transform": [10, 0, 500_000, 0, -10, 5_000_000]});
            json!({"type": "Feature", "id": scene.to_string(), "properties": properties,
                "assets": {"red": {"href": format!("{place}/scene_{scene}.tif"), "type": "image/tiff"}}})
        };
        json!({"type": "FeatureCollection", "features": (0..SCENES).map(item).collect::<Vec<_>>()}).to_string()
    };
    let server = Server::web(dir, &[]);
    fs::write(dir.join("far.json"), items(&format!("{}/slow/0.3", server.url()))).unwrap();
    fs::write(dir.join("near.json"), items(&dir.to_string_lossy())).unwrap();
    // Pixels of an overview as they are, and brought into another system.
    let exact = "crs EPSG:32631 res 160 bounds 500000 4979520 520480 5000000";
    for grid in [exact, "crs EPSG:4326 res 0.003 bounds 3 45 3.2 45.1 method bilinear"] {
        let of = |list: &str| {
            let load = format!("load stac \"{}\" assets red {grid} overviews", dir.join(list).display());
            rastra(&format!("set threads 1\n{load} | median | stats"), &[]).ok()
        };
        let (before, near) = (server.log().len(), of("near.json"));
        assert_eq!(near, of("far.json"), "{grid}");
        let log = server.log()[before..].to_vec();
        let most = at_once(&log, 0.3);
        assert!(most >= SCENES / 2 && log.len() <= 3 * SCENES, "{grid}: {most} at a time of {}", log.len());
        let bytes = |r: &Value| {
            let range = r["range"].as_str()?.strip_prefix("bytes=")?;
            let (first, last) = range.split_once('-')?;
            Some(last.parse::<u64>().ok()? + 1 - first.parse::<u64>().ok()?)
        };
        let read: u64 = log.iter().filter_map(bytes).sum();
        let whole: u64 = (0..SCENES).map(|i| dir.join(format!("scene_{i}.tif")).metadata().unwrap().len()).sum();
        assert!(read < whole / 10, "{grid}: {read} of {whole} bytes");
    }
}

/// What fails while it is asked for ahead is told where it is read: nothing becomes missing without a word.
#[test]
fn what_fails_ahead_is_told() {
    let (folder, server) = served();
    let url = server.url();
    let items = fs::read_to_string(folder.path().join("items.json")).unwrap();
    let bad = |fault: &str| {
        let items = items.replace("slow/0.02/rain_2020-01-07", &format!("{fault}/rain_2020-01-07"));
        let list = folder.path().join("bad.json");
        fs::write(
            &list,
            items.replace("slow/", &format!("{url}/slow/")).replace(&format!("{fault}/"), &format!("{url}/{fault}/")),
        )
        .unwrap();
        list.display().to_string()
    };
    for fault in ["status/404", "status/403", "after/1/403"] {
        let corner = "crop bbox 500000 4999000 501000 5000000";
        for then in ["mean | stats", "median | stats"] {
            let load = format!("load stac \"{}\" assets red", bad(fault));
            rastra(&format!("{load} | {corner} | {then}"), &[]).fails("E0403", &["rain_2020-01-07"]);
            let ran = rastra(&format!("{load} on_error skip | {corner} | {then}"), &[]);
            assert!(ran.code == 3 && ran.err.contains("skipped 1 of 24 inputs"), "{fault} {then}: {ran:?}");
        }
    }
}

/// A window of chunks in shards takes one request for the index of each shard that it touches, then one for the chunks of
/// each step in it, which lie apart: far fewer bytes than the shards have.
#[test]
fn of_a_shard_the_index_and_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for scene in 0..8 {
        raster(&dir.join(format!("rain_2020-01-{:02}.tif", scene + 1)), scene as f32);
    }
    let local = dir.display();
    let chunks = "chunks [time 1 y 64 x 64] shards [time 4 y 512 x 512]";
    rastra(&format!("load files \"{local}/rain_*.tif\" | save zarr \"{local}/rain.zarr\" {chunks}"), &[]).ok();
    let shard = |n: usize| dir.join(format!("rain.zarr/rain/c/{n}/0/0"));
    let whole = fs::metadata(shard(0)).unwrap().len();
    let server = Server::web(dir, &[]);
    let url = server.url();
    for place in ["", "slow/0.02/"] {
        for then in ["mean", "median", "map v = rain * 1 | mean"] {
            let before = server.log().len();
            let load = format!(
                "set threads 1\nload zarr \"{url}/{place}rain.zarr\" | crop bbox 500000 4999000 501000 5000000"
            );
            let out = rastra(&format!("{load} | {then} | stats"), &[]).ok();
            // Rows and columns 0 to 99 have 1000 x row + column, and the scenes add 0 to 7.
            assert!(out.contains(" 49553 "), "{then}: {out}");
            let log = server.log()[before..].to_vec();
            let of_shards: Vec<&Value> =
                log.iter().filter(|r| r["path"].as_str().unwrap().contains("rain/c/")).collect();
            assert!(of_shards.len() == 2 + 8, "{then}: {of_shards:?}");
            let bytes: u64 = of_shards.iter().map(|r| bytes_of(r["range"].as_str().unwrap_or_default())).sum();
            assert!(bytes < whole / 2, "{then}: {bytes} of {whole} bytes of one of two shards");
        }
    }
    // An index that is not there any more is missing chunks; one that is damaged is told.
    let mut bytes = fs::read(shard(1)).unwrap();
    let end = bytes.len();
    bytes[end - 40] ^= 0xff;
    fs::write(shard(1), bytes).unwrap();
    let load = format!("load zarr \"{url}/rain.zarr\" | crop bbox 500000 4999000 501000 5000000 | mean | stats");
    rastra(&load, &[]).fails("E0403", &["2020-01-05"]);
    fs::remove_file(shard(1)).unwrap();
    let out = rastra(&load, &[]).ok();
    // The first four scenes remain.
    assert!(out.contains(" 49551 "), "{out}");
}

/// Members of archives, and chunks of stores in them, are asked for many at a time: each is a request, or less.
#[test]
fn members_of_archives_are_asked_at_a_time() {
    let (folder, server) = served();
    let (dir, url) = (folder.path(), server.url());
    let mut zip = zip::ZipWriter::new(fs::File::create(dir.join("rain.zip")).unwrap());
    let mut store = zip::ZipWriter::new(fs::File::create(dir.join("store.zarr.zip")).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let mut names: Vec<_> = glob::glob(&format!("{}/**/*", dir.display())).unwrap().flatten().collect();
    names.retain(|path| path.is_file());
    for path in &names {
        let name = path.strip_prefix(dir).unwrap().to_str().unwrap();
        if name.ends_with(".tif") {
            zip.start_file(name, options).unwrap();
            std::io::copy(&mut fs::File::open(path).unwrap(), &mut zip).unwrap();
        } else if let Some(key) = name.strip_prefix("rain.zarr/") {
            store.start_file(key, options.compression_method(zip::CompressionMethod::Stored)).unwrap();
            std::io::copy(&mut fs::File::open(path).unwrap(), &mut store).unwrap();
        }
    }
    zip.finish().unwrap();
    store.finish().unwrap();
    let mut tar = std::process::Command::new("tar");
    tar.arg("-C").arg(dir).arg("-cf").arg(dir.join("rain.tar"));
    tar.args(
        names.iter().filter(|path| path.extension().is_some_and(|e| e == "tif")).map(|path| path.file_name().unwrap()),
    );
    assert!(tar.status().unwrap().success());
    let local = rastra(&format!("load files \"{}/rain_*.tif\" | mean | stats", dir.display()), &[]).ok();
    for load in ["archive \"URL/rain.zip\"", "archive \"URL/rain.tar\"", "zarr \"URL/store.zarr.zip\""] {
        let before = server.log().len();
        let load = load.replace("URL", &format!("{url}/slow/0.1"));
        let out = rastra(&format!("set threads 1\nload {load} | mean | stats"), &[]).ok();
        assert_eq!(out, local, "{load}");
        let log = server.log()[before..].to_vec();
        assert!(log.iter().all(|r| r["method"] == "GET" && r["range"].is_string()), "{load}: {log:#?}");
        let most = at_once(&log, 0.1);
        assert!(most >= SCENES / 3 && log.len() <= 5 * SCENES, "{load}: {most} at a time of {}", log.len());
    }
}

/// How many bytes a range asks for.
pub(super) fn bytes_of(range: &str) -> u64 {
    let (start, end) = range.trim_start_matches("bytes=").split_once('-').unwrap_or_default();
    let number = |text: &str| text.parse::<u64>().ok();
    match (number(start), number(end)) {
        (Some(start), Some(end)) => end + 1 - start,
        (None, Some(tail)) => tail,
        (_, None) => u64::MAX / 1000,
    }
}

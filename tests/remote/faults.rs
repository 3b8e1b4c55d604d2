//! Rasters, archives, stores and documents on a web server that refuses, fails, is busy or hangs up.

use super::servers::command;
use super::*;
use serde_json::json;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A folder of everything that can be served, and its server.
fn served() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for day in 1..=2 {
        raster(&dir.join(format!("rain_2020-01-0{day}.tif")), 0.0);
    }
    let zipped = dir.join("rain.zip");
    let zip = Command::new("python3")
        .args(["-m", "zipfile", "-c", zipped.to_str().unwrap(), "rain_2020-01-01.tif", "rain_2020-01-02.tif"])
        .current_dir(dir)
        .status();
    assert!(zip.unwrap().success());
    rastra(&format!("load files \"{}/rain_*.tif\" | save zarr \"{}/rain.zarr\"", dir.display(), dir.display()), &[])
        .ok();
    let item = json!({"type": "Feature", "id": "a", "properties": {"datetime": "2020-01-01T00:00:00Z"},
        "assets": {"red": {"href": "rain_2020-01-01.tif", "type": "image/tiff"}}});
    fs::write(dir.join("item.json"), item.to_string()).unwrap();
    let server = Server::web(dir, &[]);
    (folder, server)
}

#[test]
fn everything_is_read_from_a_web_server() {
    let (_folder, server) = served();
    let url = server.url();
    for load in [
        format!("load files \"{url}/rain_2020-01-01.tif\""),
        format!("load files [\"{url}/rain_2020-01-01.tif\" \"{url}/rain_2020-01-02.tif\"] | mean"),
        format!("load archive \"{url}/rain.zip\" | step 1"),
        format!("load zarr \"{url}/rain.zarr\" | step 1"),
        format!("load stac \"{url}/item.json\" assets red"),
    ] {
        let out = rastra(&format!("{load} | stats"), &[]).ok();
        assert!(out.contains(STATS), "{load}\n{out}");
    }
    // What its address is called does not get into names; a signature reaches the server.
    let signed = format!("{url}/rain_2020-01-01.tif?sig=HUSH");
    let out = rastra(&format!("load files \"{signed}\" | describe"), &[]).ok();
    assert!(out.contains("2020-01-01") && out.contains(&format!("files {url}/rain_2020-01-01.tif")), "{out}");
    assert!(server.log().iter().any(|r| r["path"] == "/rain_2020-01-01.tif?sig=HUSH"));
    rastra(&format!("load netcdf \"{url}/no.nc\" | schema"), &[]).fails("E0301", &["there is no file", "/no.nc"]);
}

/// A corner of a raster is its header and one block, in two or three requests, and no folder is listed.
#[test]
fn a_corner_costs_a_corner() {
    let (_folder, server) = served();
    let corner = "crop bbox 500000 4999990 500010 5000000";
    let out = rastra(&format!("load files \"{}/rain_2020-01-01.tif\" | {corner} | show", server.url()), &[]).ok();
    assert!(out.ends_with("rain\n0\n"), "{out}");
    let log = server.log();
    assert!(log.len() <= 4 && log.iter().all(|r| r["path"] == "/rain_2020-01-01.tif"), "{log:#?}");
    let bytes = |r: &serde_json::Value| -> u64 {
        let range = r["range"].as_str().and_then(|r| r.strip_prefix("bytes=")?.split_once('-'));
        range.map_or(0, |(a, b)| b.parse::<u64>().unwrap() + 1 - a.parse::<u64>().unwrap())
    };
    let read: u64 = log.iter().map(bytes).sum();
    assert!(read < 512 * 512 * 4 / 2, "{read} bytes");
}

#[test]
fn what_passes_is_asked_again() {
    let (_folder, server) = served();
    let url = server.url();
    for fault in ["status/503/2", "status/429/2", "status/500/1", "drop/2", "cut/2"] {
        let loads = [
            format!("load files \"{url}/{fault}/rain_2020-01-01.tif\""),
            format!("load archive \"{url}/{fault}/rain.zip\" | step 1"),
            format!("load stac \"{url}/{fault}/item.json\" assets red rewrite [rain_ \"{url}/{fault}/rain_\"]"),
        ];
        for load in loads {
            let ran = rastra(&format!("{load} | stats"), &[]);
            assert!(ran.out.contains(STATS), "{load}\n{}{}", ran.out, ran.err);
        }
    }
    let ran = rastra(&format!("load zarr \"{url}/drop/2/rain.zarr\" | step 1 | stats"), &[]);
    assert!(ran.out.contains(STATS), "{}{}", ran.out, ran.err);
}

#[test]
fn what_does_not_pass_is_named_with_its_meaning() {
    let (_folder, server) = served();
    let (host, url) = (server.host(), server.url());
    let cases: [(&str, &[&str]); 6] = [
        ("status/401", &["may not be read without signing in", "401", "sign bearer"]),
        ("status/403", &["the server refuses", "403", "sign bearer"]),
        ("status/404", &["does not exist", "404"]),
        ("status/429", &["wants fewer requests", "429", "set requests 4"]),
        ("status/500", &["the server of", "failed", "500", "try later"]),
        ("drop/0", &["broke", "is the address right"]),
    ];
    let patience = [("GDAL_HTTP_MAX_RETRY", "1")];
    for (fault, words) in cases {
        // With a user and a signature, which nobody is to read in a message.
        let loads = [
            format!("load files \"http://me:HUSH@{host}/{fault}/rain_2020-01-01.tif?sig=HUSH\""),
            format!("load stac \"http://me:HUSH@{host}/{fault}/item.json?sig=HUSH\" assets red"),
            format!("load archive \"{url}/{fault}/rain.zip?sig=HUSH\""),
        ];
        for load in loads {
            let said = rastra(&format!("{load} | stats"), &patience).fails("E0311", words);
            assert!(said.contains(&format!("`http://{host}/{fault}/")), "{said}");
        }
    }
    // Of a store "it is not there" is an answer; other refusals are told like those of files.
    rastra(&format!("load zarr \"{url}/status/404/rain.zarr\" | stats"), &patience).fails("E0301", &["rain.zarr"]);
    rastra(&format!("load zarr \"{url}/status/403/rain.zarr\" | stats"), &patience)
        .fails("E0302", &["the server refuses", "sign bearer"]);
    // Where nobody listens.
    rastra("load files \"http://127.0.0.1:9/a.tif\" | stats", &patience).fails("E0311", &["broke", "connect"]);
}

/// A server that begins to refuse in the middle of a run: the step is named, nothing is left, and what can be skipped is.
#[test]
fn a_refusal_in_the_middle() {
    let (folder, server) = served();
    let url = server.url();
    let second = format!("{url}/after/2/403/rain_2020-01-02.tif");
    let load = format!("load files [\"{url}/rain_2020-01-01.tif\" \"{second}\"]");
    let target = folder.path().join("out.zarr");
    let save = format!("{load} | mean | save zarr \"{}\"", target.display());
    let said = rastra(&save, &[]).fails("E0403", &["rain_2020-01-02.tif", "2020-01-02", "on_error skip"]);
    assert!(said.contains("403") || said.contains("Read error"), "{said}");
    assert!(!target.exists());
    let skipped = rastra(&format!("{load} on_error skip | mean | stats").replace("after/2", "after/0"), &[]);
    assert_eq!((skipped.code, skipped.out.contains(STATS)), (3, true), "{skipped:?}");
    assert!(skipped.err.contains("rain_2020-01-02.tif") && skipped.err.contains("the server refuses"), "{skipped:?}");
}

/// Ctrl-C ends a wait for a server that does not answer.
#[test]
fn waiting_is_interrupted() {
    let (_folder, server) = served();
    let program = format!("load stac \"{}/slow/30/item.json\" assets red | schema", server.url());
    let child = command(&[]).args(["-c", &program]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while server.log().is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    let started = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.signal(), Some(2), "{ended:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(String::from_utf8_lossy(&ended.stderr).contains("interrupted"), "{ended:?}");
}

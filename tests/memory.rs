//! Cubes several times larger than the memory allowed: what the whole process holds at most stays below that.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What is allowed, in MiB; code and libraries come on top, and are measured.
const MEMORY: u64 = 160;
/// 80 steps of 8 MB.
const CUBE: &str = "create like ( ramp 1 1000 dtype float64 ) steps 80 fill 1 start 2020-01-01 every \"10D\"";

/// Stages whose results are to be had part by part, and where they go.
const PROGRAMS: &[(&str, &str)] = &[
    ("grouped mean", "groupby month mean | save zarr \"DIR/a.zarr\""),
    ("median", "median | save zarr \"DIR/a.zarr\""),
    ("grouped median", "groupby month median | save zarr \"DIR/a.zarr\""),
    ("anomaly", "anomaly month | save zarr \"DIR/a.zarr\""),
    ("trend", "trend | save zarr \"DIR/a.zarr\""),
    ("reproject", "reproject EPSG:4326 | save zarr \"DIR/a.zarr\""),
    ("mosaic", "mosaic mean | save zarr \"DIR/a.zarr\""),
    ("zonal", "zonal \"DIR/zones.geojson\" [mean median] | save csv \"DIR/a.csv\""),
    ("over space", "reduce [mean median] over space | save csv \"DIR/a.csv\""),
    ("fill space", "fill space 20 | save zarr \"DIR/a.zarr\""),
    ("rolling", "rolling 5 mean | save netcdf \"DIR/a.nc\""),
    ("one file a step", "map v + 1 | save tif \"DIR/a_{i}.tif\""),
];

/// MiB that a program's process holds at most.
///
/// Its own mark is read until it ends: what it holds in its last moments is the result, which is written by then.
fn peak(program: &str) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    command.args(["--threads", "2", "-c", program]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = kib.unwrap_or(0).max(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}\n{}", String::from_utf8_lossy(&output.stderr));
    peak >> 10
}

#[test]
fn cubes_larger_than_memory_stay_within_it() {
    let folder = tempfile::tempdir().unwrap();
    // The whole cube in one zone.
    let corners = "[500000,4990000],[510000,4990000],[510000,5000000],[500000,5000000],[500000,4990000]";
    let zone = format!(r#"{{"type":"Polygon","coordinates":[[{corners}]]}}"#);
    let crs = r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32631"}}"#;
    let zones = format!(
        r#"{{"type":"FeatureCollection","crs":{crs},"features":[{{"type":"Feature","properties":{{}},"geometry":{zone}}}]}}"#
    );
    fs::write(folder.path().join("zones.geojson"), zones).unwrap();
    let code = peak(
        "ramp 1 100 | mean | save zarr \"DIR/code.zarr\"".replace("DIR", &folder.path().to_string_lossy()).as_str(),
    );
    let mut over = String::new();
    for (name, stages) in PROGRAMS {
        let place = tempfile::tempdir_in(folder.path()).unwrap();
        fs::copy(folder.path().join("zones.geojson"), place.path().join("zones.geojson")).unwrap();
        let stages = stages.replace("DIR", &place.path().to_string_lossy());
        let held = peak(&format!("set memory {MEMORY}MiB\n{CUBE} | {stages}"));
        eprintln!("{name:<16} {held:>4} MiB, {code} of them code");
        if held > code + MEMORY {
            over.push_str(&format!("{name}: {held} MiB with {MEMORY} allowed and {code} of code\n"));
        }
    }
    assert!(over.is_empty(), "{over}");
}

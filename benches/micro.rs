//! Micro-benchmarks of what most of the time of a run goes to, over a small made-up cube: `cargo bench`.
//!
//! Each is a short program, so what one of them costs beyond `decode` is what its last stage costs.

#![allow(clippy::unwrap_used, missing_docs)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rastra::{Plan, Session};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

const STEPS: usize = 24;
const SIZE: usize = 512;

/// The folder of the cube: a GeoTIFF a month, whose pixels are hard to foresee, one in nine of them missing.
static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let script = format!(
        "ramp {STEPS} {SIZE} gaps 9 | map v = floor(sin(v * 12.9898) * 10000) | cast int16 \
         | save tif \"{}/{{time}}.tif\"",
        folder.path().display()
    );
    Session::new().run("made", &script, &mut |_| {}).unwrap();
    folder
});

fn cube() -> String {
    format!("load files \"{}/*.tif\" dates \"%Y-%m-%d\"", MADE.path().display())
}

fn main() {
    LazyLock::force(&MADE);
    divan::main();
}

/// Collects the cube after some stages, over and over.
fn collect(bencher: Bencher, stages: &str) {
    let mut session = Session::new();
    let plan: Arc<Plan> = session.plan(&format!("set threads 1\n{}{stages}", cube())).unwrap();
    bencher.counter(ItemsCount::new(STEPS * SIZE * SIZE)).bench_local(|| black_box(session.collect(&plan).unwrap()));
}

/// Saves the cube, each time to a place where there is nothing.
fn save(bencher: Bencher, sink: &str) {
    let mut number = 0;
    let programs = || {
        let folder = TempDir::new().unwrap();
        number += 1;
        let script = format!(
            "set threads 1\n{} | save {}",
            cube(),
            sink.replace("OUT", &format!("{}/{number}", folder.path().display()))
        );
        (folder, script)
    };
    bencher.counter(ItemsCount::new(STEPS * SIZE * SIZE)).with_inputs(programs).bench_local_values(
        |(folder, script)| {
            Session::new().run("save", &script, &mut |_| {}).unwrap();
            folder
        },
    );
}

#[divan::bench]
fn decode(bencher: Bencher) {
    collect(bencher, "");
}

#[divan::bench(args = ["nearest", "bilinear", "cubic", "lanczos", "average"])]
fn warp(bencher: Bencher, method: &str) {
    collect(bencher, &format!(" | reproject EPSG:3035 method {method}"));
}

#[divan::bench(args = ["mean", "max", "std"])]
fn reduce(bencher: Bencher, reducer: &str) {
    collect(bencher, &format!(" | {reducer}"));
}

#[divan::bench]
fn median(bencher: Bencher) {
    collect(bencher, " | median");
}

#[divan::bench]
fn anomaly(bencher: Bencher) {
    collect(bencher, " | anomaly month");
}

#[divan::bench(args = ["_ * 0.0001 + 1", "if(_ > 0, sqrt(_), -_)", "(_ - 1000) / (_ + 1000)"])]
fn expression(bencher: Bencher, expression: &str) {
    collect(bencher, &format!(" | map {expression}"));
}

#[divan::bench(args = ["zarr \"OUT.zarr\"", "netcdf \"OUT.nc\"", "tif \"OUT/{time}.tif\""])]
fn encode(bencher: Bencher, sink: &str) {
    save(bencher, sink);
}

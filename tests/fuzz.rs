//! Programs and files that were changed at random: whatever comes of them, it is an answer or a numbered error, in time.
//!
//! What once broke something lies in `corpus` and is tried first. `FUZZ=3600 cargo test --test rastra fuzz` goes on for
//! so many seconds with other numbers each time; without it the numbers are the same in every run.

use crate::support::dice::Dice;
use crate::support::{self, plain, root};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take here: all of it is small.
const PATIENCE: Duration = Duration::from_secs(40);

/// Whether to go on: for as many times as are said, or for the seconds that were asked for.
pub(crate) fn turns(count: usize) -> impl FnMut() -> bool {
    let seconds = std::env::var("FUZZ").ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let (began, mut done) = (Instant::now(), 0);
    move || {
        done += 1;
        seconds.map_or(done <= count, |seconds| began.elapsed() < seconds)
    }
}

pub(crate) fn dice(seed: u64) -> Dice {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Dice::new(if std::env::var_os("FUZZ").is_some() { now.as_nanos() as u64 } else { seed })
}

fn corpus(folder: &str) -> Vec<PathBuf> {
    support::tracked(&root().join("tests/corpus").join(folder))
}

/// Checks a program as `rastra check` does, and formats it. Panics are reported with the program.
#[track_caller]
fn checked(program: &str) {
    let began = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut session = support::session(&[], &plain());
        if let Err(all) = session.check("program", program) {
            all.iter().for_each(|d| drop(session.render(d, Default::default())));
        }
        let _ = rastra::format(program);
        let _ = rastra::highlight(program);
    }));
    assert!(done.is_ok(), "a panic at\n{program}");
    assert!(began.elapsed() < PATIENCE, "{:?} for\n{program}", began.elapsed());
}

#[test]
fn programs_that_were_changed() {
    for path in corpus("programs") {
        checked(&fs::read_to_string(path).unwrap());
    }
    let all: Vec<String> = crate::golden::programs().into_iter().map(|(program, _)| program).collect();
    // What loads looks at files, which is tried below.
    let all: Vec<&String> = all.iter().filter(|program| !program.contains("load ")).collect();
    let mut dice = dice(20261129);
    let mut goes_on = turns(20_000);
    while goes_on() {
        let (one, other) = (all[dice.throw(all.len())], all[dice.throw(all.len())]);
        checked(&String::from_utf8_lossy(&dice.mutated(one.as_bytes(), other.as_bytes())));
    }
}

/// Runs a program on files in a process of its own: libraries below may end it.
fn survives(folder: &Path, program: &str) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    command.current_dir(folder).args(["-c", program, "--memory", "256MiB", "--threads", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("it hangs".into());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut said = String::new();
    let _ = std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said);
    match status.code() {
        Some(0..=3) if !said.contains("panicked") => Ok(()),
        code => Err(format!("{code:?}: {said}")),
    }
}

/// What is wrong with a run of a program on a file, of these bytes, that stands for `@`; the bytes are kept for who looks into
/// it.
pub(crate) fn wrong_with(folder: &Path, program: &str, name: &str, bytes: &[u8]) -> String {
    let Err(why) = survives(folder, &program.replace('@', name)) else { return String::new() };
    let kept = std::env::temp_dir().join(format!("fuzzed-{}", name.replace(['/', ':'], "_")));
    fs::write(&kept, bytes).unwrap();
    format!("{program} on {}: {why}\n", kept.display())
}

/// Inputs, by what reads them; `@` stands for the file that is changed.
pub(crate) const INPUTS: &[(&str, &str)] = &[
    ("dem.tif", "load files \"@\" | stats"),
    ("scenes/scene_20230120_red.tif", "load files \"@\" | stats"),
    ("t2m.nc", "load netcdf \"@\" | stats"),
    ("sst.nc", "load netcdf \"@\" | stats"),
    ("items.json", "load stac \"@\" assets [red] limit 2 | describe"),
    ("zones.geojson", "ramp 1 4 | zonal \"@\" mean | show"),
    ("stations.csv", "ramp 1 4 | extract \"@\" | show"),
    ("rain_march.zip", "load files \"/vsizip/@/*.tif\" | stats"),
    ("x.zarr/zarr.json", "load zarr \"x.zarr\" | stats"),
    ("x.zarr/x/zarr.json", "load zarr \"x.zarr\" | stats"),
    ("x.zarr/x/c/0", "load zarr \"x.zarr\" | stats"),
    ("x.zarr/v/c/0/0/0", "load zarr \"x.zarr\" | stats"),
    ("y.zarr/.zmetadata", "load zarr \"y.zarr\" | stats"),
    ("y.zarr/v/0.0.0", "load zarr \"y.zarr\" | stats"),
    ("refs.json", "load kerchunk \"@\" | stats"),
    ("zstd.tif", "load files \"@\" | stats"),
];

/// Copies of the examples, and what is made here for formats that they have not.
fn inputs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for name in ["scenes", "x"] {
        fs::create_dir_all(at.join(name)).unwrap();
    }
    let data = root().join("examples/data");
    for (name, _) in INPUTS.iter().filter(|(name, _)| data.join(name).is_file()) {
        fs::copy(data.join(name), at.join(name)).unwrap();
    }
    for program in [
        "ramp 3 8 | save zarr \"x.zarr\"",
        "ramp 3 8 | save zarr \"y.zarr\" version 2",
        "load netcdf \"t2m.nc\" | save kerchunk \"refs.json\"",
        "ramp 1 64 | save tif \"zstd.tif\" compress zstd",
    ] {
        let ran = support::run_in(&mut support::session_in(at, &plain()), program);
        assert!(ran.failed.is_empty(), "{program}: {}", ran.text);
    }
    folder
}

#[test]
fn files_that_were_changed() {
    let folder = inputs();
    let at = folder.path();
    let mut dice = dice(20261130);
    let mut goes_on = turns(600);
    let mut wrong = String::new();
    let whole: Vec<Vec<u8>> = INPUTS.iter().map(|(name, _)| fs::read(at.join(name)).unwrap()).collect();
    for (i, (name, program)) in INPUTS.iter().enumerate() {
        fs::write(at.join(name), &whole[i]).unwrap();
        let of_whole = survives(at, &program.replace('@', name));
        assert!(of_whole.is_ok(), "{name}: {of_whole:?}");
    }
    let mut i = 0;
    while goes_on() {
        i = (i + 1) % INPUTS.len();
        let (name, program) = INPUTS[i];
        let other = dice.throw(whole.len());
        let changed = dice.mutated(&whole[i], &whole[other]);
        fs::write(at.join(name), &changed).unwrap();
        wrong.push_str(&wrong_with(at, program, name, &changed));
        fs::write(at.join(name), &whole[i]).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Names of files as archives write them; dates are read from them.
const NAMES: &[&str] = &[
    "rain_2020-01-03.tif",
    "chirps-v2.0.2020.01.3.tif",
    "MOD13A2.A2020017.h18v04.061.2020041.tif",
    "3B-HHR.MS.MRG.3IMERG.20200101-S103000-E105959.0630.V06B.tif",
    "S2A_MSIL2A_20200103T101031_N0213_R022_T32TPR_20200103T120000.tif",
    "LC08_L2SP_192028_20200103_20200823_02_T1_SR_B4.tif",
    "t2m_era5_202001030600.tif",
    "2020-W03_ndvi.tif",
    "2020_dekad_36.tif",
    "flow_20200103T24.tif",
    "03jan2020.tif",
    "week 7 of 2020.tif",
];

#[test]
fn names_that_were_changed() {
    let folder = tempfile::tempdir().unwrap();
    let raster = fs::read(root().join("examples/data/dem.tif")).unwrap();
    let mut dice = dice(20261201);
    let mut goes_on = turns(600);
    while goes_on() {
        let (one, other) = (dice.pick(NAMES), dice.pick(NAMES));
        let changed = dice.mutated(one.as_bytes(), other.as_bytes());
        let changed = String::from_utf8_lossy(&changed).replace(['/', '\0'], "-");
        // A name has up to 255 bytes, and none of these stands for a folder.
        let name: String = format!("a{}.tif", changed.chars().take(60).collect::<String>());
        let paths = [folder.path().join(&name), folder.path().join("rain_2020-01-04.tif")];
        paths.iter().for_each(|path| fs::write(path, &raster).unwrap());
        let began = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(|| {
            support::run_in(&mut support::session_in(folder.path(), &plain()), "load files \".\" | schema");
        }));
        assert!(done.is_ok(), "a panic at {name:?}");
        assert!(began.elapsed() < PATIENCE, "{:?} for {name:?}", began.elapsed());
        paths.iter().for_each(|path| fs::remove_file(path).unwrap());
    }
}

//! What the command tells of itself and of the machine: examples, completions, manual pages, versions, `rastra doctor`.

use crate::support::{root, tracked};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn rastra(args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
    command.args(args).stdin(Stdio::null()).envs(env.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn out(args: &[&str]) -> String {
    let ran = rastra(args, &[]);
    assert!(ran.status.success(), "{args:?}: {ran:?}");
    text(&ran.stdout)
}

/// Paths below a folder, with the bytes of the files, without what running examples leaves.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let own = |path: &PathBuf| {
        let below = path.strip_prefix(folder).unwrap();
        !below.starts_with("out") && !below.iter().any(|part| part == "__pycache__")
    };
    let all = tracked(folder).into_iter().filter(own);
    all.map(|path| (path.strip_prefix(folder).unwrap().to_path_buf(), fs::read(&path).unwrap())).collect()
}

#[test]
fn examples_are_written_as_they_are_and_run_there() {
    let folder = tempfile::tempdir().unwrap();
    let tour = folder.path().join("a/tour");
    let dir = tour.to_str().unwrap();
    let said = out(&["examples", dir]);
    assert!(said.ends_with(&format!("next: cd {dir}; rastra run examples/quickstart.rastra\n")), "{said}");
    let (written, own) = (files(&tour.join("examples")), files(&root().join("examples")));
    assert_eq!(
        written.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        own.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    assert!(written == own, "a file has other bytes");
    for (path, _) in own.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "rastra")) {
        // What stands in `library` is imported by others.
        if path.starts_with("library") {
            continue;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
        let ran = command.arg("run").arg(Path::new("examples").join(path)).current_dir(&tour).output().unwrap();
        assert!(ran.status.success(), "{}: {}", path.display(), text(&ran.stderr));
    }
    // What is there already stays as it is.
    let again = rastra(&["examples", dir], &[]);
    let said = text(&again.stderr);
    assert!(again.status.code() == Some(1) && said.contains("E0501") && said.contains("name another folder"), "{said}");
}

/// A package of the sources has the examples, which the build script reads.
#[test]
fn the_package_has_the_examples() {
    let mut cargo = Command::new(env!("CARGO"));
    let listed = cargo.args(["package", "--list", "--allow-dirty", "--offline"]).current_dir(root()).output().unwrap();
    let listed = text(&listed.stdout);
    for name in ["examples/quickstart.rastra", "examples/data/rain/rain_2024-01-01.tif", "examples/tour.ipynb"] {
        assert!(listed.lines().any(|line| line == name), "{name} is not in\n{listed}");
    }
}

#[test]
fn shells_complete_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = out(&["completions", shell]);
        assert!(script.contains("doctor") && script.contains("dry-run"), "{shell}: {script}");
    }
    // Bash asks the function that the script defines.
    let ask = r#"source <("$0" completions bash); COMP_WORDS=(rastra ex); COMP_CWORD=1; _rastra rastra ex rastra; echo "${COMPREPLY[@]}""#;
    let asked = Command::new("bash").args(["-c", ask, env!("CARGO_BIN_EXE_rastra")]).output().unwrap();
    assert_eq!(text(&asked.stdout), "examples\n", "{asked:?}");
}

#[test]
fn manual_pages() {
    let page = out(&["man"]);
    assert!(page.contains(".TH rastra 1") && page.contains("Exit codes"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    out(&["man", folder.path().to_str().unwrap()]);
    for name in ["rastra.1", "rastra-run.1", "rastra-doctor.1", "rastra-job-begin.1", "rastra-kernel-install.1"] {
        let page = fs::read_to_string(folder.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(page.contains(".SH NAME"), "{name}: {page}");
    }
    assert!(!folder.path().join("rastra-job-serve.1").exists(), "it is for workers only");
}

#[test]
fn versions_of_what_is_below() {
    let short = out(&["-V"]);
    assert_eq!(short.lines().count(), 1);
    let long = out(&["--version"]);
    assert_eq!(long.lines().next(), short.lines().next(), "scripts read the first line");
    for line in ["GDAL    3.", "PROJ    ", "netCDF  4.", "HDF5    ", "load:", "save:"] {
        assert!(long.lines().any(|l| l.starts_with(line) && l.len() >= line.len()), "{line}: {long}");
    }
    let below = |title: &str| long.split(&format!("\n{title}")).nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(below("load:").contains("netcdf") && below("save:").contains("parquet"), "{long}");
    assert!(below("rasters").contains("GTiff") && below("features").contains("GeoJSON"), "{long}");
    // Drivers that Rastra takes out are no formats that it reads by GDAL.
    assert!(!below("rasters").contains("HDF5"), "{long}");
}

#[test]
fn what_is_odd_on_a_machine() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_str().unwrap();
    let secret = [("AWS_ACCESS_KEY_ID", "HUSH-id"), ("AWS_SECRET_ACCESS_KEY", "HUSH-key")];
    let proxy = [("https_proxy", "http://me:HUSH-word@127.0.0.1:9")];
    let home = [("HOME", here), ("JUPYTER_DATA_DIR", here), ("TMPDIR", here)];
    let right = rastra(&["doctor"], &[&secret[..], &proxy, &home].concat());
    let said = text(&right.stdout);
    for line in [
        "ok    rastra: 0.",
        "ok    PROJ's database: ",
        "ok    credentials: set, and not shown: AWS: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
        "note  proxies: requests go by them: https_proxy=",
        "note  Jupyter: the kernel is not installed\n        `rastra kernel install`",
        "  temporary folder: ",
        "  open files: ",
        "  memory: a run holds at most ",
    ] {
        assert!(said.contains(line), "`{line}` is not in\n{said}");
    }
    assert!(right.status.success() && !said.contains("HUSH"), "{said}");

    let program = env!("CARGO_BIN_EXE_rastra");
    assert!(rastra(&["kernel", "install"], &home).status.success());
    let of = |env: &[(&str, &str)]| rastra(&["doctor"], &[env, &home].concat());
    assert!(text(&of(&[]).stdout).contains("starts this program"), "{program}");
    let spec = folder.path().join("kernels/rastra/kernel.json");
    fs::write(&spec, fs::read_to_string(&spec).unwrap().replace(program, "/gone/rastra")).unwrap();

    for (env, line) in [
        (&[][..], "FAILS Jupyter: "),
        (&[("PROJ_DATA", "/nowhere"), ("PROJ_LIB", "/nowhere")], "FAILS PROJ's database: there is none in "),
        (&[("TMPDIR", "/nowhere")], "FAILS temporary folder: /nowhere cannot be written"),
        (&[("GDAL_SKIP", "GTiff GPKG")], "FAILS GDAL's drivers: there is no `GTiff`, `GPKG`"),
        (&[("CURL_CA_BUNDLE", "/nowhere.pem")], "FAILS certificates: CURL_CA_BUNDLE names /nowhere.pem"),
        (&[("CDSE_USERNAME", "me")], "FAILS credentials: CDSE_USERNAME is set and CDSE_PASSWORD is not"),
        (&[("RASTRA_PYTHON", "/nowhere/python")], "FAILS Dask: /nowhere/python, of RASTRA_PYTHON, cannot be started"),
    ] {
        let mut command = Command::new(program);
        let ran = command.arg("doctor").envs(home).envs(env.iter().copied()).output().unwrap();
        let said = text(&ran.stdout);
        assert!(ran.status.code() == Some(1) && said.contains(line), "`{line}` is not in\n{said}");
    }
    let json = rastra(&["doctor", "--json"], &home);
    let found: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&found[0]["what"], &found[0]["verdict"]), (&"rastra".into(), &"ok".into()), "{found}");
}

/// A file whose format nothing but a driver is missing for is told by its format.
#[test]
fn a_format_without_a_driver_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("MOD13_2020-01-01.hdf");
    fs::write(&path, b"\x0e\x03\x13\x01 and the rest of it").unwrap();
    let program = format!("load files \"{}\" | schema", path.display());
    let said = |skipped: &str| text(&rastra(&["-c", &program], &[("GDAL_SKIP", skipped)]).stderr);
    let without = said("HDF4 HDF4Image");
    for words in ["error[E0318]", "is HDF4, for which this build has no driver", "gdal_translate", "loaded here"] {
        assert!(without.contains(words), "`{words}` is not in\n{without}");
    }
    let zones = folder.path().join("zones.fgb");
    fs::write(&zones, b"fgb\x03 and the rest of it").unwrap();
    let program = format!("ramp 1 4 | zonal \"{}\" mean", zones.display());
    let said_of_zones = text(&rastra(&["-c", &program], &[("GDAL_SKIP", "FlatGeobuf")]).stderr);
    assert!(said_of_zones.contains("is FlatGeobuf") && said_of_zones.contains("ogr2ogr"), "{said_of_zones}");
    // With a driver it is a damaged file.
    if text(&rastra(&["--version"], &[]).stdout).contains("HDF4,") {
        assert!(said("").contains("error[E0312]"), "{}", said(""));
    }
}

//! The scripts of `examples/` run as they stand, and are written as `rastra fmt` writes.

use crate::support::{plain, root, run_in, session, tracked};
use rastra::Session;
use rastra::inside as lang;
use std::fs;
use std::path::PathBuf;

fn scripts() -> Vec<PathBuf> {
    let all = tracked(&root().join("examples"));
    all.into_iter().filter(|p| p.extension().is_some_and(|e| e == "rastra")).collect()
}

#[test]
fn scripts_run() {
    // Cargo runs tests in the root of the repository, where the scripts' paths start.
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_string_lossy().into_owned();
    // What stands in `library` is imported by others.
    for path in scripts().into_iter().filter(|path| !path.to_string_lossy().contains("library")) {
        let text = fs::read_to_string(&path).unwrap();
        // Twice: the second run meets the results of the first.
        for _ in 0..2 {
            let params = [("out".to_string(), out.clone())];
            let ran = run_in(&mut session(&params, &plain()), &text);
            assert!(ran.failed.is_empty(), "{}\n{}", path.display(), ran.text);
            assert!(!ran.text.is_empty(), "{} prints nothing", path.display());
        }
    }
    for made in [
        "rain_monthly.zarr",
        "t2m_normal.nc",
        "t2m_anomaly_2023.nc",
        "ndvi.zarr",
        "summer.tif",
        "latest.tif",
        "heights",
        "rain_march.zarr",
        "basin_rain.csv",
        "rain_here.parquet",
        "trend.png",
        "greenness.gif",
    ] {
        assert!(folder.path().join(made).exists(), "{made} was not written");
    }
}

/// What the programs of the cookbook read, made small: some years of monthly temperature, greenness, and days.
const MADE: &str = r#"
ramp 420 4 start "1990-01-01" | map t2m = 280 + 10 * sin(v / 190) + x / 1e6 | save zarr "t2m.zarr"
ramp 60 4 start "2020-01-01" | map ndvi = (v % 700) / 1000 | save tif "ndvi/{time:%Y%m}.tif"
ramp 50 4 every "15D" | map t = 273.15 + v % 370 / 10 | save tif "tmax/tmax_{time:%Y.%m.%d}.tif"
ramp 300 4 start "1998-01-01" | map sst = 290 + 0.0004 * v + 2 * cos(v / 190) | save zarr "sst.zarr"
"#;

/// Programs of the cookbook, with what they leave. A picture is asked for its numbers.
#[test]
fn the_cookbook_runs_along_time() {
    let cookbook = fs::read_to_string(root().join("tests/programs/cookbook.rastra")).unwrap();
    let program = |number: usize| {
        let text = cookbook.split(&format!("# {number}. ")).nth(1).unwrap().split("\n# ").next().unwrap();
        format!("# {}\n", text.split("| plot").next().unwrap())
    };
    let folder = tempfile::tempdir().unwrap();
    let run = |text: &str| {
        let mut session = session(&[], &plain());
        session.set_base(folder.path());
        let ran = run_in(&mut session, text);
        assert!(ran.failed.is_empty(), "{text}\n{}", ran.text);
        ran.text
    };
    fs::create_dir(folder.path().join("tmax")).unwrap();
    fs::create_dir(folder.path().join("ndvi")).unwrap();
    run(MADE);
    for (number, left) in [
        (4, &["t2m_anom_2024.nc"][..]),
        (5, &["vci/vci_202201.tif", "vci/drought_202412.tif"]),
        (8, &["txmax/tx_2021.tif", "hot_days.nc", "date_of_max.tif"]),
        (9, &[]),
    ] {
        assert!(!run(&program(number)).is_empty(), "program {number} says nothing");
        for path in left {
            assert!(folder.path().join(path).exists(), "program {number} left no {path}");
        }
    }
    let slopes = run(&format!("{} | stats", program(9)));
    assert!(slopes.contains("slope") && slopes.contains("pvalue"), "{slopes}");
}

#[test]
fn scripts_are_formatted() {
    for path in scripts() {
        let text = fs::read_to_string(&path).unwrap();
        let program = lang::parse(&text, 0).unwrap();
        let printed = lang::print(&program, &text);
        assert_eq!(printed, text, "{}", path.display());
    }
}

/// A name that is missing because the cell that bound it failed says so where it is used.
#[test]
fn names_of_a_cell_that_failed() {
    let mut session = Session::new().interactive();
    let mut run = |text: &str| session.run("cell", text, &mut |_| {});
    run("let kept = ramp 2 2").unwrap();
    run("let a = ramp 2 2\nlet kept = ramp 3 2\n$a | select nothing\nlet b = 3").unwrap_err();
    for name in ["a", "b"] {
        let error = run(&format!("${name} | stats")).unwrap_err().remove(0);
        let wanted = format!("what bound `${name}` failed, so it was dropped: error[E0202]: unknown band `nothing`");
        assert_eq!((error.code.number, error.help.contains(&wanted)), ("E0106", true), "{error:?}");
    }
    run("$kept | head 2").unwrap();
    run("let a = 3").unwrap();
    run("ramp 1 1 | map v + $a").unwrap();
    let error = run("$c | stats").unwrap_err().remove(0);
    assert!(!error.help.iter().any(|help| help.contains("dropped")), "{error:?}");
}

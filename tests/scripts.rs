//! The scripts of `examples/` run as they stand, and are written as `rastra fmt` writes.

use crate::support::{plain, root, run_in, session, tracked};
use rastra::lang;
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
    for path in scripts() {
        let text = fs::read_to_string(&path).unwrap();
        // Twice: the second run meets the results of the first.
        for _ in 0..2 {
            let params = [("out".to_string(), out.clone())];
            let ran = run_in(&mut session(&params, &plain()), &text);
            assert!(ran.failed.is_empty(), "{}\n{}", path.display(), ran.text);
            assert!(!ran.text.is_empty(), "{} prints nothing", path.display());
        }
    }
    for made in
        ["rain_monthly.zarr", "t2m_normal.nc", "ndvi.zarr", "summer.tif", "latest.tif", "heights", "rain_march.zarr"]
    {
        assert!(folder.path().join(made).exists(), "{made} was not written");
    }
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

//! The kernel as Jupyter meets it: installed, asked by Jupyter's own tests, and running the notebook of `examples/`.

use crate::support::root;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Installs the kernel below a folder, where only this test looks.
fn installed(prefix: &Path) {
    let install = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rastra"));
        command.args(["kernel", "install", "--prefix"]).arg(prefix).args(more).output().unwrap()
    };
    let first = install(&[]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let again = install(&[]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force"), "a kernel is not replaced unasked");
    assert!(install(&["--force"]).status.success());
}

fn python(prefix: &Path, args: &[&str]) -> Output {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "the Python libraries are missing: `./setup.sh test` installs them and runs this");
    Command::new(python)
        .env("JUPYTER_PATH", prefix.join("share/jupyter"))
        .env("JUPYTER_RUNTIME_DIR", prefix.join("runtime"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(root())
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn conforms() {
    let prefix = tempfile::tempdir().unwrap();
    installed(prefix.path());
    let ran = python(prefix.path(), &["tests/notebook/conformance.py"]);
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    // What is left out is left out knowingly: standard output, pagers and clearing, which no program here asks for.
    let skipped = said.lines().filter(|line| line.contains("skipped")).count();
    assert!(skipped <= 4, "{said}");
    let removed = Command::new(env!("CARGO_BIN_EXE_rastra"))
        .args(["kernel", "uninstall", "--prefix"])
        .arg(prefix.path())
        .status()
        .unwrap();
    assert!(removed.success() && !prefix.path().join("share/jupyter/kernels/rastra").exists());
}

#[test]
fn the_notebook_runs() {
    let prefix = tempfile::tempdir().unwrap();
    installed(prefix.path());
    // The notebook names files from the root of the repository, and writes below it.
    let here = prefix.path().join("here");
    fs::create_dir(&here).unwrap();
    std::os::unix::fs::symlink(root().join("examples"), here.join("examples")).unwrap();
    let ran = python(prefix.path(), &["tests/notebook/execute.py", "examples/tour.ipynb", &here.to_string_lossy()]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let outputs: Vec<Vec<Value>> = serde_json::from_slice(&ran.stdout).unwrap();
    let html = |cell: usize| outputs[cell].iter().find_map(|o| o["data"]["text/html"].as_str()).unwrap_or_default();
    assert!(html(0).contains("<b>time</b>: 91"), "{:?}", outputs[0]);
    let png = |cell: usize| outputs[cell].iter().find_map(|o| o["data"]["image/png"].as_str()).unwrap_or_default();
    // A map, a player with its animation, a chart; each a PNG in base64.
    for cell in [2, 3, 4] {
        assert!(png(cell).starts_with("iVBORw0KGgo"), "{:?}", outputs[cell]);
    }
    assert!(html(3).contains("data-rastra-player") && html(3).contains(png(3)), "the player holds the animation");
    assert!(html(5).contains("<table"), "{:?}", outputs[5]);
    assert!(html(6).contains("<a href="), "{:?}", outputs[6]);
    assert!(here.join("out/rain_monthly.nc").is_file());
}

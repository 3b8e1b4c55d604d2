//! The kernel as Jupyter meets it: installed, asked by Jupyter's own tests, and running the notebook of `examples/`.

use crate::support::root;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn kernel(program: &Path, what: &str, prefix: &Path, more: &[&str]) -> Output {
    Command::new(program).args(["kernel", what, "--prefix"]).arg(prefix).args(more).output().unwrap()
}

/// Installs the kernel below a folder, where only this test looks.
fn installed(prefix: &Path) {
    let ran = kernel(Path::new(env!("CARGO_BIN_EXE_rastra")), "install", prefix, &["--with-lab-extension"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
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

/// Runs a script of `tests/notebook` with the kernel installed; what it said.
fn passes(script: &str) -> String {
    let prefix = tempfile::tempdir().unwrap();
    installed(prefix.path());
    let ran = python(prefix.path(), &[&format!("tests/notebook/{script}")]);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    said
}

#[test]
fn comes_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("prefix");
    // A program is called by a link that stays when versions change.
    let program = folder.path().join("rastra");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rastra"), &program).unwrap();
    let said = |ran: Output| String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert!(kernel(&program, "install", &prefix, &[]).status.success());
    let spec = prefix.join("share/jupyter/kernels/rastra");
    let file: Value = serde_json::from_slice(&fs::read(spec.join("kernel.json")).unwrap()).unwrap();
    assert_eq!(file["argv"][0], program.to_str().unwrap());
    for logo in ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"] {
        assert!(spec.join(logo).is_file(), "{logo}");
    }
    let again = said(kernel(&program, "install", &prefix, &[]));
    assert!(again.contains("--force"), "a kernel is not replaced unasked: {again}");
    assert!(kernel(&program, "install", &prefix, &["--force", "--with-lab-extension"]).status.success());
    let extension = prefix.join("share/jupyter/labextensions/rastra");
    assert!(extension.join("static/remoteEntry.js").is_file());
    let removed = said(kernel(&program, "uninstall", &prefix, &[]));
    assert!(!spec.exists() && !extension.exists(), "{removed}");
    assert!(said(kernel(&program, "uninstall", &prefix, &[])).contains("no kernel `rastra`"));
}

#[test]
fn conforms() {
    let said = passes("conformance.py");
    // What is left out is left out knowingly: standard output, pagers and clearing, which no program here asks for.
    let skipped = said.lines().filter(|line| line.contains("skipped")).count();
    assert!(skipped <= 4, "{said}");
}

#[test]
fn holds_out() {
    passes("protocol.py");
}

#[test]
fn works_in_jupyterlab() {
    passes("lab.py");
}

#[test]
fn is_exported_as_a_page() {
    passes("export.py");
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
    // The last of a cell is its result, after its notes.
    let of =
        |cell: usize, mime: &str| outputs[cell].iter().rev().find_map(|o| o["data"][mime].as_str()).unwrap_or_default();
    let html = |cell: usize| of(cell, "text/html");
    assert!(html(0).contains("<b>time</b>: 91"), "{:?}", outputs[0]);
    let png = |cell: usize| of(cell, "image/png");
    // A map, a player with its animation, a chart; each a PNG in base64.
    for cell in [2, 3, 4] {
        assert!(png(cell).starts_with("iVBORw0KGgo"), "{:?}", outputs[cell]);
    }
    assert!(html(3).contains("data-rastra-player") && html(3).contains(png(3)), "the player holds the animation");
    assert!(html(5).contains("<table"), "{:?}", outputs[5]);
    assert!(html(6).contains("<a href="), "{:?}", outputs[6]);
    assert!(here.join("out/rain_monthly.nc").is_file());
}

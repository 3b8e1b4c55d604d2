//! The kernel as Jupyter meets it: installed, asked by Jupyter's own tests, and running the notebooks of `examples/`.

use crate::support::root;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn kernel(program: &Path, what: &str, prefix: &Path, more: &[&str]) -> Output {
    Command::new(program).args(["kernel", what, "--prefix"]).arg(prefix).args(more).output().unwrap()
}

/// Installs the kernel below a folder, where only this test looks.
fn installed(prefix: &Path) {
    let ran = kernel(Path::new(env!("CARGO_BIN_EXE_rastra")), "install", prefix, &[]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

fn python(prefix: &Path, args: &[&str]) -> Output {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "the Python libraries are missing: `./setup.sh test` installs them and runs this");
    Command::new(python)
        .env("JUPYTER_PATH", prefix.join("share/jupyter"))
        .env("JUPYTER_RUNTIME_DIR", prefix.join("runtime"))
        .env("PYTHONPATH", prefix.join("site"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("RASTRA", env!("CARGO_BIN_EXE_rastra"))
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
    assert!(kernel(&program, "install", &prefix, &["--force"]).status.success());
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
fn serves_other_front_ends() {
    passes("clients.py");
}

#[test]
fn works_in_jupyterlab() {
    passes("lab.py");
}

#[test]
fn shows_and_helps_in_jupyterlab_and_notebook() {
    passes("fronts.py");
}

#[test]
fn is_exported_as_a_page() {
    passes("export.py");
}

/// The notebooks of the examples.
fn notebooks() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let mut books: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "ipynb")).collect();
    books.sort();
    books
}

/// The cells of a notebook that are code.
fn code(book: &Value) -> Vec<&Value> {
    book["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code").collect()
}

/// Copies of the notebooks that lie beside the data, as in `examples`, so that what they write is removed with them.
fn beside_the_data(folder: &Path) -> PathBuf {
    let here = folder.join("here");
    fs::create_dir(&here).unwrap();
    std::os::unix::fs::symlink(root().join("examples/data"), here.join("data")).unwrap();
    for book in notebooks() {
        fs::copy(&book, here.join(book.file_name().unwrap())).unwrap();
    }
    here
}

fn rastra(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rastra")).current_dir(folder).args(args).output().unwrap()
}

/// A notebook is a program: it runs where it lies, shows what Jupyter would show, and takes parameters.
#[test]
fn notebooks_run_as_programs() {
    let folder = tempfile::tempdir().unwrap();
    let here = beside_the_data(folder.path());
    // From another folder than its own.
    let ran = rastra(folder.path(), &["run", "here/tour.ipynb", "--output", "made.ipynb"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(here.join("out/rain_monthly.nc").is_file());
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(said.contains("91 steps") && String::from_utf8_lossy(&ran.stderr).contains("note: "), "{said}");
    let book: Value = serde_json::from_slice(&fs::read(folder.path().join("made.ipynb")).unwrap()).unwrap();
    let code = code(&book);
    assert!(code.iter().zip(1..).all(|(cell, number)| cell["execution_count"] == number), "{book}");
    let last = |cell: usize| code[cell]["outputs"].as_array().unwrap().last().unwrap();
    assert!(last(0)["data"]["text/html"].as_str().unwrap().contains("<b>time</b>: 91"), "{}", last(0));
    assert!(last(3)["data"]["image/png"].as_str().unwrap().starts_with("iVBORw0KGgo"), "{}", last(3));
    assert_eq!(last(0)["output_type"], "execute_result");

    let cells = |sources: &[&str]| {
        let cell = |text: &&str| serde_json::json!({"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": null});
        let all: Vec<Value> = sources.iter().map(cell).collect();
        let book = serde_json::json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": all});
        fs::write(here.join("own.ipynb"), book.to_string()).unwrap();
    };
    cells(&["param n = 2\nramp $n 1 | schema", "", "let n2 = 1\nlet n2 = 2", ":vars"]);
    let ran = rastra(&here, &["run", "own.ipynb", "--set", "n=7", "--output", "own.ipynb"]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success() && said.contains("7 steps") && said.contains("$n2"), "{said}");
    let ran = rastra(&here, &["run", "own.ipynb", "--set", "m=7"]);
    assert!(ran.status.code() == Some(2) && String::from_utf8_lossy(&ran.stderr).contains("no parameter `m`"));
    // What failed is written down, and what comes after it does not run.
    cells(&["ramp 1 1 | stats", "ramp 1 1 | stts", "ramp 1 1 | save csv \"never.csv\""]);
    let ran = rastra(&here, &["run", "own.ipynb", "--output", "failed.ipynb"]);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.code() == Some(2) && said.contains("E0102") && said.contains("In [2]:1:12"), "{said}");
    let book: Value = serde_json::from_slice(&fs::read(here.join("failed.ipynb")).unwrap()).unwrap();
    assert_eq!(book["cells"][1]["outputs"][0]["ename"], "E0102");
    assert!(book["cells"][2]["execution_count"].is_null() && !here.join("never.csv").exists());
    for (text, words) in [
        ("{", "is no notebook"),
        ("{\"nbformat\": 3}", "older ones"),
        ("{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": {\"language\": \"python\"}}}", "of python"),
    ] {
        fs::write(here.join("own.ipynb"), text).unwrap();
        let ran = rastra(&here, &["run", "own.ipynb"]);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.code() == Some(1) && said.contains("E0312") && said.contains(words), "{said}");
    }
    let ran = rastra(&here, &["run", "own.rastra", "--output", "a.ipynb"]);
    assert_eq!(ran.status.code(), Some(2));
}

/// Those to copy from are stored without answers, and show something for each cell where they lie.
#[test]
fn notebooks_of_the_examples_run() {
    let folder = tempfile::tempdir().unwrap();
    let here = beside_the_data(folder.path());
    let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let answers = |cell: &Value| cell["outputs"].as_array().unwrap().len();
    for book in notebooks() {
        let name = book.file_name().unwrap().to_string_lossy().into_owned();
        let stored = code(&read(&book)).iter().any(|cell| answers(cell) > 0 || !cell["execution_count"].is_null());
        assert!(!stored, "{name} is stored with answers");
        let ran = rastra(&here, &["run", &name, "--output", "made.ipynb"]);
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        let made = read(&here.join("made.ipynb"));
        assert!(code(&made).iter().all(|cell| answers(cell) > 0), "{name}: a cell shows nothing");
    }
    for left in ["summer_2024.pdf", "rain_districts.parquet", "ndvi_of_fields.csv", "hot_days.nc", "summer.gif"] {
        assert!(here.join("out").join(left).is_file(), "{left} was not written");
    }
}

/// What `nbconvert --to script` makes of a notebook runs: meta lines may stand in a program.
#[test]
fn notebooks_become_programs() {
    let folder = tempfile::tempdir().unwrap();
    let here = beside_the_data(folder.path());
    let convert = ["-m", "nbconvert", "--to", "script", "tour.ipynb"];
    let made = Command::new(root().join(".venv/bin/python")).current_dir(&here).args(convert).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let script = here.join("tour.rastra");
    assert!(fs::read_to_string(&script).unwrap().lines().any(|line| line.starts_with(":explain")));
    for command in ["check", "run"] {
        let ran = rastra(&here, &[command, "tour.rastra"]);
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    assert!(here.join("out/rain_monthly.nc").is_file());
    // A program that is wrong further on does not begin.
    fs::write(&script, "ramp 1 1 | stats\n:vars\nramp 1 1 | | stats\n").unwrap();
    let ran = rastra(&here, &["run", "tour.rastra"]);
    assert!(ran.status.code() == Some(2) && ran.stdout.is_empty(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("tour.rastra:3:"));
}

#[test]
fn the_notebooks_run() {
    let prefix = tempfile::tempdir().unwrap();
    installed(prefix.path());
    let here = beside_the_data(prefix.path());
    let executed = |book: &Path| -> Vec<Vec<Value>> {
        let [book, folder] = [book, &*here].map(|path| path.to_string_lossy().into_owned());
        let ran = python(prefix.path(), &["tests/notebook/execute.py", &book, &folder]);
        assert!(ran.status.success(), "{book}: {}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).unwrap()
    };
    let tour = root().join("examples/tour.ipynb");
    for book in notebooks().iter().filter(|book| **book != tour) {
        assert!(executed(book).iter().all(|cell| !cell.is_empty()), "{}: a cell shows nothing", book.display());
    }
    let outputs = executed(&tour);
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
    assert!(html(3).contains("role=\"group\"") && !html(3).contains(png(3)), "the frames are stored once");
    assert!(html(2).contains("\"transform\""), "a map says what lies under the pointer");
    assert!(html(5).contains("<table"), "{:?}", outputs[5]);
    assert!(html(6).contains("<a href="), "{:?}", outputs[6]);
    assert!(here.join("out/rain_monthly.nc").is_file());
}

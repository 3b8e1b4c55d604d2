//! The same questions answered by xarray, CDO and GDAL's tools; `oracle/*.py` hold both.
//!
//! `made.py` asks about the data of the examples, which everybody has; `queries.py` about the real data, if it is there.

use crate::support::{plain, root, run_in, session};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

fn python(script: &str, args: &[&str]) -> Output {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "the Python libraries are missing: `./setup.sh test` installs them and runs this");
    let script = root().join("tests/oracle").join(script);
    // Numbers are those of the machine's GDAL and PROJ, whatever else the wheels bring.
    Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args(args).output().unwrap()
}

#[test]
fn answers_on_the_examples() {
    answers_agree("made.py", &root().join("examples/data"));
}

/// Asks every question of a script about the data of a folder, and gives how many there were.
pub(crate) fn answers_agree(script: &str, data: &Path) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let listed = python(script, &["list"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let queries: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let mut failed = String::new();
    for query in &queries {
        let text = |key: &str| query[key].as_str().unwrap();
        let program =
            text("program").replace("DATA", &data.to_string_lossy()).replace("OUT", &folder.path().to_string_lossy());
        let started = Instant::now();
        if let Err(why) = answer(text("name"), &program, folder.path()) {
            failed.push_str(&format!("{}:\n{program}\n{why}\n", text("name")));
        }
        eprintln!("{:<24} {:>6.2} s", text("name"), started.elapsed().as_secs_f64());
    }
    let checked = python(script, &["check", &data.to_string_lossy(), &folder.path().to_string_lossy()]);
    let table = String::from_utf8_lossy(&checked.stdout);
    eprintln!("{table}");
    assert!(
        failed.is_empty() && checked.status.success(),
        "{failed}{table}{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    queries.len()
}

/// Runs a program that saves; of others the numbers are written down.
fn answer(name: &str, program: &str, out: &Path) -> Result<(), String> {
    let new = || {
        let mut session = session(&[], &plain());
        session.settings.limits.threads = 2;
        session
    };
    let mut session = new();
    let carried = session.carried(program).map_err(|all| session.render(&all[0], Default::default()))?;
    let Some(plan) = carried.cube().filter(|_| !carried.is_write()) else {
        // In a session of its own: names of a script are bound once.
        let ran = run_in(&mut new(), program);
        return if ran.failed.is_empty() { Ok(()) } else { Err(ran.text) };
    };
    let chunk = session.collect(plan).map_err(|d| session.render(&d, Default::default()))?;
    let schema = &plan.schema;
    let values = chunk.to_array(&schema.nodata());
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let head = json!({
        "shape": values.shape(),
        "labels": (0..schema.time.len()).map(|step| schema.time.label(step)).collect::<Vec<_>>(),
        "transform": schema.grid.transform,
        "crs": schema.grid.crs.as_ref().map_or("", |c| c.name.as_str()),
    });
    let path = |suffix: &str| -> PathBuf { out.join(format!("{name}{suffix}")) };
    fs::write(path(".f64"), bytes).unwrap();
    fs::write(path(".json"), head.to_string()).unwrap();
    Ok(())
}

//! Polygons that are no valid ones, beside what GEOS makes of them: `oracle/polygons.py` makes both.

use crate::support::{printed, root};
use std::path::Path;
use std::process::Command;

fn python(what: &str, folder: &Path) {
    let mut command = Command::new(root().join(".venv/bin/python"));
    let script = root().join("tests/oracle/polygons.py");
    let ran = command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(what).arg(folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn mended_polygons_are_those_of_geos() {
    let folder = tempfile::tempdir().unwrap();
    python("make", folder.path());
    let program = "ramp 1 40 | zonal \"polygons.geojson\" [sum count] by name exact keep_empty geometry | save parquet \"out.parquet\"";
    let said = printed(folder.path(), program);
    assert!(said.contains("made valid"), "{said}");
    python("check", folder.path());
}

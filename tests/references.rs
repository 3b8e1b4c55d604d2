//! References to files of many kinds: read back here, and by fsspec and xarray, beside what the files say themselves.

use crate::support::{plain, root, run_in, session};
use rastra::Session;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn python(what: &str, folder: &Path) -> String {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "the Python libraries are missing: `./setup.sh test` installs them and runs this");
    let script = root().join("tests/oracle/references.py");
    let mut run = Command::new(python);
    let out =
        run.env("PYTHONDONTWRITEBYTECODE", "1").arg("-Wignore").arg(script).arg(what).arg(folder).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{text}");
    text
}

fn in_folder(folder: &Path) -> Session {
    let mut session = session(&[], &plain());
    session.set_base(folder);
    session
}

/// The numbers of a cube, missing as NaN, and the names of its bands.
fn numbers(program: &str, folder: &Path) -> (Vec<String>, Vec<String>, Vec<u64>) {
    let mut session = in_folder(folder);
    let plan = session.plan(program).unwrap_or_else(|all| panic!("{}", session.render(&all[0], Default::default())));
    let chunk = session.collect(&plan).unwrap_or_else(|d| panic!("{}", session.render(&d, Default::default())));
    let schema = &plan.schema;
    let steps = (0..schema.time.len()).map(|step| schema.time.label(step)).collect();
    let values = chunk.to_array(&schema.nodata());
    let bits = values.iter().map(|v| if v.is_nan() { 1 } else { v.to_bits() }).collect();
    (schema.band_names().map(String::from).collect(), steps, bits)
}

#[test]
fn written_references() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    python("make", dir);
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(dir.join("cases.json")).unwrap()).unwrap();
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap();
        for suffix in ["json", "parquet"] {
            let target = format!("{}.{suffix}", text("name"));
            let ran = run_in(&mut in_folder(dir), &format!("{} | save kerchunk \"{target}\"", text("load")));
            if let Some(why) = case["refused"].as_str() {
                assert!(ran.text.contains("error[E0502]") && ran.text.contains(why), "{target}: {}", ran.text);
                assert!(!dir.join(&target).exists(), "{target}");
                continue;
            }
            assert!(ran.failed.is_empty(), "{target}: {}", ran.text);
            let (bands, steps, there) = numbers(text("load"), dir);
            let (ours, again, here) = numbers(&format!("load kerchunk \"{target}\""), dir);
            assert_eq!(steps, again, "{target}");
            if text("name") != "pixel" && text("kind") == "nc" {
                assert_eq!(bands, ours, "{target}");
            }
            assert!(there == here, "{target}: other pixels");
        }
    }
    let again = run_in(&mut in_folder(dir), "load files \"deflate_*.tif\" | save kerchunk \"deflate.json\"");
    assert!(again.text.contains("E0501"), "{}", again.text);
    let table = python("check", dir);
    assert_eq!(
        table.matches(" agrees").count(),
        2 * cases.iter().filter(|c| c["refused"].is_null()).count(),
        "{table}"
    );
}

#[test]
fn references_of_other_writers() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    python("make", dir);
    python("write", dir);
    let expected = numbers("load netcdf \"many_a.nc\" | select [rain t2m]", dir);
    for name in ["theirs.json", "theirs_templates.json", "theirs_beside.json", "theirs.parquet"] {
        assert_eq!(expected, numbers(&format!("load kerchunk \"{name}\" | select [rain t2m]"), dir), "{name}");
    }
    let fails = |name: &str, text: &str, says: &str| {
        fs::write(dir.join(name), text).unwrap();
        let ran = run_in(&mut in_folder(dir), &format!("load kerchunk \"{name}\" | stats"));
        assert!(ran.text.contains(says), "{name}: {}", ran.text);
    };
    fails("gen.json", r#"{"version": 1, "refs": {}, "gen": [{"key": "a"}]}"#, "`gen`");
    fails("text.json", "not JSON", "holds no references");
    fails(
        "call.json",
        r#"{"version": 1, "templates": {"f": "{{c}}"}, "refs": {"a/0": ["{{f(c='x')}}", 0, 1]}}"#,
        "no plain template",
    );
    let lost = fs::read_to_string(dir.join("theirs_beside.json")).unwrap().replace("many_a.nc", "gone.nc");
    fails("lost.json", &lost, "gone.nc");
    let short = fs::read_to_string(dir.join("theirs_beside.json")).unwrap().replace("many_a.nc", "cases.json");
    fails("short.json", &short, "bytes");
}
